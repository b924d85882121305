"""Permissions and how they add up, as Discord documents it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag


class Permission(IntFlag):
    """Discord's permission bits, under the names that bots know them by."""

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40


NONE = Permission(0)
ALL = Permission(sum(Permission))

EVERYONE = (
    Permission.CREATE_INSTANT_INVITE
    | Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.CHANGE_NICKNAME
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What a new server allows everyone."""
TIMED_OUT = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
"""What a time-out leaves (Discord's documentation)."""


def named(names: Iterable[str]) -> Permission:
    """Read permissions from their names in lower case; raise KeyError for an unknown one."""
    permissions = NONE
    for name in names:
        permissions |= Permission[name.upper()]
    return permissions


@dataclass
class Overwrite:
    """What a channel allows and denies one role or one member."""

    target_id: int
    is_member: bool
    allow: Permission = NONE
    deny: Permission = NONE

    def to_json(self) -> dict[str, object]:
        """Render it as Discord does in a channel's ``permission_overwrites``."""
        return {
            "id": str(self.target_id),
            "type": int(self.is_member),
            "allow": str(int(self.allow)),
            "deny": str(int(self.deny)),
        }


def in_channel(
    base: Permission,
    overwrites: Iterable[Overwrite],
    *,
    member_id: int,
    everyone_id: int,
    role_ids: Iterable[int],
) -> Permission:
    """Add a channel's overwrites to a member's base permissions, in Discord's order.

    First @everyone's overwrite, then those of the roles together, then the member's own;
    administrators pass all of them, and who can't view a channel can do nothing in it.
    """
    if base & Permission.ADMINISTRATOR:
        return ALL
    listed = {(overwrite.is_member, overwrite.target_id): overwrite for overwrite in overwrites}
    result = base
    if (everyone := listed.get((False, everyone_id))) is not None:
        result = result & ~everyone.deny | everyone.allow
    allow = deny = NONE
    for role_id in role_ids:
        if role_id != everyone_id and (role := listed.get((False, role_id))) is not None:
            allow |= role.allow
            deny |= role.deny
    result = result & ~deny | allow
    if (own := listed.get((True, member_id))) is not None:
        result = result & ~own.deny | own.allow
    return result if result & Permission.VIEW_CHANNEL else NONE
