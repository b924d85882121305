"""What a page follows: every message and every answer, as members see them."""

import asyncio
from pathlib import Path

import discord
import pytest

from bot.sandbox.discord import Changes, Channel, DiscordSandbox, Member, NoResponse
from tests.sandbox.discord.bots import Bot, command
from tests.sandbox.discord.conftest import Start


class Ask(discord.ui.Modal, title="Why?"):
    """A modal with one field."""

    def __init__(self) -> None:
        super().__init__()
        field = discord.ui.TextInput[Ask](custom_id="why")
        self.add_item(discord.ui.Label(text="Why", component=field))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Say thanks."""
        await interaction.response.send_message("Thanks")


@pytest.fixture
async def bot(sandbox: DiscordSandbox, start: Start) -> Bot:
    """Start a bot with a command for each way to answer."""

    async def think(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True, ephemeral=True)

    async def ask(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Ask())

    async def sleep(_: discord.Interaction) -> None:
        return

    client = Bot([command("think", think), command("ask", ask), command("sleep", sleep)])
    await start(client)
    await sandbox.wait_command("think")
    return client


async def test_a_deferral_thinks_until_it_is_filled(
    sandbox: DiscordSandbox, bot: Bot, ada: Member, channel: Channel
) -> None:
    """The change to "thinking" brings the message that loads, "created" the same, filled."""
    changes = sandbox.subscribe()
    use = await sandbox.use(ada, channel, "think")
    thinking = await changes.get()
    assert (thinking.kind, thinking.interaction) == ("thinking", use)
    assert thinking.message is not None
    assert (thinking.message.loading, thinking.message.ephemeral) == (True, True)
    interaction = await bot.next("interaction")
    await interaction.edit_original_response(content="one")
    created = await changes.get()
    assert (created.kind, created.message) == ("created", thinking.message)
    await interaction.edit_original_response(content="two")
    assert (await changes.get()).kind == "edited"
    await interaction.delete_original_response()
    assert (await changes.get()).kind == "deleted"
    assert [version.content for version in thinking.message.versions] == ["one", "two"]


async def test_an_opened_modal_is_told(
    sandbox: DiscordSandbox, bot: Bot, ada: Member, channel: Channel
) -> None:
    """The change brings the interaction with its modal; the answer to it is a message."""
    changes = sandbox.subscribe()
    use = await sandbox.use(ada, channel, "ask")
    opened = await changes.get()
    assert (opened.kind, opened.interaction, opened.message) == ("modal", use, None)
    assert use.modal is not None
    assert use.modal["title"] == "Why?"
    await sandbox.submit(ada, use, {"why": "because"})
    created = await changes.get()
    assert created.message is not None
    assert created.message.content == "Thanks"


async def test_no_response_is_told_as_a_failure(
    sandbox: DiscordSandbox, bot: Bot, ada: Member, channel: Channel
) -> None:
    """At the deadline the page hears of it, whether or not somebody waits; once answered not."""
    changes = sandbox.subscribe()
    sandbox._client.response_deadline_seconds = 0.05
    use = await sandbox.use(ada, channel, "sleep")
    failed = await changes.get()
    assert (failed.kind, failed.interaction) == ("failed", use)
    with pytest.raises(NoResponse):
        await use.responded()


async def test_an_answered_interaction_does_not_fail(
    sandbox: DiscordSandbox, bot: Bot, ada: Member, channel: Channel
) -> None:
    """The deadline of an interaction that has been answered passes unnoticed."""
    changes = sandbox.subscribe()
    sandbox._client.response_deadline_seconds = 0.5
    use = await sandbox.use(ada, channel, "think")
    silent = await sandbox.use(ada, channel, "sleep")
    heard = [await changes.get(), await changes.get()]
    assert [(change.kind, change.interaction) for change in heard] == [
        ("thinking", use),
        ("failed", silent),
    ]


async def test_posts_of_members_are_told(
    sandbox: DiscordSandbox, ada: Member, channel: Channel, picture: Path
) -> None:
    """A member's message is made and deleted like any other; two pages hear both."""
    pages = [sandbox.subscribe(), sandbox.subscribe()]
    message = await channel.post(ada, "look", [picture])
    await channel.delete_message(message)
    for page in pages:
        assert await kinds(page, 2) == ["created", "deleted"]


async def kinds(changes: Changes, count: int) -> list[str]:
    """Take so many changes."""
    taken = await asyncio.gather(*(changes.get() for _ in range(count)))
    return [change.kind for change in taken]
