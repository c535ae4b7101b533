"""A process of its own that decodes one hostile picture: `python -I picture_worker.py` < picture > two WebP pictures.

Decoders are written in C and have had faults. Here one has no file, no secret, no network of ours at hand, little memory
and little time. Answers on stdout: for each of SIZES, 4 bytes of length and the WebP; or exits with one of REFUSALS.
"""

import io
import struct
import sys
import warnings

SIZES = (1200, 480)  # the longer side, pixels
MAX_PIXELS = 25_000_000
DECODERS = ("JPEG", "PNG", "WEBP", "GIF")
MEMORY = (
    768 * 1024 * 1024
)  # address space, bytes: 25 megapixels are 100 MB decoded, twice while resized
CPU_SECONDS = 10
QUALITY = 82
UNREADABLE, TOO_LARGE = 2, 3
REFUSALS = {UNREADABLE: "picture.unreadable", TOO_LARGE: "picture.pixels"}


def confine() -> None:
    """Give up what decoding doesn't need. Systems without `resource` keep the time limit of the caller alone."""
    try:
        import resource
    except ImportError:
        return
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        _, hard = resource.getrlimit(limit)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))


def convert(data: bytes) -> list[bytes]:
    """The picture upright, without metadata, first frame only, at each of SIZES and never enlarged."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(io.BytesIO(data), formats=DECODERS) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        opened.draft("RGB", (SIZES[0], SIZES[0]))  # a JPEG is decoded near the size we need
        upright = ImageOps.exif_transpose(opened)
        picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    done = []
    for size in SIZES:
        picture.thumbnail((size, size), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        bare = Image.frombytes(
            picture.mode, picture.size, picture.tobytes()
        )  # no metadata comes along
        bare.save(out, "WEBP", quality=QUALITY, method=4)
        done.append(out.getvalue())
    return done


def main() -> int:
    data = sys.stdin.buffer.read()
    confine()
    warnings.simplefilter("error")
    from PIL import Image

    try:
        pictures = convert(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        return TOO_LARGE
    except Exception:
        return UNREADABLE
    for picture in pictures:
        sys.stdout.buffer.write(struct.pack(">I", len(picture)) + picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
