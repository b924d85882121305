"""What admins have set for one member: an allowance of their own, and whether they are frozen."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from bot.credits.amounts import check_amount
from bot.credits.changes import put, record
from bot.credits.ledger import Payer, Posting
from bot.storage import Transaction
from bot.storage.books import member_settings

_MEMBER = select(member_settings.c.allowance, member_settings.c.frozen).where(
    member_settings.c.guild_id == bindparam("guild"),
    member_settings.c.member_id == bindparam("member"),
)


@dataclass(frozen=True)
class MemberSettings:
    """A member's own settings."""

    allowance: int | None = None
    """Credits a period; None: that of the member's roles, or the default."""
    frozen: bool = False
    """Whether they may ask for no new video."""


def read_member(tx: Transaction, payer: Payer) -> MemberSettings:
    """Read what is set for a member."""
    key = {"guild": payer.guild_id, "member": payer.member_id}
    row = tx.execute(_MEMBER, key).one_or_none()
    return MemberSettings() if row is None else MemberSettings(row.allowance, row.frozen)


def set_own_allowance(tx: Transaction, payer: Payer, amount: int | None, posting: Posting) -> None:
    """Set what a member may spend in a period, or let their roles decide; raise AmountOutOfRange.

    Below what is held or spent already nothing breaks: there is just nothing left.
    """
    if amount is not None:
        check_amount(amount, least=0)
    _write(tx, payer, MemberSettings(amount, read_member(tx, payer).frozen))
    record(tx, payer.guild_id, {"allowance": amount}, posting, member_id=payer.member_id)


def set_frozen(tx: Transaction, payer: Payer, frozen: bool, posting: Posting) -> None:
    """Keep a member from asking for new videos, or allow it again; those under way go on."""
    _write(tx, payer, MemberSettings(read_member(tx, payer).allowance, frozen))
    record(tx, payer.guild_id, {"frozen": frozen}, posting, member_id=payer.member_id)


def _write(tx: Transaction, payer: Payer, settings: MemberSettings) -> None:
    key = {"guild_id": payer.guild_id, "member_id": payer.member_id}
    put(tx, member_settings, key, {"allowance": settings.allowance, "frozen": settings.frozen})
