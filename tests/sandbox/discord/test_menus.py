"""Commands in the menus of messages and members."""

import asyncio
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.sandbox.discord import Channel, ClientRefusal, DiscordSandbox, Guild, Member
from tests.sandbox.discord.bots import Bot
from tests.sandbox.discord.conftest import Start
from tests.sandbox.discord.raw import Rest, Socket

ANIMATE, GREET = "Animate this picture", "Say Hello"
MENUS: list[dict[str, Any]] = [{"type": 3, "name": ANIMATE}, {"type": 2, "name": GREET}]


@pytest.fixture
async def registered(sandbox: DiscordSandbox, rest: Rest) -> None:
    """Register the menus' commands everywhere."""
    path = f"/applications/{sandbox.application_id}/commands"
    assert (await rest("PUT", path, MENUS)).status == 200


@pytest.fixture
def targets() -> asyncio.Queue[Any]:
    """Hold what the bot's menu commands were used on."""
    return asyncio.Queue()


@pytest.fixture
async def bot(
    sandbox: DiscordSandbox, guild: Guild, start: Start, targets: asyncio.Queue[Any]
) -> Bot:
    """Start a bot with one command in each menu."""

    async def animate(interaction: discord.Interaction, message: discord.Message) -> None:
        await targets.put(message)
        await interaction.response.send_message(f"From {message.author.name}")

    async def greet(interaction: discord.Interaction, member: discord.Member) -> None:
        await targets.put(member)
        await interaction.response.send_message("Hello", ephemeral=True)

    menus = [
        app_commands.ContextMenu(name=ANIMATE, callback=animate),
        app_commands.ContextMenu(name=GREET, callback=greet),
    ]
    client = Bot(menus)
    await start(client)
    await sandbox.wait_command(ANIMATE, guild)
    return client


async def test_a_message_s_command_brings_the_message_whole(
    sandbox: DiscordSandbox,
    bot: Bot,
    guild: Guild,
    ada: Member,
    channel: Channel,
    picture: Path,
    targets: asyncio.Queue[Any],
) -> None:
    """Author, text and picture arrive without any intent, and the picture can be read."""
    message = await channel.post(guild.add_member("Bo"), "look", [picture])
    use = await sandbox.use_on(ada, message, ANIMATE)
    target = await targets.get()
    assert (target.id, target.content, target.author.name) == (message.id, "look", "bo")
    (attached,) = target.attachments
    assert (attached.width, attached.height, attached.content_type) == (8, 6, "image/png")
    assert len(await attached.read()) == attached.size
    answer = await use.responded()
    assert answer is not None
    assert (answer.content, answer.kind) == ("From bo", 23)
    assert sandbox.rejections == []


async def test_a_member_s_command_brings_the_member(
    sandbox: DiscordSandbox,
    bot: Bot,
    guild: Guild,
    ada: Member,
    channel: Channel,
    targets: asyncio.Queue[Any],
) -> None:
    """The target is a member with roles and permissions; the channel is the first unless given."""
    other = guild.add_channel("talk")
    role = guild.add_role("Crew")
    bo = guild.add_member("Bo", roles=[role])
    for given, expected in ((None, channel), (other, other)):
        use = await sandbox.use_on(ada, bo, GREET, channel=given)
        target = await targets.get()
        assert (target.id, [held.id for held in target.roles[1:]]) == (bo.id, [role.id])
        assert (await use.responded()) is not None
        assert use.channel is expected


async def test_the_data_names_the_target(
    sandbox: DiscordSandbox,
    registered: None,
    socket: Socket,
    ada: Member,
    channel: Channel,
) -> None:
    """The interaction carries type and target, and no options."""
    message = await channel.post(ada, "hello")
    await sandbox.use_on(ada, message, ANIMATE)
    data = (await socket.event("INTERACTION_CREATE"))["data"]
    assert (data["name"], data["type"], data["target_id"]) == (ANIMATE, 3, str(message.id))
    assert data["resolved"]["messages"][str(message.id)]["content"] == "hello"
    assert "options" not in data


async def test_a_menu_offers_only_its_own_commands(
    sandbox: DiscordSandbox, registered: None, ada: Member, channel: Channel
) -> None:
    """An unknown name, one of the other menu, or one of no slash command sends nothing."""
    message = await channel.post(ada, "hello")
    for target, name in ((message, "Dance"), (message, GREET), (ada, ANIMATE)):
        with pytest.raises(ClientRefusal):
            await sandbox.use_on(ada, target, name)
    with pytest.raises(ClientRefusal):
        await sandbox.use(ada, channel, ANIMATE)


async def test_what_is_gone_or_hidden_has_no_menu(
    sandbox: DiscordSandbox,
    registered: None,
    rest: Rest,
    socket: Socket,
    guild: Guild,
    ada: Member,
    channel: Channel,
) -> None:
    """Deleted and ephemeral messages and strangers offer nothing, and nothing to who has left."""
    deleted = await channel.post(ada, "hello")
    await channel.delete_message(deleted)
    used = await sandbox.use_on(ada, ada, GREET)
    event = await socket.event("INTERACTION_CREATE")
    await rest.respond(event, {"type": 4, "data": {"content": "psst", "flags": 64}})
    assert used.message is not None
    for message in (deleted, used.message):
        with pytest.raises(ClientRefusal):
            await sandbox.use_on(ada, message, ANIMATE)
        await sandbox.use_on(ada, message, ANIMATE, forced=True)
    stranger = sandbox.add_guild("Other").add_member("Cy")
    with pytest.raises(ClientRefusal):
        await sandbox.use_on(ada, stranger, GREET, channel=channel)
    message = await channel.post(ada, "hello")
    guild.remove_member(ada)
    with pytest.raises(ClientRefusal):
        await sandbox.use_on(ada, message, ANIMATE)


@pytest.mark.parametrize(
    "menu",
    [
        {"type": 3, "name": ""},
        {"type": 3, "name": "x" * 33},
        {"type": 3, "name": "Look", "description": "Something"},
        {"type": 2, "name": "Look", "options": [{"type": 3, "name": "a", "description": "b"}]},
        {"type": 4, "name": "Look"},
    ],
)
async def test_a_wrong_menu_command_is_refused(
    sandbox: DiscordSandbox, rest: Rest, menu: dict[str, Any]
) -> None:
    """A menu's command has a name of 1 to 32 characters, no description and no options."""
    path = f"/applications/{sandbox.application_id}/commands"
    assert (await rest("PUT", path, [menu])).code == (400, 50035)
    assert (await rest("POST", path, menu)).code == (400, 50035)


async def test_each_menu_has_a_limit_of_its_own(sandbox: DiscordSandbox, rest: Rest) -> None:
    """15 commands fit into each menu of a scope, set together or one by one."""
    path = f"/applications/{sandbox.application_id}/commands"
    full = [{"type": kind, "name": f"Look {number}"} for kind in (2, 3) for number in range(15)]
    assert (await rest("PUT", path, full)).status == 200
    assert (await rest("PUT", path, [*full, {"type": 3, "name": "More"}])).code == (400, 50035)
    assert (await rest("POST", path, {"type": 2, "name": "More"})).code == (400, 50035)
    assert (await rest("POST", path, {"type": 2, "name": "Look 3"})).status == 201


async def test_a_page_can_list_what_a_member_is_offered(
    sandbox: DiscordSandbox, rest: Rest, guild: Guild, ada: Member
) -> None:
    """Commands of all kinds, without those that are hidden or for direct messages only."""
    option = {"type": 3, "name": "prompt", "description": "What"}
    everywhere = [
        {"name": "make", "description": "Make", "options": [option]},
        {"name": "rule", "description": "Rule", "default_member_permissions": "32"},
        {"name": "alone", "description": "Alone", "contexts": [1]},
        *MENUS,
    ]
    path = f"/applications/{sandbox.application_id}"
    await rest("PUT", f"{path}/commands", everywhere)
    own = {"name": "make", "description": "Make here"}
    await rest("POST", f"{path}/guilds/{guild.id}/commands", own)
    listed = sandbox.commands_for(guild, ada)
    assert [(each["type"], each["name"]) for each in listed] == [
        (1, "make"),
        (1, "make"),
        (3, ANIMATE),
        (2, GREET),
    ]
    assert listed[0]["description"] == "Make here"
    manager = guild.add_member("Manager", permissions=("manage_guild",))
    rule = {
        "type": 1,
        "name": "rule",
        "description": "Rule",
        "options": [],
        "default_member_permissions": "32",
    }
    assert rule in sandbox.commands_for(guild, manager)
    stranger = sandbox.add_guild("Other").add_member("Cy")
    assert sandbox.commands_for(guild, stranger) == []
