"""A server that the bot was removed from: nothing is made for it, and its data goes in time."""

from collections.abc import Sequence

import pytest

from bot.credits import Payer, RoleLimits, Rules, Spender, Terms
from bot.jobs import guilds, rows
from bot.jobs.bring import deliver, fetch
from bot.jobs.deletions import delete_files
from bot.jobs.guilds import KEPT, Guilds, forget_departed, is_departed
from bot.jobs.job import Job
from bot.jobs.queue import UNLIMITED
from bot.jobs.resting import list_untold
from bot.jobs.stages import Postponed
from bot.jobs.states import Failure, State
from bot.providers.base import Completed
from tests.books import balances, query
from tests.integration.jobs.conftest import ADA, ALLOWANCE, BEN, PRICE, FilmServer, Works
from tests.integration.jobs.driving import brought, quiet, running
from tests.integration.jobs.test_line import start_next

GUILD, ADMIN, ROLE = ADA.guild_id, 99, 7
ELSEWHERE = Payer(guild_id=2, member_id=10)


@pytest.fixture
def servers(works: Works) -> Guilds:
    """Give what looks after the servers."""
    return Guilds(works.database, works.clock, works.messenger.changed)


async def started(works: Works) -> Sequence[int]:
    """Let those come forward whose turn it is, and be sent."""
    return (await start_next(works, UNLIMITED)).started


async def rendered(works: Works, films: FilmServer, payer: Payer = ADA) -> Job:
    """Bring a job's video to the disk."""
    job = await works.processing(films.url, payer)
    await fetch(works.bench, job)
    return await works.job(job.id)


async def test_removal_ends_what_was_not_sent(works: Works, servers: Guilds) -> None:
    """Cancelled and released, for every member there; what is sent, and other servers, go on."""
    waiting, bens = await works.held(), await works.held(BEN)
    sent, other = await works.queued(), await works.held(ELSEWHERE)
    await servers.left(GUILD)
    for job in (waiting, bens):
        after = await works.job(job.id)
        assert (after.state, after.failure) == (State.CANCELLED, Failure.GUILD_LEFT)
    assert works.messenger.changes == [waiting.id, bens.id]
    assert await works.state(sent) is State.QUEUED
    assert await started(works) == [other.id]
    assert balances(works.database.path)["held"] == 2 * PRICE


async def test_the_line_starts_nothing_for_a_departed_server(works: Works, servers: Guilds) -> None:
    """Not even a job that came after the removal; the next round ends it."""
    await servers.left(GUILD)
    job = await works.held()
    async with running(works, recovering=True) as tracker:
        await quiet(works, tracker)
    assert works.provider.submits == []
    assert (await works.job(job.id)).failure is Failure.GUILD_LEFT


async def test_servers_that_are_gone_after_a_start_were_left_meanwhile(
    works: Works, servers: Guilds
) -> None:
    """Those that Discord names stay; one is told once, and one that is back is as before."""
    for guild_id in (GUILD, ELSEWHERE.guild_id, 3, GUILD):
        await servers.joined(guild_id)
    waiting, other = await works.held(), await works.held(ELSEWHERE)
    for _ in range(2):
        await servers.are({ELSEWHERE.guild_id, 4})
    left = "SELECT guild_id FROM departed_guilds ORDER BY 1"
    assert query(works.database.path, left) == [(GUILD,), (3,)]
    assert (await works.job(waiting.id)).failure is Failure.GUILD_LEFT
    assert await works.state(other) is State.HELD
    await servers.joined(3)
    await servers.are({3, ELSEWHERE.guild_id})
    assert query(works.database.path, left) == [(GUILD,)]


async def test_what_the_provider_has_ends_in_the_archive(
    works: Works, servers: Guilds, films: FilmServer
) -> None:
    """One try to bring it, and no other: it is over, charged, and the file is kept."""
    sent, before = await works.queued(), await rendered(works, films)
    works.provider.sighting = Completed(films.url)
    works.messenger.on_deliver.plan(Postponed("closed"))
    await servers.left(GUILD)
    assert (await works.job(before.id)).told_at is not None
    async with running(works, recovering=True) as tracker:
        await brought(works, tracker, sent, State.RENDERED)
        await quiet(works, tracker)
    after = await works.job(sent.id)
    assert (after.state, after.told_at is None) == (State.RENDERED, False)
    assert len(works.messenger.deliveries) == 1
    assert works.bench.archive.path(sent.id).exists()
    assert query(works.database.path, "SELECT id FROM jobs WHERE told_at IS NULL") == []


async def test_coming_back_brings_what_was_made_meanwhile(
    works: Works, servers: Guilds, films: FilmServer
) -> None:
    """Orders are taken again, and the video is delivered after all."""
    job = await rendered(works, films)
    await servers.left(GUILD)
    assert await works.database.read(list_untold, works.owner.worker, GUILD) == []
    await servers.joined(GUILD)
    await servers.joined(ELSEWHERE.guild_id)
    [untold] = await works.database.read(list_untold, works.owner.worker, GUILD)
    assert (untold.job_id, untold.video) == (job.id, True)
    waiting = await works.held()
    assert await started(works) == [waiting.id]
    await deliver(works.bench, await works.job(job.id))
    assert await works.state(job) is State.DELIVERED


async def test_data_goes_after_its_time_and_the_ledger_stays(
    works: Works, servers: Guilds, films: FilmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prompts, addresses, tokens, videos and rules go; entries and balances do not.

    What other servers have is not touched; it is done once.
    """
    monkeypatch.setattr(guilds, "BATCH", 2)
    jobs = [await rendered(works, films, payer) for payer in (ADA, BEN, ADA)]
    other = await rendered(works, films, ELSEWHERE)
    await fill(works, GUILD)
    await fill(works, ELSEWHERE.guild_id)
    books = query(works.database.path, "SELECT * FROM entries")
    await servers.left(GUILD)
    works.clock.advance(KEPT.total_seconds() - 1)
    await forget_departed(works.database, works.clock.now())
    assert not (await works.job(jobs[0].id)).forgotten
    works.clock.advance(1)
    for _ in range(2):
        await forget_departed(works.database, works.clock.now())
    await delete_files(works.database, works.bench.archive, works.bench.pictures)
    for job in jobs:
        after = await works.job(job.id)
        assert (after.prompt, after.result_url, after.picture) == ("", None, None)
        assert not works.bench.archive.path(job.id).exists()
        assert (await works.database.read(rows.get_message, job.id)).token == ""
    assert not (await works.job(other.id)).forgotten
    assert works.bench.archive.path(other.id).exists()
    for table in ("guild_settings", "member_settings", "role_allowances", "role_limits"):
        left = query(works.database.path, f"SELECT guild_id FROM {table}")  # noqa: S608 - ours
        assert left == [(ELSEWHERE.guild_id,)], table
    pools = query(works.database.path, "SELECT guild_id FROM pools WHERE removed_at IS NULL")
    assert pools == [(ELSEWHERE.guild_id,)]
    assert query(works.database.path, "SELECT * FROM entries") == books


async def test_a_server_that_came_back_keeps_its_data(
    works: Works, servers: Guilds, films: FilmServer
) -> None:
    """However long ago it was left."""
    job = await rendered(works, films)
    await servers.left(GUILD)
    works.clock.advance(KEPT.total_seconds() + 1)
    await servers.joined(GUILD)
    await forget_departed(works.database, works.clock.now())
    assert not (await works.job(job.id)).forgotten
    assert not await works.database.read(is_departed, GUILD)


async def fill(works: Works, guild_id: int) -> None:
    """Let admins set every kind of rule."""
    rules = Rules(works.database, works.clock, Terms(ALLOWANCE, "month"))
    await rules.change_settings(guild_id, ADMIN, "", zone="Europe/Berlin")
    await works.jobs.budgets.set_allowance(Spender(Payer(guild_id, 1)), 5, ADMIN, "")
    await rules.set_role_allowance(guild_id, ROLE, 5, ADMIN, "")
    await rules.set_limits(guild_id, ROLE, RoleLimits(most_running=1), ADMIN, "")
    await rules.set_pool(guild_id, ("role", ROLE), (5, None), ADMIN, "")
