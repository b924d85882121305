"""What Discord refuses in the body of a message. Pure: a body in, its problems out."""

from collections.abc import Callable, Collection
from enum import Enum
from functools import partial
from typing import Any

from bot.sandbox.discord.component_rules import check_components
from bot.sandbox.discord.embed_rules import Names, check_embeds
from bot.sandbox.discord.problems import (
    Path,
    Problem,
    Problems,
    count,
    entries,
    flag,
    key_set,
    keys,
    objects,
    text,
    whole,
)

Check = Callable[[Any, Path], Problems]

MAX_CONTENT = 2000
MAX_ATTACHMENTS = 10

SUPPRESS_EMBEDS = 1 << 2
EPHEMERAL = 1 << 6
LOADING = 1 << 7
SUPPRESS_NOTIFICATIONS = 1 << 12

_SAID = frozenset({"content", "embeds", "allowed_mentions", "components", "attachments", "flags"})
_POSTED = _SAID | {"tts", "poll"}


class Door(Enum):
    """The kinds of request that carry a message, with the keys that each knows."""

    CHANNEL_POST = _POSTED | {"nonce", "enforce_nonce", "message_reference", "sticker_ids"}
    CHANNEL_EDIT = _SAID | {"sticker_ids", "tts"}
    """``tts`` stands in no edit of Discord's documentation, but every discord.py edit has it."""
    CALLBACK = _POSTED
    FOLLOW_UP = _POSTED | {"username", "avatar_url", "thread_name", "applied_tags"}
    TOKEN_EDIT = _SAID | {"poll", "tts"}


_ATTACHMENT_KEYS = key_set(
    "id filename title description uploaded_filename duration_secs waveform spoiler is_remix "
    "proxy_url size url height width content_type ephemeral flags placeholder "
    "placeholder_version"
)
_MENTION_KEYS = frozenset({"parse", "users", "roles", "replied_user"})


def check_message(body: dict[str, Any], path: Path, door: Door, names: Names) -> Problems:
    """Check a message body; ``names`` are the attachments that the message will have."""
    yield from keys(body, path, door.value)
    checks: dict[str, Check] = {
        "content": partial(text, most=MAX_CONTENT),
        "embeds": partial(check_embeds, names=names),
        "components": check_components,
        "allowed_mentions": _check_mentions,
        "tts": flag,
        "enforce_nonce": flag,
        "flags": partial(whole, least=0, most=(1 << 31) - 1),
    }
    for key, check in checks.items():
        if body.get(key) is not None:
            yield from check(body[key], (*path, key))
    if body.get("nonce") is not None and not isinstance(body["nonce"], int):
        yield from text(body["nonce"], (*path, "nonce"), most=25)
    for key in ("poll", "sticker_ids"):
        if body.get(key):
            message = "The local Discord knows no polls and no stickers"
            yield Problem((*path, key), "NOT_SUPPORTED", message)


def check_attachments(
    listed: Any, path: Path, uploaded: Collection[int], existing: Collection[int]
) -> Problems:
    """Check that each listed attachment is an upload of this request or on the message already."""
    yield from objects(listed, path, most=MAX_ATTACHMENTS)
    seen: set[int] = set()
    for place, entry in entries(listed, path):
        yield from keys(entry, place, _ATTACHMENT_KEYS)
        number = number_of(entry)
        if number is None:
            yield Problem((*place, "id"), "BASE_TYPE_REQUIRED", "This field is required")
        elif number not in existing and number not in uploaded:
            message = f"No file and no attachment has the id {number}"
            yield Problem((*place, "id"), "ATTACHMENT_NOT_FOUND", message)
        elif number in seen:
            yield Problem((*place, "id"), "ATTACHMENT_DUPLICATED", f"{number} is listed twice")
        else:
            seen.add(number)


def number_of(entry: dict[str, Any]) -> int | None:
    """Read the id of a listed attachment, which may come as text; None where it has none."""
    value = entry.get("id")
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _check_mentions(allowed: Any, path: Path) -> Problems:
    if not isinstance(allowed, dict):
        message = "Only dictionaries may be used in a DictType"
        yield Problem(path, "DICT_TYPE_CONVERT", message)
        return
    yield from keys(allowed, path, _MENTION_KEYS)
    parse = allowed.get("parse") or []
    yield from count(parse, (*path, "parse"), most=3)
    for index, kind in enumerate(parse if isinstance(parse, list) else ()):
        if kind not in {"users", "roles", "everyone"}:
            message = "Value must be one of ('roles', 'users', 'everyone')."
            yield Problem((*path, "parse", index), "BASE_TYPE_CHOICES", message)
    for kind in ("users", "roles"):
        ids = allowed.get(kind) or []
        yield from count(ids, (*path, kind), most=100)
        if ids and kind in parse:
            message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
            yield Problem(path, code, message)
    if allowed.get("replied_user") is not None:
        yield from flag(allowed["replied_user"], (*path, "replied_user"))
