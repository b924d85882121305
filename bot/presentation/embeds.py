"""What all embeds share: their colour, and lists that fit into them."""

from collections.abc import Sequence

COLOUR = 0x5865F2
MOST_CHARACTERS = 4000
"""Of a description; Discord takes 4,096."""
MOST_IN_FIELD = 1000
"""Of a field; Discord takes 1,024."""
_ROOM_FOR_COUNT = 20


def fitting(lines: Sequence[str], limit: int) -> str:
    """Join whole lines as far as they fit, and say how many did not."""
    text = ""
    for count, line in enumerate(lines):
        if len(text) + len(line) + 1 > limit - _ROOM_FOR_COUNT:
            return f"{text}\n… and {len(lines) - count} more"
        text = f"{text}\n{line}" if text else line
    return text
