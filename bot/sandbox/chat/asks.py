"""Asks: what the page sends over its WebSocket, read with care."""

import json
from dataclasses import dataclass
from typing import Any


class Malformed(Exception):
    """The page asked for something that makes no sense; the text names what."""


@dataclass(frozen=True)
class Ask:
    """One JSON object with a kind; ``number`` comes back with the answer."""

    kind: str
    number: int
    said: dict[str, Any]

    def text(self, key: str) -> str:
        """Read a text; raise Malformed where there is none."""
        value = self.said.get(key)
        if not isinstance(value, str):
            raise Malformed(f"{key} is no text")
        return value

    def flag(self, key: str) -> bool:
        """Read yes or no; raise Malformed where it is neither."""
        value = self.said.get(key)
        if not isinstance(value, bool):
            raise Malformed(f"{key} is neither true nor false")
        return value

    def texts(self, key: str) -> list[str]:
        """Read a list of texts, empty where there is none; raise Malformed for other things."""
        value = self.said.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Malformed(f"{key} is no list of texts")
        return value

    def table(self, key: str) -> dict[str, Any]:
        """Read an object, empty where there is none; raise Malformed for other things."""
        value = self.said.get(key, {})
        if not isinstance(value, dict):
            raise Malformed(f"{key} is no object")
        return value


def read_ask(text: str) -> Ask:
    """Read what came over the wire. Raises Malformed."""
    try:
        said = json.loads(text)
    except ValueError:
        raise Malformed("not JSON") from None
    if not isinstance(said, dict):
        raise Malformed("not an object")
    kind, number = said.get("kind"), said.get("number")
    if not isinstance(kind, str) or not isinstance(number, int):
        raise Malformed("without a kind or a number")
    return Ask(kind, number, said)
