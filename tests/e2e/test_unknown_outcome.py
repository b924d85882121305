"""The provider may have accepted a submit, and nobody can tell: it is never sent again."""

from collections.abc import Callable

import pytest
from aiohttp import web

from bot.sandbox.faults import Faults
from tests.books import balances, states
from tests.e2e.harness import KEY, TOKEN, BotProcess, World, text_of

pytestmark = [pytest.mark.usefixtures("quick_films"), pytest.mark.slow]

SUBMIT = ("POST", "^/v2/")

Spoil = Callable[[Faults], None]
"""A way to lose the answer to a submit that was accepted."""


def reset(faults: Faults) -> None:
    """Cut the connection before the answer."""
    faults.reset(*SUBMIT, after=True)


def answer_without_id(faults: Faults) -> None:
    """Accept, and forget to say under which id."""
    faults.answer(*SUBMIT, 200, {"status": "QUEUED", "poll_url": "https://127.0.0.1/"}, after=True)


def answer_html(faults: Faults) -> None:
    """Answer well, with a page of somebody else."""
    faults.answer(*SUBMIT, 200, "<html>Welcome to this network</html>", after=True)


def answer_broken_json(faults: Faults) -> None:
    """Answer with JSON that breaks off."""
    faults.answer(*SUBMIT, 200, b'{"request_id": "4f', after=True)


def bad_gateway(faults: Faults) -> None:
    """Let the front proxy lose the answer."""
    faults.answer(*SUBMIT, 502, "<html>Bad Gateway</html>", after=True)


def gateway_timeout(faults: Faults) -> None:
    """Let the front proxy lose patience."""
    faults.answer(*SUBMIT, 504, "<html>Gateway Time-out</html>", after=True)


def half_an_answer(faults: Faults) -> None:
    """Cut the connection in the middle of the answer."""

    async def strike(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "200"})
        await answer.prepare(request)
        await answer.write(b'{"request_id": "4f')
        assert request.transport is not None
        request.transport.close()
        return answer

    faults.plan(*SUBMIT, strike, after=True)


@pytest.mark.parametrize(
    "spoil",
    [
        reset,
        answer_without_id,
        answer_html,
        answer_broken_json,
        bad_gateway,
        gateway_timeout,
        half_an_answer,
    ],
)
async def test_a_submit_of_unknown_outcome_is_lost_and_never_repeated(
    world: World, process: BotProcess, spoil: Spoil
) -> None:
    """One generation; credits back; member and operator told; also a restart does not repeat it."""
    await process.start()
    spoil(world.segmind.faults)

    use = await world.create()
    message = await world.shown(use, "FAILED (lost)")

    text = text_of(message)
    assert "was lost" in text
    assert "not sent again" in text
    assert "Nothing was charged" in text
    assert "500 credits" in await world.ask(world.ada, "sora balance")
    [lost] = await process.logged("job.lost")
    assert (lost["level"], lost["job"], lost["provider"]) == ("error", 1, "segmind")
    assert "usage page" in lost["advice"]

    await process.logged("job.told")
    await process.kill()
    await process.start()
    # The line goes on: what is sent now is the next video, and nothing else.
    await world.shown(await world.create(prompt="a dog in the rain"), "COMPLETED")

    assert [it.body["prompt"] for it in world.segmind.generations] == [
        "a cat surfing at dawn",
        "a dog in the rain",
    ]
    await process.logged("job.delivered")
    assert await process.stop() == 0
    assert states(world.database) == ["lost", "delivered"]
    assert balances(world.database)["spent"] == 40
    for secret in (TOKEN, KEY, use.token):
        assert secret not in process.log
