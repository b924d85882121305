"""The gateway's events, each read by itself: one that can't be read costs no other.

What comes from a server that is not served goes no further than here, whatever kind it is of.

The library lets whatever its parsers raise end the connection's loop (measured on discord.py
2.7.1): a TypeError or a ValueError ended the process, a KeyError the session.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import structlog

Parser = Callable[[Any], None]

NEEDED = frozenset({"READY", "RESUMED"})
"""Without these there is no session: where one can't be read, another is begun."""

log = structlog.get_logger()


def guarded(parsers: Mapping[str, Parser]) -> dict[str, Parser]:
    """Let every parser pass over what it can't read, but those of a session's beginning."""
    return {
        name: parse if name in NEEDED else _guarded(name, parse) for name, parse in parsers.items()
    }


def admitting(parse: Parser, guilds: Collection[int], refuse: Parser) -> Parser:
    """Let interactions of these servers through, and those that are of none; refuse all others."""

    def parse_or_refuse(data: Any) -> None:
        guild_id = data.get("guild_id")
        served = guild_id is None or int(guild_id) in guilds
        (parse if served else refuse)(data)

    return parse_or_refuse


def _guarded(name: str, parse: Parser) -> Parser:
    def parse_or_skip(data: Any) -> None:
        try:
            parse(data)
        except Exception as error:
            log.exception("event.unreadable", name=name, kind=type(error).__name__)

    return parse_or_skip
