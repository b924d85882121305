"""What a member's client refuses in a post. Pure but for a look at the files' sizes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.sandbox.discord.client_refusal import ClientRefusal
from bot.sandbox.discord.message_rules import MAX_ATTACHMENTS, MAX_CONTENT
from bot.sandbox.discord.permissions import Permission

if TYPE_CHECKING:  # a channel checks its posts with these rules
    from bot.sandbox.discord.channel import Channel
    from bot.sandbox.discord.member import Member


def check_post(member: "Member", channel: "Channel", content: str, files: Sequence[Path]) -> None:
    """Raise ClientRefusal where the member could not post this here."""
    if channel.guild is not None:
        _check_place(member, channel, with_files=bool(files))
    elif channel.recipient is not member.user:
        raise ClientRefusal(f"These are not the direct messages of {member.name}")
    if not content.strip() and not files:
        raise ClientRefusal("There is nothing to post")
    if len(content.strip()) > MAX_CONTENT:
        raise ClientRefusal(f"A message has {MAX_CONTENT} characters or fewer")
    if len(files) > MAX_ATTACHMENTS:
        raise ClientRefusal(f"A message has {MAX_ATTACHMENTS} files or fewer")
    for path in files:
        check_upload(path, channel)


def _check_place(member: "Member", channel: "Channel", *, with_files: bool) -> None:
    guild = member.guild
    if channel.guild is not guild or member not in guild.members or not guild.holds(channel):
        raise ClientRefusal(f"{member.name} can't see #{channel.name}")
    needed = Permission.VIEW_CHANNEL | channel.needed_to_post
    needed |= Permission.ATTACH_FILES if with_files else Permission(0)
    granted = member.permissions_in(channel)
    if needed & ~granted:
        raise ClientRefusal(f"{member.name} can't post this in #{channel.name}")
    if channel.locked and not granted & Permission.MANAGE_THREADS:
        raise ClientRefusal(f"#{channel.name} is locked")


def check_upload(path: Path, channel: "Channel") -> None:
    """Raise ClientRefusal for a file over the limit of the place.

    The member is taken to have no subscription that would raise it.
    """
    limit_bytes = channel.attachment_limit_bytes
    if path.stat().st_size > limit_bytes:
        raise ClientRefusal(f"{path.name} is larger than {limit_bytes:,} bytes")
