"""Which servers may spend the operator's money, and how much where nobody has said anything."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bot.credits import Budgets, Payer, Rules, Servers, Spender, Terms, Trusted, Why
from bot.credits.servers import ASK_AGAIN, Server
from bot.errors import AskedAlready, CeilingReached, ServerNamed, ServerNotOpen, ServerOpen
from bot.storage import Database
from bot.storage.books import open_guilds
from tests.books import query
from tests.fakes import FakeClock

NAMED, OWNED, STRANGE = 1, 2, 3
OPERATOR = 99
TERMS = Terms(500, "month", ceiling_per_guild=300, ceiling_all=400)


class Bureau:
    """Budgets and servers over a real file, one server of each kind."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FakeClock()
        self.owned = {OWNED}
        self.letters = 0
        trusted = Trusted((NAMED,), lambda guild_id: guild_id in self.owned)
        self.budgets = Budgets(database, self.clock, TERMS, trusted)
        self.rules = Rules(database, self.clock, TERMS)
        self.servers = Servers(database, self.clock, TERMS, trusted, self._told)
        self._jobs = 0

    def _told(self) -> None:
        self.letters += 1

    async def hold(self, guild_id: int, price: int = 40) -> None:
        """Hold a price in a server, as an order does."""
        self._jobs += 1
        spender = Spender(Payer(guild_id, 10))
        await self.database.write(self.budgets.hold, spender, price, self._jobs)

    async def open(self, guild_id: int) -> bool:
        """Tell whether something that costs is made in a server, asked in both ways."""
        spender = Spender(Payer(guild_id, 10))
        outcomes = await asyncio.gather(
            self.database.read(self.budgets.check, spender, 1),
            self.database.read(self.budgets.check_open, guild_id, 1),
            return_exceptions=True,
        )
        refusals = [each.guild_id for each in outcomes if isinstance(each, ServerNotOpen)]
        assert refusals in ([], [guild_id] * 2), outcomes
        return not refusals

    async def survey(self, *guild_ids: int) -> list[Server]:
        """List servers as the operator sees them."""
        return list(await self.servers.survey(guild_ids))


@pytest.fixture
def bureau(database: Database) -> Bureau:
    """Give the parts."""
    return Bureau(database)


@contextmanager
def counted() -> Iterator[list[str]]:
    """List the statements that are run meanwhile."""
    run: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        run.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_named_and_owned_servers_are_open_and_others_are_not(bureau: Bureau) -> None:
    """In both ways in which it is asked; what costs nothing is made everywhere."""
    assert [await bureau.open(each) for each in (NAMED, OWNED, STRANGE)] == [True, True, False]
    with pytest.raises(ServerNotOpen):
        await bureau.hold(STRANGE)
    assert query(bureau.database.path, "SELECT count(*) FROM holds") == [(0,)]
    await bureau.hold(STRANGE, 0)
    holds = query(bureau.database.path, "SELECT guild_id, amount FROM holds")
    assert holds == [(STRANGE, 0)]
    assert query(bureau.database.path, "SELECT count(*) FROM ceiling_use") == [(0,)]


async def test_a_server_that_changes_hands_is_closed_unless_an_operator_used_it(
    bureau: Bureau,
) -> None:
    """Who owns it is derived and nothing is written; a command of an operator's is."""
    await bureau.hold(OWNED)
    bureau.owned.clear()
    assert not await bureau.open(OWNED)
    bureau.owned.add(OWNED)
    await bureau.servers.used(OWNED, OPERATOR)
    bureau.owned.clear()
    assert await bureau.open(OWNED)


@pytest.mark.parametrize(
    ("guild_id", "said", "is_open"),
    [
        (STRANGE, [Why.ALLOWED], True),
        (STRANGE, [Why.USED], True),
        (STRANGE, [Why.ALLOWED, Why.CLOSED], False),
        (STRANGE, [Why.CLOSED, Why.USED], False),
        (STRANGE, [Why.CLOSED, Why.ALLOWED], True),
        (OWNED, [Why.CLOSED], False),
        (OWNED, [Why.CLOSED, Why.USED], False),
        (NAMED, [Why.USED], True),
    ],
)
async def test_the_operators_word_counts(
    bureau: Bureau, guild_id: int, said: list[Why], is_open: bool
) -> None:
    """A close wins over an owner and a use; only allowing ends it."""
    for word in said:
        if word is Why.USED:
            await bureau.servers.used(guild_id, OPERATOR)
        else:
            await bureau.servers.decide(guild_id, word, OPERATOR)
    assert await bureau.open(guild_id) is is_open


async def test_the_settings_win_over_a_close(bureau: Bureau, database: Database) -> None:
    """A named server can't be closed; one that was before it was named is so no more."""
    with pytest.raises(ServerNamed):
        await bureau.servers.decide(NAMED, Why.CLOSED, OPERATOR)
    trusted = Trusted((STRANGE,), lambda _: False)
    await bureau.servers.decide(STRANGE, Why.CLOSED, OPERATOR)
    await Servers(database, bureau.clock, TERMS, trusted, lambda: None).obey_settings()
    assert query(database.path, "SELECT count(*) FROM open_guilds") == [(0,)]


async def test_a_use_is_written_once(bureau: Bureau) -> None:
    """From then on it is looked up and nothing more, also by several at once."""
    await asyncio.gather(*(bureau.servers.used(STRANGE, each) for each in (7, 8, 9)))
    await bureau.servers.decide(OWNED, Why.CLOSED, OPERATOR)
    with counted() as run:
        await bureau.servers.used(STRANGE, 7)
        await bureau.servers.used(OWNED, 7)
    assert [each.split()[0] for each in run] == ["BEGIN", "SELECT"] * 2
    said = query(bureau.database.path, "SELECT guild_id, value FROM changes ORDER BY id")
    assert said == [(STRANGE, "used"), (OWNED, "closed")]


async def test_an_order_asks_one_thing_more_and_no_more(bureau: Bureau) -> None:
    """Whether it is open, both ceilings and what is used of them: one SELECT in all."""
    await bureau.hold(OWNED)
    with counted() as run:
        await bureau.hold(OWNED)
    about = [each for each in run if open_guilds.name in each or "FROM ceilings" in each]
    assert len(about) == 1
    assert about[0].count("ceiling_use") > 0
    assert len([each for each in run if each.startswith("SELECT")]) <= 10


async def test_admins_ask_once_a_day(bureau: Bureau) -> None:
    """Of several at once one; the letter is in the outbox in the same transaction."""
    asked = await asyncio.gather(
        *(bureau.servers.ask(STRANGE, "please") for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in asked if each] == [AskedAlready, AskedAlready]
    assert bureau.letters == 1
    letters = query(bureau.database.path, "SELECT kind, key, data FROM outbox")
    assert letters == [("operator", f"ask:{STRANGE}", '{"text": "please"}')]
    with pytest.raises(ServerNotOpen) as refusal:
        await bureau.hold(STRANGE)
    assert refusal.value.asked_at == bureau.clock.now()
    bureau.clock.advance(ASK_AGAIN.total_seconds())
    with pytest.raises(ServerNotOpen) as refusal:
        await bureau.hold(STRANGE)
    assert refusal.value.asked_at is None
    await bureau.servers.ask(STRANGE, "please")
    for guild_id in (NAMED, OWNED):
        with pytest.raises(ServerOpen):
            await bureau.servers.ask(guild_id, "please")


async def test_what_was_asked_outlives_what_is_decided(bureau: Bureau) -> None:
    """Closed after it has asked, a server can't ask again at once."""
    await bureau.servers.ask(STRANGE, "please")
    await bureau.servers.decide(STRANGE, Why.CLOSED, OPERATOR)
    with pytest.raises(AskedAlready) as refusal:
        await bureau.servers.ask(STRANGE, "please")
    assert refusal.value.again_at == bureau.clock.now() + ASK_AGAIN


async def test_the_survey_begins_with_who_asks_and_goes_on_with_who_spends(
    bureau: Bureau,
) -> None:
    """Also those that the bot is not in, where something is written down of them."""
    await bureau.hold(OWNED, 90)
    await bureau.hold(NAMED, 50)
    await bureau.servers.ask(STRANGE, "please")
    await bureau.servers.decide(7, Why.ALLOWED, OPERATOR)
    seen = await bureau.survey(NAMED, OWNED, 8)
    assert [(each.guild_id, each.why, each.used) for each in seen] == [
        (STRANGE, None, 0),
        (OWNED, Why.OWNED, 90),
        (NAMED, Why.NAMED, 50),
        (7, Why.ALLOWED, 0),
        (8, None, 0),
    ]
    assert [each.open for each in seen] == [False, True, True, True, False]


async def test_the_settings_ceilings_hold_where_the_operator_has_said_nothing(
    bureau: Bureau,
) -> None:
    """In the hold's transaction, for each server and for all of them."""
    await bureau.hold(OWNED, 300)
    with pytest.raises(CeilingReached) as refused:
        await bureau.hold(OWNED, 1)
    assert (refused.value.whole_bot, refused.value.left) == (False, 0)
    await bureau.hold(NAMED, 100)
    with pytest.raises(CeilingReached) as refused:
        await bureau.hold(NAMED, 1)
    assert (refused.value.whole_bot, refused.value.left) == (True, 0)
    alerts = await bureau.rules.claim_alerts()
    told = {(each.guild_id, each.amount, each.level) for each in alerts}
    assert told == {
        *((OWNED, 300, level) for level in (50, 80, 100)),
        *((0, 400, level) for level in (50, 80, 100)),
    }


async def test_what_the_operator_says_goes_before_the_settings(bureau: Bureau) -> None:
    """An amount, and none at all: that is kept as well."""
    await bureau.rules.set_ceiling(OWNED, None, OPERATOR, "")
    under = await bureau.rules.set_ceiling(0, None, OPERATOR, "")
    assert under == []
    assert await bureau.rules.ceilings(OWNED) == []
    await bureau.hold(OWNED, 500)
    await bureau.rules.set_ceiling(NAMED, 20, OPERATOR, "")
    with pytest.raises(CeilingReached):
        await bureau.hold(NAMED, 21)
    assert [each.amount for each in await bureau.rules.ceilings(STRANGE)] == [300]


async def test_many_orders_at_once_do_not_break_through_the_settings_ceilings(
    bureau: Bureau,
) -> None:
    """Of thirty in fifteen servers as many as all together may spend."""
    guild_ids = list(range(100, 115))
    bureau.owned.update(guild_ids)
    holds = (bureau.hold(each, 30) for each in guild_ids * 2)
    outcomes = await asyncio.gather(*holds, return_exceptions=True)
    assert sum(each is None for each in outcomes) == 400 // 30
