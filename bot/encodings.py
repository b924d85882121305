"""What came over the wire, unpacked where it is packed.

Servers label what they send wrongly: "x-gzip" and "gzip, aws-chunked" stand on packed bytes, and
"gzip", "br" or "zstd" on plain ones. So plain bytes are asked for, whatever the label says is let
be, and the bytes themselves tell what they are.
"""

import zlib
from collections.abc import AsyncIterator, Iterator, Mapping

PLAIN: Mapping[str, str] = {"Accept-Encoding": "identity"}
"""Headers of a request; its client must not unpack by the answer's label."""
PART_BYTES = 256 * 1024
"""The most that comes out at once: a small file can unpack to a huge one."""

_PACKED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
"""How gzip and zlib ("deflate") begin; no video, picture or text does."""
_ZSTD = b"\x28\xb5\x2f\xfd"
_LONGEST_MARK = 4
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class NotUnpacked(ValueError):
    """The bytes are packed, and broken, cut short or of a kind that is not known here."""


async def unpacked(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Give the bytes as they were before they were packed, if they were; raise NotUnpacked."""
    start, unpacker = b"", None
    began = False
    async for part in parts:
        if began:
            fresh = part
        else:
            start += part
            if len(start) < _LONGEST_MARK:
                continue
            fresh, unpacker, began = start, _unpacker_of(start), True
        for piece in (fresh,) if unpacker is None else unpacker.feed(fresh):
            yield piece
    if not began and start:
        yield start
    if unpacker is not None:
        unpacker.end()


def _unpacker_of(start: bytes) -> "_Unpacker | None":
    if start.startswith(_ZSTD):
        raise NotUnpacked("zstd, though plain bytes were asked for")
    return _Unpacker() if start.startswith(_PACKED) else None


class _Unpacker:
    """Unpacks gzip, also where several files stand in a row, and zlib."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._rest = b""
        """What came after the end, too little to tell another file by."""

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Unpack the next bytes, in pieces of a bounded size."""
        packed, self._rest = self._rest + packed, b""
        while packed:
            if self._stream.eof:
                if not packed.startswith(_PACKED):
                    self._rest = packed[:2]  # the beginning of another, or padding
                    return
                self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                piece = self._stream.decompress(packed, PART_BYTES)
            except zlib.error as error:
                raise NotUnpacked(str(error)) from error
            packed = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            if piece:
                yield piece

    def end(self) -> None:
        """Check that nothing is missing; raise NotUnpacked."""
        if not self._stream.eof:
            raise NotUnpacked("cut short")
