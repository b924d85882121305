"""Brings a video to whoever asks for it, as the answer to their command."""

import contextlib
from pathlib import Path
from typing import Any

import discord
import structlog

from bot.clock import Clock
from bot.delivery.encoder import Encoder
from bot.delivery.plan import Fitted, Unattached
from bot.delivery.video import Video
from bot.errors import NotBrought, PictureRefused, StorageError, ToolFailed
from bot.jobs.job import Job, JobView
from bot.notifier.answers import attempt
from bot.notifier.doors import EDIT_SECONDS
from bot.notifier.errands import Errand
from bot.notifier.ways import Outcome, Refused, Way
from bot.pictures import Pictures
from bot.presentation.video_reply import video_reply

DEAD = {Outcome.TOKEN_DEAD, Outcome.UNANSWERED}
"""Nothing that is said by the command's token arrives any more."""
SHOW_SECONDS = 10 * EDIT_SECONDS
"""A token lives for no more than a quarter of an hour."""

log = structlog.get_logger()


class Showing:
    """Answers with videos, to one member alone."""

    def __init__(self, clock: Clock, pictures: Pictures, encoder: Encoder) -> None:
        self._encoder = encoder
        self._clock = clock
        self._pictures = pictures

    async def show(
        self, interaction: discord.Interaction[Any], view: JobView, video: Video | None
    ) -> bool:
        """Answer a deferred command, in the first way that Discord takes; None: a link is all.

        Tells whether the video, or the way to it, was taken. Raises NotBrought where Discord takes
        neither, and still takes words.
        """
        thumbnail = await self._thumbnail(view.job)

        async def send(way: Way, copy: Fitted) -> Outcome:
            small = thumbnail if way.picture else None
            said = {"prompt": way.prompt, "linked": way.link}

            async def answer() -> None:
                reply = video_reply(view, copy, small, self._clock.now(), **said)
                await interaction.followup.send(ephemeral=True, **reply)

            return await attempt(answer, SHOW_SECONDS, unread=True, by_token=True)

        async def fit(video: Video, limit_bytes: int) -> Fitted:
            try:
                return await self._encoder.fit(video, limit_bytes, interaction.user.id)
            except ToolFailed:  # a link now is more than a file perhaps later
                return Fitted(None, Unattached.NOT_CONVERTED)

        errand = Errand(
            view.job.id,
            send,
            _remember,
            lambda _: {interaction.filesize_limit},
            fit,
            video=video,
            why_not=Unattached.LOST if video is None else Unattached.REFUSED,
            # An answer is what it is: refused, there is no other message to send it by.
            refused=frozenset({Refused.NEW}),
        )
        outcome, _ = await errand.run()
        if outcome is Outcome.DONE:
            return True
        log.warning("shown.refused", job=view.job.id, outcome=outcome.name)
        if outcome in DEAD:
            return False
        raise NotBrought(view.job.id)

    async def _thumbnail(self, job: Job) -> Path | None:
        """Give the picture that a video started from; None where there is none any more."""
        if job.picture is None:
            return None
        with contextlib.suppress(PictureRefused, StorageError):
            return await self._pictures.thumbnail(job.picture, job.payer)
        return None


async def _remember(_: frozenset[Refused]) -> None:
    """Keep nothing: elsewhere the same may be taken."""
