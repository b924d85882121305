"""The real discord.py as a client: what a bot does every day works against the local Discord."""

import asyncio
import io
from pathlib import Path

import discord
import pytest
from discord import app_commands

from bot.sandbox.discord import Channel, DiscordSandbox, Guild, Limit, Member
from bot.sandbox.discord.limits import CHANNEL_MESSAGES
from tests.sandbox.discord.conftest import Start


class Bot(discord.Client):
    """A bot with the commands that these tests use."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), max_messages=None)
        self.tree = app_commands.CommandTree(self)
        self.heard: asyncio.Queue[discord.Interaction] = asyncio.Queue()
        self.gone: asyncio.Queue[str] = asyncio.Queue()

    async def setup_hook(self) -> None:
        """Register the commands."""
        self.tree.add_command(self._command())
        await self.tree.sync()

    def _command(self) -> app_commands.Command[discord.app_commands.Group, ..., None]:
        @app_commands.command(description="Make a video")
        @app_commands.choices(
            duration=[app_commands.Choice(name=f"{n} s", value=n) for n in (4, 8, 12)]
        )
        async def create(
            interaction: discord.Interaction,
            prompt: str,
            duration: int = 4,
            image: discord.Attachment | None = None,
            model: str = "sora-2",
        ) -> None:
            await self.heard.put(interaction)

        @create.autocomplete("model")
        async def offer(
            interaction: discord.Interaction, current: str
        ) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{current}!", value=current)]

        return create

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Note a deleted channel."""
        await self.gone.put(channel.name)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Note a server that the bot has left."""
        await self.gone.put(guild.name)


@pytest.fixture
async def bot(sandbox: DiscordSandbox, guild: Guild, channel: Channel, start: Start) -> Bot:
    """Start a bot and wait for its command."""
    client = Bot()
    await start(client)
    await sandbox.wait_command("create", guild)
    return client


async def test_a_command_from_deferral_to_video(
    sandbox: DiscordSandbox, bot: Bot, ada: Member, channel: Channel, tmp_path: Path
) -> None:
    """Defer, fill, edit with a file from disk, follow up: no rule is broken on the way."""
    film = tmp_path / "cat.mp4"
    await asyncio.to_thread(film.write_bytes, b"film" * 1000)
    use = await sandbox.use(ada, channel, "create", {"prompt": "a cat", "duration": 8})
    interaction = await bot.heard.get()
    assert interaction.namespace.duration == 8
    assert interaction.filesize_limit == 10 * 1024 * 1024
    assert interaction.app_permissions.embed_links
    assert interaction.permissions.use_application_commands
    callback = await interaction.response.defer(thinking=True)
    assert await use.responded() is None
    embed = discord.Embed(title="A cat", description="QUEUED").set_footer(text="40 credits")
    await interaction.edit_original_response(embed=embed)
    edited = await interaction.edit_original_response(attachments=[discord.File(film)])
    assert callback is not None
    assert use.message is not None
    assert edited.id == use.message.id == callback.message_id
    assert use.message.embeds[0]["title"] == "A cat"
    assert use.message.attachments[0].path.read_bytes() == b"film" * 1000
    followup = await interaction.followup.send("Done", ephemeral=True, wait=True)
    assert [message.id for message in use.followups] == [followup.id]
    assert followup.flags.ephemeral
    assert sandbox.rejections == []


async def test_after_the_token_the_channel_door_works(
    sandbox: DiscordSandbox, bot: Bot, ada: Member, channel: Channel
) -> None:
    """A dead token raises 50027; the message is edited through its channel, without a cache."""
    use = await sandbox.use(ada, channel, "create", {"prompt": "a cat"})
    interaction = await bot.heard.get()
    await interaction.response.send_message("Working")
    use.expire()
    with pytest.raises(discord.HTTPException) as caught:
        await interaction.edit_original_response(content="late")
    assert (caught.value.status, caught.value.code) == (401, 50027)
    assert use.message is not None
    partial = bot.get_partial_messageable(channel.id).get_partial_message(use.message.id)
    await partial.edit(content="Done", attachments=[discord.File(io.BytesIO(b"x"), "a.mp4")])
    assert use.message.content == "Done"
    assert len(use.message.attachments) == 1
    assert sandbox.rejections == []


async def test_a_webhook_made_from_a_token_edits_the_original(
    sandbox: DiscordSandbox, bot: Bot, ada: Member, channel: Channel
) -> None:
    """After a restart the token and the application's id are enough."""
    use = await sandbox.use(ada, channel, "create", {"prompt": "a cat"})
    interaction = await bot.heard.get()
    await interaction.response.send_message("Working")
    webhook = discord.Webhook.partial(sandbox.application_id, use.token, client=bot)
    await webhook.edit_message("@original", content="Done")  # type: ignore[call-overload]  # discord.py takes it as text
    assert use.message is not None
    assert use.message.content == "Done"


async def test_a_file_over_the_limit_raises_413(
    sandbox: DiscordSandbox, bot: Bot, guild: Guild, ada: Member, channel: Channel
) -> None:
    """The limit that the interaction told is the one that is kept."""
    guild.attachment_limit_bytes = 1000
    await sandbox.use(ada, channel, "create", {"prompt": "a cat"})
    interaction = await bot.heard.get()
    await interaction.response.defer()
    assert interaction.filesize_limit == 1000
    large = discord.File(io.BytesIO(b"x" * 1_000_000), "a.mp4")
    with pytest.raises(discord.HTTPException) as caught:
        await interaction.edit_original_response(attachments=[large])
    assert (caught.value.status, caught.value.code) == (413, 40005)


async def test_buttons_reach_their_view(
    sandbox: DiscordSandbox, bot: Bot, ada: Member, channel: Channel
) -> None:
    """A pressed button runs its callback, which edits the message that holds it."""

    class Stop(discord.ui.View):
        @discord.ui.button(label="Stop", custom_id="stop")
        async def stop_it(
            self, interaction: discord.Interaction, _: discord.ui.Button["Stop"]
        ) -> None:
            await interaction.response.edit_message(content="Stopped", view=None)

    use = await sandbox.use(ada, channel, "create", {"prompt": "a cat"})
    await (await bot.heard.get()).response.send_message("Working", view=Stop())
    message = await use.responded()
    assert message is not None
    press = await sandbox.press(ada, message, "stop")
    assert await press.responded() is message
    assert (message.content, message.components) == ("Stopped", [])
    assert sandbox.rejections == []


async def test_a_modal_brings_its_text(
    sandbox: DiscordSandbox, bot: Bot, ada: Member, channel: Channel
) -> None:
    """A modal opens as the response, and its text arrives in ``on_submit``."""

    class Why(discord.ui.Modal, title="Why?"):
        reason: discord.ui.Label["Why"] = discord.ui.Label(
            text="Reason", component=discord.ui.TextInput(custom_id="reason", max_length=10)
        )

        async def on_submit(self, interaction: discord.Interaction) -> None:
            assert isinstance(self.reason.component, discord.ui.TextInput)
            await interaction.response.send_message(f"You said {self.reason.component.value}")

    use = await sandbox.use(ada, channel, "create", {"prompt": "a cat"})
    await (await bot.heard.get()).response.send_modal(Why())
    assert await use.responded() is None
    answer = await sandbox.submit(ada, use, {"reason": "because"})
    message = await answer.responded()
    assert message is not None
    assert message.content == "You said because"
    assert sandbox.rejections == []


async def test_autocompletion_offers_choices(
    sandbox: DiscordSandbox, bot: Bot, ada: Member, channel: Channel
) -> None:
    """What the bot offers comes back to the member."""
    offered = await sandbox.autocomplete(ada, channel, "create", {"model": "ve"}, focused="model")
    assert offered == [{"name": "ve!", "value": "ve"}]


async def test_an_attached_picture_can_be_read(
    sandbox: DiscordSandbox, bot: Bot, ada: Member, channel: Channel, picture: Path
) -> None:
    """A member's attachment carries its pixels and its bytes."""
    await sandbox.use(ada, channel, "create", {"prompt": "a cat", "image": picture})
    attached: discord.Attachment = (await bot.heard.get()).namespace.image
    assert (attached.width, attached.height) == (8, 6)
    content = await asyncio.to_thread(picture.read_bytes)
    assert await attached.read() == content


async def test_direct_messages_reach_the_bot(
    sandbox: DiscordSandbox, bot: Bot, ada: Member
) -> None:
    """A command in direct messages has a user and no guild, and can be answered."""
    use = await sandbox.use(ada, None, "create", {"prompt": "a cat"})
    interaction = await bot.heard.get()
    assert interaction.guild is None
    assert interaction.user.id == ada.id
    await interaction.response.send_message("Hello")
    assert (await use.responded()) is not None


@pytest.mark.parametrize("cut", ["abort", "code", "op 7", "op 9 resumable"])
async def test_a_cut_connection_resumes(
    sandbox: DiscordSandbox, bot: Bot, ada: Member, channel: Channel, cut: str
) -> None:
    """The library resumes by itself, and hears what happened meanwhile."""
    if cut == "abort":
        await sandbox.drop_gateway()
    elif cut == "code":
        await sandbox.drop_gateway(4000)
    elif cut == "op 7":
        await sandbox.request_reconnect()
    else:
        await sandbox.invalidate_session(resumable=True)
    use = await sandbox.use(ada, channel, "create", {"prompt": "meanwhile"})
    interaction = await bot.heard.get()
    assert interaction.id == use.interaction_id
    assert sandbox.gateway.identifies == 1


async def test_a_refused_token_ends_the_client(sandbox: DiscordSandbox, start: Start) -> None:
    """Close code 4004 is final for the library."""
    sandbox.refuse_identify()
    with pytest.raises(discord.ConnectionClosed):
        await start(discord.Client(intents=discord.Intents(guilds=True)))


async def test_of_two_sessions_the_first_answer_wins(
    sandbox: DiscordSandbox, bot: Bot, start: Start, ada: Member, channel: Channel
) -> None:
    """Both hear the command; the second response raises 40060."""
    other = Bot()
    await start(other)
    await sandbox.wait_connected(sessions=2)
    use = await sandbox.use(ada, channel, "create", {"prompt": "a cat"})
    first, second = await bot.heard.get(), await other.heard.get()
    await first.response.send_message("I")
    with pytest.raises(discord.HTTPException) as caught:
        await second.response.send_message("No, I")
    assert (caught.value.status, caught.value.code) == (400, 40060)
    assert use.message is not None
    assert use.message.content == "I"


async def test_a_repeated_nonce_posts_once(
    sandbox: DiscordSandbox, bot: Bot, channel: Channel
) -> None:
    """``send(nonce=...)`` enforces it: the repeat gives the first message."""
    target = bot.get_partial_messageable(channel.id)
    first, second = await target.send("a", nonce="job"), await target.send("a", nonce="job")
    assert first.id == second.id
    assert len(channel.messages) == 1
    assert sandbox.rejections == []


async def test_losses_are_told(bot: Bot, guild: Guild, channel: Channel) -> None:
    """A deleted channel and a lost server reach the bot's listeners."""
    await guild.delete_channel(channel)
    await guild.remove_bot()
    assert await bot.gone.get() == "videos"
    assert await bot.gone.get() == "Film club"


async def test_the_library_waits_for_its_bucket(
    sandbox: DiscordSandbox, bot: Bot, channel: Channel
) -> None:
    """The headers are understood: six posts at once break no limit."""
    sandbox.limits.by_route["POST", CHANNEL_MESSAGES] = Limit(2, 0.1)
    target = bot.get_partial_messageable(channel.id)
    await asyncio.gather(*(target.send(f"{number}") for number in range(6)))
    assert len(channel.messages) == 6
    assert sandbox.invalid_requests == 0
