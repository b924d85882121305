"""What whoever runs the bot can do, and is told: ceilings, warnings, the proof of the books."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import App
from bot.sandbox.discord import Member
from tests.e2e.botlog import BotLog
from tests.e2e.harness import KEY, World, text_of, within
from tests.e2e.test_command_line import sora_bot


@pytest.fixture
def owner(world: World) -> Member:
    """Give the owner of the bot's application, who has no rights in the server."""
    owner = world.guild.add_member("Olga")
    world.discord.set_owner(owner)
    return owner


def told(world: World, owner: Member) -> list[str]:
    """List what the bot has written to the owner."""
    return [message.content for message in world.discord.direct(owner).messages]


async def test_only_the_owner_may_set_a_ceiling(world: World, owner: Member, bot: App) -> None:
    """An admin of the server is not who pays the provider; nothing is changed for them."""
    for member in (world.ada, world.admin):
        use = await world.discord.use(
            member, world.channel, "operator ceiling", {"amount": "100"}, forced=True
        )
        refusal = await within(use.responded())
        assert refusal is not None
        assert refusal.ephemeral
        assert "Only whoever runs this bot" in text_of(refusal)

    use = await world.discord.use(owner, world.channel, "operator ceilings", forced=True)
    answer = await within(use.responded())
    assert answer is not None
    assert "There is no ceiling" in text_of(answer)


@pytest.mark.usefixtures("at_once")
async def test_a_ceiling_stops_new_videos_and_tells_the_owner(
    world: World, owner: Member, bot: App
) -> None:
    """At 100 % a video is refused with the reason; each level is told once, to the owner."""
    amount = {"amount": "$0.80", "reason": "a quiet month"}
    use = await world.discord.use(owner, world.channel, "operator ceiling", amount, forced=True)
    answer = await within(use.responded())
    assert answer is not None
    assert "0 credits ($0.00) of 80 credits ($0.80)" in text_of(answer)

    first = await world.create(duration=4)
    await world.shown(first, "COMPLETED")
    second = await world.create(duration=4)
    await world.shown(second, "COMPLETED")
    refused = await within((await world.create(duration=4)).responded())

    assert refused is not None
    assert refused.ephemeral
    assert "all servers of this bot together" in text_of(refused)
    await world.until(lambda: len(told(world, owner)) == 3)
    assert [text.split(" %")[0] for text in told(world, owner)] == ["**50", "**80", "**100"]


async def test_a_server_that_the_bot_is_not_in_has_no_ceiling(
    world: World, owner: Member, bot: App
) -> None:
    """A wrong id is told, with where to find the right one."""
    for server in ("12345", "film club"):
        wanted = {"amount": "100", "server": server}
        use = await world.discord.use(owner, world.channel, "operator ceiling", wanted, forced=True)
        refusal = await within(use.responded())
        assert refusal is not None
        assert "The bot is in no server with the id" in text_of(refusal)


@pytest.mark.usefixtures("at_once")
@pytest.mark.settings(operator={"warn_below_dollars": [150, 20]})
async def test_the_owner_is_warned_before_the_account_is_empty(
    world: World, owner: Member, log: BotLog, bot: App
) -> None:
    """What is below a level at the start is told once, by message and in the log."""
    await world.until(lambda: len(told(world, owner)) == 1)

    assert (
        "The account at **segmind** has only $100.00 left, below your $150"
        in (told(world, owner)[0])
    )
    assert [each["level_dollars"] for each in log.find("account.low")] == [150]


@pytest.mark.usefixtures("at_once")
async def test_the_owner_learns_the_exact_reason_of_a_pause(
    world: World, owner: Member, bot: App
) -> None:
    """The provider's own words go to the owner, and to nobody else."""
    world.segmind.accounts[KEY].capped = True
    use = await world.create()
    message = await world.shown(use, "FAILED")

    await world.until(lambda: len(told(world, owner)) == 1)
    text = told(world, owner)[0]
    assert "**segmind** refuses everything: its account is out of credits" in text
    assert "406" in text
    assert "406" not in text_of(message)


async def test_an_owner_who_takes_no_messages_has_the_log(
    world: World, owner: Member, log: BotLog, bot: App
) -> None:
    """Closed messages stop nothing: the log has it all."""
    owner.accepts_direct = False
    world.segmind.accounts[KEY].capped = True
    await world.shown(await world.create(), "FAILED")

    assert (await log.wait("alert.not_sent"))["where"] == "operator"
    assert log.find("provider.paused")


@pytest.mark.usefixtures("at_once")
async def test_the_books_are_proved_beside_the_running_bot(world: World, bot: App) -> None:
    """The audit ends with 0 and says so; the bot goes on."""
    await world.shown(await world.create(), "COMPLETED")

    code, output = await sora_bot(world, "audit")

    assert code == 0, output
    assert "The books are right" in output


@pytest.mark.usefixtures("at_once")
async def test_a_spoilt_book_is_named(world: World, bot: App) -> None:
    """Somebody changed a balance by hand: the audit names the account, and ends with 1."""
    await world.shown(await world.create(), "COMPLETED")
    with closing(sqlite3.connect(world.database)) as connection, connection:
        connection.execute("UPDATE accounts SET balance = balance + 1 WHERE kind = 'spent'")

    code, output = await sora_bot(world, "audit")

    assert code == 1, output
    assert "(spent of member" in output
    assert "expected 40, found 41" in output
    with closing(sqlite3.connect(world.database)) as connection, connection:
        connection.execute("UPDATE accounts SET balance = balance - 1 WHERE kind = 'spent'")


async def test_a_ceiling_is_set_on_the_command_line(world: World, bot: App) -> None:
    """It counts at once, also for a bot that runs; what is no amount is told."""
    code, output = await sora_bot(world, "ceiling", "$0.10", "--guild", str(world.guild.id))
    assert (code, "0 of 10 credits" in output) == (0, True), output

    refused = await within((await world.create()).responded())
    assert refused is not None
    assert "limits what this server may spend" in text_of(refused)

    code, output = await sora_bot(world, "ceiling", "much")
    assert code == 1
    assert "Please write credits as 500" in output
    code, output = await sora_bot(world, "ceiling", "off", "--guild", str(world.guild.id))
    assert code == 0


async def test_there_is_nothing_to_prove_without_a_database(tmp_path: Path, world: World) -> None:
    """A wrong path makes no new database, and is named."""
    nowhere = f"sqlite+aiosqlite:///{tmp_path}/nowhere.db"
    code, output = await sora_bot(world, "audit", SORA_BOT_DATABASE__URL=nowhere)

    assert code == 2
    assert "database.url" in output
    assert not (tmp_path / "nowhere.db").exists()
