"""Bytes are unpacked by what they are, in whatever pieces they come."""

import asyncio
import gzip
import itertools
import zlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.encodings import PART_BYTES, NotUnpacked, unpacked

FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 40


def unpack(*parts: bytes) -> list[bytes]:
    """Unpack what comes in these parts."""

    async def come() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    async def take() -> list[bytes]:
        return [piece async for piece in unpacked(come())]

    return asyncio.run(take())


def split(whole: bytes, at: list[int]) -> list[bytes]:
    """Cut bytes into pieces."""
    cuts = [0, *sorted(at), len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(cuts)]


@given(
    st.sampled_from([FILM, gzip.compress(FILM), zlib.compress(FILM), zlib.compress(FILM, 1)]),
    st.lists(st.integers(0, 300), max_size=5),
)
def test_packed_or_plain_the_same_comes_out(sent: bytes, at: list[int]) -> None:
    """However the network cuts it."""
    assert b"".join(unpack(*split(sent, at))) == FILM


@given(st.binary(max_size=20))
def test_what_is_not_packed_is_left_as_it_is(sent: bytes) -> None:
    """Also where it is shorter than any mark."""
    if sent[:1] not in {b"\x1f", b"\x78", b"\x28"}:
        assert b"".join(unpack(sent)) == b"".join(unpack(*split(sent, [1, 2]))) == sent


@given(st.lists(st.integers(0, 400), max_size=400))
def test_files_in_a_row_are_one(at: list[int]) -> None:
    """The format allows it, and padding after the last."""
    sent = gzip.compress(FILM) + gzip.compress(b"more") + bytes(20)

    assert b"".join(unpack(*split(sent, at))) == FILM + b"more"


def test_bytes_may_come_one_by_one() -> None:
    """Also the first of another file."""
    sent = gzip.compress(FILM) + gzip.compress(b"more") + bytes(3)

    assert b"".join(unpack(*(bytes([each]) for each in sent))) == FILM + b"more"


def test_no_piece_is_huge() -> None:
    """A small file that unpacks to much is counted while it does."""
    pieces = unpack(gzip.compress(bytes(PART_BYTES * 5)))

    assert sum(map(len, pieces)) == PART_BYTES * 5
    assert max(map(len, pieces)) <= PART_BYTES


@pytest.mark.parametrize(
    "sent",
    [
        gzip.compress(FILM)[:-20],
        gzip.compress(FILM)[:200] + b"broken" + gzip.compress(FILM)[206:],
        b"\x1f\x8b\x08\x00",
        b"\x28\xb5\x2f\xfd\x00\x00",
    ],
    ids=["cut", "broken", "head", "zstd"],
)
def test_what_cannot_be_unpacked_is_told(sent: bytes) -> None:
    """It is a failure that may pass, and no file of its own."""
    with pytest.raises(NotUnpacked):
        unpack(sent)
