"""Files written into an address: ``data:image/png;base64,...``."""

import base64
import binascii
import mimetypes
import re

_DATA_URL = re.compile(r"data:((?:image|audio|video)/[\w.+-]+);base64,(.+)", re.DOTALL)


def parse_data_url(url: str) -> tuple[str, bytes]:
    """Take a media type and the bytes out of a base64 data URL.

    Raises ValueError where it is none, is empty, or is of a kind that is not taken.
    """
    match = _DATA_URL.fullmatch(url)
    extension = match and mimetypes.guess_extension(match[1])
    if not match or not extension:
        raise ValueError("Not a data URL of an image, a sound or a video in base64")
    try:
        return extension, base64.b64decode(match[2], validate=True)
    except binascii.Error as broken:
        raise ValueError(f"Not base64: {broken}") from broken
