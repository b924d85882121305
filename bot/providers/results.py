"""What a finished answer holds: the video's addresses, a filter's reasons, or its bare shape. Pure.

Where a provider keeps the address differs by model and changes without notice: what it documents
is looked at first, then all the rest.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.errors import RefusedPart
from bot.providers.base import Completed, Failed, Finished
from bot.providers.fields import whole_characters
from bot.providers.moderation import refused_part

MOST_ADDRESSES = 8
"""So many are tried for a video."""
_ADDRESS = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
_NO_RESULT = re.compile(
    r"input|prompt|param|argument|payload|config|setting|^request|reference|image|picture|photo"
    r"|frame|mask|thumb|poster|preview|cover|sprite|avatar|icon|logo|webhook|callback|metric|^logs?$"
    r"|docs?(_|$)|help|^(poll|status|response|cancel|get|self|next)(_?ur[il])?$",
    re.IGNORECASE,
)
"""Names of what we sent ourselves, of pictures, and of the API's own places."""
_NO_VIDEO = re.compile(
    r"\.(jpe?g|png|webp|gif|avif|svg|json|txt|html?|srt|vtt|mp3|wav|m4a|aac)([?#]|$)", re.IGNORECASE
)
_TELLING = re.compile(
    r"reason|filter|moderat|nsfw|safety|refus|reject|block|violat|flag|feedback"
    r"|error|message|detail|warning",
    re.IGNORECASE,
)
"""Names under which a text says why."""
_REASONS = re.compile(
    r"(filter|moderat|nsfw|safety|refus|reject|block|violat|flag)\w*reason"
    r"|(filter|block|refus|reject)(ed|al)?_?(count|categor)",
    re.IGNORECASE,
)
_VERDICT = re.compile(
    r"^(is_?|was_?|has_?)?(content_?)?(filtered|blocked|flagged|moderated|rejected"
    r"|nsfw(_?(detected|content_?detected|concepts?))?)$",
    re.IGNORECASE,
)
_CODE = re.compile(r"(\w+_)?(safety|prohibited_content|nsfw|blocklist)", re.IGNORECASE)
_NO_REASON = re.compile(
    r"(?<!not )\bpassed\b|\bsucceeded\b|\bsuccess|^(\w+_)?(none|null|n/a|ok|unspecified)$",
    re.IGNORECASE,
)
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w.-]{0,39}", re.ASCII)
_DEEPEST = 6
_MOST_NAMES = 20
_SHAPE_LETTERS = 400


def read_finished(answer: Any, known: Iterable[Any]) -> Completed | Failed | Finished:
    """Read an answer that says "done": JSON of any kind, None where it was none.

    ``known`` are the values where the provider documents the video's address, the surest first.
    Without one there a content filter's reasons are a refusal; addresses anywhere else may be the
    video, and are handed on to be tried.
    """
    sure = [value.strip() for value in known if _is_address(value)]
    if not sure and (refusal := _refusal(answer)) is not None:
        return refusal
    first, *others = list(dict.fromkeys([*sure, *_addresses(answer)]))[:MOST_ADDRESSES] or [None]
    return Finished(shape_of(answer)) if first is None else Completed(first, tuple(others))


def shape_of(value: Any, deep: int = 0) -> str:
    """Write what an answer is made of, for the operator: its keys and kinds, never a value."""
    match value:
        case dict() if deep < _DEEPEST:
            names = list(value)[:_MOST_NAMES]
            inner = ", ".join(
                f"{_plain(name)}: {shape_of(value[name], deep + 1)}" for name in names
            )
            shape = f"{{{inner}{', …' if len(value) > len(names) else ''}}}"
        case list() if deep < _DEEPEST and value:
            shape = f"[{len(value)} x {shape_of(value[0], deep + 1)}]"
        case dict() | list():
            shape = "…" if value else "[]"
        case bool():
            shape = "flag"
        case int() | float():
            shape = "number"
        case str():
            shape = "text" if value.strip() else "no text"
        case _:
            shape = "null"
    return shape[:_SHAPE_LETTERS]


def _plain(name: str) -> str:
    """Keep a name that a program has given; others may repeat what a member typed."""
    return name if _PLAIN_NAME.fullmatch(name) else "…"


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and _ADDRESS.fullmatch(value.strip()) is not None


def _addresses(answer: Any) -> Iterator[str]:
    for _, value in _leaves(answer):
        if _is_address(value) and not _NO_VIDEO.search(value):
            yield value.strip()


def _refusal(answer: Any) -> Failed | None:
    """Read a filter's reasons, under names that tell; a setting of the filter's is none."""
    texts: list[str] = []
    verdict = False
    for path, value in _leaves(answer):
        if isinstance(value, str):
            if not value.strip() or _NO_REASON.search(value.strip()):
                continue
            telling = any(_TELLING.search(name) for name in path)
            texts += [value] if telling else []
            verdict = verdict or (telling and _CODE.fullmatch(value.strip()) is not None)
        verdict = verdict or (bool(value) and any(_REASONS.search(name) for name in path))
        verdict = verdict or (value is True and any(_VERDICT.match(name) for name in path[-1:]))
    told = " ".join(texts)[:500]
    part = refused_part(told)
    if part is None and not verdict:
        return None
    return Failed(told or shape_of(answer), part or RefusedPart.UNTOLD)


def _leaves(answer: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """List the values at every depth, in order, with the last of the names that lead to them.

    What we sent ourselves is left out. JSON may be written as a text within JSON. Nothing is
    called for each depth: an answer may be nested nearly without end.
    """
    stack: list[tuple[tuple[str, ...], Any]] = [((), answer)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
            value = _inner(value)
        if isinstance(value, dict):
            inner = [((*path[-_DEEPEST:], name), each) for name, each in value.items()]
            stack += [each for each in reversed(inner) if not _is_ours(each[0][-1])]
        elif isinstance(value, list):
            stack += [(path, each) for each in reversed(value)]
        else:
            yield path, value


def _is_ours(name: str) -> bool:
    """Tell whether a name is of what was sent; not one that says what became of it."""
    return _NO_RESULT.search(name) is not None and _TELLING.search(name) is None


def _inner(text: str) -> Any:
    try:
        return whole_characters(json.loads(text))
    except (ValueError, RecursionError):
        return text
