"""Threads: channels within a channel, that fall asleep."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.discord.channel import Channel
from bot.sandbox.discord.permissions import Permission

PUBLIC_THREAD = 11
"""The channel type."""
ARCHIVE_MINUTES = 1440
"""The pause after which Discord archives a thread; the sandbox does so by ``archive`` only."""


@dataclass(eq=False)
class Thread(Channel):
    """A public thread; it has its parent's overwrites, as one list."""

    parent: Channel = field(kw_only=True)
    owner_id: int = field(kw_only=True)
    created_at: datetime = field(kw_only=True)

    @property
    def needed_to_post(self) -> Permission:
        """The permission without which nobody posts here."""
        return Permission.SEND_MESSAGES_IN_THREADS

    def archive(self, *, lock: bool = False) -> None:
        """Archive it: edits are refused until the next message, which a lock refuses too."""
        self.archived, self.locked = True, lock
        self.tell("THREAD_UPDATE")

    def unlock(self) -> None:
        """Let everybody wake it again; it sleeps on."""
        self.locked = False
        self.tell("THREAD_UPDATE")

    def wake(self) -> None:
        """Un-archive it for a new message."""
        if self.archived:
            self.archived = False
            self.tell("THREAD_UPDATE")

    def to_json(self) -> dict[str, Any]:
        """Render it as Discord does."""
        last = max(self.stored, default=None)
        began = self.created_at.isoformat()
        return {
            "id": str(self.id),
            "type": PUBLIC_THREAD,
            "name": self.name,
            "guild_id": str(self.guild_id),
            "parent_id": str(self.parent.id),
            "owner_id": str(self.owner_id),
            "last_message_id": None if last is None else str(last),
            "message_count": len(self.messages),
            "total_message_sent": len(self.messages),
            "member_count": 1,
            "rate_limit_per_user": 0,
            "flags": 0,
            "thread_metadata": {
                "archived": self.archived,
                "locked": self.locked,
                "auto_archive_duration": ARCHIVE_MINUTES,
                "archive_timestamp": began,
                "create_timestamp": began,
            },
        }
