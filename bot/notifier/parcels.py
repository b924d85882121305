"""What a job's message shows: its embed, its files and its buttons."""

from collections.abc import Callable
from pathlib import Path

import discord
import structlog

from bot.catalogue import Menu
from bot.clock import Clock
from bot.delivery.plan import Fitted
from bot.errors import PictureRefused, StorageError
from bot.jobs.job import Job, JobView
from bot.jobs.states import Failure
from bot.notifier.doors import Parcel
from bot.pictures import Pictures
from bot.presentation.buttons import job_buttons
from bot.presentation.job_embed import job_embed
from bot.presentation.video_reply import video_link

log = structlog.get_logger()


class Parcels:
    """Puts them together."""

    def __init__(self, clock: Clock, pictures: Pictures, menu: Callable[[], Menu]) -> None:
        self._clock = clock
        self._pictures = pictures
        self._menu = menu

    def video_embed(self, view: JobView, copy: Fitted) -> discord.Embed:
        """Show a finished job with its video, or where there is no file a link; see video_link."""
        now = self._clock.now()
        link = video_link(view.job, now, copy.why_not) if copy.file is None else None
        return job_embed(view, now, link)

    async def parcel(self, view: JobView, embed: discord.Embed, file: Path | None = None) -> Parcel:
        """Put together what the message shows: after a failure, what can be had instead."""
        thumbnail = await self._thumbnail(view.job)
        if thumbnail is None:
            embed = embed.copy().set_thumbnail(url=None)
        return Parcel(embed, file, thumbnail, job_buttons(view, self._menu()))

    def without_files(self, view: JobView) -> Parcel:
        """Show the job and leave the message's files as they are."""
        embed = job_embed(view, self._clock.now()).set_thumbnail(url=None)
        return Parcel(embed, buttons=job_buttons(view, self._menu()))

    async def _thumbnail(self, job: Job) -> Path | None:
        """Give the picture that the job starts from; None where there is none any more."""
        if job.picture is None or job.failure is Failure.CANCELLED_BY_MEMBER:
            return None  # with the order its picture goes
        try:
            return await self._pictures.thumbnail(job.picture, job.payer)
        except (PictureRefused, StorageError) as error:
            log.warning("show.no_picture", job=job.id, kind=type(error).__name__)
            return None
