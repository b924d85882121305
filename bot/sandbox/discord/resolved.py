"""The ``resolved`` part of an interaction: things that a member named, told with their ids."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.sandbox.discord.channel import Channel
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.member import Member
from bot.sandbox.discord.message import Message
from bot.sandbox.discord.role import Role


@dataclass
class Resolved:
    """Collects what one interaction names."""

    hub: Hub
    channel: Channel
    told: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, value: Any) -> Any:
        """Give what a value is sent as: things go by id and are told here, others as they are."""
        match value:
            case Member():
                return self._member(value)
            case Role():
                return self._tell("roles", value.id, value.to_json())
            case Channel():
                granted = str(int(value.bot_permissions))
                return self._tell("channels", value.id, value.to_json() | {"permissions": granted})
            case Message():
                # A menu's command reads its message whole, whatever the bot's intents.
                return self._tell("messages", value.id, value.to_json(self.hub.users))
            case Path():
                uploaded = self.hub.upload(value, self.channel.id, ephemeral=True)
                return self._tell("attachments", uploaded.id, uploaded.to_json())
            case _:
                return value

    def _member(self, member: Member) -> str:
        rendered = member.to_json()
        rendered["permissions"] = str(int(member.permissions_in(self.channel)))
        user = rendered.pop("user")
        # Of somebody who is not in the server only the user is told.
        if self.channel.guild is not None and member in self.channel.guild.members:
            self._tell("members", member.id, rendered)
        return self._tell("users", member.id, user)

    def _tell(self, kind: str, thing_id: int, rendered: dict[str, Any]) -> str:
        self.told.setdefault(kind, {})[str(thing_id)] = rendered
        return str(thing_id)

    def to_json(self) -> dict[str, Any]:
        """Render it as a part of the interaction's data, which has none where nothing is named."""
        return {"resolved": self.told} if self.told else {}
