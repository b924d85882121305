"""What a provider repeats of a request is in no log and in no warning: no key, and no prompt."""

import asyncio
import json
from typing import Any

import pytest

from bot.sandbox.aimlapi import AimlapiSandbox
from bot.sandbox.segmind import SegmindSandbox
from tests.books import query
from tests.e2e.harness import (
    AIMLAPI_ALONE,
    KEY,
    OTHER_KEY,
    TOKEN,
    BotProcess,
    World,
    text_of,
)
from tests.e2e.test_engines import VINTAGE
from tests.files import read

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

SECRET = 'the naked truth about Zoë\'s "birthday" in Łódź 🎂'
PROVIDERS = [
    pytest.param("sora-2", id="segmind"),
    pytest.param("vintage", marks=pytest.mark.settings(models=VINTAGE), id="segmind-v1"),
    pytest.param("sora-2", marks=pytest.mark.settings(providers=AIMLAPI_ALONE), id="aimlapi"),
]
TRACES = ("naked", "truth", "Zo", "birthday", "dź", "🎂", *(json.dumps(x)[1:-1] for x in "ëŁź🎂"))


def api_of(world: World) -> SegmindSandbox | AimlapiSandbox:
    """Give the counterpart that is used in this test."""
    return world.aimlapi if "providers" in world.overrides else world.segmind


def echo(world: World, status: int, words: str) -> None:
    """Let the next submit be answered with an error that repeats all that was sent."""
    request = {"prompt": SECRET, "headers": {"x-api-key": KEY, "authorization": OTHER_KEY}}
    said: dict[str, Any] = {"error": words, "request": request}
    api_of(world).faults.answer("POST", r"^/v[12]/", status, said)


def check(text: str) -> None:
    """See that nothing of the request is in a text."""
    assert [each for each in (KEY, OTHER_KEY, TOKEN, *TRACES) if each in text] == []


async def ended(world: World, process: BotProcess, model: str, event: str) -> dict[str, Any]:
    """Order a video that fails; give the line that tells why."""
    before = len(process.events(event))
    await world.shown(await world.create(model=model, prompt=SECRET), "FAILED")
    return (await process.logged(event, before + 1))[-1]


@pytest.mark.parametrize("model", PROVIDERS)
async def test_what_was_sent_is_not_told(world: World, process: BotProcess, model: str) -> None:
    """A 401 with the key, a 400 and a failure with the prompt: the operator reads status and words.

    Nothing is left to delete of it, when its member wants all deleted.
    """
    operator = world.guild.add_member("Op")
    world.discord.set_owner(operator)
    await process.start()

    echo(world, 400, f"Unknown style in '{SECRET}', please choose another")
    refused = await ended(world, process, model, "submit.refused")
    assert refused["detail"].startswith("400: Unknown style in '[prompt]")
    assert "please choose another" in refused["detail"]
    plan = world.aimlapi.plan if "providers" in world.overrides else world.segmind.plan
    if model == "sora-2":
        plan(fail=f"Out of memory at {SECRET[:20]}")
        failed = await ended(world, process, model, "job.failed")
        assert "Out of memory at" in failed["detail"]
    echo(world, 401, f"Invalid key {KEY} {OTHER_KEY} for {SECRET}")
    paused = await ended(world, process, model, "provider.paused")
    assert paused["detail"].startswith("401: Invalid key [hidden] [hidden]")
    direct = world.discord.direct(operator)
    await world.until(lambda: bool(direct.messages))
    warning = direct.messages[0].content
    assert r"401\: Invalid key" in warning
    check(warning)

    use = await world.discord.use(world.ada, world.channel, "sora privacy delete", {})
    await world.discord.press(world.ada, await world.answer(use), "forget:yes")
    await process.logged("privacy.deleted")
    check(process.log)
    check(repr(query(world.database, "SELECT data FROM outbox")))


async def test_a_model_that_is_gone_is_told_without_what_was_sent(
    world: World, process: BotProcess
) -> None:
    """It is kept, in the outbox and with the model, and said to the operator."""
    operator = world.guild.add_member("Op")
    world.discord.set_owner(operator)
    await process.start()
    echo(world, 410, f"gone: {SECRET}, {KEY}")
    line = await ended(world, process, "sora-2", "model.retired")
    assert line["detail"].startswith("410: gone: [prompt]")
    direct = world.discord.direct(operator)
    await world.until(lambda: bool(direct.messages))
    assert r"410\: gone" in text_of(direct.messages[0])
    check(text_of(direct.messages[0]))
    check(process.log)
    check(repr(query(world.database, "SELECT detail FROM retired_offers")))
    assert KEY.encode() not in await asyncio.to_thread(read, world.database)
