"""Permissions add up as Discord documents it."""

from bot.sandbox.discord import Channel, Guild, Member
from bot.sandbox.discord.permissions import ALL, EVERYONE, NONE, Overwrite, Permission, in_channel

VIEW, SEND, FILES = Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES, Permission.ATTACH_FILES
GUILD, MEMBER, CREW, CAST = 1, 2, 3, 4


def granted(base: Permission, *overwrites: Overwrite) -> Permission:
    """Compute what a member with two roles may do."""
    return in_channel(base, overwrites, member_id=MEMBER, everyone_id=GUILD, role_ids=[CREW, CAST])


def test_overwrites_apply_in_order() -> None:
    """Everyone's come first, the roles' overrule them, the member's own overrule all."""
    everyone = Overwrite(GUILD, is_member=False, deny=SEND | FILES)
    crew = Overwrite(CREW, is_member=False, allow=SEND)
    own = Overwrite(MEMBER, is_member=True, deny=SEND)
    assert granted(VIEW | SEND | FILES, everyone) == VIEW
    assert granted(VIEW | SEND | FILES, everyone, crew) == VIEW | SEND
    assert granted(VIEW | SEND | FILES, own, crew, everyone) == VIEW


def test_among_roles_an_allowance_wins() -> None:
    """What one role denies and another allows is allowed."""
    crew = Overwrite(CREW, is_member=False, allow=SEND)
    cast = Overwrite(CAST, is_member=False, deny=SEND | FILES)
    assert granted(VIEW | SEND | FILES, crew, cast) == VIEW | SEND


def test_who_cannot_view_can_do_nothing() -> None:
    """Without View Channel nothing else counts."""
    assert granted(SEND | FILES) == NONE


def test_administrators_pass_every_overwrite() -> None:
    """An administrator may do everything, everywhere."""
    own = Overwrite(MEMBER, is_member=True, deny=ALL)
    assert granted(Permission.ADMINISTRATOR, own) == ALL


def test_members_have_what_their_roles_grant(guild: Guild, channel: Channel, ada: Member) -> None:
    """A member's permissions are those of everyone and of each role together."""
    manager = guild.add_member("Manager", permissions=("manage_guild",))
    assert ada.permissions_in(channel) == EVERYONE
    assert manager.permissions_in(channel) == EVERYONE | Permission.MANAGE_GUILD
