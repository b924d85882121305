"""Roles of a server."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord.permissions import Permission


@dataclass(eq=False)
class Role:
    """A role of a server; the one with the server's id is @everyone."""

    id: int
    name: str
    permissions: Permission
    position: int

    def to_json(self) -> dict[str, Any]:
        """Render it as Discord does."""
        return {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(int(self.permissions)),
            "position": self.position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "icon": None,
            "unicode_emoji": None,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
