"""What members may spend, and what admins do about a member."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, tzinfo

from bot.clock import Clock
from bot.credits import approvals, ceilings
from bot.credits.amounts import check_amount
from bot.credits.balance import Balance, Standing, read_standing
from bot.credits.ceilings import Ceiling
from bot.credits.changes import once
from bot.credits.ledger import Payer, Posting, find_account, move
from bot.credits.ledger import hold as hold_credits
from bot.credits.limits import RoleLimits, read_limits, rules_for
from bot.credits.log import NEWEST, Cursor, Page, read_log, read_newer
from bot.credits.members import set_frozen, set_own_allowance
from bot.credits.periods import Period, period_at
from bot.credits.servers import Trusted, check_open, read_leave, read_opening
from bot.credits.settings import Terms, read_settings, read_zone
from bot.credits.sources import Source, draw
from bot.credits.spender import Spender
from bot.credits.spending import Spending, SpentVideo, list_spending, list_videos
from bot.errors import GuildPaused, InsufficientCredits, MemberFrozen, RevokesTooMuch
from bot.storage import Database, Transaction


class Budgets:
    """The members' budgets in every server."""

    def __init__(self, database: Database, clock: Clock, terms: Terms, trusted: Trusted) -> None:
        self._database = database
        self._clock = clock
        self._terms = terms
        self._trusted = trusted

    def hold(self, tx: Transaction, spender: Spender, amount: int, job_id: int) -> Sequence[Source]:
        """Hold a job's price within the transaction that writes it; tell which source pays what.

        Raises ServerNotOpen, GuildPaused, MemberFrozen, InsufficientCredits or CeilingReached,
        having written nothing.
        """
        now, payer = self._clock.now(), spender.payer
        period = period_at(self._terms.period, now)
        standing, under = self._check(tx, spender, amount, period, now)
        parts = draw(standing.balance.sources, amount)
        posting = Posting(now, payer.member_id, "video requested", job_id)
        hold_credits(tx, payer, parts, posting)
        ceilings.note_levels(tx, under, amount, period, now)
        return parts

    def check(self, tx: Transaction, spender: Spender, amount: int) -> None:
        """Raise what ``hold`` would raise now; nothing is promised by that."""
        now = self._clock.now()
        self._check(tx, spender, amount, period_at(self._terms.period, now), now)

    def check_open(self, tx: Transaction, guild_id: int, price: int) -> None:
        """Raise ServerNotOpen where a video of this price is not to be made in a server."""
        opening = read_opening(tx, guild_id)
        check_open(self._trusted, guild_id, opening, price, self._clock.now())

    def ask_approval(
        self, tx: Transaction, payer: Payer, price: int, job_id: int
    ) -> datetime | None:
        """Let a job wait for a moderator where its price is above what the server has set.

        Tells when that lapses; None: no approval is needed.
        """
        settings = read_settings(tx, payer.guild_id)
        if settings.approve_above is None or price <= settings.approve_above:
            return None
        now = self._clock.now()
        lapses_at = now + timedelta(hours=settings.approval_hours)
        approvals.ask(tx, payer, price, lapses_at, Posting(now, payer.member_id, "", job_id))
        return lapses_at

    def limits(self, tx: Transaction, spender: Spender) -> Sequence[RoleLimits]:
        """Tell the rules that the member's roles are under; empty: nothing is limited."""
        guild_id = spender.payer.guild_id
        return rules_for(read_limits(tx, guild_id), guild_id, spender.role_ids)

    async def balance(self, spender: Spender) -> Balance:
        """Tell what the member may spend now."""
        return await self._database.read(self._balance, spender)

    async def standing(self, spender: Spender) -> Standing:
        """Tell what the member may spend now, and all that decides about it."""
        return await self._database.read(read_standing, spender, self._terms, self._clock.now())

    async def limits_of(self, spender: Spender) -> Sequence[RoleLimits]:
        """Tell the rules that the member's roles are under; empty: nothing is limited."""
        return await self._database.read(self.limits, spender)

    async def grant(
        self,
        spender: Spender,
        amount: int,
        actor_id: int,
        reason: str,
        interaction_id: int | None = None,
    ) -> Balance:
        """Give credits that do not expire, once for an interaction.

        Raises AmountOutOfRange, RepeatedInteraction or StorageBusy.
        """
        check_amount(amount, least=1)

        def write(tx: Transaction, posting: Posting) -> None:
            payer = spender.payer
            issued, _ = find_account(tx, payer, "issued")
            granted, _ = find_account(tx, payer, "grant")
            move(tx, "grant", payer, issued, granted, amount, posting)

        return await self._change(spender, write, actor_id, reason, interaction_id)

    async def revoke(
        self,
        spender: Spender,
        amount: int,
        actor_id: int,
        reason: str,
        interaction_id: int | None = None,
    ) -> Balance:
        """Take granted credits back, once for an interaction.

        Raises AmountOutOfRange, RevokesTooMuch, RepeatedInteraction or StorageBusy.
        """
        check_amount(amount, least=1)

        def write(tx: Transaction, posting: Posting) -> None:
            payer = spender.payer
            issued, _ = find_account(tx, payer, "issued")
            granted, left = find_account(tx, payer, "grant")
            if amount > left:
                raise RevokesTooMuch(amount, left)
            move(tx, "revoke", payer, granted, issued, amount, posting)

        return await self._change(spender, write, actor_id, reason, interaction_id)

    async def set_allowance(
        self,
        spender: Spender,
        amount: int | None,
        actor_id: int,
        reason: str,
        interaction_id: int | None = None,
    ) -> Balance:
        """Set what the member may spend in a period, from now on, once for an interaction.

        None: what the member's roles have, or the default. Below what is held or spent already
        nothing breaks: there is just nothing left. Raises AmountOutOfRange, RepeatedInteraction
        or StorageBusy.
        """
        if amount is not None:
            check_amount(amount, least=0)

        def write(tx: Transaction, posting: Posting) -> None:
            set_own_allowance(tx, spender.payer, amount, posting)

        return await self._change(spender, write, actor_id, reason, interaction_id)

    async def freeze(
        self, spender: Spender, actor_id: int, reason: str, interaction_id: int | None = None
    ) -> Balance:
        """Keep a member from asking for new videos, once for an interaction.

        What was sent goes on. Raises RepeatedInteraction or StorageBusy.
        """

        def write(tx: Transaction, posting: Posting) -> None:
            set_frozen(tx, spender.payer, frozen=True, posting=posting)

        return await self._change(spender, write, actor_id, reason, interaction_id)

    async def unfreeze(
        self, spender: Spender, actor_id: int, reason: str, interaction_id: int | None = None
    ) -> Balance:
        """Let a member ask for videos again, once for an interaction.

        Raises RepeatedInteraction or StorageBusy.
        """

        def write(tx: Transaction, posting: Posting) -> None:
            set_frozen(tx, spender.payer, frozen=False, posting=posting)

        return await self._change(spender, write, actor_id, reason, interaction_id)

    async def log(
        self,
        guild_id: int,
        member_id: int | None = None,
        before: Cursor = NEWEST,
        limit: int = 15,
    ) -> Page:
        """Show the latest changes in the server, newest first, of one member or of all.

        A page tells where the next one begins.
        """
        return await self._database.read(read_log, guild_id, member_id, before, limit)

    async def newer_log(
        self, guild_id: int, member_id: int | None, since: Cursor, limit: int = 15
    ) -> Page:
        """Show the page of the log that is one newer than the one which began before ``since``."""
        return await self._database.read(read_newer, guild_id, member_id, since, limit)

    async def spending(self, guild_id: int, first_day: date, last_day: date) -> Sequence[Spending]:
        """Tell what was spent from the first day to the last, both included, in the server's zone.

        By day, member and model.
        """

        def read(tx: Transaction) -> Sequence[Spending]:
            zone = read_zone(read_settings(tx, guild_id).zone)
            return list_spending(tx, guild_id, first_day, last_day, zone)

        return await self._database.read_long(read)

    async def videos(
        self, guild_id: int, first_day: date, last_day: date
    ) -> tuple[Sequence[SpentVideo], tzinfo]:
        """Tell each video that was spent on in these days, and the server's zone."""

        def read(tx: Transaction) -> tuple[Sequence[SpentVideo], tzinfo]:
            zone = read_zone(read_settings(tx, guild_id).zone)
            return list_videos(tx, guild_id, first_day, last_day, zone), zone

        return await self._database.read_long(read)

    async def _change(
        self,
        spender: Spender,
        write: Callable[[Transaction, Posting], None],
        actor_id: int,
        reason: str,
        interaction_id: int | None,
    ) -> Balance:
        """Carry out an admin's change, once for an interaction; tell the balance after it."""

        def change(tx: Transaction) -> Balance:
            now = self._clock.now()
            once(tx, interaction_id, now)
            write(tx, Posting(now, actor_id, reason))
            return self._balance(tx, spender)

        return await self._database.write_soon(change)

    def _check(
        self, tx: Transaction, spender: Spender, amount: int, period: Period, now: datetime
    ) -> tuple[Standing, Sequence[Ceiling]]:
        """Tell what pays, and under which ceilings of the operator's period it is.

        Raises what ``hold`` does.
        """
        guild_id = spender.payer.guild_id
        opening, under = read_leave(tx, guild_id, period, self._terms)
        check_open(self._trusted, guild_id, opening, amount, now)
        standing = read_standing(tx, spender, self._terms, now)
        if standing.settings.paused:
            raise GuildPaused
        if standing.member.frozen:
            raise MemberFrozen
        balance = standing.balance
        if amount > balance.available:
            renews = balance.allowance or balance.pools
            renews_at = balance.renews_at if renews else None
            raise InsufficientCredits(amount, balance.available, renews_at)
        ceilings.check_ceilings(under, amount, period)
        return standing, under

    def _balance(self, tx: Transaction, spender: Spender) -> Balance:
        return read_standing(tx, spender, self._terms, self._clock.now()).balance
