"""What members may spend, and what admins do about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import bindparam, insert, literal, null, select, union_all
from sqlalchemy.exc import IntegrityError

from bot.clock import Clock
from bot.credits.ledger import Payer, Posting, find_account, move
from bot.credits.ledger import hold as hold_credits
from bot.credits.periods import Period, PeriodKind, period_at
from bot.errors import AmountOutOfRange, RepeatedInteraction, RevokesTooMuch
from bot.storage import Database, Transaction
from bot.storage.tables import accounts, allowances, entries, handled_interactions

MAX_AMOUNT = 1_000_000
"""Credits; the most that one admin command moves or sets."""

_ALLOWANCE = (
    select(allowances.c.amount)
    .where(
        allowances.c.guild_id == bindparam("guild"), allowances.c.member_id == bindparam("member")
    )
    .order_by(allowances.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Balance:
    """What a member may spend, and where it comes from. All amounts are credits."""

    allowance: int
    """What the member may spend in a period."""
    allowance_left: int
    granted_left: int
    held: int
    """Set aside for jobs under way."""
    renews_at: datetime

    @property
    def available(self) -> int:
        """What a new job may cost."""
        return self.allowance_left + self.granted_left


@dataclass(frozen=True)
class LogLine:
    """One change, as the log shows it."""

    at: datetime
    kind: str
    """hold, settle, release, grant, revoke or set."""
    member_id: int
    amount: int
    actor_id: int
    reason: str
    job_id: int | None


class Budgets:
    """The members' budgets in every server."""

    def __init__(
        self, database: Database, clock: Clock, default_allowance: int, period: PeriodKind
    ) -> None:
        self._database = database
        self._clock = clock
        self._default_allowance = default_allowance
        self._period_kind: PeriodKind = period

    def period(self) -> Period:
        """Tell the present period."""
        return period_at(self._period_kind, self._clock.now())

    def hold(self, tx: Transaction, payer: Payer, amount: int, job_id: int) -> None:
        """Hold a job's price within the transaction that writes it; raise InsufficientCredits."""
        posting = Posting(self._clock.now(), payer.member_id, "video requested", job_id)
        hold_credits(tx, payer, amount, self._allowance(tx, payer), self.period(), posting)

    async def balance(self, payer: Payer) -> Balance:
        """Tell what the member may spend now."""
        return await self._database.read(self._balance, payer)

    async def grant(
        self,
        payer: Payer,
        amount: int,
        actor_id: int,
        reason: str,
        interaction_id: int | None = None,
    ) -> Balance:
        """Give credits that do not expire, once for an interaction.

        Raises AmountOutOfRange, RepeatedInteraction or StorageBusy.
        """
        _check_amount(amount, least=1)

        def write(tx: Transaction) -> None:
            issued, _ = find_account(tx, payer, "issued")
            granted, _ = find_account(tx, payer, "grant")
            move(tx, "grant", issued, granted, amount, self._posting(actor_id, reason))

        return await self._change(payer, write, interaction_id)

    async def revoke(
        self,
        payer: Payer,
        amount: int,
        actor_id: int,
        reason: str,
        interaction_id: int | None = None,
    ) -> Balance:
        """Take granted credits back, once for an interaction.

        Raises AmountOutOfRange, RevokesTooMuch, RepeatedInteraction or StorageBusy.
        """
        _check_amount(amount, least=1)

        def write(tx: Transaction) -> None:
            issued, _ = find_account(tx, payer, "issued")
            granted, left = find_account(tx, payer, "grant")
            if amount > left:
                raise RevokesTooMuch(amount, left)
            move(tx, "revoke", granted, issued, amount, self._posting(actor_id, reason))

        return await self._change(payer, write, interaction_id)

    async def set_allowance(
        self,
        payer: Payer,
        amount: int,
        actor_id: int,
        reason: str,
        interaction_id: int | None = None,
    ) -> Balance:
        """Set what the member may spend in a period, from now on, once for an interaction.

        Below what is held or spent already nothing breaks: there is just nothing left. Raises
        AmountOutOfRange, RepeatedInteraction or StorageBusy.
        """
        _check_amount(amount, least=0)

        def write(tx: Transaction) -> None:
            tx.execute(
                insert(allowances).values(
                    at=self._clock.now(),
                    guild_id=payer.guild_id,
                    member_id=payer.member_id,
                    amount=amount,
                    actor_id=actor_id,
                    reason=reason,
                )
            )

        return await self._change(payer, write, interaction_id)

    async def log(
        self, guild_id: int, member_id: int | None = None, limit: int = 15
    ) -> Sequence[LogLine]:
        """List the latest changes in the server, newest first, of one member or of all."""
        return await self._database.read(_log, guild_id, member_id, limit)

    async def _change(
        self, payer: Payer, write: Callable[[Transaction], None], interaction_id: int | None
    ) -> Balance:
        """Carry out an admin's change, once for an interaction; tell the balance after it."""

        def change(tx: Transaction) -> Balance:
            self._once(tx, interaction_id)
            write(tx)
            return self._balance(tx, payer)

        return await self._database.write_soon(change)

    def _once(self, tx: Transaction, interaction_id: int | None) -> None:
        """Refuse to carry out an interaction again that Discord delivers twice."""
        if interaction_id is None:
            return
        seen = {"interaction_id": interaction_id, "at": self._clock.now()}
        try:
            tx.execute(insert(handled_interactions), seen)
        except IntegrityError as error:
            raise RepeatedInteraction(interaction_id) from error

    def _posting(self, actor_id: int, reason: str) -> Posting:
        return Posting(self._clock.now(), actor_id, reason)

    def _allowance(self, tx: Transaction, payer: Payer) -> int:
        amount = tx.scalar(_ALLOWANCE, {"guild": payer.guild_id, "member": payer.member_id})
        return self._default_allowance if amount is None else cast("int", amount)

    def _balance(self, tx: Transaction, payer: Payer) -> Balance:
        period = self.period()
        rows = tx.execute(
            select(accounts.c.kind, accounts.c.balance).where(
                accounts.c.guild_id == payer.guild_id,
                accounts.c.member_id == payer.member_id,
                accounts.c.period.in_(["", period.key]),
            )
        )
        by_kind = {row.kind: row.balance for row in rows}
        allowance = self._allowance(tx, payer)
        return Balance(
            allowance=allowance,
            allowance_left=max(0, allowance + by_kind.get("allowance", 0)),
            granted_left=by_kind.get("grant", 0),
            held=by_kind.get("held", 0),
            renews_at=period.renews_at,
        )


def _check_amount(amount: int, *, least: int) -> None:
    # A manipulated client can send a fraction where a whole number was declared.
    if type(amount) is not int or not least <= amount <= MAX_AMOUNT:
        raise AmountOutOfRange(amount, least, MAX_AMOUNT)


def _log(tx: Transaction, guild_id: int, member_id: int | None, limit: int) -> list[LogLine]:
    """Merge the entries and the settings of allowances by time."""
    moved = (
        select(
            entries.c.at,
            entries.c.kind,
            accounts.c.member_id,
            entries.c.amount,
            entries.c.actor_id,
            entries.c.reason,
            entries.c.job_id,
            entries.c.id,
        )
        .join(accounts, accounts.c.id == entries.c.from_account)
        .where(accounts.c.guild_id == guild_id)
    )
    were_set = select(
        allowances.c.at,
        literal("set").label("kind"),
        allowances.c.member_id,
        allowances.c.amount,
        allowances.c.actor_id,
        allowances.c.reason,
        null().label("job_id"),
        allowances.c.id,
    ).where(allowances.c.guild_id == guild_id)
    if member_id is not None:
        moved = moved.where(accounts.c.member_id == member_id)
        were_set = were_set.where(allowances.c.member_id == member_id)
    both = union_all(moved, were_set).subquery()
    rows = tx.execute(select(both).order_by(both.c.at.desc(), both.c.id.desc()).limit(limit))
    return [
        LogLine(r.at, r.kind, r.member_id, r.amount, r.actor_id, r.reason, r.job_id) for r in rows
    ]
