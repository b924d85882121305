"""Who a message really pings."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Ping = int | Literal["everyone"]

_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(?:everyone|here)\b")


@dataclass(frozen=True)
class Audience:
    """Who can be pinged where the message stands."""

    users: frozenset[int]
    members_of_role: Mapping[int, Iterable[int]] = field(default_factory=dict)
    everyone: bool = False
    """Whether the author may mention @everyone and every role."""
    replied_to: int | None = None
    """The author of the message that this one answers."""


def pings(content: str, allowed: dict[str, Any] | None, audience: Audience) -> list[Ping]:
    """Tell whom a new message pings, given its ``allowed_mentions``.

    Without ``allowed_mentions`` everything in the content pings. With them, a kind pings where
    ``parse`` names it, else only for the listed ids. Embeds ping nobody (Discord's documentation).
    """
    found: list[Ping] = []
    if _EVERYONE.search(content) and audience.everyone and _permits(allowed, "everyone", None):
        found.append("everyone")
    for match in _USER.finditer(content):
        user_id = int(match[1])
        if user_id in audience.users and _permits(allowed, "users", user_id):
            found.append(user_id)
    for match in _ROLE.finditer(content):
        role_id = int(match[1])
        if audience.everyone and _permits(allowed, "roles", role_id):
            found.extend(audience.members_of_role.get(role_id, ()))
    if audience.replied_to is not None and (allowed is None or allowed.get("replied_user")):
        found.append(audience.replied_to)
    return list(dict.fromkeys(found))


def _permits(allowed: dict[str, Any] | None, kind: str, mentioned_id: int | None) -> bool:
    if allowed is None or kind in (allowed.get("parse") or ()):
        return True
    return mentioned_id is not None and str(mentioned_id) in map(str, allowed.get(kind) or ())
