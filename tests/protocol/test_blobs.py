import contextlib
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.protocol import blobs
from node.protocol.blobs import CHUNK, MAX_CHUNKS, Manifest, describe
from node.protocol.encoding import encode
from node.protocol.errors import Rejected, StateError

DATA = bytes(range(256)) * 2_500  # 640,000 bytes: three chunks
MANIFEST = describe(DATA, "image/webp")


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_blob_is_found_again_chunk_by_chunk(size):
    data = hashlib.sha256(b"seed").digest() * (size // 32 + 1)
    manifest = describe(data[:size], "image/webp")
    again = Manifest.parse(manifest.raw, manifest.id)
    assert again == manifest
    chunks = blobs.split(data[:size])
    assert len(chunks) == len(manifest.chunks)
    for index, chunk in enumerate(chunks):
        again.check(index, chunk)
    assert b"".join(chunks) == data[:size]


def test_the_same_content_has_the_same_id():
    assert describe(DATA, "image/webp").id == MANIFEST.id
    assert describe(DATA, "image/png").id != MANIFEST.id
    assert describe(DATA[:-1] + b"x", "image/webp").id != MANIFEST.id


@pytest.mark.parametrize(
    ("index", "chunk"),
    [
        (0, DATA[: CHUNK - 1] + b"x"),
        (0, DATA[: CHUNK - 1]),
        (0, DATA[: CHUNK + 1]),
        (1, DATA[:CHUNK][::-1]),
        (2, b""),
        (3, b"x"),
        (-1, DATA[2 * CHUNK :]),
    ],
)
def test_a_wrong_chunk_is_rejected(index, chunk):
    with pytest.raises(Rejected, match=r"blob\.chunk"):
        MANIFEST.check(index, chunk)


def test_a_manifest_of_another_id_is_rejected():
    with pytest.raises(Rejected, match=r"blob\.id"):
        Manifest.parse(MANIFEST.raw, bytes(32))
    with pytest.raises(Rejected, match=r"blob\.id"):
        Manifest.parse(MANIFEST.raw + b"\0", MANIFEST.id)


PLAIN = {"type": "image/webp", "size": 5, "chunks": [bytes(32)]}


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "webp"},
        {"type": "text/html; charset=x"},
        {"type": "image/webp\n"},
        {"type": 5},
        {"size": 0},
        {"size": -1},
        {"size": CHUNK + 1},
        {"size": CHUNK * MAX_CHUNKS + 1, "chunks": [bytes(32)] * (MAX_CHUNKS + 1)},
        {"chunks": []},
        {"chunks": [bytes(31)]},
        {"chunks": [bytes(32)] * 2},
        {"chunks": bytes(32)},
    ],
)
def test_a_bad_manifest_is_rejected(changes):
    raw = encode(PLAIN | changes)
    with pytest.raises(Rejected, match=r"blob\.manifest"):
        Manifest.parse(raw, hashlib.sha256(raw).digest())
    good = encode(PLAIN | {"later": 1})
    assert Manifest.parse(good, hashlib.sha256(good).digest()).size == 5


def test_a_chunk_is_as_long_as_the_size_says():
    """Else a manifest of five bytes could bring any amount."""
    large = bytes(CHUNK)
    raw = encode(PLAIN | {"chunks": [hashlib.sha256(large).digest()]})
    manifest = Manifest.parse(raw, hashlib.sha256(raw).digest())
    with pytest.raises(Rejected, match=r"blob\.chunk"):
        manifest.check(0, large)


def test_the_largest_blob_fits():
    manifest = describe(bytes(blobs.MAX_BLOB), "image/webp")
    assert len(manifest.chunks) == MAX_CHUNKS
    assert len(manifest.raw) <= blobs.MAX_MANIFEST


@pytest.mark.parametrize(
    ("data", "media_type"), [(b"", "image/webp"), (b"x", "x"), (bytes(blobs.MAX_BLOB + 1), "a/b")]
)
def test_what_can_not_be_a_blob(data, media_type):
    with pytest.raises(StateError):
        describe(data, media_type)


def test_requests_and_responses():
    for chunk in (None, 0, MAX_CHUNKS - 1):
        data = blobs.request(MANIFEST.id, chunk)
        assert len(data) <= blobs.MAX_REQUEST
        assert blobs.read_request(data) == (MANIFEST.id, chunk)
    for data in (None, b"", MANIFEST.raw, bytes(CHUNK)):
        response = blobs.response(data)
        assert len(response) <= blobs.MAX_RESPONSE
        assert blobs.read_response(response) == data


@given(st.binary(max_size=99))
@settings(max_examples=200)
def test_garbage_is_rejected(data):
    with pytest.raises(Rejected):
        blobs.read_request(data)
    with contextlib.suppress(Rejected):
        assert blobs.read_response(data) is None
    with pytest.raises(Rejected):
        Manifest.parse(data, hashlib.sha256(data).digest())


@pytest.mark.parametrize(
    "value",
    [
        {"blob": bytes(31)},
        {"blob": bytes(32), "chunk": MAX_CHUNKS},
        {"blob": bytes(32), "chunk": -1},
        {"blob": bytes(32), "chunk": True},
        [bytes(32)],
        {},
    ],
)
def test_a_bad_request_is_rejected(value):
    with pytest.raises(Rejected, match=r"blob\.request"):
        blobs.read_request(encode(value))


@pytest.mark.parametrize("value", [{"data": "x"}, [], b"x"])
def test_a_bad_response_is_rejected(value):
    with pytest.raises(Rejected, match=r"blob\.response"):
        blobs.read_response(encode(value))


def test_the_protocol_id():
    assert blobs.protocol("etal-test") == "/etal/1/etal-test/blobs"
