"""Direct messages: the bot writes to someone of its own accord."""

import discord
import pytest

from bot.sandbox.discord import ClientRefusal, DiscordSandbox, Guild, Member
from tests.sandbox.discord.bots import Bot
from tests.sandbox.discord.conftest import Start


async def test_the_bot_tells_its_owner_something(
    sandbox: DiscordSandbox, start: Start, ada: Member
) -> None:
    """The owner is found through the application; the message stands in the direct messages."""
    sandbox.set_owner(ada)
    bot = Bot()
    await start(bot)
    owner = (await bot.application_info()).owner
    await owner.send("The provider is out of credits")
    (message,) = sandbox.direct(ada).messages
    assert message.content == "The provider is out of credits"
    assert message.guild_id is None
    assert sandbox.rejections == []


async def test_an_operator_of_no_server_can_be_written_to(
    sandbox: DiscordSandbox, start: Start
) -> None:
    """The owner that every sandbox has is reachable."""
    bot = Bot()
    await start(bot)
    await (await bot.application_info()).owner.send("Hello")
    assert len(sandbox.direct(sandbox.hub.owner).messages) == 1


async def test_who_accepts_none_is_not_written_to(
    sandbox: DiscordSandbox, start: Start, ada: Member
) -> None:
    """Closed direct messages get 50007; old messages can still be edited."""
    bot = Bot()
    await start(bot)
    user = await bot.fetch_user(ada.id)
    sent = await user.send("one")
    ada.accepts_direct = False
    with pytest.raises(discord.Forbidden) as caught:
        await user.send("two")
    assert caught.value.code == 50007
    await sent.edit(content="three")
    assert [each.content for each in sandbox.direct(ada).messages] == ["three"]


async def test_who_shares_no_server_is_not_written_to(
    sandbox: DiscordSandbox, start: Start, guild: Guild, ada: Member
) -> None:
    """Who has left the last common server gets nothing, until they are back."""
    bot = Bot()
    await start(bot)
    user = await bot.fetch_user(ada.id)
    guild.remove_member(ada)
    with pytest.raises(discord.Forbidden) as caught:
        await user.send("one")
    assert caught.value.code == 50007
    guild.readmit_member(ada)
    await user.send("two")


async def test_a_member_writes_to_the_bot(
    sandbox: DiscordSandbox, start: Start, guild: Guild, ada: Member
) -> None:
    """The bot reads direct messages without the content intent; nobody else posts there."""
    bot = Bot(intents=discord.Intents(dm_messages=True))
    await start(bot)
    await sandbox.direct(ada).post(ada, "hello")
    message = await bot.next("message")
    assert (message.content, message.author.id) == ("hello", ada.id)
    with pytest.raises(ClientRefusal):
        await sandbox.direct(ada).post(guild.add_member("Bo"), "hello")
