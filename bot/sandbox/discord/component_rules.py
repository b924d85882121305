"""What Discord refuses in the buttons and selects of a message."""

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
    whole,
)

ROW, BUTTON, TEXT_INPUT = 1, 2, 4
STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 3, 5, 6, 7, 8
SELECTS = frozenset({STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT})
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
    yield from check_unique(components, path)


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
            yield from check_select(entry, spot)
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


def check_select(select: dict[str, Any], path: Path) -> Problems:
    """Check a select of a message or a modal."""
    yield from keys(select, path, _SELECT_KEYS)
    yield from text(select.get("custom_id", ""), (*path, "custom_id"), least=1, most=100)
    if select.get("placeholder") is not None:
        yield from text(select["placeholder"], (*path, "placeholder"), most=150)
    yield from check_values(select, path, most=25)
    kind = select.get("type")
    owners = {"options": STRING_SELECT, "channel_types": CHANNEL_SELECT}
    for key, owner in owners.items():
        if kind != owner and select.get(key):
            yield Problem((*path, key), "UNKNOWN_KEY", "This select takes none")
    if kind == STRING_SELECT:
        yield from check_choice(select.get("options"), (*path, "options"), least=1, most=25)
        if select.get("default_values"):
            message = "A select of texts marks its options instead"
            yield Problem((*path, "default_values"), "UNKNOWN_KEY", message)


def check_values(component: dict[str, Any], path: Path, *, most: int) -> Problems:
    """Check how many values a component lets a member choose."""
    low, high = component.get("min_values"), component.get("max_values")
    for key, value, least in (("min_values", low, 0), ("max_values", high, 1)):
        if value is not None:
            yield from whole(value, (*path, key), least=least, most=most)
    if isinstance(low, int) and isinstance(high, int) and low > high:
        message = "min_values can't be greater than max_values"
        yield Problem((*path, "min_values"), "COMPONENT_VALUES_RANGE", message)


def check_choice(options: Any, path: Path, *, least: int, most: int) -> Problems:
    """Check the options that a select or a group offers."""
    yield from objects(options, path, least=least, most=most)
    seen: set[Any] = set()
    for spot, option in entries(options, path):
        yield from keys(option, spot, _OPTION_KEYS)
        yield from text(option.get("label", ""), (*spot, "label"), least=1, most=100)
        yield from text(option.get("value", ""), (*spot, "value"), least=1, most=100)
        if option.get("description") is not None:
            yield from text(option["description"], (*spot, "description"), most=100)
        if option.get("value") in seen:
            message = "The specified option value is already used"
            yield Problem((*spot, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
        seen.add(option.get("value"))


def check_unique(components: Any, path: Path) -> Problems:
    """Check that no two components have the same custom_id."""
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
