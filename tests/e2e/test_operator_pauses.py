"""The operator stops what is sent, and sees how all is going: in Discord and from the terminal."""

from functools import partial
from typing import Any

import pytest

from bot.app import App
from bot.sandbox.discord import ClientRefusal, Member, Message
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import (
    SORA_ALONE,
    WITH_AIMLAPI,
    BotProcess,
    World,
    buttons_of,
    running_bot,
    text_of,
    within,
)
from tests.e2e.test_command_line import sora_bot

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]
ONE_AT_ONCE = {"max_running_per_member": 1}


@pytest.fixture
def operator(world: World) -> Member:
    """Let somebody run the bot, which learns who that is at its start: asked for before it."""
    operator = world.guild.add_member("Op", permissions=("administrator",))
    world.discord.set_owner(operator)
    return operator


def says(message: Message, words: str) -> bool:
    """Tell whether a message says something by now."""
    return words in text_of(message)


async def offered(world: World, member: Member, command: str, **options: Any) -> dict[str, str]:
    """Ask for the names that a command suggests: names by value."""
    choices = await world.discord.autocomplete(
        member, world.channel, f"operator {command}", options, focused="name"
    )
    return {choice["value"]: choice["name"] for choice in choices}


@pytest.mark.settings(jobs=ONE_AT_ONCE, models=SORA_ALONE)
async def test_a_paused_model_waits_is_refused_and_goes_on(
    world: World, operator: Member, bot: App, log: BotLog
) -> None:
    """What runs arrives; what waits says why, and new orders get the nearest other model."""
    plain = await world.offered(world.ada, "sora create", "model")
    assert plain["sora-2"].startswith("Sora 2 · ")
    plan = world.plan(hold=True)
    first = await world.create()
    await world.shown(first, "PROCESSING")
    second, third = await world.create(prompt="an owl"), await world.create(prompt="a fox")
    for use in (second, third):
        await world.answer(use)

    said = await world.ask(
        operator, "operator pause", scope="model", name="sora-2", reason="it looks *odd*"
    )

    assert "Paused: model sora\\-2" in said
    assert "1 video with the providers will be finished, 2 videos in line wait" in said
    for use, place in ((second, 1), (third, 2)):
        message = await world.answer(use)
        await world.until(partial(says, message, "has paused Sora 2"))
        text = text_of(message)
        assert "“it looks \\*odd\\*”" in text
        assert f"Number {place} in line" in text
    assert "number 1 in line · paused" in await world.ask(world.ada, "sora status")
    plan.release()
    await world.shown(first, "COMPLETED")
    assert len(world.segmind.generations) == 1

    refusal = await world.answer(await world.create(prompt="a wolf"))
    assert refusal.ephemeral
    assert "Whoever runs the bot has paused Sora 2: “it looks" in text_of(refusal)
    assert "Nothing was charged" in text_of(refusal)
    again, *others = buttons_of(refusal)
    assert again.startswith("Try again · Sora 2 · 4 s · ")
    assert others
    assert all(" for " in each and not each.startswith("Sora 2 ·") for each in others)
    assert "Paused by whoever runs the bot: “it" in await world.ask(world.ada, "sora models")
    marked = await world.offered(world.ada, "sora create", "model")
    assert marked["sora-2"].startswith("Sora 2 (paused) · ")
    assert marked["sora-2-pro"] == plain["sora-2-pro"]

    number = query(world.database, "SELECT max(id) FROM jobs")[0][0]
    assert "back" in await world.ask(world.ada, "sora cancel", job=number)
    await world.shown(third, "CANCELLED")
    assert "It goes on: model sora" in await world.ask(
        operator, "operator resume", scope="model", name="sora-2"
    )
    await world.shown(second, "COMPLETED")
    await log.wait("job.delivered", 2)
    assert await world.offered(world.ada, "sora create", "model") == plain
    assert states(world.database) == ["delivered", "delivered", "cancelled"]
    assert balances(world.database)["held"] == 0


async def test_a_pause_of_all_is_what_members_hear_of_first(
    world: World, operator: Member, bot: App
) -> None:
    """Also where the model is paused as well, or cannot make that: no button would work."""
    for options in ({"scope": "all"}, {"scope": "model", "name": "sora-2"}):
        said = await world.ask(operator, "operator pause", **options, reason="the moon")
        assert "Paused: " in said
    wishes: list[dict[str, Any]] = [{}, {"model": "sora-2-pro", "size": "720x1280", "duration": 4}]
    for wish in wishes:
        refusal = await world.answer(await world.create(**wish))
        assert "paused all new videos: “the moon”. Please try again later" in text_of(refusal)
        assert refusal.components == []
    assert states(world.database) == []


async def test_a_servers_pause_stands_in_its_log(
    world: World, operator: Member, bot: App, log: BotLog
) -> None:
    """Its admins see who has stopped them, and why; other servers are not touched."""
    guild = str(world.guild.id)
    choices = await offered(world, operator, "pause", scope="guild")
    assert choices == {guild: f"Film club ({guild})"}
    await world.ask(operator, "operator pause", scope="guild", name=guild, reason="unpaid")
    refusal = text_of(await world.answer(await world.create()))
    assert "has paused new videos in this server: “unpaid”" in refusal
    for member, command in ((world.ada, "sora balance"), (world.admin, "budget show")):
        shown = await world.ask(member, command)
        assert "**Whoever runs the bot has paused new videos in this server: “unpaid”.**" in shown
    assert "**new videos paused by whoever runs the bot**" in await world.ask(
        world.admin, "budget log"
    )
    assert await offered(world, operator, "resume", scope="guild") == choices
    assert await offered(world, operator, "resume", scope="model") == {}
    await world.ask(operator, "operator resume", scope="guild", name=guild)
    assert "paused" not in await world.ask(world.ada, "sora balance")
    assert "no longer paused by whoever" in await world.ask(world.admin, "budget log")
    await world.shown(await world.create(), "COMPLETED")
    await log.wait("job.delivered")


@pytest.mark.settings(providers=WITH_AIMLAPI)
async def test_orders_pass_a_paused_provider_over(
    world: World, operator: Member, bot: App, log: BotLog
) -> None:
    """The next one that serves the model has them."""
    providers = await offered(world, operator, "pause", scope="provider")
    assert {"segmind", "aimlapi"} <= set(providers)
    await world.ask(operator, "operator pause", scope="provider", name="segmind")
    await log.wait("pauses.changed")
    await world.shown(await world.create(), "COMPLETED")
    await log.wait("job.delivered")
    assert (len(world.segmind.generations), len(world.aimlapi.generations)) == (0, 1)


async def test_the_status_shows_how_it_is_going(
    world: World, operator: Member, bot: App, log: BotLog
) -> None:
    """The work, the money, the accounts, what is paused and by whom, and the largest servers."""
    plan = world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    await world.ask(operator, "operator pause", scope="model", name="sora-2-pro", reason="dear")
    await within(world.segmind.wait_calls("GET", "/v1/get-user-credits"))
    text = await world.ask(operator, "operator status")
    for part in (
        "1 running",
        "0 in line",
        "Today 40 credits ($0.40)",
        "of 20,000 credits ($200.00)",
        "segmind: $",
        "**model sora\\-2\\-pro** since <t:",
        f"by <@{operator.id}>: “dear”",
        "Film club: 40 credits ($0.40)",
        "Version 0.1.0",
    ):
        assert part in text, (part, text)
    plan.release()
    await world.shown(use, "COMPLETED")
    await log.wait("job.delivered")


async def test_only_the_operator_pauses_and_looks(world: World, operator: Member, bot: App) -> None:
    """An administrator sees the commands, is refused, and is offered no server's name."""
    boss = world.guild.add_member("Boss", permissions=("administrator",))
    for command, options in (
        ("pause", {"scope": "all"}),
        ("resume", {"scope": "all"}),
        ("status", {}),
    ):
        with pytest.raises(ClientRefusal):
            await world.discord.use(world.admin, world.channel, f"operator {command}", options)
        said = await world.ask(boss, f"operator {command}", **options)
        assert "Only whoever runs this bot can do this" in said
    for scope in ("guild", "provider", "model"):
        assert await offered(world, boss, "pause", scope=scope) == {}
        assert await offered(world, boss, "resume", scope=scope) == {}
    assert query(world.database, "SELECT * FROM pauses") == []


async def test_mistakes_are_told_and_pause_nothing(
    world: World, operator: Member, bot: App
) -> None:
    """A name that does not fit, or that is not paused."""
    for command, options, words in (
        ("pause", {"scope": "all", "name": "sora-2"}, "Everything has no name"),
        ("pause", {"scope": "model"}, "Please name the model"),
        ("pause", {"scope": "model", "name": "dall-e"}, "There is no model"),
        ("pause", {"scope": "guild", "name": "12"}, "The bot is in no server"),
        ("pause", {"scope": "provider", "name": "openai"}, "There is no provider"),
        ("resume", {"scope": "model", "name": "sora-2"}, "You have not paused model sora"),
        ("resume", {"scope": "guild", "name": "abc"}, "You have not paused server abc"),
    ):
        assert words in await world.ask(operator, f"operator {command}", **options)
    assert query(world.database, "SELECT * FROM pauses") == []


@pytest.mark.slow
@pytest.mark.settings(jobs=ONE_AT_ONCE)
async def test_the_command_line_pauses_a_running_bot(world: World, process: BotProcess) -> None:
    """What waits is shown it; a restart keeps it; nothing is sent until it is resumed."""
    await process.start()
    plan = world.plan(hold=True)
    first, second = await world.create(), await world.create(prompt="an owl")
    await world.shown(first, "PROCESSING")
    message = await world.answer(second)

    code, output = await sora_bot(world, "pause", "--all", "--reason", "the moon")
    assert code == 0, output
    assert "Paused: everything" in output
    assert "1 video in line wait" in output
    await world.until(lambda: "has paused all new videos" in text_of(message))
    plan.release()
    await world.shown(first, "COMPLETED")
    await process.logged("job.delivered")
    await process.kill()
    await process.start()
    await process.logged("pauses.changed", 2)
    refusal = text_of(await world.answer(await world.create()))
    assert "paused all new videos: “the moon”" in refusal

    code, output = await sora_bot(world, "status")
    assert code == 0, output
    for part in ("1 in line, 1 paused", "everything since", "by the command line: “the moon”"):
        assert part in output
    assert "segmind: $" in output
    code, output = await sora_bot(world, "resume")
    assert (code, output.splitlines()[0]) == (0, "Nothing was held back.")
    assert "Paused by you still; name one" in output
    assert len(world.segmind.generations) == 1

    assert await sora_bot(world, "resume", "--all") == (0, "It goes on: everything.\n")
    await world.shown(second, "COMPLETED")
    await process.logged("job.delivered", 2)
    assert await process.stop() == 0
    code, output = await sora_bot(world, "resume", "--all")
    assert code == 1
    assert "You have not paused all" in output


@pytest.mark.slow
async def test_the_command_line_names_one_thing(world: World, process: BotProcess) -> None:
    """None or two are a mistake; names are looked up; a pause made while nothing runs holds."""
    assert (await sora_bot(world, "status"))[0] == 2, "there is no database yet"
    await process.start()
    assert await process.stop() == 0
    for arguments in (("pause",), ("pause", "--all", "--model=sora-2"), ("pause", "--guild=0")):
        assert (await sora_bot(world, *arguments))[0] == 2
    for option, words in (("--model=x", "There is no model"), ("--provider=x", "no provider")):
        code, output = await sora_bot(world, "pause", option)
        assert code == 1
        assert words in output
    code, output = await sora_bot(world, "pause", "--model=sora-2")
    assert code == 0, output
    assert "Paused: model sora-2." in output
    async with running_bot(world):
        offered = await world.offered(world.ada, "sora create", "model")
        assert offered["sora-2"].startswith("Sora 2 (paused) · ")
