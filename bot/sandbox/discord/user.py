"""Users: people and the bot itself."""

from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class User:
    """An account."""

    id: int
    name: str
    is_bot: bool = False
    accepts_direct: bool = True
    """Whether the bot may write direct messages to this user."""

    def to_json(self) -> dict[str, Any]:
        """Render it as Discord does."""
        return {
            "id": str(self.id),
            "username": self.name.lower().replace(" ", "_"),
            "global_name": None if self.is_bot else self.name,
            "discriminator": "0000" if self.is_bot else "0",
            "avatar": None,
            "primary_guild": None,
            "bot": self.is_bot,
            "system": False,
            "public_flags": 0,
            "flags": 0,
        }
