import io
import resource
import subprocess
import sys

import pytest
from PIL import Image

from node.web import picture_worker

WORKER = [sys.executable, "-I", picture_worker.__file__]


def run(data: bytes, side: str = "480") -> subprocess.CompletedProcess:
    return subprocess.run([*WORKER, side], input=data, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("mode", "format", "options", "shown"),
    [
        ("P", "PNG", {"transparency": 0}, "RGBA"),
        ("P", "PNG", {}, "RGB"),
        ("LA", "PNG", {}, "RGBA"),
        ("1", "PNG", {}, "RGB"),
        ("I;16", "PNG", {}, "RGB"),
        ("L", "JPEG", {"progressive": True}, "RGB"),
        ("CMYK", "JPEG", {}, "RGB"),
        ("RGBA", "WEBP", {"lossless": True}, "RGBA"),
        ("P", "GIF", {"transparency": 0}, "RGBA"),
    ],
)
def test_every_sort_of_pixel_is_read_without_opening_anything_more(mode, format, options, shown):
    """Once confined the worker can import nothing: what Pillow needs for a picture must be there by then."""
    out = io.BytesIO()
    Image.new(mode, (90, 60)).save(out, format, **options)
    done = run(out.getvalue())
    assert (done.returncode, done.stderr) == (0, b"")
    assert Image.open(io.BytesIO(done.stdout)).size == (90, 60)
    assert Image.open(io.BytesIO(done.stdout)).mode in (shown, "RGB")


def test_what_can_not_be_read_has_an_exit_code_of_its_own():
    assert run(b"nonsense").returncode == picture_worker.UNREADABLE
    out = io.BytesIO()
    Image.new("1", (6000, 5000)).save(out, "PNG")
    assert run(out.getvalue()).returncode == picture_worker.TOO_LARGE
    assert set(picture_worker.REFUSALS) == {picture_worker.UNREADABLE, picture_worker.TOO_LARGE}


def test_every_limit_is_one_that_this_system_has():
    for name in picture_worker.LIMITS:
        assert hasattr(resource, name)
