import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from libp2p.io.exceptions import IncompleteReadError
from libp2p.utils.varint import encode_uvarint

from node.network.streams import PIECE, Buffered, TooLong, read_message


class Pieces:
    """A stream that gives its bytes in the pieces that it was made of, and nothing after them."""

    def __init__(self, *pieces: bytes):
        self.pieces = list(pieces)

    async def read(self, most: int) -> bytes:
        if not self.pieces:
            return b""
        piece = self.pieces.pop(0)
        if piece[most:]:
            self.pieces.insert(0, piece[most:])
        return piece[:most]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in itertools.pairwise(marks)]


@given(st.binary(max_size=600), st.binary(max_size=20), st.lists(st.integers(0, 700), max_size=9))
async def test_reads_a_message_however_it_is_cut(message, rest, places):
    stream = Pieces(*cut(encode_uvarint(len(message)) + message + rest, places))
    reader = Buffered(stream)
    assert await read_message(reader, len(message)) == message
    assert reader.held + b"".join(stream.pieces) == rest


@given(st.integers(1, 2**35 - 1))
async def test_refuses_a_longer_message_before_reading_it(length):
    stream = Pieces(encode_uvarint(length))
    with pytest.raises(TooLong):
        await read_message(stream, length - 1)


@pytest.mark.parametrize("prefix", [b"\x80" * 5, b"\xff" * 20, b"\xff\xff\xff\xff\xff\x01"])
async def test_refuses_a_prefix_without_end(prefix):
    with pytest.raises(TooLong):
        await read_message(Pieces(prefix), 2**40)


@given(st.binary(min_size=1, max_size=100), st.integers(0, 99))
async def test_a_message_cut_short_is_an_error(message, end):
    whole = encode_uvarint(len(message)) + message
    with pytest.raises(IncompleteReadError):
        await read_message(Pieces(whole[: min(end, len(whole) - 1)]), 100)


async def test_holds_no_more_than_one_piece():
    reader = Buffered(Pieces(bytes(10 * PIECE)))
    await reader.read(1)
    assert len(reader.held) == PIECE - 1
