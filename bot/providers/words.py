"""What an answer that is no success says, for the operator: codes and sentences, no echo."""

import re
from collections.abc import Iterator
from typing import Any

from bot.redaction import hide_secrets

MAX_WORDS = 200
_TELLING = {
    *("error", "errors", "message", "msg", "detail", "details", "code", "name", "type", "reason"),
    *("title", "status", "statuscode", "loc", "param", "field"),
}
"""The fields that say what is wrong. Others, such as ``input``, may be the request itself."""
_DEEPEST = 6
_MOST_READ = 8 << 10
"""So many characters are looked through for secrets: an answer may have a mebibyte of them."""


def words_of(said: Any) -> str:
    """Write what the fields of an error say; of an answer without such fields, what it has."""
    words = "; ".join(dict.fromkeys(filter(None, _words(said, _DEEPEST))))[:_MOST_READ]
    if words:
        return hide_secrets(words)[:MAX_WORDS]
    if isinstance(said, dict):
        return f"no words, but {hide_secrets(', '.join(sorted(said))[:_MOST_READ])[:MAX_WORDS]}"
    return f"no words, but a {type(said).__name__}"


def words_of_page(text: str) -> str:
    """Write the first words of an answer that is no JSON."""
    return hide_secrets(" ".join(re.sub(r"<[^>]*>?", " ", text).split()))[:MAX_WORDS]


def _words(said: Any, deepest: int) -> Iterator[str]:
    if isinstance(said, (str, int, float)) and not isinstance(said, bool):
        yield " ".join(str(said).split())
    elif deepest and isinstance(said, list):
        for each in said[:_DEEPEST]:
            yield from _words(each, deepest - 1)
    elif deepest and isinstance(said, dict):
        for name, each in said.items():
            if name.lower() in _TELLING:
                yield from _words(each, deepest - 1)
