"""What strangers' pictures have that stops a reader and no browser: mended before they are read."""

import io
import struct
import zlib

from PIL import Image, ImageChops

MAX_PROFILE_BYTES = 8 << 20
"""Of a colour profile, unpacked; those of printers have up to 3 MiB."""
MOST_MISSING = 1 / 16
"""So much of a picture may be lacking at its lower edge."""
_PNG = b"\x89PNG\r\n\x1a\n"
_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
_CHUNK_BYTES = 12
"""Of a chunk's length, name and checksum."""
_END = b"\xff\xd9"
_SCAN = b"\xff\xda"
_NOISE = bytes(number * 151 % 251 for number in range(4096))
"""For the place of what is missing; there is no marker in it."""
_BLOCK = 16
"""Pixels: one row of blocks may always be lacking, also in a small picture."""


def without_notes(content: bytes) -> bytes:
    """Take from a PNG its notes, which can unpack to anything, and a profile that does so.

    Generators keep their whole workflow there. What is no sound chunk is left for the reader.
    """
    if not content.startswith(_PNG):
        return content
    kept, position = [_PNG], len(_PNG)
    while position + _CHUNK_BYTES <= len(content):
        length, name = struct.unpack_from(">I4s", content, position)
        end = position + _CHUNK_BYTES + length
        packed = content[position + 8 : end - 4]
        if name not in _TEXTS and (name != b"iCCP" or _is_profile(packed)):
            kept.append(content[position:end])
        position = end
    return b"".join([*kept, content[position:]])


def _is_profile(packed: bytes) -> bool:
    _, _, rest = packed.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(rest[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return False
    return unpacker.eof


def mended_jpeg(content: bytes) -> bytes | None:
    """Put an end to a JPEG that lacks its last bytes; None: more is missing than that.

    A reader fills what is missing with one colour, as browsers do. Where other bytes in that place
    make another picture, from there on it is missing.
    """
    ended = content + _END
    with Image.open(io.BytesIO(ended), formats=("JPEG",)) as whole:
        if whole.info.get("progressive"):
            # Each scan goes over all of the picture; the last ones add but the finest shades.
            return ended if _last_scan_is_fine(content) else None
        with Image.open(io.BytesIO(content + _NOISE + _END), formats=("JPEG",)) as other:
            differs = ImageChops.difference(whole, other).getbbox()
        missing = 0 if differs is None else whole.height - differs[1]
        return ended if missing <= max(_BLOCK, whole.height * MOST_MISSING) else None


def _last_scan_is_fine(content: bytes) -> bool:
    """Tell whether the scan that breaks off brings the values' last bit (ITU-T T.81, B.2.3)."""
    start = content.rfind(_SCAN)
    if start < 0 or start + 5 > len(content):
        return False
    parts = content[start + 4]
    at = start + 5 + 2 * parts + 2
    return at < len(content) and content[at] & 0x0F == 0
