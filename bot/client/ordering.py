"""From a member's wish to a job that is shown: what every way of asking for a video shares."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any, TypeVar

import discord
import structlog

from bot.catalogue import Order, Wish, free_models, place_order
from bot.client.answers import RESPONSE_SECONDS, answered_before, clickable_embed
from bot.client.offering import (
    TOKEN_LIFETIME,
    Pressed,
    mark_ordered,
    offers_for,
    show_offers,
)
from bot.client.services import Services
from bot.credits import Payer, Spender
from bot.errors import (
    AlreadyOrdered,
    BotError,
    BotLacksPermissions,
    Offering,
    OutsideGuild,
    PictureFault,
    PictureRefused,
    PriceChanged,
    Refusal,
    ServerNotOpen,
    Suggestion,
    Unmakeable,
)
from bot.jobs.drafts import Draft
from bot.jobs.job import JobView, Request
from bot.pictures import MAX_PICTURE_BYTES, Fit
from bot.presentation.buttons import job_buttons
from bot.presentation.job_embed import job_embed, plain_text
from bot.presentation.video_reply import thumbnail_file
from bot.redaction import write_about

Interaction = discord.Interaction[Any]
T = TypeVar("T")

ANSWERABLE = timedelta(seconds=3)
"""An interaction that is older takes no first answer (Discord's documentation)."""
INVALID_FORM = 50035
"""Discord's code for a message that it refuses, as a part of it is too long, say."""
SHOW_SECONDS = 30.0
"""For a first answer that Discord waits for: it was told that we are thinking."""
UNTOLD = "application/octet-stream"
"""What Discord says of files whose kind it does not know, where it says anything."""
PICTURE_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".jfif", ".webp", ".avif", ".heic", ".heif"})
NEEDED = ("view_channel", "send_messages", "embed_links", "attach_files")
"""What the bot needs in a channel to show a video there when the token is dead."""

log = structlog.get_logger()


class UnreadResponse(Exception):
    """Discord took the first response and did not say which message it made."""


@dataclass(frozen=True)
class Attached:
    """A picture that a member has attached, as Discord describes it."""

    file: discord.Attachment
    fit: Fit = Fit.COVER

    def check(self) -> None:
        """Refuse at once what need not be fetched; raise PictureRefused."""
        if self.file.size > MAX_PICTURE_BYTES:
            raise PictureRefused(PictureFault.TOO_MANY_BYTES, MAX_PICTURE_BYTES)
        kind = self.file.content_type or UNTOLD
        if kind != UNTOLD and not kind.startswith("image/"):
            raise PictureRefused(PictureFault.NOT_A_PICTURE)


def likely_picture(files: Iterable[discord.Attachment]) -> discord.Attachment | None:
    """Find the first of a message's files that may be a picture; its bytes will tell.

    Discord does not tell of what kind each file is; then its name does, or nothing.
    """
    return next((file for file in files if _may_be_picture(file)), None)


def _may_be_picture(file: discord.Attachment) -> bool:
    kind = file.content_type or UNTOLD
    if kind != UNTOLD:
        return kind.startswith("image/")
    ending = PurePath(file.filename).suffix.lower()
    return ending in PICTURE_ENDINGS or not (ending or file.content_type)


Picture = Attached | str | None
"""Attached just now, or the name of one that was received before."""


@dataclass(frozen=True)
class Ordering:
    """Takes orders by interactions."""

    services: Services

    async def order(
        self,
        interaction: Interaction,
        wish: Wish,
        picture: Picture = None,
        pressed: Pressed | None = None,
    ) -> None:
        """Check, hold the price, show the job; only then may it go on.

        Where something else can be had, a refusal has it as buttons; so has what costs another
        price than the button ``pressed`` says. Raises a Refusal.
        """
        write_about(wish.prompt)
        payer, received_at = payer_of(interaction), self.services.clock.now()
        if isinstance(picture, Attached):
            picture.check()
        wish = replace(wish, pictured=picture is not None)
        try:
            order = place_order(self.services.menu(), wish)
            if pressed is not None and order.price != pressed.price:
                raise PriceChanged(pressed.price, order.choice)
            check_permissions(interaction)
            request = request_of(interaction, payer, received_at, pressed)
            await self._take(interaction, request, order, picture, pressed)
        except Refusal as error:
            await self._offer(interaction, wish, picture, pressed, error)

    async def preview(self, interaction: Interaction, wish: Wish) -> Suggestion | None:
        """Tell what an order would be now; None: just that cannot be had. Raise what refuses it."""
        payer, now = payer_of(interaction), self.services.clock.now()
        try:
            order = place_order(self.services.menu(), wish)
        except Unmakeable:
            return None
        check_permissions(interaction)
        await self.services.jobs.check(request_of(interaction, payer, now), order)
        return order.choice

    async def _take(
        self,
        interaction: Interaction,
        request: Request,
        order: Order,
        picture: Picture,
        pressed: Pressed | None,
    ) -> None:
        """Take an order that can be made, with its picture; raise a Refusal."""
        if picture is None:
            with self._naming_free():
                await self._place(interaction, request, order, None, pressed)
            return
        # Who may not have it costs no fetch and no disk.
        with self._naming_free():
            await self.services.jobs.check(request, order)
        payer = request.payer
        if isinstance(picture, Attached):
            self.services.intake.check(payer)
        if not await _defer(interaction, ephemeral=False):
            return
        async with _private_refusals(interaction), self._received(payer, picture) as received:
            await self._place(interaction, request, order, received, pressed)

    @contextlib.contextmanager
    def _naming_free(self) -> Iterator[None]:
        """Let a refusal of what costs something name what costs nothing."""
        try:
            yield
        except ServerNotOpen as error:
            error.free = free_models(self.services.menu())
            raise

    async def _place(
        self,
        interaction: Interaction,
        request: Request,
        order: Order,
        picture: str | None,
        pressed: Pressed | None,
    ) -> None:
        jobs = self.services.jobs
        view = await jobs.create(request, order, picture)
        # From here on the job is written. Whatever happens, the message may stand all the same:
        # Discord is asked, and nothing is said that could be untrue.
        try:
            jobs.first_shown(view)
            message_id = await self._show(interaction, view)
            await jobs.announce(view.job.id, message_id)
        except Exception as error:  # noqa: BLE001 - a list of types would miss one
            log.warning("response.failed", job=view.job.id, kind=type(error).__name__)
            await self._confirm(view.job.id, foreign=await self._foreign(interaction, error))
            return
        if pressed is not None:
            await mark_ordered(interaction, self.services, pressed, view.job.id, message_id)

    async def _foreign(self, interaction: Interaction, error: Exception) -> bool:
        """Tell whether another instance, which has another database, has answered."""
        instances = self.services.instances
        return answered_before(error) and await instances.answered_before(
            interaction.id, claimed=True
        )

    async def _confirm(self, job_id: int, *, foreign: bool) -> None:
        jobs = self.services.jobs
        try:
            await (jobs.disown(job_id) if foreign else jobs.confirm(job_id))
        except Exception:  # the periodic round finds the job, and asks again
            log.exception("response.unsettled", job=job_id)

    async def _show(self, interaction: Interaction, view: JobView) -> int:
        """Show the job as the answer; give the message's id, or raise whatever there was."""
        deferred = interaction.response.is_done()
        embed = clickable_embed(interaction, job_embed(view, self.services.clock.now()))
        async with asyncio.timeout(SHOW_SECONDS if deferred else RESPONSE_SECONDS):
            buttons = job_buttons(view, self.services.menu()) or discord.utils.MISSING
            if not deferred:
                send = interaction.response.send_message
                response = await _sent(send, view, embed=embed, view=buttons)
                if response.message_id is None:
                    raise UnreadResponse
                return response.message_id
            files = []
            if view.job.picture is not None:
                path = await self.services.pictures.thumbnail(view.job.picture, view.job.payer)
                files.append(thumbnail_file(path))
            edit = interaction.edit_original_response
            message = await _sent(edit, view, embed=embed, attachments=files, view=buttons)
            return message.id

    @contextlib.asynccontextmanager
    async def _received(self, payer: Payer, picture: Picture) -> AsyncIterator[str | None]:
        """Fetch and check a picture, unless that has been done; it goes where it isn't used."""
        if not isinstance(picture, Attached):
            yield picture
            return
        url, fit = picture.file.url, picture.fit
        async with self.services.intake.received(payer, url, fit) as received:
            yield received

    async def _offer(
        self,
        interaction: Interaction,
        wish: Wish,
        picture: Picture,
        pressed: Pressed | None,
        error: Refusal,
    ) -> None:
        """Answer a refusal with what can be had instead, as buttons; raise it where nothing can."""
        spender = spender_of(interaction)
        if isinstance(error, Unmakeable):
            # Where the operator has paused everything, nothing near it can be had either.
            await self.services.jobs.check_open(spender.payer.guild_id)
        if isinstance(error, AlreadyOrdered) and error.message_id is None:
            error.message_id = await self.services.jobs.message_of(error.job_id)
        offered = await offers_for(self.services, spender, wish, error)
        if isinstance(error, Offering):
            error.suggestions = offered
        if not offered:
            raise error
        if isinstance(picture, Attached):
            # Who may not have any of it costs no fetch and no disk.
            with self._naming_free():
                await self.services.jobs.check_offered(spender, offered)
            self.services.intake.check(spender.payer)
        if picture is not None:
            # On receipt: what is attached to a command does not last.
            done = interaction.response.is_done()
            if not done and not await _defer(interaction, ephemeral=True):
                return
        origin = pressed.origin if pressed and isinstance(error, PriceChanged) else None
        async with self._received(spender.payer, picture) as received:
            draft = Draft(wish, received, origin)
            await show_offers(interaction, self.services, spender.payer, draft, error, offered)


async def _sent(send: Callable[..., Awaitable[T]], about: JobView, **shown: Any) -> T:
    """Show a job, or say of it what matters where Discord refuses what it would be shown with."""
    try:
        return await send(**shown)
    except discord.HTTPException as error:
        if error.code != INVALID_FORM:
            raise
        log.warning("response.refused", job=about.job.id, code=error.code)
        return await send(content=plain_text(about))


async def _defer(interaction: Interaction, *, ephemeral: bool) -> bool:
    """Let Discord show that we work on it; False where it does not take that (any more).

    Then nothing goes on: the member could not be told, or another delivery was faster.
    """
    try:
        async with asyncio.timeout(RESPONSE_SECONDS):
            await interaction.response.defer(ephemeral=ephemeral, thinking=True)
    except Exception as error:  # noqa: BLE001 - a list of types would miss one
        log.warning("deferral.failed", kind=type(error).__name__)
        if answered_before(error):
            instances = interaction.client.services.instances
            await instances.answered_before(interaction.id, claimed=False)
        # The library notes what Discord took before it reads the answer.
        return interaction.response.is_done()
    return True


@contextlib.asynccontextmanager
async def _private_refusals(interaction: Interaction) -> AsyncIterator[None]:
    """Take the public "thinking" back after a refusal, which is for the member alone."""
    try:
        yield
    except BotError:
        try:
            await interaction.delete_original_response()
        except Exception as error:  # noqa: BLE001 - the refusal itself is what matters
            log.warning("deferral.stays", kind=type(error).__name__)
        raise


def payer_of(interaction: Interaction) -> Payer:
    """Tell whose budget is meant; raise OutsideGuild."""
    if interaction.guild_id is None:
        raise OutsideGuild
    return Payer(interaction.guild_id, interaction.user.id)


def spender_of(interaction: Interaction) -> Spender:
    """Tell who asks, with their roles and the channel; raise OutsideGuild."""
    return Spender(payer_of(interaction), roles_of(interaction.user), channels_of(interaction))


def channels_of(interaction: Interaction) -> frozenset[int]:
    """Tell the channel, and that of a thread."""
    return frozenset(filter(None, (interaction.channel_id, _parent_of(interaction))))


def roles_of(member: discord.User | discord.Member) -> frozenset[int]:
    """Tell which roles somebody has; nobody has any outside a server.

    ``Member.roles`` leaves out those that the library does not know (measured on discord.py
    2.7.1): until a server has come, after a start or an outage, no role's limits would hold.
    """
    if not isinstance(member, discord.Member):
        return frozenset()
    return frozenset(member._roles)  # noqa: SLF001 - there is no public name for the ids


def _parent_of(interaction: Interaction) -> int | None:
    thread = interaction.channel
    return thread.parent_id if isinstance(thread, discord.Thread) else None


def check_permissions(interaction: Interaction) -> None:
    """Make sure that the bot can show the video also after the token; raise BotLacksPermissions."""
    in_thread = isinstance(interaction.channel, discord.Thread)
    needed = [
        "send_messages_in_threads" if in_thread and name == "send_messages" else name
        for name in NEEDED
    ]
    allowed = interaction.app_permissions
    if missing := tuple(name for name in needed if not getattr(allowed, name)):
        raise BotLacksPermissions(missing)


def request_of(
    interaction: Interaction,
    payer: Payer,
    received_at: datetime,
    pressed: Pressed | None = None,
) -> Request:
    """Keep what opens the interaction's answer later on.

    Where it is answered, it was received within the time for that: so the token's end is told
    by our clock alone, which may differ from the one that made the interaction's id.
    """
    return Request(
        interaction_id=interaction.id,
        guild_id=payer.guild_id,
        channel_id=interaction.channel_id or 0,
        member_id=payer.member_id,
        application_id=interaction.application_id,
        token=interaction.token,
        token_expires_at=received_at + TOKEN_LIFETIME - ANSWERABLE,
        attachment_limit=interaction.filesize_limit,
        role_ids=roles_of(interaction.user),
        parent_channel_id=_parent_of(interaction),
        origin=pressed.origin if pressed else None,
    )
