"""What a server's admins have set for the server as a whole."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from sqlalchemy import bindparam, select

from bot.credits.amounts import check_amount
from bot.credits.changes import put, record
from bot.credits.ledger import Posting
from bot.credits.periods import Period, PeriodKind, period_at
from bot.credits.policies import Combination
from bot.errors import UnknownZone
from bot.storage import Transaction
from bot.storage.books import guild_settings

MAX_APPROVAL_HOURS = 24 * 14
MAX_RUNNING = 1_000
LONGEST_PAUSE = timedelta(hours=24)
"""So long what was asked for before a pause waits for its end; then its credits go back."""

_SETTINGS = select(guild_settings).where(guild_settings.c.guild_id == bindparam("guild"))
_PAUSED_SINCE = select(guild_settings.c.paused_at).where(
    guild_settings.c.guild_id == bindparam("guild"), guild_settings.c.paused.is_(True)
)


@dataclass(frozen=True)
class Terms:
    """The operator's terms: for the ceilings, and for servers that have set nothing else."""

    default_allowance: int
    """Credits that a member may spend in a period."""
    period: PeriodKind
    ceiling_per_guild: int | None = None
    """Credits that a server may spend in a period, where the operator has set nothing for it."""
    ceiling_all: int | None = None
    """The same for all servers together; None: there is no ceiling."""


@dataclass(frozen=True)
class GuildSettings:
    """A server's settings; None where nothing is set."""

    period: PeriodKind | None = None
    """None: the operator's."""
    zone: str = "UTC"
    """The IANA name of the zone by whose calendar the periods go."""
    default_allowance: int | None = None
    """Credits a period; None: the operator's."""
    role_allowances: Combination = "highest"
    """What a member has whose roles have several allowances."""
    approve_above: int | None = None
    """A video that costs more credits needs a moderator's approval; None: none does."""
    approval_hours: int = 24
    """How long a moderator may take."""
    paused: bool = False
    """Whether no new video may be asked for."""
    alert_channel_id: int | None = None
    """Where the levels of the server's ceiling are told."""
    most_running_per_member: int | None = None
    most_running_per_guild: int | None = None


def read_settings(tx: Transaction, guild_id: int) -> GuildSettings:
    """Read a server's settings."""
    row = tx.execute(_SETTINGS, {"guild": guild_id}).one_or_none()
    if row is None:
        return GuildSettings()
    values = dict(row._mapping)  # noqa: SLF001 - the library's public name for it
    del values["guild_id"], values["paused_at"]
    return GuildSettings(**values)


def pause_over_at(tx: Transaction, guild_id: int) -> datetime | None:
    """Tell until when videos wait in a paused server; None: it is not paused."""
    since = tx.scalar(_PAUSED_SINCE, {"guild": guild_id})
    return None if since is None else since + LONGEST_PAUSE


def change_settings(
    tx: Transaction, /, guild_id: int, posting: Posting, **values: Any
) -> GuildSettings:
    """Set the values named and write down which of them are new.

    Raises AmountOutOfRange, or UnknownZone; TypeError for a name that is no setting.
    """
    before = read_settings(tx, guild_id)
    after = replace(before, **values)
    _check(after)
    known = asdict(before)
    changed = {name: value for name, value in asdict(after).items() if value != known[name]}
    if changed:
        since = {"paused_at": posting.at if after.paused else None} if "paused" in changed else {}
        put(tx, guild_settings, {"guild_id": guild_id}, {**asdict(after), **since})
        record(tx, guild_id, changed, posting)
    return after


def period_of(terms: Terms, settings: GuildSettings, now: datetime) -> Period:
    """Tell a server's present period."""
    return period_at(settings.period or terms.period, now, read_zone(settings.zone))


def is_place(name: str) -> bool:
    """Tell whether a file among the time zones stands for a place, and is no copy or placeholder.

    "localtime" is the zone of the machine, "Factory" says that none was chosen, and the others
    repeat all zones, "right" with leap seconds.
    """
    copies = ("posix/", "right/")
    return name not in {"localtime", "Factory", "posixrules"} and not name.startswith(copies)


@cache
def zone_names() -> Sequence[str]:
    """List the IANA names of all time zones, sorted. Blocking: the first time it opens every file.

    A machine gets new ones with a new version of its system, and then starts the bot anew.
    """
    return sorted(name for name in available_timezones() if is_place(name))


def read_zone(name: str) -> ZoneInfo:
    """Find a time zone by its IANA name; raise UnknownZone."""
    if not is_place(name):
        raise UnknownZone(name)
    try:
        return ZoneInfo(name)
    # What is no name at all ("../etc", "Europe") ends in the last two.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(name) from error


def _check(settings: GuildSettings) -> None:
    read_zone(settings.zone)
    for amount in (settings.default_allowance, settings.approve_above):
        if amount is not None:
            check_amount(amount, least=0)
    check_amount(settings.approval_hours, least=1, most=MAX_APPROVAL_HOURS)
    for most in (settings.most_running_per_member, settings.most_running_per_guild):
        if most is not None:
            check_amount(most, least=1, most=MAX_RUNNING)
    if settings.role_allowances not in get_args(Combination):
        raise ValueError(settings.role_allowances)
    if settings.period not in {None, *get_args(PeriodKind)}:
        raise ValueError(settings.period)
