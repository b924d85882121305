"""The ways to a job's message: its interaction's token, the channel, a new message.

Facts (measured on discord.py 2.7.1, Discord's documentation): a token lives 15 minutes and needs
no permission in the channel; after it the message is edited as its author, which does; an edit
that names its attachments replaces them all, so repeating it leaves one video.
"""

import asyncio
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import aiohttp
import discord

from bot.clock import Clock
from bot.delivery.speed import LEAST_BYTES_PER_SECOND, TooSlow, least_speed
from bot.errors import ResourcesExhausted
from bot.exhaustion import is_exhaustion
from bot.jobs.job import Job, MessageAddress
from bot.presentation.job_embed import job_footer
from bot.presentation.video_reply import attached_files, late_call

DEFAULT_LIMIT_BYTES = 10 * 1024 * 1024
"""What every server may upload; taken where nothing better is known."""
EDIT_SECONDS = 120.0
"""For an answer, rate limits included; an upload has so much more as it needs at least speed."""
HISTORY_MESSAGES = 100
"""So far back a message is sought that a crash kept from being written down."""


class Outcome(Enum):
    """What came of trying a door."""

    DONE = auto()
    TOKEN_DEAD = auto()
    MESSAGE_GONE = auto()
    CLOSED = auto()
    """The channel or the server is gone, or the bot may not."""
    TOO_LARGE = auto()
    BUSY = auto()
    """Discord or the network has a problem; later it may work."""
    REJECTED = auto()
    """Discord does not take this content."""


@dataclass(frozen=True)
class Parcel:
    """What a message shows."""

    embed: discord.Embed
    file: Path | None = None
    thumbnail: Path | None = None
    """Attached wherever attachments are named; the embed shows it."""
    buttons: discord.ui.View | None = None


_BY_CODE = {
    50027: Outcome.TOKEN_DEAD,  # invalid webhook token
    10015: Outcome.TOKEN_DEAD,  # unknown webhook: the interaction was never answered
    40005: Outcome.TOO_LARGE,
    10003: Outcome.CLOSED,  # unknown channel
    10004: Outcome.CLOSED,  # unknown guild
    50083: Outcome.MESSAGE_GONE,  # an archived thread: a new message opens it again
}
_BY_STATUS = {
    401: Outcome.TOKEN_DEAD,
    403: Outcome.CLOSED,
    404: Outcome.MESSAGE_GONE,
    413: Outcome.TOO_LARGE,
    429: Outcome.BUSY,
}


def classify(error: discord.HTTPException) -> Outcome:
    """Tell what a refusal by Discord means (codes: Discord's documentation)."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if error.status >= 500:  # noqa: PLR2004 - a server's fault
        return Outcome.BUSY
    return _BY_STATUS.get(error.status, Outcome.REJECTED)


class Doors:
    """Tries doors; never raises for what Discord or the network does.

    Raises ResourcesExhausted where this machine has no handles or memory left for it.
    """

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def limit_bytes(self, job: Job) -> int:
        """Tell what an upload by way of the channel may have."""
        guild = self._client.get_guild(job.guild_id)
        return guild.filesize_limit if guild is not None else DEFAULT_LIMIT_BYTES

    async def edit_by_token(self, job: Job, address: MessageAddress, parcel: Parcel) -> Outcome:
        """Edit the message as the interaction's answer."""
        if self._client.user is None:
            return Outcome.BUSY
        webhook = discord.Webhook.partial(
            address.application_id, address.token, client=self._client
        )
        # Discord knows the first answer by this name, whether or not we learned its id.
        message_id: Any = address.message_id or "@original"
        files = _files(job, parcel)
        edit = webhook.edit_message(message_id, **_edit_fields(parcel, files))
        return await self._try(edit, files)

    async def edit_in_channel(self, job: Job, address: MessageAddress, parcel: Parcel) -> Outcome:
        """Edit the message as its author."""
        if address.message_id is None:
            return Outcome.MESSAGE_GONE
        if self._client.user is None:
            return Outcome.BUSY
        channel = self._client.get_partial_messageable(address.channel_id)
        message = channel.get_partial_message(address.message_id)
        files = _files(job, parcel)
        return await self._try(message.edit(**_edit_fields(parcel, files)), files)

    async def send(self, job: Job, parcel: Parcel) -> tuple[Outcome, int | None]:
        """Post a new message that calls the member; repeated soon, Discord gives the first."""
        if self._client.user is None:
            return Outcome.BUSY, None
        sent: list[discord.Message] = []
        files = _files(job, parcel)

        async def post() -> None:
            sent.append(
                await self._client.get_partial_messageable(job.channel_id).send(
                    f"<@{job.member_id}>",
                    embed=parcel.embed,
                    files=files,
                    view=parcel.buttons or discord.utils.MISSING,
                    nonce=f"job-{job.id}-{job.state}",
                    allowed_mentions=_only(job.member_id),
                )
            )

        outcome = await self._try(post(), files)
        return outcome, sent[0].id if sent else None

    async def call(self, job: Job, address: MessageAddress) -> Outcome:
        """Reply to the job's message with words that notify the member."""
        if address.message_id is None or self._client.user is None:
            return Outcome.MESSAGE_GONE
        channel = self._client.get_partial_messageable(address.channel_id)
        reply = channel.send(
            late_call(job),
            reference=channel.get_partial_message(address.message_id).to_reference(
                fail_if_not_exists=False
            ),
            nonce=f"call-{job.id}",
            allowed_mentions=_only(job.member_id),
        )
        return await self._try(reply)

    async def find_sent(self, job: Job, known: int | None) -> tuple[Outcome, int | None]:
        """Find a message that was sent for the job and not written down, other than ``known``.

        DONE and None: there is none. Without Read Message History Discord shows none.
        """
        if self._client.user is None:
            return Outcome.BUSY, None
        mine, footer = self._client.user.id, job_footer(job.id)
        channel = self._client.get_partial_messageable(job.channel_id)
        try:
            # Newest first: the message was sent shortly before a crash.
            async for message in channel.history(limit=HISTORY_MESSAGES):
                if message.created_at < job.created_at:
                    break
                if message.author.id == mine and message.id != known and _footer(message) == footer:
                    return Outcome.DONE, message.id
        except discord.HTTPException as error:
            return classify(error), None
        except (aiohttp.ClientError, OSError) as error:
            return _busy(error), None
        return Outcome.DONE, None

    async def _try(self, attempt: Any, files: Sequence[discord.File] = ()) -> Outcome:
        size_bytes = _size_bytes(files)
        try:
            async with (
                asyncio.timeout(EDIT_SECONDS + size_bytes / LEAST_BYTES_PER_SECOND),
                least_speed(self._clock, lambda: _sent_bytes(files, size_bytes)),
            ):
                await attempt
        except discord.HTTPException as error:
            return classify(error)
        except (aiohttp.ClientError, OSError, TimeoutError, TooSlow) as error:
            return _busy(error)
        return Outcome.DONE


def _only(member_id: int) -> discord.AllowedMentions:
    """Notify this member and nobody else, not even the author of what is replied to."""
    return discord.AllowedMentions(
        everyone=False, roles=False, replied_user=False, users=[discord.Object(member_id)]
    )


def _footer(message: discord.Message) -> str | None:
    return message.embeds[0].footer.text if message.embeds else None


def _busy(error: Exception) -> Outcome:
    """Take a failure for one that may pass; raise ResourcesExhausted where it is our own."""
    if is_exhaustion(error):
        raise ResourcesExhausted from error
    return Outcome.BUSY


def _files(job: Job, parcel: Parcel) -> list[discord.File]:
    try:
        return attached_files(job, parcel.file, parcel.thumbnail)
    except OSError as error:
        if is_exhaustion(error):
            raise ResourcesExhausted from error
        raise


def _edit_fields(parcel: Parcel, files: Sequence[discord.File]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "embed": parcel.embed,
        # Left out, an edit without content sends none (measured), and Discord parses mentions.
        "allowed_mentions": discord.AllowedMentions.none(),
    }
    if parcel.file is not None or parcel.thumbnail is not None:
        # The thumbnail goes along each time: an edited embed may show only what comes with it.
        fields["attachments"] = files
    # Also where there are none: what was to be decided before is decided by now.
    return {**fields, "view": parcel.buttons}


def _size_bytes(files: Iterable[discord.File]) -> int:
    return sum(os.fstat(file.fp.fileno()).st_size for file in files)


def _sent_bytes(files: Iterable[discord.File], size_bytes: int) -> int | None:
    """Tell how far an upload has come, as the library reads its files; None: it is not moving.

    Before the first byte it waits for Discord's rate limits, after the last one for the answer.
    """
    try:
        sent = sum(file.fp.tell() for file in files)
    except ValueError:  # closed: it is over
        return None
    return sent if 0 < sent < size_bytes else None
