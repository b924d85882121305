"""Teams: several people who own an application together."""

from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.discord.user import User

INVITED, ACCEPTED = 1, 2
"""Membership states (Discord's documentation)."""


@dataclass(frozen=True)
class Mate:
    """Somebody's place in a team."""

    user: User
    role: str = "developer"
    """admin, developer or read_only; that of the owner says nothing."""
    accepted: bool = True
    """False: invited, and has not answered."""


@dataclass(eq=False)
class Team:
    """Who owns the application together."""

    id: int
    owner: User
    mates: list[Mate] = field(default_factory=list)
    """All but the owner."""

    @property
    def stand_in(self) -> User:
        """The user that the application names as its owner: an account that nobody has."""
        return User(self.id, f"team{self.id}")

    def to_json(self) -> dict[str, Any]:
        """Render it as Discord does."""
        return {
            "id": str(self.id),
            "name": "The team",
            "icon": None,
            "owner_user_id": str(self.owner.id),
            "members": [
                {
                    "membership_state": ACCEPTED if mate.accepted else INVITED,
                    "team_id": str(self.id),
                    "user": mate.user.to_json(),
                    "role": mate.role,
                    "permissions": ["*"],
                }
                for mate in (Mate(self.owner, "admin"), *self.mates)
            ],
        }
