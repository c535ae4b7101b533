"""A process of its own that decodes one hostile picture: `python -I picture_worker.py SIDE` < picture > WebP.

Decoders are written in C and have had faults. Once it holds the picture this process can't open a file or a socket or start
another process, finds no secret in its environment, and has little memory and little time. SIDE is the most pixels that the longer side may have. Exits with one of REFUSALS for what it won't do.
"""

import importlib
import io
import sys
import warnings
from contextlib import suppress

MAX_PIXELS = 25_000_000
DECODERS = ("JPEG", "PNG", "WEBP", "GIF")
PLUGINS = ("Jpeg", "Png", "WebP", "Gif", "Mpo", "Tiff")  # those, and what they import themselves
MEMORY = (
    768 * 1024 * 1024
)  # address space, bytes: 25 megapixels are 100 MB decoded, twice while resized
CPU_SECONDS = 10
LIMITS = {
    "RLIMIT_AS": MEMORY,
    "RLIMIT_CPU": CPU_SECONDS,
    "RLIMIT_FSIZE": 0,
    "RLIMIT_CORE": 0,
    "RLIMIT_NOFILE": 0,
    "RLIMIT_NPROC": 0,
}
QUALITY = 82
UNREADABLE, TOO_LARGE = 2, 3
REFUSALS = {UNREADABLE: "picture.unreadable", TOO_LARGE: "picture.pixels"}


def confine() -> None:
    """Give up what decoding doesn't need. What a system can't limit is left to the time limit of the caller."""
    try:
        import resource
    except ImportError:
        return
    for name, value in LIMITS.items():
        limit = getattr(resource, name)
        with suppress(ValueError, OSError):
            _, hard = resource.getrlimit(limit)
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(limit, (value, value))


def convert(data: bytes, side: int) -> bytes:
    """The picture upright, without metadata, its first frame only, never enlarged."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # asked when opening, before anything is decoded
    with Image.open(io.BytesIO(data), formats=DECODERS) as opened:
        opened.draft("RGB", (side, side))  # a JPEG is decoded near the size we need
        upright = ImageOps.exif_transpose(opened)
        picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())  # no metadata comes along
    out = io.BytesIO()
    bare.save(out, "WEBP", quality=QUALITY, method=2)
    return out.getvalue()


def main() -> int:
    data = sys.stdin.buffer.read()
    from PIL import Image

    for module in ("copy", "PIL.ImageOps", *(f"PIL.{name}ImagePlugin" for name in PLUGINS)):
        importlib.import_module(module)
    Image.preinit()  # whatever Pillow would import by itself later, when it can't any more
    confine()
    warnings.simplefilter("error")  # Pillow only warns of what is up to twice too large
    try:
        sys.stdout.buffer.write(convert(data, int(sys.argv[1])))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        return TOO_LARGE
    except Exception:
        return UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
