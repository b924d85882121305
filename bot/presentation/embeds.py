"""What all embeds share: their colour, and lists that fit into them."""

from collections.abc import Callable, Sequence

import discord

COLOUR = 0x5865F2
MOST_CHARACTERS = 4000
"""Of a description; Discord takes 4,096."""
MOST_IN_FIELD = 1000
"""Of a field; Discord takes 1,024."""
_ROOM_FOR_COUNT = 20
_MOST_IN_DESCRIPTION = 4096
_MOST_IN_NAME = 256
_MOST_IN_VALUE = 1024
"""Of a field (Discord's documentation): one that is longer, or empty, has the message refused."""


def add_field(embed: discord.Embed, name: str, value: str, *, inline: bool = False) -> None:
    """Add a field that Discord takes, whatever was written into it: the one way to add any."""
    embed.add_field(
        name=_cut(name, _MOST_IN_NAME), value=_cut(value, _MOST_IN_VALUE), inline=inline
    )


def reworded(embed: discord.Embed, reword: Callable[[str], str]) -> discord.Embed:
    """Put an embed's texts in other words, where those are short enough; give another embed.

    Names and footers stay: they show no mentions.
    """
    found = embed.copy()
    if found.description is not None:
        description = reword(found.description)
        if len(description) <= _MOST_IN_DESCRIPTION:
            found.description = description
    for index, field in enumerate(found.fields):
        value = reword(field.value or "")
        if len(value) <= _MOST_IN_VALUE:
            found.set_field_at(index, name=field.name, value=value, inline=field.inline)
    return found


def _cut(text: str, limit: int) -> str:
    """Cut behind a word, where a text is too long; show a dash where there is none."""
    if len(text) <= limit:
        return text if text.strip() else "-"
    return text[: limit - 2].rsplit(maxsplit=1)[0] + " …"


def fitting(lines: Sequence[str], limit: int) -> str:
    """Join whole lines as far as they fit, and say how many did not."""
    text = ""
    for count, line in enumerate(lines):
        if len(text) + len(line) + 1 > limit - _ROOM_FOR_COUNT:
            return f"{text}\n… and {len(lines) - count} more"
        text = f"{text}\n{line}" if text else line
    return text
