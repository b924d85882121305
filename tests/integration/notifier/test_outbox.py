"""What is to be said outside a job's message is said once, whatever dies in between."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from structlog.testing import capture_logs

from bot.client.operators import Operators
from bot.credits import Rules, Terms
from bot.jobs import rows
from bot.jobs.states import Failure, State
from bot.jobs.supply import Trouble
from bot.notifier.doors import Doors
from bot.notifier.outbox import (
    AGAIN_SECONDS,
    LEASE,
    LOOK_SECONDS,
    MAX_ATTEMPTS,
    MOST_TOLD,
    Outbox,
)
from bot.sandbox.discord import Channel, Mate, Team
from bot.storage import Transaction
from bot.storage.outbox import Kind, any_due, drop, post, take_next
from bot.storage.tables import outbox
from tests.handles import no_handles_left
from tests.integration.notifier.conftest import PATIENCE_SECONDS, Desk, Shown

POSTS = r"/channels/\d+/messages$"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Collect what is logged: rendering a trace with all its values takes a second."""
    with capture_logs():
        yield


@pytest.fixture
def operator(desk: Desk) -> Channel:
    """Give the direct messages of whoever runs the bot."""
    owner = desk.guild.add_member("Op")
    desk.sandbox.set_owner(owner)
    return desk.sandbox.direct(owner)


def rules_of(desk: Desk) -> Rules:
    """Make the rules that the outbox asks."""
    return Rules(desk.database, desk.clock, Terms(500, "month"))


@contextlib.asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[Outbox]:
    """Let an outbox work that remembers nothing; cut it off afterwards, as a kill would."""
    doors = Doors(desk.client, desk.clock)
    operators = Operators(desk.client, desk.clock)
    await operators.refresh()
    saying = Outbox(
        desk.client,
        desk.database,
        rules_of(desk),
        doors,
        desk.clock,
        operators,
    )
    task = asyncio.create_task(saying.run())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield saying
    finally:
        task.cancel()
        await asyncio.wait({task})


async def rounds(desk: Desk, seconds: float = 0.0, count: int = 1) -> None:
    """Let an outbox look so often, each time after so many seconds."""
    for _ in range(count):
        desk.clock.advance(seconds)
        async with running(desk):
            await desk.clock.asleep()


async def put(desk: Desk, kind: Kind, key: str, **data: Any) -> None:
    """Put something into the outbox."""
    await desk.database.write(post, kind, key, data, desk.clock.now())


async def tell(desk: Desk, text: str) -> None:
    """Put words to the operator into the outbox."""
    await put(desk, Kind.OPERATOR, text, text=text)


async def waiting(desk: Desk) -> list[str]:
    """List the keys of what was not said yet."""

    def read(tx: Transaction) -> list[str]:
        return list(tx.scalars(select(outbox.c.key).order_by(outbox.c.key)))

    return await desk.database.read(read)


def said(channel: Channel) -> list[str]:
    """Read what a channel's messages say."""
    return [message.content for message in channel.messages]


async def late_job(desk: Desk) -> Shown:
    """Bring a job to where its member is to be called."""
    shown = await desk.show()
    await desk.bring_to(shown, State.RENDERED)
    now = desk.clock.now()
    await desk.database.write(rows.move_job, shown.id, State.DELIVERED, now, told_at=now)
    await put(desk, Kind.CALL, f"call:{shown.id}", job=shown.id)
    return shown


async def test_a_late_video_calls_the_member(desk: Desk) -> None:
    """A reply to the job's message pings the member and nobody else; it is one, and then gone."""
    shown = await late_job(desk)
    desk.age()
    await rounds(desk, LOOK_SECONDS, count=2)

    [_, reply] = desk.channel.messages
    assert reply.reference is not None
    assert reply.reference["message_id"] == str(shown.message.id)
    assert reply.mentioned == [desk.ada.id]
    assert f"#{shown.id}" in reply.content
    assert await waiting(desk) == []


@pytest.mark.parametrize("fate", ["before", "after"])
async def test_a_kill_over_the_post_loses_nothing_and_repeats_nothing(
    desk: Desk, operator: Channel, fate: str
) -> None:
    """Cut off before or after Discord has it: the next start says it, and it is one message."""
    await tell(desk, "the account is low")
    gate = desk.sandbox.faults.hold("POST", POSTS, after=fate == "after")
    async with running(desk):
        await gate.reached.wait()
    gate.release()
    assert await waiting(desk) == ["the account is low"]

    await rounds(desk)
    assert len(desk.sandbox.find_calls("POST", POSTS)) == 1, "another process may be at it"
    await rounds(desk, LEASE.total_seconds())
    assert said(operator) == ["the account is low"]
    assert await waiting(desk) == []


async def test_two_at_once_say_it_once(desk: Desk, operator: Channel) -> None:
    """Who takes a row keeps it from the other."""
    for number in range(5):
        await tell(desk, f"news {number}")
    async with running(desk), running(desk):
        await desk.clock.asleep(2)
    assert sorted(said(operator)) == [f"news {number}" for number in range(5)]
    assert len(desk.sandbox.find_calls("POST", POSTS)) == 5


async def test_what_cannot_be_said_does_not_keep_the_others_waiting(
    desk: Desk, operator: Channel
) -> None:
    """A row of an unknown kind, one that can't be read, a job that is gone."""

    def spoil(tx: Transaction) -> None:
        now = desk.clock.now()
        for kind, data in (("nobody's", "{}"), (Kind.OPERATOR, "{"), (Kind.CALL, "{}")):
            row = {"kind": kind, "key": f"odd {kind}", "data": data, "attempts": 0}
            tx.execute(insert(outbox).values(created_at=now, due_at=now, **row))

    await desk.database.write(spoil)
    await put(desk, Kind.CALL, "gone", job=999)
    await tell(desk, "after all of them")
    await rounds(desk)
    assert said(operator) == ["after all of them"]
    assert await waiting(desk) == ["odd call", "odd nobody's", "odd operator"]

    await rounds(desk, AGAIN_SECONDS[1], count=MAX_ATTEMPTS)
    assert await waiting(desk) == [], "so often tried, they are dropped"


@pytest.mark.parametrize("trouble", ["busy", "broken", "unread"])
async def test_discords_trouble_puts_it_off(desk: Desk, operator: Channel, trouble: str) -> None:
    """It is said when Discord works again; a repeat is known by its nonce."""
    faults = desk.sandbox.faults
    if trouble == "busy":
        faults.answer("POST", POSTS, 503, {"code": 0, "message": "busy"})
    elif trouble == "broken":
        faults.reset("POST", POSTS, times=None, after=True)
    else:
        faults.answer("POST", POSTS, 200, {"odd": True}, after=True)
    await tell(desk, "the account is low")
    await rounds(desk)
    faults.clear()
    assert await waiting(desk) == ["the account is low"]

    await rounds(desk, AGAIN_SECONDS[0])
    assert said(operator) == ["the account is low"]
    assert await waiting(desk) == []


async def test_no_fault_ends_the_loop(desk: Desk, operator: Channel) -> None:
    """A table that is not there for a while: the next look goes on."""

    def rename(tx: Transaction, before: str, after: str) -> None:
        tx.exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}")

    async with running(desk) as saying:
        await desk.clock.asleep()
        await desk.database.write(rename, "outbox", "aside")
        await look_again(desk, saying)
        await desk.database.write(rename, "aside", "outbox")
        await saying.tell_operator("still here", "still here")
        await look_again(desk, saying)
    assert said(operator) == ["still here"]


async def look_again(desk: Desk, saying: Outbox) -> None:
    """Let a running outbox look once more, and wait until it has."""
    saying.soon()
    while saying._wake.is_set():  # noqa: ASYNC110 - a cleared event tells nobody
        await asyncio.sleep(0)
    await desk.clock.asleep()


async def test_our_own_exhaustion_is_no_try(desk: Desk, operator: Channel) -> None:
    """Where this process has no handles left, nothing is counted, and later it is said."""
    await tell(desk, "hello")
    connector: Any = desk.client.http.connector
    for kept in connector._conns.values():  # the next request needs a handle of its own
        for connection, _ in kept:
            connection.close()
    with no_handles_left():
        await rounds(desk, AGAIN_SECONDS[0], count=MAX_ATTEMPTS + 1)
    assert await waiting(desk) == ["hello"]
    await rounds(desk, AGAIN_SECONDS[0])
    assert said(operator) == ["hello"]


async def test_an_operator_who_cannot_be_written_to_is_given_up(
    desk: Desk, operator: Channel
) -> None:
    """Refused, ever less often, and then left to the log: nothing stays for ever."""
    refusal = {"code": 50007, "message": "Cannot send messages to this user"}
    desk.sandbox.faults.answer("POST", POSTS, 403, refusal, times=None)
    await tell(desk, "hello")
    await rounds(desk, AGAIN_SECONDS[1], count=MAX_ATTEMPTS + 5)
    assert len(desk.sandbox.find_calls("POST", POSTS)) == MAX_ATTEMPTS
    assert await waiting(desk) == []
    assert said(operator) == []


async def test_of_two_that_tell_the_same_one_waits(desk: Desk, operator: Channel) -> None:
    """Once it was said, it may be said again."""
    trouble = Trouble("segmind", Failure.OUT_OF_CREDITS, "no credits")
    for told in (1, 2):
        async with running(desk) as saying:
            await desk.clock.asleep()
            for _ in range(2):
                saying.trouble(trouble)
            await asyncio.gather(*saying._keeping)
            await look_again(desk, saying)
        assert len(said(operator)) == told
    assert await waiting(desk) == []


async def test_a_number_is_never_given_again(desk: Desk) -> None:
    """Discord would take the next thing to be said for the last one."""
    numbers = []
    for text in ("one", "two"):
        await tell(desk, text)
        letter = await desk.database.write(take_next, desk.clock.now(), LEASE)
        assert letter is not None
        numbers.append(letter.id)
        await desk.database.write(drop, letter.id)
    assert numbers[1] > numbers[0]


@pytest.mark.parametrize("where", ["server", "nowhere", "operator"])
async def test_a_ceilings_levels_are_told_where_they_belong(
    desk: Desk, operator: Channel, where: str
) -> None:
    """To the channel that the admins chose, to nobody, or to whoever runs the bot."""
    guild_id = 0 if where == "operator" else desk.guild.id
    if where == "server":
        await rules_of(desk).change_settings(
            guild_id, 1, "", None, alert_channel_id=desk.channel.id
        )
    alert = {"guild_id": guild_id, "period": "2026-11", "amount": 100, "level": 50, "used": 60}
    await put(desk, Kind.CEILING, "c", **alert, at=desk.clock.now().isoformat())
    await rounds(desk)
    told = said(operator) if where == "operator" else said(desk.channel)
    assert [text.startswith("**50 %**") for text in told] == ([] if where == "nowhere" else [True])
    assert await waiting(desk) == []


async def test_what_a_clock_has_put_off_for_years_is_said_once_it_is_right(desk: Desk) -> None:
    """A machine that starts in another year puts a letter off until then."""
    now = desk.clock.now()
    years = now + timedelta(days=3650)
    await desk.database.write(post, Kind.OPERATOR, "key", {"text": "hello"}, years)
    assert await desk.database.read(any_due, now)
    letter = await desk.database.write(take_next, now, LEASE)
    assert letter is not None
    assert not await desk.database.read(any_due, now)


@pytest.fixture
def team(desk: Desk) -> list[Channel]:
    """Let a team of more than are told own the bot; give their direct messages, the owner's first.

    Discord lists the owner last, and names as the application's owner an account of nobody's.
    """
    owner, *others = [desk.guild.add_member(f"Op {n}").user for n in range(MOST_TOLD + 2)]
    mates = [Mate(each, "read_only") for each in others]
    desk.sandbox.set_team(Team(desk.sandbox.hub.ids.next(), owner, mates))
    return [desk.sandbox.direct(each) for each in (owner, *others)]


async def test_each_of_a_team_is_told_once(desk: Desk, team: list[Channel]) -> None:
    """So many of them; of two that tell the same nobody is told twice."""
    await tell(desk, "the account is low")
    await tell(desk, "the account is low")
    async with running(desk), running(desk):
        await desk.clock.asleep(2)
    told = [said(each) for each in team]
    assert told == [["the account is low"]] * MOST_TOLD + [[], []]
    assert await waiting(desk) == []


async def test_one_of_a_team_who_cannot_be_told_costs_no_other(
    desk: Desk, team: list[Channel]
) -> None:
    """Each has a letter of their own: what is tried again for one repeats nothing to the others."""
    recipient = team[1].recipient
    assert recipient is not None
    recipient.accepts_direct = False
    await tell(desk, "the account is low")
    await rounds(desk)
    assert [len(said(each)) for each in team[:MOST_TOLD]] == [1, 0, *[1] * (MOST_TOLD - 2)]
    assert len(await waiting(desk)) == 1

    recipient.accepts_direct = True
    await rounds(desk, AGAIN_SECONDS[1])
    assert [len(said(each)) for each in team[:MOST_TOLD]] == [1] * MOST_TOLD
    assert await waiting(desk) == []


async def test_a_kill_while_a_team_is_told_repeats_nothing(desk: Desk, team: list[Channel]) -> None:
    """Cut off at the second of them: the next start goes on there."""
    await tell(desk, "the account is low")
    path = rf"/channels/{team[1].id}/messages$"
    gate = desk.sandbox.faults.hold("POST", path)
    async with running(desk):
        await gate.reached.wait()
    gate.release()
    assert [len(said(each)) for each in team[:3]] == [1, 0, 0]
    await rounds(desk, LEASE.total_seconds())
    assert [len(said(each)) for each in team[:MOST_TOLD]] == [1] * MOST_TOLD


@pytest.mark.parametrize("kind", [Kind.CEILING, Kind.RETIRED])
async def test_a_team_is_told_whatever_there_is_for_the_operator(
    desk: Desk, team: list[Channel], kind: Kind
) -> None:
    """A ceiling's level of all servers, and a model that is gone."""
    alert = {"guild_id": 0, "period": "2026-11", "amount": 100, "level": 50, "used": 60}
    gone = {"provider": "segmind", "slug": "sora-2", "detail": "410"}
    data = alert | {"at": desk.clock.now().isoformat()} if kind is Kind.CEILING else gone
    await put(desk, kind, "k", **data)
    await rounds(desk)
    assert [len(said(each)) for each in team] == [1] * MOST_TOLD + [0, 0]
