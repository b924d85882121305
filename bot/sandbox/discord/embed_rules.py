"""What Discord refuses in embeds. Pure: an embed in, its problems out."""

import mimetypes
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.discord.problems import (
    Path,
    Problem,
    Problems,
    entries,
    key_set,
    keys,
    objects,
    text,
)

MAX_EMBEDS = 10
MAX_FIELDS = 25
MAX_TEXT = 6000
"""Characters of all embeds of a message together (Discord's documentation)."""

_MEDIA = key_set(
    "url proxy_url width height content_type placeholder placeholder_version flags description"
)
_KEYS = key_set(
    "type url title color timestamp description author image thumbnail footer fields provider "
    "video flags"
)
_PARTS = {
    "author": frozenset({"name", "url", "icon_url", "proxy_icon_url"}),
    "footer": frozenset({"text", "icon_url", "proxy_icon_url"}),
    "image": _MEDIA,
    "thumbnail": _MEDIA,
    "video": _MEDIA,
    "provider": frozenset({"name", "url"}),
}
_SHOWN = ("title", "description", "fields", "author", "footer", "image", "thumbnail")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")

Names = Mapping[str, str | None]
"""The attachments that a message has or will have: file name to content type."""


def check_embeds(embeds: Any, path: Path, names: Names) -> Problems:
    """Check the ``embeds`` of a message body."""
    yield from objects(embeds, path, most=MAX_EMBEDS)
    for place, embed in entries(embeds, path):
        yield from _check_embed(embed, place, names)
    if sum(_length(embed) for _, embed in entries(embeds, path)) > MAX_TEXT:
        message = f"Embed size exceeds maximum size of {MAX_TEXT}"
        yield Problem(path, "MAX_EMBED_SIZE_EXCEEDED", message)


def _length(embed: dict[str, Any]) -> int:
    parts = [embed.get("title"), embed.get("description")]
    parts += [_part(embed, "footer").get("text"), _part(embed, "author").get("name")]
    for _, field in entries(embed.get("fields"), ()):
        parts += [field.get("name"), field.get("value")]
    return sum(len(part.strip()) for part in parts if isinstance(part, str))


def _part(embed: dict[str, Any], name: str) -> dict[str, Any]:
    part = embed.get(name)
    return part if isinstance(part, dict) else {}


def _check_embed(embed: dict[str, Any], path: Path, names: Names) -> Problems:
    yield from keys(embed, path, _KEYS)
    if not any(embed.get(name) for name in _SHOWN):
        yield Problem((*path, "description"), "BASE_TYPE_REQUIRED", "This field is required")
    for name, most in (("title", 256), ("description", 4096)):
        if embed.get(name) is not None:
            yield from text(embed[name], (*path, name), most=most)
    yield from _check_colour_and_time(embed, path)
    yield from _check_fields(embed.get("fields"), (*path, "fields"))
    for name, known in _PARTS.items():
        if (part := embed.get(name)) is None:
            continue
        if not isinstance(part, dict):
            message = "Only dictionaries may be used in a DictType"
            yield Problem((*path, name), "DICT_TYPE_CONVERT", message)
            continue
        yield from keys(part, (*path, name), known)
    yield from _check_signatures(embed, path)
    yield from _check_urls(embed, path, names)


def _check_colour_and_time(embed: dict[str, Any], path: Path) -> Problems:
    colour = embed.get("color")
    if colour is not None and not (isinstance(colour, int) and 0 <= colour <= 0xFFFFFF):  # noqa: PLR2004 - white
        message = "int value should be 0 to 16777215."
        yield Problem((*path, "color"), "NUMBER_TYPE_RANGE", message)
    moment = embed.get("timestamp")
    if moment is not None and not (isinstance(moment, str) and _TIMESTAMP.fullmatch(moment)):
        yield Problem((*path, "timestamp"), "DATE_TIME_TYPE_PARSE", "Could not parse the time.")


def _check_fields(fields: Any, path: Path) -> Problems:
    if fields is None:
        return
    yield from objects(fields, path, most=MAX_FIELDS)
    for place, field in entries(fields, path):
        yield from keys(field, place, frozenset({"name", "value", "inline"}))
        yield from text(field.get("name", ""), (*place, "name"), least=1, most=256)
        yield from text(field.get("value", ""), (*place, "value"), least=1, most=1024)


def _check_signatures(embed: dict[str, Any], path: Path) -> Problems:
    for name, key, most in (("footer", "text", 2048), ("author", "name", 256)):
        if part := _part(embed, name):
            yield from text(part.get(key, ""), (*path, name, key), least=1, most=most)


def _check_urls(embed: dict[str, Any], path: Path, names: Names) -> Problems:
    yield from _check_link(embed.get("url"), (*path, "url"))
    yield from _check_link(_part(embed, "author").get("url"), (*path, "author", "url"))
    for name, key in (("author", "icon_url"), ("footer", "icon_url")):
        yield from _check_picture(_part(embed, name).get(key), (*path, name, key), names)
    for name in ("image", "thumbnail"):
        if part := _part(embed, name):
            place = (*path, name, "url")
            if part.get("url") is None:
                yield Problem(place, "BASE_TYPE_REQUIRED", "This field is required")
            yield from _check_picture(part.get("url"), place, names)


def _check_link(url: Any, path: Path, schemes: tuple[str, ...] = ("http", "https")) -> Problems:
    if url is None:
        return
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    if parts.scheme not in schemes:
        message = f'Scheme "{parts.scheme}" must be one of {schemes}.'
        yield Problem(path, "URL_TYPE_INVALID_SCHEME", message)
    elif not parts.netloc or any(character.isspace() for character in url):
        yield Problem(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    elif len(url) > 2048:  # noqa: PLR2004 - Discord's limit of a URL, used once
        yield Problem(path, "BASE_TYPE_BAD_LENGTH", "Must be 2048 or fewer in length.")


def _check_picture(url: Any, path: Path, names: Names) -> Problems:
    yield from _check_link(url, path, ("http", "https", "attachment"))
    if not isinstance(url, str):
        return
    kind = mimetypes.guess_type(urlsplit(url).path)[0]
    if url.startswith("attachment://"):
        name = url.removeprefix("attachment://")
        if name not in names:
            message = f'No attachment is called "{name}"'
            yield Problem(path, "ATTACHMENT_NOT_FOUND", message)
        kind = names.get(name)
    if kind is not None and kind.startswith("video/"):
        yield Problem(path, "EMBED_MEDIA_IS_VIDEO", "A bot's embed can't show a video")
