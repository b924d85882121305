"""How a file is laid out: the boxes of an MP4 and the elements of a WebM, by their headers alone.

Decoders forgive a file that ends early; players do not.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.errors import NotAVideo
from bot.exhaustion import own_files

_QUICKTIME = b"qt  "
"""The brand of a MOV; what is in it may be the same, yet not every player takes it."""
_MAGIC_OF_MATROSKA = b"\x1a\x45\xdf\xa3"
_SEGMENT, _CLUSTER = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"
_MOST_ELEMENTS = 1_000_000
"""Beyond any real file; more is taken as it is."""


@dataclass(frozen=True)
class Layout:
    """What a player meets when it begins at the beginning."""

    index_first: bool = False
    """MP4: the index (moov) comes before the data (mdat)."""
    fragmented: bool = False
    """MP4 in fragments (moof), as streaming services cut it."""
    quicktime: bool = False

    @property
    def faststart(self) -> bool:
        """Tell whether it is a plain MP4 that plays while it loads."""
        return self.index_first and not self.fragmented and not self.quicktime


def read_layout(path: Path) -> Layout:
    """Walk over a file's parts; raise NotAVideo where one is cut short, or a StorageError."""
    with own_files(), path.open("rb") as file:
        size_bytes = file.seek(0, 2)
        file.seek(0)
        if file.read(4) == _MAGIC_OF_MATROSKA:
            file.seek(0)
            _check_elements(file, size_bytes)
            return Layout()
        file.seek(0)
        return _layout(file, size_bytes)


def _layout(file: BinaryIO, size_bytes: int) -> Layout:
    names: set[bytes] = set()
    brand = b""
    first = None
    for name, end in _boxes(file, size_bytes):
        if name == b"ftyp" and not names:
            brand = file.read(4)
        if name in {b"moov", b"mdat", b"moof"}:
            first = first or name
            if end > size_bytes:
                raise NotAVideo("cut short")
        names.add(name)
    index_first, fragmented = first == b"moov", b"moof" in names
    # Without a brand it is QuickTime, from before there were any.
    return Layout(index_first, fragmented, bool(names) and brand in {b"", _QUICKTIME})


def _boxes(file: BinaryIO, size_bytes: int) -> Iterator[tuple[bytes, int]]:
    """List each box's name and end; the file stands at its contents."""
    position = 0
    while len(header := file.read(8)) == 8:  # noqa: PLR2004 - a box's header
        size, name = struct.unpack(">I4s", header)
        if size == 1:  # the real size follows, in 64 bits
            size = int.from_bytes(file.read(8), "big")
        elif size == 0:  # to the end of the file
            size = size_bytes - position
        if position + size < file.tell():  # smaller than its own header: there are no boxes here
            return
        yield bytes(name), position + size
        position += size
        if position > size_bytes:
            return
        file.seek(position)


def _check_elements(file: BinaryIO, size_bytes: int) -> None:
    """Walk over the elements; those that may be of unknown size are entered instead of skipped."""
    for _ in range(_MOST_ELEMENTS):
        if file.tell() == size_bytes:
            return
        name = file.read(1)
        if name == b"\0":  # no element's: the decoder says what this is
            return
        name += file.read(_length_of(name) - 1)
        size = _size(file)
        if name == _SEGMENT:
            if size is not None and file.tell() + size > size_bytes:
                raise NotAVideo("cut short")
            continue
        if size is None:
            if name == _CLUSTER:
                continue
            return  # nobody can say where it ends
        file.seek(size, 1)  # beyond the end there is nothing to read: it is cut short


def _size(file: BinaryIO) -> int | None:
    """Read an element's size; None: it is not known."""
    first = file.read(1)
    length = _length_of(first)
    rest = file.read(length - 1)
    if len(rest) < length - 1:
        raise NotAVideo("cut short")
    bits = 7 * length
    value = int.from_bytes(first + rest, "big") & ((1 << bits) - 1)
    return None if value == (1 << bits) - 1 else value


def _length_of(first: bytes) -> int:
    """Tell from its first byte how long a number is: one more than the zeros that lead it."""
    if not first:
        raise NotAVideo("cut short")
    return 9 - first[0].bit_length() if first[0] else 1
