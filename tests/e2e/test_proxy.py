"""Where there is only one way out: everything goes through the proxy of the settings."""

import asyncio

import pytest

from bot.app import App
from bot.config import Settings
from bot.providers.http import NotConnected, ProviderHttp
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, running_bot, within
from tests.e2e.test_command_line import sora_bot
from tests.fakes import FakeClock
from tests.proxy import Proxy, proxying

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]


def through(world: World, proxy: Proxy) -> None:
    """Let the bot know a Discord that the proxy alone can find, and the proxy."""
    port = world.discord.port
    world.overrides = {
        "discord": {
            "api_url": f"http://discord.internal:{port}/api/v10",
            "gateway_url": f"ws://discord.internal:{port}/gateway/",
        },
        "network": {"proxy": proxy.url},
    }


@pytest.mark.parametrize("credentials", ["", "bot:password"], ids=["open", "with a password"])
async def test_everything_goes_through_the_proxy(
    world: World, log: BotLog, credentials: str
) -> None:
    """The gateway, the REST routes, the webhooks, the provider, and the video.

    Nobody but the proxy finds Discord: what passed it by would arrive nowhere.
    """
    async with proxying() as proxy:
        proxy.credentials = credentials
        through(world, proxy)
        async with running_bot(world):
            await world.shown(await world.create(), "COMPLETED")
            await log.wait("job.delivered")
            asked = await world.discord.use(world.ada, world.channel, "sora privacy export", {})
            assert (await world.answer(asked)).attachments

    assert proxy.asked("GET", "discord.internal")
    assert proxy.asked("POST", f"{world.segmind.base_url}/v2/")
    assert proxy.asked("GET", f"{world.segmind.base_url}/media/")
    assert "password" not in str(log.entries)


async def test_a_proxy_that_is_away_is_waited_for(world: World, log: BotLog) -> None:
    """The bot says so, and connects when it is back."""
    async with proxying() as proxy:
        through(world, proxy)
        proxy.refuses = 503
        task = asyncio.create_task(_until_unreachable(world, log))
        await within(task)
        assert world.discord.calls == []


async def _until_unreachable(world: World, log: BotLog) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(App(Settings(**world.tables())).run(stop, lambda: None))
    await log.wait("discord.unreachable")
    stop.set()
    await running


@pytest.mark.parametrize("status", [407, 502])
async def test_a_tunnel_that_the_proxy_refuses_has_sent_nothing(status: int) -> None:
    """No byte of the order is out: it may be sent again."""
    async with proxying() as proxy:
        proxy.refuses = status
        http = ProviderHttp(FakeClock(), {}, 6000, proxy=proxy.url)
        with pytest.raises(NotConnected):
            await http.post_once("https://api.internal/v2/sora-2", {})

    assert proxy.requests == ["CONNECT api.internal:443"]


async def test_a_proxy_of_the_environment_is_named(world: World) -> None:
    """It is not used, and not passed over without a word: which variable, and what to set."""
    environment = {"HTTPS_PROXY": "http://user:hunter2@127.0.0.1:1", "http_proxy": "http://x:1"}

    _, output = await sora_bot(world, "check", **environment)

    assert "HTTPS_PROXY and http_proxy" in output
    assert "SORA_BOT_NETWORK__PROXY" in output
    assert "hunter2" not in output


async def test_a_bot_beside_a_proxy_that_it_does_not_use_says_so(
    world: World, log: BotLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, at its start; with the setting it is quiet."""
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with running_bot(world):
        pass
    async with proxying() as proxy:
        world.overrides = {"network": {"proxy": proxy.url}}
        async with running_bot(world):
            pass

    [entry] = log.find("start.proxy_not_used")
    assert entry["variables"] == ["ALL_PROXY"]
    assert "SORA_BOT_NETWORK__PROXY" in entry["advice"]
