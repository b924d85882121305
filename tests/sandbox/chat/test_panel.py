"""The switches: each makes one thing go wrong, and ends with everything as it was."""

import aiohttp
import pytest

from bot.sandbox.aimlapi import AimlapiSandbox
from bot.sandbox.chat.traffic import call_view
from bot.sandbox.chat.troubles import Provider, Troubles, all_troubles
from bot.sandbox.server import Call
from tests.sandbox.chat.conftest import Scene, Visitor
from tests.sandbox.discord.raw import Rest, Socket

KEY = {"x-api-key": "sandbox-key"}
ORDER = {"prompt": "a cat", "seconds": "4"}


async def switch(visitor: Visitor, key: str, *, on: bool) -> None:
    """Throw a switch."""
    assert await visitor.ask("trouble", key=key, on=on) == {}


async def credits_status(scene: Scene, session: aiohttp.ClientSession) -> int:
    """Ask the provider for the credits."""
    url = f"{scene.segmind.base_url}/v1/get-user-credits"
    async with session.get(url, headers=KEY) as answer:
        return answer.status


async def test_every_switch_is_shown_and_off(visitor: Visitor) -> None:
    """Provider slow, refusing, out of credits, 500, cut; Discord limiting."""
    shown = await visitor.value("troubles")
    assert [(each["key"], each["on"]) for each in shown] == [
        ("segmind-slow", False),
        ("segmind-refuses", False),
        ("segmind-broke", False),
        ("segmind-fails", False),
        ("segmind-cuts", False),
        ("discord-limits", False),
    ]


async def test_the_provider_fails(
    scene: Scene, visitor: Visitor, session: aiohttp.ClientSession
) -> None:
    """Every call is answered 500, until the switch is off again; thrown twice it counts once."""
    await switch(visitor, "segmind-fails", on=True)
    await switch(visitor, "segmind-fails", on=True)
    assert await credits_status(scene, session) == 500

    await switch(visitor, "segmind-fails", on=False)
    await switch(visitor, "segmind-fails", on=False)

    assert await credits_status(scene, session) == 200


async def test_the_provider_cuts_the_connection(
    scene: Scene, visitor: Visitor, session: aiohttp.ClientSession
) -> None:
    """Calls end without an answer."""
    await switch(visitor, "segmind-cuts", on=True)
    with pytest.raises(aiohttp.ClientConnectionError):
        await credits_status(scene, session)

    await switch(visitor, "segmind-cuts", on=False)

    assert await credits_status(scene, session) == 200


async def test_the_provider_has_nothing_left_and_gets_it_back(
    scene: Scene, visitor: Visitor
) -> None:
    """The operator's account is emptied, and filled with what it had."""
    before = scene.segmind.accounts["sandbox-key"].left
    await switch(visitor, "segmind-broke", on=True)
    assert scene.segmind.accounts["sandbox-key"].left == 0

    await switch(visitor, "segmind-broke", on=False)

    assert scene.segmind.accounts["sandbox-key"].left == before


async def test_the_provider_refuses_what_is_asked(scene: Scene, visitor: Visitor) -> None:
    """New generations are planned to fail with the moderation's words, until it is off."""
    await switch(visitor, "segmind-refuses", on=True)
    [plan] = scene.segmind.plans
    assert plan.times is None
    assert "moderation" in (plan.error or "")

    await switch(visitor, "segmind-refuses", on=False)

    assert scene.segmind.plans == []


async def test_two_switches_of_one_provider_do_not_mix(
    scene: Scene, visitor: Visitor, session: aiohttp.ClientSession
) -> None:
    """Ending one leaves the other on."""
    await switch(visitor, "segmind-slow", on=True)
    await switch(visitor, "segmind-fails", on=True)
    await switch(visitor, "segmind-slow", on=False)

    assert await credits_status(scene, session) == 500


async def test_discord_limits(scene: Scene, visitor: Visitor, rest: Rest) -> None:
    """The second request of a kind is told to wait, until the switch is off again."""
    limits = scene.discord.limits
    before = limits.other, limits.by_route
    await switch(visitor, "discord-limits", on=True)
    statuses = [(await rest("GET", f"/channels/{scene.channel.id}")).status for _ in range(2)]
    assert statuses == [200, 429]

    await switch(visitor, "discord-limits", on=False)

    assert (limits.other, limits.by_route) == before


async def test_the_gateway_is_cut(scene: Scene, visitor: Visitor, gateway: Socket) -> None:
    """The bot's connection ends without a word."""
    assert await visitor.ask("drop") == {}

    assert await gateway.closed() in {None, 1006}


async def test_time_runs_faster_for_the_provider_only(scene: Scene, visitor: Visitor) -> None:
    """The factor is the provider's clock's; Discord's stays ours."""
    assert (await visitor.value("speed"))["now"] == 1

    assert await visitor.ask("speed", factor=60) == {}

    assert (await visitor.value("speed"))["now"] == 60
    assert scene.segmind.clock.speed == 60
    assert scene.discord.clock.speed == 1


async def test_every_provider_has_switches_of_its_own(scene: Scene) -> None:
    """Two providers' switches stand side by side, and each is for its own server."""
    async with AimlapiSandbox(keys={"key": 5.0}) as aimlapi:
        providers: dict[str, Provider] = {"Segmind": scene.segmind, "AI/ML API": aimlapi}
        troubles = Troubles(all_troubles(scene.discord, providers))
        assert len(troubles.known) == 11

        for key in troubles.known:
            troubles.switch(key, on=True)
        assert [len(each.faults.planned) for each in providers.values()] == [3, 3]
        assert aimlapi.accounts["key"].left == 0
        for key in troubles.known:
            troubles.switch(key, on=False)

        assert [each.faults.planned for each in providers.values()] == [[], []]
        assert (aimlapi.plans, aimlapi.accounts["key"].left) == ([], 5.0)


def test_calls_are_told_without_their_tokens() -> None:
    """A token is worth nothing outside, but it would hide the rest of the path."""
    call = Call("POST", "/api/v10/interactions/1573465716470841346/aB-c_9/callback", {}, None)  # type: ignore[arg-type]  # the sandbox's time is not shown
    call.status, call.seconds = 200, 0.0123

    view = call_view("Discord", 7, call)

    assert view["path"] == "/api/v10/interactions/…1346/…/callback"
    assert (view["status"], view["milliseconds"]) == (200, 12)


async def test_calls_are_listed_newest_first_without_files(
    scene: Scene, visitor: Visitor, rest: Rest, session: aiohttp.ClientSession
) -> None:
    """What both servers were asked; the page's own fetching of files is not the bot's."""
    await rest("GET", "/users/@me")
    await credits_status(scene, session)
    async with session.get(f"{scene.page.url}attachments/1/2/x.mp4"):
        pass

    calls = await visitor.value("calls")
    while len(calls) < 2:
        calls = await visitor.value("calls")

    assert [(call["to"], call["path"]) for call in calls] == [
        ("Segmind", "/v1/get-user-credits"),
        ("Discord", "/api/v10/users/@me"),
    ]
