"""What cannot be done is answered in plain words, to the member alone, and changes nothing."""

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from bot.app import App
from bot.sandbox.discord import Channel, ClientRefusal, Member
from tests.books import query
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, text_of

pytestmark = pytest.mark.usefixtures("at_once")

CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("budget grant", {"amount": "5"}),
    ("budget revoke", {"amount": "5"}),
    ("budget set", {"amount": "5"}),
]
"""The commands that change a member's budget."""
TABLES = ("accounts", "entries", "holds", "changes", "jobs")


def books(world: World) -> list[Any]:
    """Read everything that a refusal must leave as it is."""
    return [query(world.database, f"SELECT * FROM {table} ORDER BY 1") for table in TABLES]  # noqa: S608 - our own names


async def refused(
    world: World, member: Member, command: str, channel: Channel | None = None, /, **options: Any
) -> str:
    """Send a command, as a manipulated client would, and read the refusal.

    Checks that it is for the member alone, pings nobody, and that nothing has changed.
    """
    books_before, submits_before = books(world), world.segmind.find_calls("POST", "")
    messages_before = world.channel.messages
    where = world.channel if channel is None else channel
    use = await world.discord.use(member, where, command, options, forced=True)
    message = await world.answer(use)
    assert message.ephemeral
    assert message.mentioned == []
    assert world.channel.messages == messages_before
    assert books(world) == books_before
    assert world.segmind.find_calls("POST", "") == submits_before
    return text_of(message)


async def test_a_prompt_without_a_visible_character_is_refused(world: World, bot: App) -> None:
    """The answer says what belongs into a prompt."""
    invisible = ("\n\t", "\u200b\u200d\u2060", "\u2800", "\u202e\u202c", "\u0301")
    for prompt in ("", "   ", *invisible):
        text = await refused(world, world.ada, "sora create", prompt=prompt)

        assert "prompt is empty" in text, ascii(prompt)
        assert "describe the video" in text


async def test_a_prompt_that_is_too_long_is_refused(world: World, bot: App) -> None:
    """The answer names its length and the most that there is; an honest client does not send it."""
    for length in (4001, 6000):
        with pytest.raises(ClientRefusal):
            await world.create(prompt="x" * length)

        text = await refused(world, world.ada, "sora create", prompt="x" * length)

        assert f"{length:,}" in text
        assert "4,000" in text
        assert "shorten" in text


async def test_a_duration_that_no_model_has_is_refused(world: World, bot: App) -> None:
    """The answer names those that there are."""
    for duration in (0, -4, 5, 60, 8.5, True, 10**12):
        text = await refused(
            world, world.ada, "sora create", prompt="a cat", model="sora-2", duration=duration
        )

        assert "Choose 4, 8 or 12 s" in text, duration
        assert "Nothing was charged" in text


async def test_a_size_that_no_model_has_is_refused(world: World, bot: App) -> None:
    """A manipulated client gets the same kind of answer."""
    for size in ("", "640x480", "1280X720", "1280x720 ", "@everyone"):
        wanted = {"model": "sora-2", "size": size}
        text = await refused(world, world.ada, "sora create", prompt="a cat", **wanted)

        assert "Choose 720x1280 or 1280x720" in text, size
        assert "@everyone" not in text


async def test_an_unknown_model_is_refused(world: World, bot: App) -> None:
    """The answer names those that there are, and shows the unknown one harmlessly."""
    for model in ("", "sora-9", "__proto__", "<@1> **x**", "x" * 5000):
        text = await refused(world, world.ada, "sora create", prompt="a cat", model=model)

        assert "sora-2 and sora-2-pro" in text, model
        assert "<@1>" not in text
        assert "**" not in text


async def test_a_price_beyond_the_budget_is_refused(world: World, bot: App) -> None:
    """The answer names the price, what is left, when it renews and what helps."""
    options = {"model": "sora-2-pro", "size": "1792x1024", "duration": 12}

    text = await refused(world, world.ada, "sora create", prompt="a cat", **options)

    for part in (
        "600 credits",
        "500 credits left",
        "<t:",
        "`/sora balance`",
        "an admin can grant more",
    ):
        assert part in text


async def test_an_amount_that_is_none_is_refused(world: World, bot: App) -> None:
    """What is no amount, could mean two or is too much changes nothing; the answer says how."""
    await world.ask(world.admin, "budget grant", member=world.ada, amount="5")
    for command in ("grant", "revoke", "set"):
        for amount in ("-5", "1.5", "1,5", "lots", "\u0665", "5 €"):
            wrong = {"member": world.ada, "amount": amount}
            text = await refused(world, world.admin, f"budget {command}", **wrong)
            assert "no amount that I can read" in text, (command, amount)
            assert "Nothing was changed" in text
        text = await refused(
            world, world.admin, f"budget {command}", member=world.ada, amount="1000001"
        )
        assert "whole number from" in text, command
        assert "1,000,000" in text


async def test_more_than_was_granted_cannot_be_revoked(world: World, bot: App) -> None:
    """The answer names what is left of the grants, and the command that lowers an allowance."""
    await world.ask(world.admin, "budget grant", member=world.ada, amount="5")

    text = await refused(world, world.admin, "budget revoke", member=world.ada, amount="6")

    assert "5 credits" in text
    assert "/budget set" in text


async def test_a_member_who_left_has_no_budget(world: World, bot: App) -> None:
    """The answer says that the person is not there."""
    world.guild.remove_member(world.ada)

    for command, options in (*CHANGES, ("budget show", {})):
        text = await refused(world, world.admin, command, member=world.ada, **options)

        assert "not in this server" in text, command
        assert "pick a member" in text


async def test_a_direct_message_is_no_place_for_videos(world: World, bot: App) -> None:
    """An honest client does not offer the commands there; a manipulated one is sent to a server."""
    direct = world.discord.world.direct(world.admin.user)
    commands: list[tuple[str, dict[str, Any]]] = [
        ("sora create", {"prompt": "a cat"}),
        ("sora status", {}),
        ("sora cancel", {"job": 1}),
        ("sora balance", {}),
        ("sora history", {}),
        ("sora show", {"job": 1}),
        ("budget show", {}),
        ("budget log", {}),
    ]
    for command, options in commands:
        with pytest.raises(ClientRefusal, match="direct messages"):
            await world.discord.use(world.admin, None, command, options)

        text = await refused(world, world.admin, command, direct, **options)

        assert "works in a server only" in text, command


async def test_each_permission_that_the_bot_lacks_is_named(world: World, bot: App) -> None:
    """The answer names it as Discord's settings do, and no other; without sight it is all."""
    names = {"View Channel", "Send Messages", "Embed Links", "Attach Files"}
    for name in names:
        lacking = name.lower().replace(" ", "_")
        world.channel.deny_bot(lacking)

        text = await refused(world, world.ada, "sora create", prompt="a cat")

        wanted = names if lacking == "view_channel" else {name}
        assert {each for each in names if each in text} == wanted
        assert "ask an admin" in text
        assert "Nothing was charged" in text
        world.channel.allow_bot(lacking)


async def test_only_who_manages_the_server_changes_budgets(world: World, bot: App) -> None:
    """The permission is checked on every call, whatever the client has sent."""
    for command, options in (*CHANGES, ("budget show", {}), ("budget log", {})):
        with pytest.raises(ClientRefusal, match="lacks the permissions"):
            await world.ask(world.ada, command, member=world.ada, **options)

        text = await refused(world, world.ada, command, member=world.ada, **options)

        assert "Manage Server" in text, command
        assert "ask one of them" in text


async def test_jobs_that_are_not_there_or_not_yours_are_refused(
    world: World, bot: App, log: BotLog
) -> None:
    """Another's job, another server's job and no job at all each get an answer of their own."""
    await world.create()
    await log.wait("job.delivered")
    bea = world.guild.add_member("Bea")
    elsewhere = world.discord.add_guild("Elsewhere")
    channel, stranger = elsewhere.add_channel("videos"), elsewhere.add_member("Cyd")

    for command in ("sora show", "sora cancel"):
        assert "belongs to another member" in await refused(world, bea, command, job=1)
        for job in (0, -1, 2, 2**53):
            text = await refused(world, world.ada, command, job=job)
            assert f"no job #{job}" in text
            assert "/sora history" in text
        assert "no job #1" in await refused(world, stranger, command, channel, job=1)


async def test_a_job_that_is_over_or_under_way_is_not_cancelled_or_shown(
    world: World, bot: App
) -> None:
    """The answer tells how the job stands, and that the provider cannot be stopped."""
    held = world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")

    assert "cannot be stopped" in await _asked(world, "sora cancel")
    assert "still being made" in await _asked(world, "sora show")
    held.fail("internal error")
    await world.shown(use, "FAILED")
    assert "is over already" in await _asked(world, "sora cancel")
    assert "ended without a video" in await _asked(world, "sora show")


async def _asked(world: World, command: str) -> str:
    use = await world.discord.use(world.ada, world.channel, command, {"job": 1})
    message = await world.answer(use)
    assert message.ephemeral
    return text_of(message)


@contextmanager
def write_lock(world: World) -> Iterator[None]:
    """Keep the database locked, as another process could."""
    with closing(sqlite3.connect(world.database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


async def test_a_locked_database_is_told_in_time(world: World, bot: App) -> None:
    """All hear of it within Discord's three seconds; reading goes on beside the lock."""
    with write_lock(world):
        texts = await asyncio.gather(
            refused(world, world.ada, "sora create", prompt="a cat"),
            refused(world, world.admin, "budget grant", member=world.ada, amount="5"),
            refused(world, world.admin, "budget set", member=world.ada, amount="5"),
        )
        assert "500 credits" in await world.ask(world.ada, "sora balance")

    for text in texts:
        assert "too busy" in text
        assert "Nothing was charged" in text
        assert "try again" in text
    await world.shown(await world.create(), "COMPLETED")


async def test_a_full_database_is_told(world: World, bot: App, log: BotLog) -> None:
    """The member is sent to the operator, whose log says what to do; with room it goes on."""
    with closing(sqlite3.connect(world.database)) as connection:
        connection.execute("VACUUM")  # no room in pages that were freed either
    await bot.database.write(lambda tx: tx.exec_driver_sql("PRAGMA max_page_count = 1").close())

    text = await refused(world, world.ada, "sora create", prompt="x" * 4000)

    assert "cannot write to its disk" in text
    assert "Nothing was charged" in text
    assert "whoever runs the bot" in text
    [told] = log.find("command.storage")
    assert (told["command"], told["error"]) == ("sora create", "StorageFull")
    room = "PRAGMA max_page_count = 100000"
    await bot.database.write(lambda tx: tx.exec_driver_sql(room).close())
    await world.shown(await world.create(), "COMPLETED")


NASTY = (
    "@everyone and @here",
    "<@{ada}> <@!{ada}> <@&{guild}> <#{channel}> </sora create:1>",
    "**b** __u__ *i* ~~s~~ ||spoiler|| `code` ```block``` \\",
    "[free credits](https://evil.example) <https://evil.example> https://evil.example",
    "# heading\n> quote\n>>> quotes\n- list\n1. one\n-# small",
    "<t:0:R> <:smile:123456789012345678> <a:x:123456789012345678> :smile:",
    "abc \u202egnorw si siht\u202c \u2066x\u2069 \u061c",
    "ev\u200beryone\u200d \u2060\ufeff x\u0000y @\u200beveryone",
    "🦀" * 2000,
    "@*_`~|<>" * 500,
    "x\n" * 2000,
)
"""Prompts; the names in braces become ids."""
INTERPRETED = re.compile(
    r"@(everyone|here)|<(@[!&]?|#)\d|</\w|<t:0|<a?:\w|(?<!\\)(\*\*b|\|\|s|\]\(|`|://)"
    r"|^> (#|>|-#|\d\.|-) ",
    re.MULTILINE,
)
"""What Discord would read as a mention, a stamp or markdown; a backslash takes its effect away."""


def assert_harmless(text: str) -> None:
    """Check that Discord would read nothing but letters, and show them in their order."""
    assert not [hit.group() for hit in INTERPRETED.finditer(text)]
    assert not [character for character in "\u202e\u2066\u061c\u0000" if character in text]


@pytest.mark.settings(jobs={"max_running_per_member": 0})
async def test_nasty_prompts_are_shown_harmlessly_everywhere(
    world: World, bot: App, log: BotLog
) -> None:
    """They reach the provider as typed; members see the characters, and nobody is pinged."""
    world.guild.give_bot("mention_everyone")
    ids = {"ada": world.ada.id, "guild": world.guild.id, "channel": world.channel.id}
    prompts = {text.format(**ids) for text in NASTY}
    held = world.plan(times=None, hold=True)
    for prompt in prompts:
        await world.shown(await world.create(prompt=prompt), "PROCESSING")
    assert_harmless(await world.ask(world.ada, "sora status"))
    assert_harmless(await world.ask(world.ada, "sora history"))
    held.release()
    await log.wait("job.delivered", len(prompts))

    assert {each.body["prompt"] for each in world.segmind.generations} == prompts
    assert len(world.videos_shown()) == len(prompts)
    for message in world.videos_shown():
        assert message.mentioned == []
        assert_harmless(message.embeds[0]["description"])


async def test_a_nasty_prompt_in_a_new_message_pings_its_requester_alone(
    world: World, bot: App, log: BotLog
) -> None:
    """A message that is posted anew, where the first was deleted, calls nobody else either."""
    world.guild.give_bot("mention_everyone")
    held = world.plan(hold=True)
    use = await world.create(prompt=f"@everyone @here <@{world.admin.id}> <@&{world.guild.id}>")
    await world.channel.delete_message(await world.shown(use, "PROCESSING"))

    held.release()
    await log.wait("job.delivered")

    [message] = world.channel.messages
    assert message.mentioned == [world.ada.id]
    assert_harmless(message.embeds[0]["description"])


async def test_a_nasty_reason_is_shown_harmlessly(world: World, bot: App) -> None:
    """The log and the balance show what an admin typed, and ping nobody."""
    world.guild.give_bot("mention_everyone")
    reason = f"@everyone <@{world.admin.id}> **thanks** \u202e"
    await world.ask(world.admin, "budget grant", member=world.ada, amount="5", reason=reason)

    for member, command in ((world.admin, "budget log"), (world.ada, "sora balance")):
        use = await world.discord.use(member, world.channel, command)
        message = await world.answer(use)
        assert message.mentioned == []
        assert "thanks" in text_of(message)
        for part in ("@everyone", "**thanks", "\u202e"):
            assert part not in text_of(message)
