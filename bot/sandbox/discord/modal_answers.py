"""How a member fills a modal: what the client refuses, and how the rest is sent."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from bot.sandbox.discord.channel import Channel
from bot.sandbox.discord.client_refusal import ClientRefusal
from bot.sandbox.discord.client_rules import check_selected
from bot.sandbox.discord.component_rules import SELECTS, TEXT_INPUT, walk
from bot.sandbox.discord.message import numbered
from bot.sandbox.discord.modal_rules import (
    CHECKBOX,
    CHECKBOX_GROUP,
    FILE_UPLOAD,
    MAX_TEXT,
    RADIO_GROUP,
)
from bot.sandbox.discord.post_rules import check_upload
from bot.sandbox.discord.resolved import Resolved

Fields = Mapping[str, Any]
"""Values by custom_id: text, a checkbox's boolean, a radio group's value or None, else a list."""


def fill(modal: dict[str, Any], given: Fields, channel: Channel, resolved: Resolved) -> list[Any]:
    """Render the components of the filled modal; raise ClientRefusal for what can't be sent.

    A field that is not given keeps what the modal has put into it.
    """
    parts = numbered(modal["components"], count(1))
    fields = {part["custom_id"]: part for _, part in walk(parts) if "custom_id" in part}
    if unknown := given.keys() - fields.keys():
        raise ClientRefusal(f"The modal has no fields {sorted(unknown)}")
    values = {name: given.get(name, _preset(part)) for name, part in fields.items()}
    for name, part in fields.items():
        _check(part, values[name], channel)
    return [_filled(part, values, resolved) for part in parts]


def _preset(part: dict[str, Any]) -> Any:
    if part["type"] == TEXT_INPUT:
        return part.get("value") or ""
    if part["type"] == CHECKBOX:
        return bool(part.get("default"))
    chosen = [option["value"] for option in part.get("options") or () if option.get("default")]
    return next(iter(chosen), None) if part["type"] == RADIO_GROUP else chosen


def _check(part: dict[str, Any], value: Any, channel: Channel) -> None:
    name, kind = part["custom_id"], part["type"]
    required = part.get("required") is not False
    if kind == TEXT_INPUT:
        _check_text(part, value, required=required)
    elif kind == CHECKBOX:
        if not isinstance(value, bool):
            raise ClientRefusal(f"{name!r} is ticked or not")
    elif kind == RADIO_GROUP:
        _check_values(part, [] if value is None else [value], required=required)
    elif not isinstance(value, Sequence) or isinstance(value, str):
        raise ClientRefusal(f"{name!r} takes a list")
    else:
        _check_values(part, value, required=required)
        for path in value:
            if kind == FILE_UPLOAD:
                check_upload(path, channel)


def _check_text(part: dict[str, Any], value: Any, *, required: bool) -> None:
    name = part["custom_id"]
    if not isinstance(value, str):
        raise ClientRefusal(f"{name!r} takes a text")
    if not value and not required:
        return
    least = max(part.get("min_length") or 0, int(required))
    if not least <= len(value) <= (part.get("max_length") or MAX_TEXT):
        raise ClientRefusal(f"The field {name!r} is too short or too long")


def _check_values(part: dict[str, Any], values: Sequence[Any], *, required: bool) -> None:
    if not values and not required:
        return
    if part["type"] == CHECKBOX_GROUP and part.get("max_values") is None:
        part = part | {"max_values": len(part["options"])}
    check_selected(part, values)


def _filled(part: dict[str, Any], values: Fields, resolved: Resolved) -> dict[str, Any]:
    """Render a part: rows and labels hold fields, fields hold values."""
    filled: dict[str, Any] = {"type": part["type"], "id": part["id"]}
    if "components" in part:
        filled["components"] = [_filled(each, values, resolved) for each in part["components"]]
    if "component" in part:
        filled["component"] = _filled(part["component"], values, resolved)
    if "custom_id" in part:
        value = values[part["custom_id"]]
        filled["custom_id"] = part["custom_id"]
        if part["type"] in SELECTS | {FILE_UPLOAD, CHECKBOX_GROUP}:
            filled["values"] = [resolved.add(each) for each in value]
        else:
            filled["value"] = value
    return filled
