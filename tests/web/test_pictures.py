import io
import os
import struct
import zlib

import pytest
import trio
from PIL import Image

from node.protocol.errors import InputError, NotFound
from node.web import picture_worker, pictures
from node.web.pictures import LARGE, SMALL, Gallery, convert


def picture(width=1600, height=800, format="PNG", mode="RGB", **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), "teal" if mode == "RGB" else None).save(out, format, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=("WEBP",))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose head claims a size that its data doesn't have."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_pictures_become_webp_of_our_size(format):
    shown = opened(await convert(picture(format=format)))
    assert (shown.format, shown.size) == ("WEBP", (LARGE, LARGE // 2))


async def test_a_small_size_and_a_small_picture():
    assert opened(await convert(picture(), SMALL)).size == (SMALL, SMALL // 2)
    assert opened(await convert(picture(30, 20))).size == (30, 20)


async def test_a_picture_is_turned_upright_and_loses_its_metadata():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x010E] = "where I live"
    exif.get_ifd(0x8825)[1] = "N"
    data = picture(800, 400, "JPEG", exif=exif.tobytes())
    assert b"where I live" in data
    converted = await convert(data)
    shown = opened(converted)
    assert shown.size == (400, 800)
    assert not shown.getexif()
    assert b"EXIF" not in converted
    assert b"where I live" not in converted


async def test_transparency_is_kept_and_animation_is_not():
    assert opened(await convert(picture(mode="RGBA"))).mode == "RGBA"
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert getattr(opened(await convert(out.getvalue())), "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "picture.unreadable"),
        (b"not a picture", "picture.unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture.unreadable"),
        (picture(64, 64)[:-30], "picture.unreadable"),
        (picture(64, 64, "TIFF"), "picture.unreadable"),  # readable, but not one of our decoders
        (picture(64, 64, "BMP"), "picture.unreadable"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "picture.unreadable"),
        (picture(10_000, 10_000, mode="1"), "picture.pixels"),  # 12 kB of file, 100 megapixels
        (png_claiming(2**31 - 1, 2**31 - 1), "picture.pixels"),
        (png_claiming(65_535, 65_535), "picture.pixels"),
        (png_claiming(6000, 5000), "picture.pixels"),  # where Pillow by itself would only warn
        (png_claiming(5000, 4999), "picture.unreadable"),
        (b"\0" * (pictures.MAX_UPLOAD + 1), "picture.size"),
    ],
)
async def test_what_is_no_picture_or_too_much_is_refused(data, rule):
    with pytest.raises(InputError) as caught:
        await convert(data)
    assert (caught.value.rule, caught.value.field) == (rule, "picture")


async def test_a_worker_that_hangs_is_killed(monkeypatch, tmp_path):
    script = tmp_path / "worker.py"
    script.write_text(
        f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    )
    monkeypatch.setattr(pictures, "_WORKER", script)
    monkeypatch.setattr(pictures, "WORKER_SECONDS", 1)
    with pytest.raises(InputError):
        await convert(picture(9, 9))
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


CAPTIVE = """
import importlib.util, os, socket, subprocess, sys
spec = importlib.util.spec_from_file_location("worker", {worker!r})
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)
worker.confine()
os.close(0)
found = [name for name in os.environ if not name.startswith("LC_")]
for name, attempt in dict(
    read=lambda: os.open("/etc/hostname", os.O_RDONLY),
    write=lambda: os.open("/tmp/etal-escaped", os.O_CREAT | os.O_WRONLY),
    socket=lambda: socket.socket(),
    memory=lambda: bytearray(worker.MEMORY),
).items():
    try:
        attempt()
        found.append(name)
    except (OSError, MemoryError):
        pass
sys.stdout.write(",".join(found) or "nothing")
"""


async def test_a_worker_is_confined(monkeypatch, tmp_path):
    """What a decoder that was taken over would find: no environment, no file, no socket, little memory."""
    script = tmp_path / "worker.py"
    script.write_text(CAPTIVE.format(worker=picture_worker.__file__))
    monkeypatch.setenv("ETAL_SECRET", "x")
    monkeypatch.setattr(pictures, "_WORKER", script)
    assert await convert(picture(9, 9)) == b"nothing"


class Source:
    """Where a gallery gets its pictures."""

    def __init__(self, **blobs: bytes):
        self.blobs = blobs
        self.asked: list[str] = []

    async def __call__(self, blob: str):
        self.asked.append(blob)
        await trio.lowlevel.checkpoint()
        if blob not in self.blobs:
            raise NotFound("picture.missing", "")
        return "image/png", self.blobs[blob]


async def test_a_gallery_converts_a_picture_once():
    source = Source(a=picture(90, 60))
    gallery, answers = Gallery(source), []

    async def ask():
        answers.append(await gallery.get("a", SMALL))

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(ask)
    assert source.asked == ["a"]
    assert len(set(answers)) == 1
    assert opened(answers[0]).size == (90, 60)


async def test_a_gallery_asks_again_for_what_was_missing():
    source = Source()
    gallery = Gallery(source)
    for _ in range(2):
        with pytest.raises(NotFound):
            await gallery.get("a", SMALL)
    source.blobs["a"] = picture(9, 9)
    assert await gallery.get("a", SMALL)


async def test_a_gallery_forgets_what_was_shown_longest_ago(monkeypatch):
    source = Source(a=picture(9, 9), b=picture(9, 9), c=picture(9, 9))
    gallery = Gallery(source)
    size = len(await gallery.get("a", SMALL))
    monkeypatch.setattr(pictures, "CACHE_BYTES", 2 * size)
    await gallery.get("b", SMALL)
    await gallery.get("a", SMALL)
    await gallery.get("c", SMALL)
    source.asked.clear()
    await gallery.get("a", SMALL)
    assert source.asked == []
    await gallery.get("b", SMALL)
    assert source.asked == ["b"]


async def test_pictures_over_http(site, peer):
    blob = "p" * 52
    peer.pictures[blob] = picture()
    browser = site.browser()
    answer = await browser.get(f"/pictures/{blob}?size=480")
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert opened(answer.content).width == SMALL
    assert opened((await browser.get(f"/pictures/{blob}")).content).width == LARGE
    peer.pictures["q" * 52] = b"<script>"
    for missing in ("q" * 52, "r" * 52, "x"):
        assert (await browser.get(f"/pictures/{missing}")).status_code == 404
