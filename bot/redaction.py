"""What must not leave the process in a log, a warning or on a terminal.

That is: every secret of the settings, other keys and tokens by their form, the queries of
addresses (they sign), Discord's tokens in addresses, pictures written as text, and what a member
typed, which their data's deletion could not reach there. Texts of others carry all of it: a
provider's answer may repeat the request and its key, an exception the address that it was about.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from urllib.parse import quote

from structlog.typing import EventDict, WrappedLogger

HIDDEN = "[hidden]"
PROMPT = "[prompt]"
LEAST_SECRET = 6
"""A shorter secret stands in too many words to be looked for."""
RUN, DENSE_RUN = 8, 3
"""So many letters and digits in a row are a prompt's; fewer of a script without spaces."""
LEAST_WORD = 4
"""Shorter words are everybody's."""
COMMON = {"prompt", "text", "image", "picture", "photo", "video", "input", "output", "request"}
"""Words of errors, which tell nothing when they stand alone."""
OF_OTHERS = ("detail", "exception", "word", "shape")
"""The values of an entry that may repeat what a member typed."""

_RUN = re.compile(r"[A-Za-z0-9]{12,}")
_KEY = re.compile(
    r"\b(?:sk|sg)[-_]\S{6,}|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|"
    r"\b[\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}",
    re.IGNORECASE,
)
"""Keys by their form: with a prefix, a UUID, and a bot's token."""

_secrets: set[str] = set()
_prompt: ContextVar[str] = ContextVar("prompt", default="")

_PATTERNS = (
    (re.compile(r"\bdata:[\w/+.-]*;base64,[\w+/=-]*"), f"data:{HIDDEN}"),
    # What comes before a host, and what comes after a path.
    (re.compile(r"//[^/\s@\"']+@"), f"//{HIDDEN}@"),
    # The link that invites the bot signs nothing.
    (
        re.compile(
            r"\?(?!client_id=\d+&scope=applications\.commands\+bot&permissions=\d+(?![\w&=%]))"
            r"[\w.~%\[\]-]+=[^\s\"'<>)]*"
        ),
        f"?{HIDDEN}",
    ),
    (re.compile(r"((?:webhooks|interactions)\\?/\d+\\?/)[^/\s?\"'\\]+"), rf"\1{HIDDEN}"),
    (re.compile(r"\baW50ZXJhY3Rpb24[\w+/=-]+"), HIDDEN),  # "interaction" in base64
    (re.compile(r"\b[\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}"), HIDDEN),  # a bot's token
    (re.compile(r"\b(Bearer|Basic)(\s+)[^\s\"',;\\]+", re.IGNORECASE), rf"\1\2{HIDDEN}"),
    (
        re.compile(
            r"((?:x-api-key|authorization)\\?[\"']?\s*[:=,]\s*\\?[\"']?)"
            r"(?!(?:Bearer|Basic)\b)(?:(?:Key|Bot|Token)\s+)?[^\s\"',;}\\]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    # "Key" and "token" stand in sentences too: what follows must look like one.
    (
        re.compile(
            r"((?i:\b(?:bot|token|secret|password|(?:api[ _-]?)?key)\b)"
            r"\\?[\"']?\s*[:=]?\s*\\?[\"']?)"
            r"(?=[\w.~+/=-]{0,60}[\d_.-]\w|[\w.~+/=-]{20})[\w~+/=-][\w.~+/=-]{5,}"
        ),
        rf"\1{HIDDEN}",
    ),
)


def keep_secret(value: str) -> None:
    """Hide a value from now on wherever it stands."""
    if len(value) >= LEAST_SECRET:
        _secrets.update({value, quote(value, safe="")})


def looks_secret(text: str) -> bool:
    """Tell whether a text looks like a key or a token, rather than like words, names or paths."""
    return _KEY.search(text) is not None or any(map(_is_random, _RUN.findall(text)))


def _is_random(run: str) -> bool:
    """Tell whether letters and digits change too often for a word with a number."""
    pieces = re.findall(r"[a-z]+|[A-Z]+|[0-9]+", run)
    numbers = sum(piece.isdigit() for piece in pieces)
    return (numbers >= 2 and len(pieces) >= 5) or (numbers >= 1 and len(pieces) >= 8)  # noqa: PLR2004 - tried on keys and on names


def write_about(prompt: str) -> None:
    """Hide what a member typed in all that this task, and those it starts, write from now on."""
    _prompt.set(prompt)


def hide_kept(text: str) -> str:
    """Take out the secrets that are known, and keys by their form, of a text that is ours."""
    return _KEY.sub(HIDDEN, _without_kept(text))


def hide_secrets(text: str) -> str:
    """Take out secrets, and what looks like one."""
    text = _without_kept(text)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def _without_kept(text: str) -> str:
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def redact(text: str) -> str:
    """Take out secrets, and what the member typed whom this task works for."""
    return hide_prompt(hide_secrets(text), _prompt.get())


def redact_entry(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
    """Take them out of a log's entry: structlog's processor, after traces are put into words."""
    return {
        # The library's own values, which it takes out itself.
        name: value
        if name.startswith("_")
        else _redacted(value, redact if name in OF_OTHERS else hide_secrets)
        for name, value in entry.items()
    }


def hide_prompt(text: str, prompt: str) -> str:
    """Take out what a text repeats of a prompt, also where it is cut off, quoted or escaped."""
    if not prompt.strip():
        return text
    text = html.unescape(_ESCAPES.sub(_unescaped, text))
    typed = re.findall(r"\w+", prompt.casefold())
    words = {word for word in typed if len(word) >= LEAST_WORD or len(typed) == 1} - COMMON
    spans = [each.span() for each in re.finditer(r"\w+", text) if each[0].casefold() in words]
    spans += _runs(text, _letters(prompt)[0])
    if len(prompt) >= DENSE_RUN or not prompt.isalnum():  # one of signs alone has no words
        spans += [each.span() for each in re.finditer(re.escape(prompt), text)]
    marked = [False] * len(text)
    for start, end in spans:
        marked[start:end] = [True] * (end - start)
    return _cut(text, marked)


_ESCAPES = re.compile(r"\\u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})?|\\x[0-9a-fA-F]{2}|\\[nrt\"'/]")


def _runs(text: str, typed: str) -> Iterator[tuple[int, int]]:
    """Find where letters follow one another as they do in a prompt."""
    found, places = _letters(text)
    for start in range(len(found)):
        run = min(RUN if found[start].isascii() else DENSE_RUN, len(typed))
        piece = found[start : start + run]
        if len(piece) == run >= DENSE_RUN and piece in typed:
            yield places[start], places[start + run - 1] + 1


def _unescaped(found: re.Match[str]) -> str:
    written = found.group()
    if written[1] == "x":
        return bytes.fromhex(written[2:]).decode("latin-1")
    if written[1] != "u":
        return " " if written[1] in "nrt" else written[1]
    units = bytes.fromhex(written.replace("\\u", ""))
    return units.decode("utf-16-be", "replace")


def _letters(text: str) -> tuple[str, list[int]]:
    """Write a text without what is not told from one way of writing it to the next."""
    letters, places = [], []
    for place, character in enumerate(text):
        for each in character.casefold():
            if each.isalnum() or not (each.isascii() or each.isspace()):
                letters.append(each)
                places.append(place)
    return "".join(letters), places


def _cut(text: str, marked: list[bool]) -> str:
    """Write one mark for each run of marked places, and what stands between two of them."""
    pieces, hidden = [], False
    for character, is_marked in zip(text, marked, strict=True):
        if is_marked:
            if not hidden:
                pieces.append(PROMPT)
            hidden = True
        else:
            hidden = False
            pieces.append(character)
    return re.sub(rf"{re.escape(PROMPT)}(?:\W*{re.escape(PROMPT)})+", PROMPT, "".join(pieces))


def _redacted(value: object, hide: Callable[[str], str]) -> object:
    """Take them out of a value of any kind; one that can't be shown is left to who shows it."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {_redacted(name, hide): _redacted(each, hide) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_redacted(each, hide) for each in value]
    try:
        return hide(value if isinstance(value, str) else repr(value))
    except Exception:  # noqa: BLE001 - whatever a value's own code raises
        return value
