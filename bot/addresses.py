"""Addresses that others gave us, kept as they are written.

A signature is made over the very letters of an address: ``%28`` and ``(`` mean the same and are
not the same to it. So nothing is decoded, encoded or sorted that could stand in a request as it is.
"""

import re
from urllib.parse import quote_from_bytes

from yarl import URL

_ORIGIN = re.compile(r"(?:[^:/?#]*:)?(?://[^/?#]*)?")
_IMPOSSIBLE = re.compile(r"[^\x21-\x7e]+")
"""What cannot be in a request's first line: spaces, controls, letters beyond ASCII."""


def exact(address: str) -> URL:
    """Read an address whose path and query are kept letter by letter; raise ValueError.

    Only what no request can carry is quoted, as browsers do it. Scheme and host are no part of what
    is signed: they are read as usual.
    """
    written = address.strip()
    found = _ORIGIN.match(written)
    end = found.end() if found else 0
    rest = _IMPOSSIBLE.sub(_quoted, written[end:])
    return URL(f"{URL(written[:end])}{rest}", encoded=True)


def _quoted(found: re.Match[str]) -> str:
    return quote_from_bytes(found.group().encode("utf-8", "surrogateescape"))
