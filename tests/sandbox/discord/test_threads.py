"""Threads: the parent's permissions, and what archiving refuses."""

import discord
import pytest

from bot.sandbox.discord import Channel, ClientRefusal, DiscordSandbox, Guild, Member, Thread
from tests.sandbox.discord.bots import Bot, command
from tests.sandbox.discord.conftest import Start
from tests.sandbox.discord.raw import Rest


@pytest.fixture
def thread(guild: Guild, channel: Channel) -> Thread:
    """Open a thread."""
    return guild.add_thread(channel, "Takes")


async def test_a_command_works_in_a_thread(
    sandbox: DiscordSandbox, start: Start, ada: Member, thread: Thread
) -> None:
    """The interaction's channel is the thread, and the answer stands in it."""
    places: list[object] = []

    async def answer(interaction: discord.Interaction) -> None:
        places.append(interaction.channel)
        await interaction.response.send_message("Here")

    await start(Bot([command("where", answer)]))
    await sandbox.wait_command("where")
    message = await (await sandbox.use(ada, thread, "where")).responded()
    assert thread.messages == [message]
    (place,) = places
    assert isinstance(place, discord.Thread)
    assert (place.id, place.parent_id) == (thread.id, thread.parent.id)


async def test_a_new_thread_is_told(guild: Guild, channel: Channel, start: Start) -> None:
    """THREAD_CREATE reaches the bot; threads that are there already come with the server."""
    early = guild.add_thread(channel, "Early")
    bot = Bot()
    await start(bot)
    await bot.next("guild_available")
    assert [each.id for each in bot.guilds[0].threads] == [early.id]
    late = guild.add_thread(channel, "Late")
    created = await bot.next("thread_create")
    assert (created.id, created.name, created.parent_id) == (late.id, "Late", channel.id)


async def test_an_archived_thread_refuses_edits_until_a_new_message(
    sandbox: DiscordSandbox, start: Start, ada: Member, thread: Thread
) -> None:
    """Editing and deleting get 50083; a post of the bot or a member wakes the thread."""
    bot = Bot()
    await start(bot)
    target = bot.get_partial_messageable(thread.id)
    message = await target.send("one")
    thread.archive()
    assert (await bot.next("thread_update"))[1].archived
    for refused in (message.edit(content="two"), message.delete()):
        with pytest.raises(discord.HTTPException) as caught:
            await refused
        assert (caught.value.status, caught.value.code) == (400, 50083)
    await target.send("three")
    await message.edit(content="two")
    thread.archive()
    await thread.post(ada, "four")
    await message.edit(content="five")
    assert [each.content for each in thread.messages] == ["five", "three", "four"]
    assert sandbox.rejections == []


async def test_a_locked_thread_stays_archived(
    rest: Rest, guild: Guild, ada: Member, thread: Thread
) -> None:
    """Only moderators post there."""
    thread.archive(lock=True)
    path = f"/channels/{thread.id}/messages"
    assert (await rest("POST", path, {"content": "hello"})).code == (400, 50083)
    with pytest.raises(ClientRefusal):
        await thread.post(ada, "hello")
    await thread.post(guild.add_member("Mod", permissions=("manage_threads",)), "hello")
    assert not thread.archived


@pytest.mark.parametrize(
    ("denied", "code"), [("view_channel", 50001), ("send_messages_in_threads", 50013)]
)
async def test_a_thread_has_its_parent_s_permissions(
    rest: Rest, channel: Channel, thread: Thread, denied: str, code: int
) -> None:
    """What the channel denies is denied in its thread; posting needs a permission of its own."""
    path = f"/channels/{thread.id}/messages"
    channel.deny_bot("send_messages")
    assert (await rest("POST", path, {"content": "hello"})).status == 200
    channel.deny_bot(denied)
    assert (await rest("POST", path, {"content": "hello"})).code == (403, code)
