"""What Discord refuses in the buttons and selects of a message, and in a modal's fields."""

from collections.abc import Iterator
from typing import Any

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

ROW, BUTTON, TEXT_INPUT, LABEL = 1, 2, 4, 18
SELECTS = frozenset({3, 5, 6, 7, 8})
LINK, PREMIUM = 5, 6
"""Button styles that have no custom_id."""

MAX_ROWS = 5
MAX_BUTTONS = 5

_BUTTON_KEYS = key_set("type id style label emoji custom_id url disabled sku_id")
_SELECT_KEYS = key_set(
    "type id custom_id options channel_types placeholder default_values min_values max_values "
    "disabled required"
)
_OPTION_KEYS = frozenset({"label", "value", "description", "emoji", "default"})


def check_components(components: Any, path: Path) -> Problems:
    """Check the ``components`` of a message body: rows of buttons or of one select."""
    yield from objects(components, path, most=MAX_ROWS)
    for place, row in entries(components, path):
        if row.get("type") != ROW:
            message = "Only action rows may stand at the top of a message"
            yield Problem((*place, "type"), "UNION_TYPE_CHOICES", message)
            continue
        yield from _check_row(row, place)
    yield from _check_unique(components, path)


def _check_row(row: dict[str, Any], path: Path) -> Problems:
    yield from keys(row, path, frozenset({"type", "id", "components"}))
    inside = row.get("components")
    place = (*path, "components")
    selects = any(entry.get("type") in SELECTS for _, entry in entries(inside, place))
    yield from objects(inside, place, least=1, most=1 if selects else MAX_BUTTONS)
    for spot, entry in entries(inside, place):
        if entry.get("type") == BUTTON:
            yield from _check_button(entry, spot)
        elif entry.get("type") in SELECTS:
            yield from _check_select(entry, spot)
        else:
            message = "A row holds buttons or a select"
            yield Problem((*spot, "type"), "UNION_TYPE_CHOICES", message)


def _check_button(button: dict[str, Any], path: Path) -> Problems:
    yield from keys(button, path, _BUTTON_KEYS)
    style = button.get("style")
    if style not in range(1, PREMIUM + 1):
        yield Problem((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of 1 to 6.")
    wanted = {LINK: "url", PREMIUM: "sku_id"}.get(style, "custom_id")  # type: ignore[arg-type]  # any JSON value may stand there
    for key in ("custom_id", "url", "sku_id"):
        present = button.get(key) is not None
        if key == wanted and not present:
            yield Problem((*path, key), "BASE_TYPE_REQUIRED", "This field is required")
        elif key != wanted and present:
            message = "A custom id and url cannot both be specified"
            yield Problem(
                (*path, key), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message
            )
    if button.get("custom_id") is not None:
        yield from text(button["custom_id"], (*path, "custom_id"), least=1, most=100)
    if button.get("label") is not None:
        yield from text(button["label"], (*path, "label"), most=80)
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        message = "A button needs a label or an emoji"
        yield Problem((*path, "label"), "BUTTON_COMPONENT_INVALID", message)


def _check_select(select: dict[str, Any], path: Path) -> Problems:
    yield from keys(select, path, _SELECT_KEYS)
    yield from text(select.get("custom_id", ""), (*path, "custom_id"), least=1, most=100)
    if select.get("placeholder") is not None:
        yield from text(select["placeholder"], (*path, "placeholder"), most=150)
    if select.get("type") != 3:  # noqa: PLR2004 - only the string select lists its options
        return
    place = (*path, "options")
    yield from objects(select.get("options"), place, least=1, most=25)
    for spot, option in entries(select.get("options"), place):
        yield from keys(option, spot, _OPTION_KEYS)
        yield from text(option.get("label", ""), (*spot, "label"), least=1, most=100)
        yield from text(option.get("value", ""), (*spot, "value"), least=1, most=100)
        if option.get("description") is not None:
            yield from text(option["description"], (*spot, "description"), most=100)


def _check_unique(components: Any, path: Path) -> Problems:
    seen: set[str] = set()
    for place, component in walk(components, path):
        custom_id = component.get("custom_id")
        if isinstance(custom_id, str) and custom_id in seen:
            message = "Component custom id cannot be duplicated"
            spot = (*place, "custom_id")
            yield Problem(spot, "COMPONENT_CUSTOM_ID_DUPLICATED", message)
        elif isinstance(custom_id, str):
            seen.add(custom_id)


def walk(components: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Give every component with its place, those inside rows and labels too."""
    for place, component in entries(components, path):
        yield place, component
        yield from walk(component.get("components"), (*place, "components"))
        if isinstance(component.get("component"), dict):
            yield from walk([component["component"]], (*place, "component"))


def check_modal(modal: dict[str, Any], path: Path) -> Problems:
    """Check the data of a modal."""
    yield from keys(modal, path, frozenset({"custom_id", "title", "components"}))
    yield from text(modal.get("custom_id", ""), (*path, "custom_id"), least=1, most=100)
    yield from text(modal.get("title", ""), (*path, "title"), least=1, most=45)
    place = (*path, "components")
    yield from objects(modal.get("components"), place, least=1, most=5)
    yield from _check_unique(modal.get("components"), place)
    for spot, component in walk(modal.get("components"), place):
        if component.get("type") == TEXT_INPUT:
            yield from text(component.get("custom_id", ""), (*spot, "custom_id"), least=1, most=100)
        elif component.get("type") == LABEL:
            yield from text(component.get("label", ""), (*spot, "label"), least=1, most=45)
