"""What a community does: roles, members that come and go, channels that close, its language."""

import discord
import pytest

from bot.sandbox.discord import Channel, ClientRefusal, DiscordSandbox, Guild, Mate, Member, Team
from bot.sandbox.discord.hub import GUILD_MEMBERS
from tests.sandbox.discord.bots import Bot, command
from tests.sandbox.discord.conftest import Start
from tests.sandbox.discord.raw import Rest, Socket

MEMBERS = discord.Intents(guilds=True, members=True)


@pytest.fixture
async def watching(sandbox: DiscordSandbox, guild: Guild, start: Start) -> Bot:
    """Start a bot that may follow members."""
    sandbox.hub.privileged_intents = GUILD_MEMBERS
    bot = Bot(intents=MEMBERS)
    await start(bot)
    await bot.next("guild_available")
    return bot


async def known(bot: Bot, guild: Guild) -> Member:
    """Let someone join, and wait until the bot knows of it."""
    member = guild.add_member("Bo")
    assert (await bot.next("member_join")).id == member.id
    return member


async def test_roles_are_told_as_they_come_and_go(guild: Guild, start: Start) -> None:
    """A role is made and deleted; no intent but the servers' is needed."""
    bot = Bot()
    await start(bot)
    role = guild.add_role("Crew")
    assert (await bot.next("guild_role_create")).name == "Crew"
    guild.remove_role(role)
    assert (await bot.next("guild_role_delete")).id == role.id
    with pytest.raises(ValueError, match="everyone"):
        guild.remove_role(guild.everyone)


async def test_a_member_is_given_a_role_and_loses_it(watching: Bot, guild: Guild) -> None:
    """GUILD_MEMBER_UPDATE tells of each change; permissions follow at once."""
    role = guild.add_role("Crew", permissions=("manage_guild",))
    await watching.next("guild_role_create")
    bo = await known(watching, guild)
    guild.give(bo, role)
    guild.give(bo, role)
    before, after = await watching.next("member_update")
    assert (len(before.roles), after.roles[-1].name) == (1, "Crew")
    assert after.guild_permissions.manage_guild
    guild.take(bo, role)
    before, after = await watching.next("member_update")
    assert (len(before.roles), len(after.roles)) == (2, 1)
    assert bo.roles == []


async def test_without_the_intent_a_bot_hears_of_its_own_roles_only(
    guild: Guild, ada: Member, socket: Socket
) -> None:
    """The change of a member is silent, the bot's own is told."""
    role = guild.add_role("Crew")
    bot = guild.bot
    assert bot is not None
    guild.give(ada, role)
    guild.give(bot, role)
    changed = await socket.event("GUILD_MEMBER_UPDATE")
    assert (changed["user"]["id"], changed["roles"]) == (str(bot.id), [str(role.id)])
    guild.take(ada, role)
    guild.take(bot, role)
    changed = await socket.event("GUILD_MEMBER_UPDATE")
    assert (changed["user"]["id"], changed["roles"]) == (str(bot.id), [])


async def test_a_deleted_role_is_held_by_nobody(guild: Guild, ada: Member) -> None:
    """Its permissions are gone with it."""
    role = guild.add_role("Crew", permissions=("administrator",))
    guild.give(ada, role)
    assert ada.permissions != guild.everyone.permissions
    guild.remove_role(role)
    assert ada.roles == []
    assert ada.permissions == guild.everyone.permissions


async def test_who_comes_back_is_the_same_account(
    rest: Rest, watching: Bot, guild: Guild, channel: Channel
) -> None:
    """Leaving and coming back is told; the id stays, the roles are lost."""
    bo = await known(watching, guild)
    guild.give(bo, guild.add_role("Crew"))
    guild.remove_member(bo)
    assert (await watching.next("member_remove")).id == bo.id
    with pytest.raises(ClientRefusal):
        await channel.post(bo, "hello")
    guild.readmit_member(bo)
    joined = await watching.next("member_join")
    assert (joined.id, len(joined.roles)) == (bo.id, 1)
    assert (await rest("GET", f"/guilds/{guild.id}/members/{bo.id}")).status == 200
    await channel.post(bo, "hello again")


async def test_a_closed_channel_is_told_and_its_messages_are_gone(
    sandbox: DiscordSandbox, start: Start, guild: Guild, ada: Member, channel: Channel
) -> None:
    """The bot hears of the channel, a page of each message too; posting there fails."""
    bot = Bot()
    await start(bot)
    message = await channel.post(ada, "hello")
    thread = guild.add_thread(channel, "More")
    inside = await thread.post(ada, "hello")
    changes = sandbox.subscribe()
    await guild.delete_channel(channel)
    assert (await bot.next("guild_channel_delete")).id == channel.id
    gone = [await changes.get(), await changes.get()]
    assert [(change.kind, change.message) for change in gone] == [
        ("deleted", message),
        ("deleted", inside),
    ]
    assert changes.empty()
    for place in (channel, thread):
        with pytest.raises(discord.NotFound) as caught:
            await bot.get_partial_messageable(place.id).send("hello?")
        assert caught.value.code == 10003


async def test_the_server_s_language_reaches_the_bot(
    sandbox: DiscordSandbox, start: Start, guild: Guild, ada: Member, channel: Channel
) -> None:
    """It stands in the server and in its interactions."""
    guild.locale = "de"
    locales: list[discord.Locale | None] = []

    async def answer(interaction: discord.Interaction) -> None:
        locales.append(interaction.guild_locale)
        await interaction.response.send_message("Hallo")

    bot = Bot([command("greet", answer)])
    await start(bot)
    await sandbox.wait_command("greet")
    await (await sandbox.use(ada, channel, "greet")).responded()
    assert locales == [discord.Locale.german]
    assert bot.guilds[0].preferred_locale is discord.Locale.german


async def test_the_owner_of_the_application_can_be_anyone(
    sandbox: DiscordSandbox, start: Start, ada: Member
) -> None:
    """``application_info`` names the owner that the sandbox was told."""
    bot = Bot()
    await start(bot)
    assert (await bot.application_info()).owner.name == "operator"
    sandbox.set_owner(ada)
    info = await bot.application_info()
    assert (info.owner.id, info.owner.name) == (ada.id, "ada")


async def test_a_team_can_own_the_application(
    sandbox: DiscordSandbox, start: Start, ada: Member
) -> None:
    """``application_info`` tells its members, and as the owner an account that nobody has."""
    bot = Bot()
    await start(bot)
    invited = sandbox.add_user("Bea")
    team = Team(sandbox.hub.ids.next(), ada.user, [Mate(invited, "read_only", accepted=False)])
    sandbox.set_team(team)
    info = await bot.application_info()
    assert info.owner.id == team.id
    assert info.team is not None
    assert info.team.owner_id == ada.id
    first, second = info.team.members
    assert (first.id, first.membership_state) == (ada.id, discord.TeamMembershipState.accepted)
    assert (second.id, second.role) == (invited.id, discord.TeamMemberRole.read_only)
    assert second.membership_state is discord.TeamMembershipState.invited


async def test_servers_are_the_operators_unless_told(
    sandbox: DiscordSandbox, start: Start, ada: Member
) -> None:
    """Also of one who becomes it later; a stranger's stays the stranger's."""
    stranger = sandbox.add_user("Bea")
    theirs = sandbox.add_guild("Theirs", owner=stranger)
    sandbox.set_owner(ada)
    bot = Bot()
    await start(bot)
    owners = [(await bot.fetch_guild(each.id)).owner_id for each in (ada.guild, theirs)]
    assert owners == [ada.id, stranger.id]
