"""What Discord refuses in a modal. Pure: a modal in, its problems out."""

from collections.abc import Callable
from typing import Any

from bot.sandbox.discord.component_rules import (
    ROW,
    SELECTS,
    TEXT_INPUT,
    check_choice,
    check_select,
    check_unique,
    check_values,
)
from bot.sandbox.discord.problems import (
    Path,
    Problem,
    Problems,
    entries,
    flag,
    key_set,
    keys,
    objects,
    text,
    whole,
)

TEXT_DISPLAY, LABEL, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 10, 18, 19, 21, 22, 23

MAX_TEXT = 4000
MAX_FILES = 10

_FIELD_KEYS = {
    TEXT_INPUT: key_set(
        "type id custom_id style label min_length max_length required value placeholder"
    ),
    FILE_UPLOAD: key_set("type id custom_id min_values max_values required"),
    RADIO_GROUP: key_set("type id custom_id options required"),
    CHECKBOX_GROUP: key_set("type id custom_id options min_values max_values required"),
    CHECKBOX: key_set("type id custom_id default"),
}
_LABEL_KEYS = key_set("type id label description component")


def check_modal(modal: dict[str, Any], path: Path) -> Problems:
    """Check the data of a modal."""
    yield from keys(modal, path, frozenset({"custom_id", "title", "components"}))
    yield from text(modal.get("custom_id", ""), (*path, "custom_id"), least=1, most=100)
    yield from text(modal.get("title", ""), (*path, "title"), least=1, most=45)
    place = (*path, "components")
    yield from objects(modal.get("components"), place, least=1, most=5)
    yield from check_unique(modal.get("components"), place)
    for spot, part in entries(modal.get("components"), place):
        check = _CHECKS.get(part.get("type"))
        if check is None:
            message = "A modal holds labels, texts and rows of one text field"
            yield Problem((*spot, "type"), "UNION_TYPE_CHOICES", message)
        else:
            yield from check(part, spot)


def _check_display(part: dict[str, Any], path: Path) -> Problems:
    yield from keys(part, path, frozenset({"type", "id", "content"}))
    yield from text(part.get("content", ""), (*path, "content"), least=1, most=MAX_TEXT)


def _check_row(row: dict[str, Any], path: Path) -> Problems:
    place = (*path, "components")
    yield from objects(row.get("components"), place, least=1, most=1)
    for spot, part in entries(row.get("components"), place):
        if part.get("type") != TEXT_INPUT:
            message = "A modal's row holds a text field"
            yield Problem((*spot, "type"), "UNION_TYPE_CHOICES", message)
            continue
        yield from text(part.get("label") or "", (*spot, "label"), least=1, most=45)
        yield from _check_field(part, spot)


def _check_label(label: dict[str, Any], path: Path) -> Problems:
    yield from keys(label, path, _LABEL_KEYS)
    yield from text(label.get("label", ""), (*path, "label"), least=1, most=45)
    if label.get("description") is not None:
        yield from text(label["description"], (*path, "description"), least=1, most=100)
    part, spot = label.get("component"), (*path, "component")
    if not isinstance(part, dict):
        yield Problem(spot, "BASE_TYPE_REQUIRED", "This field is required")
    elif part.get("type") in SELECTS:
        yield from check_select(part, spot)
        if part.get("disabled"):
            message = "Modals can't have disabled components"
            yield Problem((*spot, "disabled"), "COMPONENT_DISABLED_IN_MODAL", message)
        yield from _check_required(part, spot)
    elif part.get("type") in _FIELD_KEYS:
        if part.get("label") is not None:
            yield Problem((*spot, "label"), "UNKNOWN_KEY", "The label around it says that")
        yield from _check_field(part, spot)
    else:
        message = "A label holds a text field, a select, an upload, a group or a checkbox"
        yield Problem((*spot, "type"), "UNION_TYPE_CHOICES", message)


def _check_field(part: dict[str, Any], path: Path) -> Problems:
    kind = part["type"]
    yield from keys(part, path, _FIELD_KEYS[kind])
    yield from text(part.get("custom_id", ""), (*path, "custom_id"), least=1, most=100)
    for key in ("required", "default"):
        if part.get(key) is not None:
            yield from flag(part[key], (*path, key))
    if kind == TEXT_INPUT:
        yield from _check_text_input(part, path)
    elif kind == RADIO_GROUP:
        yield from check_choice(part.get("options"), (*path, "options"), least=2, most=10)
    elif kind == CHECKBOX_GROUP:
        yield from check_choice(part.get("options"), (*path, "options"), least=1, most=10)
    yield from check_values(part, path, most=MAX_FILES)
    yield from _check_required(part, path)


def _check_text_input(part: dict[str, Any], path: Path) -> Problems:
    if part.get("style") not in {1, 2}:
        yield Problem((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of 1 and 2.")
    for key, most in (("placeholder", 100), ("value", MAX_TEXT)):
        if part.get(key) is not None:
            yield from text(part[key], (*path, key), most=most)
    low, high = part.get("min_length"), part.get("max_length")
    for key, value, least in (("min_length", low, 0), ("max_length", high, 1)):
        if value is not None:
            yield from whole(value, (*path, key), least=least, most=MAX_TEXT)
    if isinstance(low, int) and isinstance(high, int) and low > high:
        message = "min_length can't be greater than max_length"
        yield Problem((*path, "min_length"), "COMPONENT_VALUES_RANGE", message)


def _check_required(part: dict[str, Any], path: Path) -> Problems:
    """Refuse what must be filled but may have no value (Discord's documentation)."""
    required = part.get("required")
    if required in {None, True} and part.get("min_values") == 0:
        message = "min_values must be at least 1 where the component is required"
        yield Problem((*path, "min_values"), "COMPONENT_VALUES_RANGE", message)


_CHECKS: dict[Any, Callable[[dict[str, Any], Path], Problems]] = {
    ROW: _check_row,
    TEXT_DISPLAY: _check_display,
    LABEL: _check_label,
}
"""What may stand at the top of a modal."""
