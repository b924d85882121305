"""What the operator has paused is not sent, whoever tries; what a provider has goes on."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from bot.catalogue import Order, Wish, place_order
from bot.credits import Payer
from bot.errors import (
    ModelPaused,
    NotPaused,
    OutOfCredits,
    PausedByOperator,
    PauseTargetUnclear,
    RepeatedInteraction,
    StaleTransition,
    UnknownModel,
    UnknownProvider,
)
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.pauses import ALL, Pause, Pauses, Scope, Target, pause_over
from bot.jobs.queue import TOLD_ABOUT_PLACES, UNLIMITED, Limits
from bot.jobs.service import Asker
from bot.jobs.states import Failure, State
from bot.jobs.tracker import LINE_SECONDS, SHOWN_AT_ONCE, Tracker
from bot.storage import Database, Transaction
from bot.storage.database import URL_PREFIX
from tests.books import balances, execute, query
from tests.integration.jobs.conftest import ADA, BEN, PRICE, FilmServer, Works, new_works
from tests.integration.jobs.driving import brought, quiet, running
from tests.integration.jobs.test_stopped import asked
from tests.integration.jobs.test_stopped import pause as pause_as_admin

OPERATOR = 99
ELSEWHERE = Payer(guild_id=2, member_id=10)
GUILD = Target(Scope.GUILD, str(ADA.guild_id))
SEGMIND = Target(Scope.PROVIDER, "segmind")
SORA = Target(Scope.MODEL, "sora-2")
TARGETS = (ALL, GUILD, SEGMIND, SORA)


def pauses_of(works: Works, tracker: Tracker | None = None) -> Pauses:
    """Give the operator's commands, in the process of a tracker or in another one."""
    moved = tracker.line_moved if tracker else lambda: None
    return Pauses(works.database, works.clock, works.bench.catalogue, moved)


async def paused(works: Works, *targets: Target, reason: str = "") -> None:
    """Let the operator pause things, from the command line."""
    for target in targets:
        await pauses_of(works).pause(target, 0, reason)


async def resumed(works: Works, *targets: Target) -> None:
    """Let the operator end pauses, from the command line."""
    for target in targets:
        await pauses_of(works).resume(target, 0)


async def looked(works: Works, tracker: Tracker) -> None:
    """Let the tracker look at the line again by itself, and do what is due."""
    await quiet(works, tracker)
    works.clock.advance(LINE_SECONDS)
    await quiet(works, tracker)


def order_of(works: Works, model: str, provider: str = "segmind") -> Order:
    """Order a model's shortest video from a provider."""
    engine = works.bench.catalogue[model]
    offer = engine.offer_of(provider)
    assert offer is not None
    seconds, size = min(engine.durations_seconds), engine.sizes[0]
    return Order(engine, offer, "a fox", seconds, size, engine.quote(seconds, size, offer))


async def held(works: Works, payer: Payer, model: str, provider: str = "segmind") -> Job:
    """Write a job that waits."""
    view = await works.jobs.create(works.request(payer), order_of(works, model, provider))
    await works.jobs.announce(view.job.id, view.job.id)
    return view.job


# --- nothing is sent -------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS, ids=lambda each: each.scope)
async def test_what_is_paused_waits_and_goes_on_afterwards_by_itself(
    works: Works, target: Target
) -> None:
    """Set and ended by another process: the tracker sees both by its next look at the line."""
    job = await works.held()
    await paused(works, target)
    async with running(works) as tracker:
        await looked(works, tracker)
        assert (works.provider.prepared, works.provider.submits) == ([], [])
        await resumed(works, target)
        await looked(works, tracker)
        assert len(works.provider.submits) == 1
    assert await works.state(job) is not State.HELD


@pytest.mark.parametrize("target", TARGETS, ids=lambda each: each.scope)
@pytest.mark.parametrize("step", ["prepare", "turn"])
async def test_a_pause_holds_back_what_is_being_prepared(
    works: Works, step: str, target: Target
) -> None:
    """It is committed by another process when all but the request is done: none is made."""
    job = await works.held()
    script: Any = works.provider.on_prepare if step == "prepare" else works.provider.on_turn
    gate = script.hold()
    async with running(works) as tracker:
        await gate.reached.wait()
        await paused(works, target)
        gate.release()
        await looked(works, tracker)
        assert works.provider.submits == []
        assert await works.state(job) is State.HELD
        assert works.events(job) == ["held"]
        await resumed(works, target)
        await looked(works, tracker)
        assert len(works.provider.submits) == 1


async def test_what_the_provider_has_is_finished_and_delivered(
    works: Works, films: FilmServer
) -> None:
    """Polls, downloads and deliveries go on under a pause of all; what waits stays."""
    waiting, processing = await works.held(), await works.processing(films.url)
    await paused(works, *TARGETS)
    async with running(works, recovering=True) as tracker:
        await brought(works, tracker, processing, State.DELIVERED)
    assert await works.state(waiting) is State.HELD
    assert works.provider.submits == []


async def test_two_processes_hear_of_a_pause_by_the_database(
    works: Works, database: Database, tmp_path: Path
) -> None:
    """Neither sends; each shows its own jobs, and each goes on by itself."""
    other_database = Database(f"{URL_PREFIX}{database.path}")
    await other_database.open()
    other = new_works(other_database, URL(works.provider.origin), tmp_path)
    mine, theirs = await works.held(), await other.held(BEN)
    await paused(works, ALL)
    async with running(works) as first, running(other) as second:
        for each, tracker in ((works, first), (other, second)):
            await looked(each, tracker)
        assert (works.messenger.changes, other.messenger.changes) == ([mine.id], [theirs.id])
        await resumed(other, ALL)
        for each, tracker in ((works, first), (other, second)):
            await looked(each, tracker)
    assert (len(works.provider.submits), len(other.provider.submits)) == (1, 1)
    other.worker.leave()
    await other_database.close()


class Undone(Exception):
    """Rolls a transaction back whose outcome is known."""


async def test_no_combination_of_pauses_lets_anything_through(works: Works) -> None:
    """Of every server, provider and model: the line, the submit and the statement agree."""
    works.keys.add("aimlapi")
    members = itertools.count(100)
    jobs = [
        await held(works, Payer(guild, next(members)), model, provider)
        for guild in (1, 2)
        for provider in ("segmind", "aimlapi")
        for model in ("sora-2", "sora-2-pro")
    ]
    targets = [
        *(ALL, GUILD, SEGMIND, SORA),
        Target(Scope.PROVIDER, "aimlapi"),
        Target(Scope.MODEL, "sora-2-pro"),
        Target(Scope.GUILD, "2"),
    ]
    room = dict.fromkeys(works.bench.providers, 100)

    def begins(tx: Transaction, job: Job) -> bool:
        return rows.begin_submit(tx, job, UNLIMITED, works.clock.now())

    async def begun(job: Job) -> bool:
        """Try to begin a submit, and take it back."""
        found = []

        def attempt(tx: Transaction) -> None:
            found.append(begins(tx, job))
            raise Undone

        with pytest.raises(Undone):
            await works.database.write(attempt)
        return found[0]

    for size in range(4):
        for chosen in itertools.combinations(targets, size):
            await paused(works, *chosen)
            line = await works.database.read(rows.whose_turn, works.owner, UNLIMITED, room)
            free = [
                job
                for job in jobs
                if not pause_over(
                    line.pauses, guild_id=job.guild_id, provider=job.provider, model=job.model
                )
            ]
            assert {each.target for each in line.pauses} == set(chosen)
            assert [place.job_id for place in line.turns] == [job.id for job in free]
            assert [job for job in jobs if await begun(job)] == free
            await resumed(works, *chosen)


@pytest.mark.parametrize("target", TARGETS, ids=lambda each: each.scope)
async def test_the_statement_itself_begins_no_submit_of_what_is_paused(
    works: Works, target: Target
) -> None:
    """Whoever tries; what was sent before, as a restored backup tells, is written all the same."""
    job = await works.held()
    await paused(works, target)
    with pytest.raises(StaleTransition):
        await works.turn(job)
    now = works.clock.now()
    await works.database.write(
        rows.move_job, job.id, State.SUBMITTING, now, "sent before", sent_before=True
    )
    assert await works.state(job) is State.SUBMITTING


# --- beside the pauses that are not the operator's ---------------------------------------------


async def test_the_operators_pause_and_that_of_a_provider_in_trouble_lift_each_other_never(
    works: Works,
) -> None:
    """The end of one leaves the other; under the operator's, nothing in line fails."""
    works.provider.on_submit.plan(OutOfCredits("402"))
    first, second = await works.held(), await works.held(BEN)
    async with running(works, Limits(1, 0, 0)) as tracker:
        await works.provider.submits.reach(1)
        await quiet(works, tracker)
        # In trouble: all that comes to the front of the line fails, and so the second has.
        assert [await works.state(job) for job in (first, second)] == [State.FAILED] * 2
        works.bench.supply.worked("segmind")
        third = await works.held()
        await paused(works, SEGMIND)
        works.bench.supply.pause("segmind", Failure.OUT_OF_CREDITS, "402")
        await looked(works, tracker)
        assert await works.state(third) is State.HELD
        works.bench.supply.worked("segmind")
        await looked(works, tracker)
        assert await works.state(third) is State.HELD, "its account was topped up, no more"
        works.bench.supply.pause("segmind", Failure.OUT_OF_CREDITS, "402")
        await resumed(works, SEGMIND)
        await quiet(works, tracker)
        assert works.bench.supply.obstacle("segmind") is Failure.OUT_OF_CREDITS
    assert len(works.provider.submits) == 1


async def test_a_server_that_admins_have_paused_as_well_waits_for_both(works: Works) -> None:
    """Each ends its own."""
    job = await works.held()
    await pause_as_admin(works)
    await paused(works, GUILD)
    async with running(works) as tracker:
        await resumed(works, GUILD)
        await looked(works, tracker)
        assert works.provider.submits == []
        await paused(works, GUILD)
        await pause_as_admin(works, paused=False)
        await looked(works, tracker)
        assert works.provider.submits == []
        await resumed(works, GUILD)
        await looked(works, tracker)
    assert await works.state(job) is not State.HELD


async def test_what_a_provider_turns_away_goes_to_no_provider_that_is_paused(
    works: Works,
) -> None:
    """Its credits come back; where the model is paused it waits for the next provider's turn."""
    works.keys.add("aimlapi")
    works.bench.supply.pauses = [Pause(Target(Scope.PROVIDER, "aimlapi"), works.clock.now(), 0, "")]
    assert works.bench.supply.fallback(order_of(works, "sora-2"), pictured=False) is None
    works.bench.supply.pauses = [Pause(SORA, works.clock.now(), 0, "")]
    following = works.bench.supply.fallback(order_of(works, "sora-2"), pictured=False)
    assert following is not None
    assert following.offer.provider == "aimlapi"


# --- members ---------------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS, ids=lambda each: each.scope)
async def test_new_orders_are_refused_before_anything_is_held(works: Works, target: Target) -> None:
    """Also where this process has not heard of it yet; a job of before is untouched."""
    await works.held()
    order = works.order()
    await paused(works, target, reason="the moon")
    for refuse in (
        works.jobs.check(works.request(), order),
        works.jobs.create(works.request(), order),
    ):
        with pytest.raises(PausedByOperator) as refused:
            await refuse
        found = refused.value
        assert (found.scope, found.key, found.reason) == (target.scope, target.key, "the moon")
    assert balances(works.database.path)["held"] == PRICE
    assert len(query(works.database.path, "SELECT id FROM jobs")) == 1
    await resumed(works, target)
    await works.jobs.create(works.request(), order)


async def test_other_servers_and_models_can_be_ordered(works: Works) -> None:
    """A pause is of what it names."""
    await paused(works, GUILD, SORA)
    await works.jobs.check(works.request(ELSEWHERE), order_of(works, "sora-2-pro"))
    for payer, model in ((ADA, "sora-2-pro"), (ELSEWHERE, "sora-2")):
        with pytest.raises(PausedByOperator):
            await works.jobs.check(works.request(payer), order_of(works, model))
    with pytest.raises(PausedByOperator):
        await works.jobs.check_open(ADA.guild_id)
    await works.jobs.check_open(ELSEWHERE.guild_id)


async def test_the_menu_changes_with_the_pauses(works: Works) -> None:
    """At the tracker's look."""
    async with running(works) as tracker:
        await paused(works, SORA, reason="the moon")
        await looked(works, tracker)
        with pytest.raises(ModelPaused) as refused:
            place_order(works.bench.supply.menu(), Wish("a fox", "sora-2"))
        assert refused.value.pause_reason == "the moon"
        assert refused.value.suggestions[0].model != "sora-2"
        await looked(works, tracker)
        await resumed(works, SORA)
        await looked(works, tracker)
        assert works.order().model.name == "sora-2"


async def test_what_waits_is_shown_when_it_is_paused_and_when_it_goes_on(works: Works) -> None:
    """And when somebody before it is cancelled: its place is told, and stays true."""
    jobs = [await works.held(payer) for payer in (ADA, BEN, ADA)]
    numbers = [job.id for job in jobs]
    async with running(works, Limits(1, 0, 0)) as tracker:
        pauses = pauses_of(works, tracker)
        gate = works.provider.on_turn.hold()
        await gate.reached.wait()
        await pauses.pause(ALL, OPERATOR, "")
        gate.release()
        await quiet(works, tracker)
        assert sorted(works.messenger.changes) == numbers
        views = [await works.jobs.view(number) for number in numbers]
        assert [view.place_in_line for view in views] == [1, 2, 3]
        assert {view.operator_pause and view.operator_pause.target for view in views} == {ALL}
        works.messenger.changes.clear()
        await works.jobs.cancel(jobs[0].id, Asker(ADA, manages_guild=False))
        works.messenger.changes.clear()
        await looked(works, tracker)
        assert works.messenger.changes == numbers[1:]
        assert (await works.jobs.view(jobs[2].id)).place_in_line == 2
        await looked(works, tracker)
        assert works.messenger.changes == numbers[1:], "nothing has moved since"
        await pauses.resume(ALL, OPERATOR)
        await quiet(works, tracker)
        assert len(works.provider.submits) == 1
        assert (await works.jobs.view(jobs[2].id)).operator_pause is None


async def test_a_long_line_is_shown_a_pause_bit_by_bit(works: Works) -> None:
    """From its front: nobody else waits for that, neither the database nor Discord."""
    jobs = [await works.held(Payer(1, 100 + number)) for number in range(2 * SHOWN_AT_ONCE + 1)]
    numbers = [job.id for job in jobs]
    await paused(works, ALL)
    async with running(works) as tracker:
        for shown in (SHOWN_AT_ONCE, 2 * SHOWN_AT_ONCE, len(jobs), len(jobs)):
            await quiet(works, tracker)
            assert works.messenger.changes == numbers[:shown]
            works.clock.advance(LINE_SECONDS)
        await quiet(works, tracker)
        await paused(works, GUILD)
        await looked(works, tracker)
        assert works.messenger.changes[len(jobs) :] == numbers[:SHOWN_AT_ONCE]


async def test_what_is_shown_for_the_first_time_after_a_pause_says_so(works: Works) -> None:
    """It was ordered before: its first response knew of none, however long the line is."""
    for _ in range(TOLD_ABOUT_PLACES):
        await works.held()
    view = await works.jobs.create(works.request(BEN), works.order())
    await paused(works, ALL)
    async with running(works) as tracker:
        await looked(works, tracker)
        works.messenger.changes.clear()
        await works.jobs.announce(view.job.id, 7)
        await looked(works, tracker)
        assert view.job.id in works.messenger.changes


async def test_places_in_line_do_not_count_what_is_paused(works: Works) -> None:
    """For who is not; among each other those that are paused keep theirs."""
    question = await asked(works)
    first, second = await works.held(), await works.held(BEN)
    other = await works.held(ELSEWHERE)
    assert (await works.jobs.view(other.id)).place_in_line == 3
    await paused(works, GUILD)
    places = [(await works.jobs.view(job.id)).place_in_line for job in (first, second, other)]
    assert places == [1, 2, 1]
    view = await works.jobs.view(question.id)
    assert view.place_in_line is None
    assert view.approval_lapses_at is not None


async def test_a_restart_takes_up_the_pauses(works: Works) -> None:
    """What waits says so; nothing is sent until they end."""
    job = await works.held()
    await paused(works, ALL)
    async with running(works, recovering=True) as tracker:
        await quiet(works, tracker)
        assert works.messenger.changes == [job.id]
        assert works.provider.submits == []


# --- the rows --------------------------------------------------------------------------------


async def test_pauses_are_kept_with_who_and_why_and_written_into_the_history(
    works: Works,
) -> None:
    """Paused again, it is so since the first time, for the new reason; the broadest comes first."""
    pauses = pauses_of(works)
    for target in (SORA, GUILD, ALL, SEGMIND):
        await pauses.pause(target, OPERATOR, " why ")
    began = works.clock.now()
    works.clock.advance(60)
    await pauses.pause(SORA, 0, "another")
    assert await pauses.list() == (
        Pause(ALL, began, OPERATOR, "why"),
        Pause(GUILD, began, OPERATOR, "why"),
        Pause(SEGMIND, began, OPERATOR, "why"),
        Pause(SORA, began, 0, "another"),
    )
    left = await pauses.resume(GUILD, OPERATOR, "over")
    assert [each.target for each in left] == [ALL, SEGMIND, SORA]
    history = query(
        works.database.path,
        "SELECT guild_id, name, value, actor_id, reason FROM changes ORDER BY id",
    )
    assert history == [
        (0, "operator_pause", "model sora-2", OPERATOR, "why"),
        (1, "operator_pause", "guild", OPERATOR, "why"),
        (0, "operator_pause", "all", OPERATOR, "why"),
        (0, "operator_pause", "provider segmind", OPERATOR, "why"),
        (0, "operator_pause", "model sora-2", 0, "another"),
        (1, "operator_resume", "guild", OPERATOR, "over"),
    ]


@pytest.mark.parametrize(
    ("target", "refusal"),
    [
        (Target(Scope.MODEL, "dall-e"), UnknownModel),
        (Target(Scope.PROVIDER, "openai"), UnknownProvider),
        (Target(Scope.MODEL), PauseTargetUnclear),
        (Target(Scope.GUILD), PauseTargetUnclear),
        (Target(Scope.ALL, "sora-2"), PauseTargetUnclear),
    ],
)
async def test_what_cannot_be_paused_is_refused(
    works: Works, target: Target, refusal: type[Exception]
) -> None:
    """Nothing is written."""
    with pytest.raises(refusal):
        await pauses_of(works).pause(target, OPERATOR, "")
    assert await pauses_of(works).list() == ()
    assert query(works.database.path, "SELECT * FROM changes") == []


async def test_only_what_is_paused_can_go_on_also_where_it_is_gone(works: Works) -> None:
    """A model that the operator has taken out of the catalogue meanwhile, for one."""
    pauses = pauses_of(works)
    with pytest.raises(NotPaused):
        await pauses.resume(SORA, OPERATOR)
    with pytest.raises(PauseTargetUnclear):
        await pauses.resume(Target(Scope.MODEL), OPERATOR)
    assert query(works.database.path, "SELECT * FROM changes") == []
    execute(works.database.path, "INSERT INTO pauses VALUES ('model', 'gone', '2026', 9, '')")
    assert await pauses.resume(Target(Scope.MODEL, "gone"), OPERATOR) == ()


async def test_a_repeated_interaction_changes_nothing(works: Works) -> None:
    """A pause that Discord delivers twice, the second time after its end."""
    pauses = pauses_of(works)
    await pauses.pause(ALL, OPERATOR, "", interaction_id=7)
    await pauses.resume(ALL, OPERATOR, interaction_id=8)
    with pytest.raises(RepeatedInteraction):
        await pauses.pause(ALL, OPERATOR, "", interaction_id=7)
    assert await pauses.list() == ()


async def test_a_change_is_logged_by_every_process(
    works: Works, logs: Sequence[Mapping[str, Any]]
) -> None:
    """Once, with all that is paused by now."""
    await works.held()
    async with running(works) as tracker:
        await quiet(works, tracker)
        await paused(works, SORA, GUILD)
        await looked(works, tracker)
        await looked(works, tracker)
    told = [each["paused"] for each in logs if each["event"] == "pauses.changed"]
    assert told == [["guild 1", "model sora-2"]]
