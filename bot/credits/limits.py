"""What members may ask for, by their roles."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Row, bindparam, delete, select

from bot.credits.amounts import check_amount
from bot.credits.changes import as_text, put, record
from bot.credits.ledger import Posting
from bot.errors import NotForYourRoles
from bot.storage import Transaction
from bot.storage.books import role_limits

MAX_SECONDS = 3_600
MAX_RUNNING = 1_000

_LIMITS = select(role_limits).where(role_limits.c.guild_id == bindparam("guild"))


@dataclass(frozen=True)
class RoleLimits:
    """What members with a role may ask for; None: no limit."""

    models: frozenset[str] | None = None
    sizes: frozenset[str] | None = None
    longest_seconds: int | None = None
    most_running: int | None = None
    """Videos of one member at the same time; further ones wait."""


def rules_for(
    limits: Mapping[int, RoleLimits], guild_id: int, role_ids: Collection[int]
) -> Sequence[RoleLimits]:
    """Choose the limits of the member's roles; those of @everyone where no other role has any.

    The role @everyone has the id of the server. Empty: nothing is limited.
    """
    own = [limits[each] for each in sorted(role_ids) if each in limits and each != guild_id]
    everyone = limits.get(guild_id)
    return own or ([everyone] if everyone else [])


def check_limits(rules: Sequence[RoleLimits], model: str, duration_seconds: int, size: str) -> None:
    """Raise NotForYourRoles unless one of the rules allows such a video.

    It names what the rule objects to that comes nearest to allowing it.
    """
    if found := objections(rules, model, duration_seconds, size):
        raise found[0]


def objections(
    rules: Sequence[RoleLimits], model: str, duration_seconds: int, size: str
) -> Sequence[NotForYourRoles]:
    """Tell what the rule objects to that comes nearest to allowing such a video; empty: nothing."""
    found = [_objections(rule, model, duration_seconds, size) for rule in rules]
    return min(found, key=len, default=())


def most_running(rules: Sequence[RoleLimits]) -> int | None:
    """Tell how many videos a member may have running by their roles; None: no limit."""
    limits = [rule.most_running for rule in rules]
    return None if None in limits else max((each for each in limits if each), default=None)


def read_limits(tx: Transaction, guild_id: int) -> Mapping[int, RoleLimits]:
    """Read the limits of all roles of a server, by the role's id."""
    return {row.role_id: _from_row(row) for row in tx.execute(_LIMITS, {"guild": guild_id})}


def set_limits(
    tx: Transaction, guild_id: int, role_id: int, limits: RoleLimits, posting: Posting
) -> None:
    """Set what members with a role may ask for; without any limit the role has no rule.

    Raises AmountOutOfRange.
    """
    for number, most in ((limits.longest_seconds, MAX_SECONDS), (limits.most_running, MAX_RUNNING)):
        if number is not None:
            check_amount(number, least=1, most=most)
    before = asdict(read_limits(tx, guild_id).get(role_id, RoleLimits()))
    after = asdict(limits)
    if limits == RoleLimits():
        here = (role_limits.c.guild_id == guild_id, role_limits.c.role_id == role_id)
        tx.execute(delete(role_limits).where(*here))
    else:
        values = after | {name: as_text(after[name]) for name in ("models", "sizes")}
        put(tx, role_limits, {"guild_id": guild_id, "role_id": role_id}, values)
    changed = {f"limit_{name}": after[name] for name in after if after[name] != before[name]}
    record(tx, guild_id, changed, posting, target_id=role_id)


def _objections(
    rule: RoleLimits, model: str, duration_seconds: int, size: str
) -> list[NotForYourRoles]:
    found = []
    if rule.models is not None and model not in rule.models:
        found.append(NotForYourRoles("model", model, tuple(sorted(rule.models))))
    if rule.longest_seconds is not None and duration_seconds > rule.longest_seconds:
        allowed = (f"up to {rule.longest_seconds} s",)
        found.append(NotForYourRoles("duration", f"{duration_seconds} s", allowed))
    if rule.sizes is not None and size not in rule.sizes:
        found.append(NotForYourRoles("size", size, tuple(sorted(rule.sizes))))
    return found


def _from_row(
    row: Row[tuple[int, int, str | None, str | None, int | None, int | None]],
) -> RoleLimits:
    return RoleLimits(_names(row.models), _names(row.sizes), row.longest_seconds, row.most_running)


def _names(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(filter(None, text.split(",")))
