"""What a job's message shows: its embed, its files and its buttons."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import discord
import structlog

from bot.catalogue import Menu
from bot.clock import Clock
from bot.delivery.encoder import Encoder
from bot.delivery.plan import Fitted
from bot.errors import PictureRefused, StorageError
from bot.jobs.job import Job, JobView
from bot.jobs.states import Failure
from bot.notifier.doors import Parcel
from bot.notifier.ways import Way
from bot.pictures import Pictures
from bot.presentation.buttons import job_buttons
from bot.presentation.job_embed import job_embed
from bot.presentation.video_reply import video_link

log = structlog.get_logger()


@dataclass(frozen=True)
class Files:
    """Where what is attached comes from."""

    pictures: Pictures
    encoder: Encoder


class Parcels:
    """Puts them together."""

    def __init__(self, clock: Clock, pictures: Pictures, menu: Callable[[], Menu]) -> None:
        self._clock = clock
        self._pictures = pictures
        self._menu = menu

    async def video(self, view: JobView, way: Way, copy: Fitted) -> Parcel:
        """Show a finished job with its video, or where there is no file with what came of it."""
        now = self._clock.now()
        link = video_link(view.job, now, copy.why_not) if copy.file is None else None
        if link is not None and not way.link:
            link = replace(link, url="")
        embed = job_embed(view, now, link, prompt=way.prompt)
        return await self.parcel(view, embed, way, copy.file)

    async def job(self, view: JobView, way: Way) -> Parcel:
        """Show a job as it stands."""
        embed = job_embed(view, self._clock.now(), prompt=way.prompt)
        return await self.parcel(view, embed, way)

    async def parcel(
        self, view: JobView, embed: discord.Embed, way: Way, file: Path | None = None
    ) -> Parcel:
        """Put together what the message shows: after a failure, what can be had instead."""
        thumbnail = await self._thumbnail(view.job) if way.picture else None
        if thumbnail is None:
            embed = embed.copy().set_thumbnail(url=None)
        return Parcel(
            embed,
            file,
            thumbnail,
            job_buttons(view, self._menu()),
            described=way.prompt,
            cleared=view.job.picture is not None and not way.picture,
        )

    def without_files(self, view: JobView, way: Way) -> Parcel:
        """Show the job and leave the message's files as they are."""
        embed = job_embed(view, self._clock.now(), prompt=way.prompt).set_thumbnail(url=None)
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
