"""The ways to a job's message: its interaction's token, the channel, a new message.

Facts (measured on discord.py 2.7.1, Discord's documentation): a token lives 15 minutes and needs
no permission in the channel; after it the message is edited as its author, which does; an edit
that names its attachments replaces them all, so repeating it leaves one video.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import discord
import structlog
from discord.webhook.async_ import async_context

from bot.clock import Clock
from bot.delivery.speed import LEAST_BYTES_PER_SECOND, least_speed
from bot.jobs.job import Job, MessageAddress
from bot.jobs.stages import Unseen
from bot.notifier.answers import attempt, busy, by_bot, classify
from bot.notifier.ways import Outcome
from bot.presentation.embeds import reworded
from bot.presentation.job_embed import job_footer
from bot.presentation.video_reply import attached_files, late_call

DEFAULT_LIMIT_BYTES = 10 * 1024 * 1024
"""What every server may upload; taken where nothing better is known."""
EDIT_SECONDS = 120.0
"""For an answer, rate limits included; an upload has so much more as it needs at least speed."""
ASK_SECONDS = 10.0
"""How long Discord is asked whether a first response stands."""
GONE = 404
"""With a code of Discord's: nothing was answered, or it was deleted."""
LOADING = 1 << 7
"""The flag of a message that still says "thinking" (Discord's documentation)."""
HISTORY_MESSAGES = 1000
"""So far back a message is sought that a crash kept from being written down."""
UNKNOWN_MESSAGE = 10008


log = structlog.get_logger()


Mentioned = Callable[[str, int | None], str]
"""Writes the commands in a text as mentions, as a server knows them."""


@dataclass(frozen=True)
class Parcel:
    """What a message shows."""

    embed: discord.Embed
    file: Path | None = None
    thumbnail: Path | None = None
    """Attached wherever attachments are named; the embed shows it."""
    buttons: discord.ui.View | None = None
    described: bool = True
    """Whether the video's attachment carries the prompt, for those who cannot see it."""
    cleared: bool = False
    """Without files: whether those that the message has are taken off it."""

    @property
    def has_files(self) -> bool:
        """Whether anything is attached."""
        return self.file is not None or self.thumbnail is not None


class Doors:
    """Tries doors; never raises for what Discord or the network does.

    Raises ResourcesExhausted where this machine has no handles or memory left for it.
    """

    def __init__(
        self, client: discord.Client, clock: Clock, mentioned: Mentioned = lambda text, _: text
    ) -> None:
        self._client = client
        self._clock = clock
        self._mentioned = mentioned

    @property
    def client(self) -> discord.Client:
        """Give the connection to Discord."""
        return self._client

    def _embed(self, job: Job, parcel: Parcel) -> discord.Embed:
        """Give what is shown, with its commands to be clicked."""
        return reworded(parcel.embed, lambda text: self._mentioned(text, job.guild_id))

    def _fields(self, job: Job, parcel: Parcel, files: Sequence[discord.File]) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "embed": self._embed(job, parcel),
            # Left out, an edit without content sends none (measured), and Discord parses mentions.
            "allowed_mentions": discord.AllowedMentions.none(),
        }
        if parcel.has_files or parcel.cleared:
            # The thumbnail goes along each time: an edited embed may show only what comes with it.
            fields["attachments"] = files
        # Also where there are none: what was to be decided before is decided by now.
        return {**fields, "view": parcel.buttons}

    def limit_bytes(self, job: Job) -> int:
        """Tell what an upload by way of the channel may have."""
        guild = self._client.get_guild(job.guild_id)
        return guild.filesize_limit if guild is not None else DEFAULT_LIMIT_BYTES

    def looks_open(self, guild_id: int, channel_id: int) -> bool | None:
        """Tell from what the gateway has told whether the bot may edit in a channel.

        None: that is not known. Threads that sleep are told by nobody.
        """
        guild = self._client.get_guild(guild_id)
        channel = None if guild is None else guild.get_channel_or_thread(channel_id)
        if guild is None or guild.unavailable or channel is None:
            return None
        if isinstance(channel, discord.Thread) and channel.parent is None:
            return None
        return channel.permissions_for(guild.me).view_channel and not guild.me.is_timed_out()

    def timed_out_until(self, guild_id: int) -> datetime | None:
        """Tell until when a server's moderators keep the bot silent; the past does not count."""
        guild = self._client.get_guild(guild_id)
        if guild is None or not guild.me.is_timed_out():
            return None
        return guild.me.timed_out_until

    def _webhook(self, address: MessageAddress) -> discord.Webhook:
        webhook = discord.Webhook.partial(
            address.application_id, address.token, client=self._client
        )
        webhook.proxy = self._client.http.proxy  # the library forgets it here (measured on 2.7.1)
        return webhook

    async def edit_by_token(self, job: Job, address: MessageAddress, parcel: Parcel) -> Outcome:
        """Edit the message as the interaction's answer."""
        if self._client.user is None:
            return Outcome.BUSY
        webhook = self._webhook(address)
        # Discord knows the first answer by this name, whether or not we learned its id.
        message_id: Any = address.message_id or "@original"
        return await self._try(
            job,
            parcel,
            lambda files: webhook.edit_message(message_id, **self._fields(job, parcel, files)),
            unread=True,
            by_token=True,
        )

    async def edit_in_channel(self, job: Job, address: MessageAddress, parcel: Parcel) -> Outcome:
        """Edit the message as its author."""
        if address.message_id is None:
            return Outcome.MESSAGE_GONE
        if self._client.user is None:
            return Outcome.BUSY
        channel = self._client.get_partial_messageable(address.channel_id)
        message = channel.get_partial_message(address.message_id)
        return await self._try(
            job, parcel, lambda files: message.edit(**self._fields(job, parcel, files)), unread=True
        )

    async def send(self, job: Job, parcel: Parcel) -> tuple[Outcome, int | None]:
        """Post a new message that calls the member; repeated soon, Discord gives the first."""
        if self._client.user is None:
            return Outcome.BUSY, None
        sent: list[discord.Message] = []

        async def post(files: Sequence[discord.File]) -> None:
            sent.append(
                await self._client.get_partial_messageable(job.channel_id).send(
                    f"<@{job.member_id}>",
                    embed=self._embed(job, parcel),
                    files=list(files),
                    view=parcel.buttons or discord.utils.MISSING,
                    nonce=f"job-{job.id}-{job.state}",
                    allowed_mentions=_only(job.member_id),
                )
            )

        outcome = await self._try(job, parcel, post)
        if outcome is Outcome.MESSAGE_GONE:  # a locked thread is told as an archived one
            outcome = Outcome.CLOSED
        return outcome, sent[0].id if sent else None

    async def find_response(self, address: MessageAddress) -> int | Unseen | None:
        """Ask Discord for the interaction's answer: the id of the job's message, where it stands.

        None: the token is dead, and tells nothing. The answer is read as it comes: of the
        library's message too much can be missing.
        """
        if self._client.user is None:
            return Unseen.UNKNOWN
        webhook = self._webhook(address)
        original: Any = "@original"
        try:
            async with asyncio.timeout(ASK_SECONDS):
                said = await async_context.get().get_webhook_message(
                    webhook.id,
                    address.token,
                    original,
                    session=webhook.session,
                    proxy=webhook.proxy,
                    proxy_auth=webhook.proxy_auth,
                )
        except discord.HTTPException as error:
            if classify(error) is Outcome.TOKEN_DEAD:
                return None
            gone = error.code and error.status == GONE
            return Unseen.ABSENT if gone else Unseen.UNKNOWN
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing is known
            log.warning("response.unread", job=address.job_id, kind=type(error).__name__)
            return Unseen.UNKNOWN
        return read_response(said, address.job_id)

    async def call(self, job: Job, address: MessageAddress) -> Outcome:
        """Reply to the job's message with words that notify the member."""
        if address.message_id is None:
            return Outcome.MESSAGE_GONE
        if self._client.user is None:
            return Outcome.BUSY
        channel = self._client.get_partial_messageable(address.channel_id)
        message = channel.get_partial_message(address.message_id)
        return await attempt(
            lambda: channel.send(
                late_call(job),
                reference=message.to_reference(fail_if_not_exists=False),
                nonce=f"call-{job.id}",
                allowed_mentions=_only(job.member_id),
            ),
            EDIT_SECONDS,
            unread=True,
        )

    async def find_sent(self, job: Job, known: int | None) -> tuple[Outcome, int | None]:
        """Find a message that was sent for the job and not written down, other than ``known``.

        DONE and None: there is none. CLOSED or UNPROVEN, where that can't be told: the bot may not
        read back, or too much was said since. Where a message belongs in time is told by Discord's
        ids alone.
        """
        if self._client.user is None:
            return Outcome.BUSY, None
        try:
            return await self._look_back(self._client.user.id, job, known)
        except discord.HTTPException as error:
            return by_bot(classify(error)), None
        except Exception as error:  # noqa: BLE001 - as in ``attempt``
            log.warning("history.unread", job=job.id, kind=type(error).__name__)
            return busy(error), None

    async def _look_back(
        self, mine: int, job: Job, known: int | None
    ) -> tuple[Outcome, int | None]:
        footer, read = job_footer(job.id), 0
        channel = self._client.get_partial_messageable(job.channel_id)
        # Newest first: the message was sent shortly before a crash.
        async for message in channel.history(limit=HISTORY_MESSAGES):
            if message.id < job.interaction_id:
                return Outcome.DONE, None
            if message.author.id == mine and message.id != known and _footer(message) == footer:
                return Outcome.DONE, message.id
            read += 1
        if read == HISTORY_MESSAGES:
            return Outcome.UNPROVEN, None
        if not read:
            await _prove_readable(channel, job.interaction_id)
        return Outcome.DONE, None

    async def _try(
        self,
        job: Job,
        parcel: Parcel,
        act: Callable[[Sequence[discord.File]], Awaitable[object]],
        *,
        unread: bool = False,
        by_token: bool = False,
    ) -> Outcome:
        """Try a door with the parcel's files; one that has gone is no end of the world."""

        async def whole() -> None:
            files = attached_files(job, parcel.file, parcel.thumbnail, described=parcel.described)
            size_bytes = _size_bytes(files)
            async with (
                asyncio.timeout(EDIT_SECONDS + size_bytes / LEAST_BYTES_PER_SECOND),
                least_speed(self._clock, lambda: _sent_bytes(files, size_bytes)),
            ):
                await act(files)

        return await attempt(whole, None, unread=unread, by_token=by_token)


async def _prove_readable(channel: discord.PartialMessageable, message_id: int) -> None:
    """Raise Forbidden where the bot may not read back; ``message_id`` may be of no message.

    Without Read Message History Discord shows an empty history, as if nothing had been said; a
    single message it refuses (its documentation).
    """
    try:
        await channel.fetch_message(message_id)
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise


def read_response(said: object, job_id: int) -> int | Unseen:
    """Read from a message object whether it shows the job; a mere "thinking" does not. Pure."""
    match said:
        case {"id": str() | int() as message_id} if str(message_id).isdecimal():
            pass
        case _:
            return Unseen.UNKNOWN
    match said:
        case {"flags": int(flags)} if flags & LOADING:
            return Unseen.ABSENT
        case {"embeds": [{"footer": {"text": text}}, *_]} if text == job_footer(job_id):
            return int(message_id)
    # Another answer to the interaction: a refusal.
    return Unseen.ABSENT


def _only(member_id: int) -> discord.AllowedMentions:
    """Notify this member and nobody else, not even the author of what is replied to."""
    return discord.AllowedMentions(
        everyone=False, roles=False, replied_user=False, users=[discord.Object(member_id)]
    )


def _footer(message: discord.Message) -> str | None:
    return message.embeds[0].footer.text if message.embeds else None


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
