"""A poll that fails says nothing of the job; what is no video is not called one."""

import contextlib
from collections.abc import Callable

import pytest
from aiohttp import web

from bot.app import App
from bot.jobs.bring import MAX_UNREAD, MAX_UNUSABLE
from bot.jobs.look import (
    EMPTY_AFTER_LOOKS,
    EMPTY_AFTER_SECONDS,
    FORGET_AFTER_LOOKS,
    FORGET_AFTER_SECONDS,
)
from bot.jobs.submit import MAX_SUBMITS
from bot.sandbox.faults import Faults
from bot.sandbox.segmind import FORBIDDEN_WORD
from tests.books import balances, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import MovableClock, World, statuses_of, text_of, within
from tests.videos import Videos

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

STATUS = r"/v2/requests/[^/]+/status$"
RESULT = r"/v2/requests/[^/]+$"
MEDIA = r"/media/"
MP4 = {"Content-Type": "video/mp4"}
QUICK = {"min_poll_seconds": 0.005, "max_poll_seconds": 0.02}

CAP_MIB = 4

Plan = Callable[[Faults, str, int | None], object]


def answer(status: int, body: bytes | str | dict[str, str] = b"", **headers: str) -> Plan:
    """Answer a number of times with this."""

    def plan(faults: Faults, path: str, times: int | None) -> object:
        return faults.answer("GET", path, status, body, headers=headers, times=times)

    return plan


FAILING_POLLS: list[Plan] = [
    answer(500, {"error": "internal"}),
    answer(502, "<html>Bad Gateway</html>"),
    answer(504, "<html>Gateway Time-out</html>"),
    answer(200, "<html>maintenance</html>"),
    answer(200, b'{"status": "COMPL', **{"Content-Type": "application/json"}),
    answer(200, b'["COMPLETED"]', **{"Content-Type": "application/json"}),
    answer(200, {"request_id": "without a status"}),
    answer(401, {"error": "Invalid API key"}),
    answer(404, "<html>nginx</html>"),
    answer(422, {"error": "Unprocessable"}),
    lambda faults, path, times: faults.reset("GET", path, times=times),
]


def assert_delivered_once(world: World) -> None:
    """Check that one submit led to one video in the channel, paid once."""
    [message] = world.videos_shown()
    assert len(message.attachments) == 1
    assert len(world.segmind.find_calls("POST", "/v2/")) == 1
    accounts = balances(world.database)
    assert (accounts["held"], accounts["spent"]) == (0, 40)


@pytest.mark.slow
@pytest.mark.settings(jobs=QUICK)
@pytest.mark.parametrize("asked", [STATUS, RESULT], ids=["status", "result"])
async def test_polls_that_fail_in_every_way_many_times_do_not_end_the_job(
    world: World, bot: App, log: BotLog, asked: str
) -> None:
    """Three failures of each kind, all in a row, and the video comes all the same."""
    for trouble in FAILING_POLLS:
        trouble(world.segmind.faults, asked, 3)

    message = await world.shown(await world.create(), "COMPLETED")

    assert world.segmind.faults.planned == []
    # Of the three that were reset, aiohttp itself repeated some.
    # A result that cannot be read after the word "completed" is a finished one without a video.
    looks = log.find("look.failed") + log.find("look.no_video")
    assert len(looks) >= 3 * (len(FAILING_POLLS) - 1)
    assert "FAILED" not in statuses_of(message)
    assert_delivered_once(world)


@pytest.mark.settings(jobs={"min_poll_seconds": 0.001, "max_poll_seconds": 0.02})
async def test_a_finished_video_that_never_comes_is_awaited_and_then_refunded(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """The message says that the service has finished; ten minutes later, that it gave nothing."""
    empty = {"status": "COMPLETED", "output": {"files": []}, "metrics": {"cost": 0.4}}
    world.segmind.faults.answer("GET", RESULT, 200, empty, times=None)
    use = await world.create()
    await world.until(
        lambda: use.message is not None and "its video is awaited" in text_of(use.message)
    )
    await log.wait("look.no_video", EMPTY_AFTER_LOOKS)
    clock.elapse(EMPTY_AFTER_SECONDS)

    message = await world.shown(use, "FAILED")

    assert "it gave no video" in text_of(message)
    assert "Nothing was charged" in text_of(message)
    entry = await log.wait("job.no_video")
    assert entry["shape"] == "{status: text, output: {files: []}, metrics: {cost: number}}"
    assert balances(world.database)["held"] == 0
    assert len(world.segmind.find_calls("POST", "/v2/")) == 1


@pytest.mark.settings(jobs=QUICK)
async def test_a_status_that_nobody_has_seen_before_is_reported_once(
    world: World, bot: App, log: BotLog
) -> None:
    """The job goes on waiting; of the word the operator hears once, however often it comes."""
    held = world.plan(hold=True, status_word="REHYDRATING")
    first, second = await world.create(), await world.create(prompt="another")
    await within(world.segmind.wait_submitted(2))
    for generation in world.segmind.generations[:1]:
        await within(world.segmind.wait_polled(generation, 3))

    held.release()

    for use in (first, second):
        assert "FAILED" not in statuses_of(await world.shown(use, "COMPLETED"))
    [entry] = log.find("look.unknown_status")
    assert (entry["level"], entry["word"]) == ("error", "REHYDRATING")


async def test_a_provider_that_asks_for_patience_is_left_alone(
    world: World, bot: App, log: BotLog
) -> None:
    """After a 429 nothing is sent before the moment that it names; then the job goes on."""
    body, headers = {"error": "Too many requests"}, {"x-rate-limit-reset-at-utc": "2020-01-01"}
    fault = world.segmind.faults.answer("GET", STATUS, 429, body, headers=headers)
    use = await world.create()
    await within(fault.struck.wait())

    await world.shown(use, "COMPLETED")

    calls = world.segmind.find_calls("GET", STATUS)
    refused = next(index for index, call in enumerate(calls) if call.status == 429)
    pause = calls[refused + 1].at - calls[refused].at
    assert pause.total_seconds() >= 1.0, "a moment in the past still means a second"
    assert_delivered_once(world)


@pytest.mark.settings(jobs=QUICK)
async def test_a_request_that_is_unknown_for_a_moment_is_not_given_up(
    world: World, bot: App, log: BotLog
) -> None:
    """Right after the submit a 404 may come from a server that has not heard of it yet."""
    world.segmind.faults.answer("GET", STATUS, 404, {"error": "Request not found"}, times=6)

    await world.shown(await world.create(), "COMPLETED")

    assert_delivered_once(world)


async def test_a_request_that_the_provider_has_forgotten_is_refunded(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """Past its retention nobody can tell what became of it: refund, reason, operator's log."""
    world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")

    world.segmind.clock.advance(world.segmind.retention_seconds + 1)
    await log.wait("look.unknown_request", FORGET_AFTER_LOOKS)
    clock.elapse(FORGET_AFTER_SECONDS)

    message = await world.shown(use, "FAILED (lost)")
    assert "no longer knows of it" in text_of(message)
    assert "Nothing was charged" in text_of(message)
    assert balances(world.database)["held"] == 0
    entry = await log.wait("job.forgotten")
    assert entry["level"] == "error"
    assert "usage page" in entry["advice"]
    assert len(world.segmind.generations) == 1


async def test_a_video_whose_address_is_known_outlives_the_memory_of_its_request(
    world: World, bot: App
) -> None:
    """The first download fails and the request is forgotten; the public file is still there."""
    faults = world.segmind.faults

    async def strike(_: web.Request) -> web.Response:
        faults.answer("GET", STATUS, 404, {"error": "Request not found"}, times=None)
        return web.Response(status=503)

    faults.plan("GET", MEDIA, strike)

    await world.shown(await world.create(), "COMPLETED")

    assert_delivered_once(world)


def cut_off(faults: Faults, path: str, times: int | None) -> object:
    """Announce more than is sent."""

    async def strike(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=MP4 | {"Content-Length": "100000"})
        await response.prepare(request)
        await response.write(bytes(50_000))
        assert request.transport is not None
        request.transport.close()
        return response

    return faults.plan("GET", path, strike, times=times)


def endless(faults: Faults, path: str, times: int | None) -> object:
    """Send more than the cap without having announced it."""

    async def strike(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=MP4)
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(CAP_MIB + 1):
                await response.write(bytes(1 << 20))
        return response

    return faults.plan("GET", path, strike, times=times)


UNREAD: dict[str, Plan] = {
    "404": answer(404),
    "503": answer(503, {"error": "unavailable"}),
    "reset": lambda faults, path, times: faults.reset("GET", path, times=times),
    "cut off": cut_off,
}
UNUSABLE: dict[str, Plan] = {
    "empty": answer(200, **MP4),
    "HTML": answer(200, "<html>not here any more</html>"),
    "HTML under a false name": answer(200, "<html>not here any more</html>", **MP4),
    "JSON": answer(200, {"error": "expired"}),
}
OVER_THE_CAP: dict[str, Plan] = {
    "announced": answer(200, bytes((CAP_MIB << 20) + 1), **MP4),
    "unannounced": endless,
}


@pytest.mark.settings(jobs=QUICK, storage={"max_video_mib": CAP_MIB})
@pytest.mark.parametrize("trouble", [*UNREAD, *UNUSABLE, *OVER_THE_CAP])
async def test_what_is_no_video_is_fetched_again(world: World, bot: App, trouble: str) -> None:
    """Three times something else comes, then the video, which is delivered once."""
    (UNREAD | UNUSABLE | OVER_THE_CAP)[trouble](world.segmind.faults, MEDIA, 3)

    message = await world.shown(await world.create(), "COMPLETED")

    assert "FAILED" not in statuses_of(message)
    assert len(world.segmind.find_calls("GET", MEDIA)) == 4
    assert_delivered_once(world)
    assert world.kept == ["1.mp4"]


async def refunded(world: World, log: BotLog) -> None:
    """Check that a job ends without a video, with its credits back and a reason."""
    use = await world.create()
    message = await world.shown(use, "FAILED")

    assert "could not be fetched" in text_of(message)
    assert "Nothing was charged" in text_of(message)
    assert message.attachments == []
    accounts = balances(world.database)
    assert (accounts["held"], accounts["allowance"]) == (0, 0)
    entry = await log.wait("job.unusable")
    assert entry["level"] == "error"
    assert "refund" in entry["advice"]
    assert len(world.segmind.generations) == 1
    assert world.kept == []


@pytest.mark.settings(jobs=QUICK, storage={"max_video_mib": CAP_MIB})
@pytest.mark.parametrize("trouble", UNUSABLE)
async def test_what_never_becomes_a_video_is_refunded(
    world: World, bot: App, log: BotLog, trouble: str
) -> None:
    """After a few downloads the credits come back, and the operator is told to ask for theirs."""
    UNUSABLE[trouble](world.segmind.faults, MEDIA, None)

    await refunded(world, log)

    assert len(world.segmind.find_calls("GET", MEDIA)) == MAX_UNUSABLE


@pytest.mark.settings(jobs=QUICK, storage={"max_video_mib": CAP_MIB})
@pytest.mark.parametrize("trouble", OVER_THE_CAP)
async def test_what_is_over_the_cap_is_not_kept(
    world: World, bot: App, log: BotLog, trouble: str
) -> None:
    """No more than the operator's cap is taken in, whatever is announced."""
    OVER_THE_CAP[trouble](world.segmind.faults, MEDIA, None)

    await refunded(world, log)

    assert {entry["kind"] for entry in log.find("fetch.failed")} == {"VideoTooLarge"}


@pytest.fixture
def half(videos: Videos) -> bytes:
    """Read the first half of a true video."""
    content = videos.rich().read_bytes()
    return content[: len(content) // 2]


@pytest.mark.settings(jobs=QUICK)
async def test_half_a_video_is_refunded_in_the_end(
    world: World, bot: App, log: BotLog, half: bytes
) -> None:
    """A file that is cut short is recognised although the server calls it whole."""
    world.plan(video=half)

    await refunded(world, log)


@pytest.mark.settings(jobs={"min_poll_seconds": 0.002, "max_poll_seconds": 0.02})
async def test_what_can_never_be_read_is_refunded(world: World, bot: App, log: BotLog) -> None:
    """A server that is down gets more time than one that serves something else."""
    UNREAD["503"](world.segmind.faults, MEDIA, None)

    await refunded(world, log)

    assert len(world.segmind.find_calls("GET", MEDIA)) == MAX_UNREAD


@pytest.mark.settings(jobs=QUICK)
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_submit_that_was_turned_away_is_sent_again(
    world: World, bot: App, status: int
) -> None:
    """A refusal for now is no unknown outcome: the job waits in line and is made once."""
    headers = {"x-rate-limit-reset-at-utc": "2020-01-01"}
    world.segmind.faults.answer("POST", "/v2/", status, {"error": "busy"}, headers=headers)

    await world.shown(await world.create(), "COMPLETED")

    assert len(world.segmind.find_calls("POST", "/v2/")) == 2
    assert len(world.segmind.generations) == 1


@pytest.mark.settings(jobs=QUICK)
async def test_a_gateways_503_after_the_submit_was_taken_leads_to_no_second_one(
    world: World, bot: App, log: BotLog
) -> None:
    """Every further one would be billed, too: lost, refunded, and the operator looks it up."""
    body = {"message": "Service Unavailable"}
    world.segmind.faults.answer("POST", "/v2/", 503, body, times=None, after=True)

    message = await world.shown(await world.create(), "FAILED (lost)")

    assert "Nothing was charged" in text_of(message)
    assert len(world.segmind.generations) == 1
    assert "usage page" in (await log.wait("job.lost"))["advice"]
    assert balances(world.database)["held"] == 0


@pytest.mark.settings(jobs=QUICK)
async def test_a_submit_that_never_gets_through_is_refunded(world: World, bot: App) -> None:
    """After so many attempts the member is told to try again later."""
    world.segmind.faults.answer("POST", "/v2/", 503, {"error": "internal"}, times=None)

    message = await world.shown(await world.create(), "FAILED")

    assert "could not be reached" in text_of(message)
    assert "Nothing was charged" in text_of(message)
    assert len(world.segmind.find_calls("POST", "/v2/")) == MAX_SUBMITS
    assert states(world.database) == ["failed"]
    assert balances(world.database)["held"] == 0


async def test_a_refused_prompt_is_told_from_a_failure(world: World, bot: App) -> None:
    """The content filter's no is passed on as such, in our words."""
    use = await world.create(prompt=f"something {FORBIDDEN_WORD}")

    text = text_of(await world.shown(use, "FAILED"))

    assert "content filter" in text
    assert "Nothing was charged" in text
    assert "stopped by our" not in text
