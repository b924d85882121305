"""Answers about one job, to the member alone."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import discord

from bot.addresses import exact
from bot.delivery.plan import Fitted, Unattached
from bot.jobs.job import Job, JobView
from bot.presentation.job_embed import THUMBNAIL_NAME, VideoLink, job_embed
from bot.presentation.text import credits_text

LINK_LIFETIME = timedelta(days=7)
"""How long Segmind keeps a finished video (its documentation)."""
ALT_TEXT_LIMIT = 1000
"""Characters; Discord takes 1,024."""


def video_link(job: Job, now: datetime, why: Unattached | None = Unattached.TOO_LARGE) -> VideoLink:
    """Point to the provider's copy of a video that is not attached, and say why it is not."""
    return _link(job.result_url or "", job.rendered_at or now, why)


def _link(url: str, since: datetime, why: Unattached | None) -> VideoLink:
    return VideoLink(str(exact(url)), since + LINK_LIFETIME, why or Unattached.TOO_LARGE)


def video_reply(
    view: JobView,
    copy: Fitted,
    thumbnail: Path | None,
    now: datetime,
    *,
    prompt: bool = True,
    linked: bool = True,
) -> dict[str, Any]:
    """Put a finished video into a message: attached, or linked where there is no file.

    Without the ``prompt``, and not ``linked``, where Discord refuses those.
    """
    late = view.late_video
    if copy.file is not None:
        link = None
    elif late is not None:
        link = _link(late.url, late.at, copy.why_not)
    else:
        link = video_link(view.job, now, copy.why_not)
    if link is not None and not linked:
        link = replace(link, url="")
    embed = job_embed(view, now, link, prompt=prompt)
    if thumbnail is None:
        embed.set_thumbnail(url=None)
    files = attached_files(view.job, copy.file, thumbnail, described=prompt)
    return {"embed": embed, "files": files}


def attached_files(
    job: Job, video: Path | None, thumbnail: Path | None, *, described: bool = True
) -> list[discord.File]:
    """Make a message's attachments, anew for each attempt: the library closes them."""
    files = [] if thumbnail is None else [thumbnail_file(thumbnail)]
    return files if video is None else [*files, video_file(job, video, described=described)]


def thumbnail_file(file: Path) -> discord.File:
    """Make the attachment that the embed shows as its thumbnail."""
    description = "The picture that the video starts from"
    return discord.File(file, filename=THUMBNAIL_NAME, description=description)


def video_file(job: Job, file: Path, *, described: bool = True) -> discord.File:
    """Make the attachment; the prompt says to those who cannot see it what it shows."""
    description = job.prompt[:ALT_TEXT_LIMIT] if described else None
    return discord.File(file, filename="video.mp4", description=description)


def late_call(job: Job) -> str:
    """Call the member to a video that took long."""
    return f"<@{job.member_id}>, your video is here: job #{job.id}."


def cancelled_text(job: Job) -> str:
    """Say that a job was cancelled."""
    return f"Job #{job.id} is cancelled; {credits_text(job.price)} are back in your budget."


def given_up_text(job: Job) -> str:
    """Say what giving a job up means."""
    return (
        f"Job #{job.id} is ended; {credits_text(job.price)} are back with <@{job.member_id}>. "
        f"Should the video come after all, `/sora show job:{job.id}` brings it, free of charge."
    )
