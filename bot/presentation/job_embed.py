"""A job as members see it: the embed that tells the truth."""

from dataclasses import dataclass
from datetime import datetime

import discord

from bot.delivery.plan import Unattached
from bot.jobs.job import JobView
from bot.jobs.pauses import Pause, Scope
from bot.jobs.queue import TOLD_ABOUT_PLACES
from bot.jobs.states import OPERATORS, Failure, State
from bot.presentation.embeds import add_field
from bot.presentation.failures import NOTHING_CHARGED, REASONS
from bot.presentation.text import (
    duration_text,
    moment,
    paid_from_text,
    price_text,
    quote,
    reason_text,
)

PROMPT_SHOWN = 1500
"""Characters of the prompt in the embed; the whole one goes to the video service."""
PROMPT_HIDDEN = (
    "-# The prompt is not shown: a filter of Discord's, or a rule of this server, refuses it."
)
BAR_CELLS = 12
THUMBNAIL_NAME = "picture.jpg"
"""The attachment that shows the picture which a video starts from."""
LINK_SHOWN = 600
"""Characters of a link within a field, which takes 1,024 in all; an embed's own takes 2,048."""
_ENDING_A_LINK = ")\\<>"
"""What Discord's Markdown may take for the end of a link, or for something else in it."""

_WORDS = {
    State.HELD: "QUEUED",
    State.SUBMITTING: "QUEUED",
    State.QUEUED: "QUEUED",
    State.PROCESSING: "PROCESSING",
    State.RENDERED: "COMPLETED",
    State.DELIVERED: "COMPLETED",
    State.FAILED: "FAILED",
    State.CANCELLED: "CANCELLED",
    State.LOST: "FAILED (lost)",
}
_UNDECIDED = "WAITING FOR APPROVAL"
_COLOURS = {
    _UNDECIDED: 0x8250DF,
    "QUEUED": 0x9A6700,
    "PROCESSING": 0x0969DA,
    "COMPLETED": 0x1A7F37,
    "FAILED": 0xCF222E,
    "FAILED (lost)": 0xCF222E,
    "CANCELLED": 0x6E7781,
}
_NEUTRAL = _COLOURS["CANCELLED"]
"""Of what is the operator's fault: nothing that the member did."""


_FOLLOWS = {
    Unattached.CONVERTING: "The video is finished; a copy that may be attached here is being made.",
    Unattached.ELSEWHERE: "Discord does not take the video here: it comes in a message of its own.",
}
"""What is said of a video that is still to come."""


@dataclass(frozen=True)
class VideoLink:
    """Where a video lies that could not be attached."""

    url: str
    """Empty where Discord does not take the address either."""
    expires_at: datetime
    why: Unattached = Unattached.TOO_LARGE


def status_word(state: State) -> str:
    """Name a state in the provider's words, where it has one."""
    return _WORDS[state]


def view_word(view: JobView) -> str:
    """Name where a job stands: its state, or that a moderator is asked."""
    return status_word(view.job.state) if view.approval_lapses_at is None else _UNDECIDED


def is_cut(prompt: str) -> bool:
    """Tell whether a job's message shows less than the whole prompt."""
    return quote(prompt, PROMPT_SHOWN).endswith("…")


def job_footer(job_id: int) -> str:
    """Write the footer that marks a job's message."""
    return f"Job #{job_id}"


def job_embed(
    view: JobView, now: datetime, link: VideoLink | None = None, *, prompt: bool = True
) -> discord.Embed:
    """Show a job as it stands; without its ``prompt`` where Discord refuses that."""
    job = view.job
    word = view_word(view)
    if link is not None and link.why is Unattached.CONVERTING:
        word = status_word(State.PROCESSING)
    embed = discord.Embed(
        title=f"{view.title} · {job.duration_seconds} s · {job.size}",
        description=quote(job.prompt, PROMPT_SHOWN) if prompt else PROMPT_HIDDEN,
        colour=_NEUTRAL if job.failure in OPERATORS else _COLOURS[word],
        timestamp=job.created_at,
        url=link.url or None if link is not None else None,
    )
    add_field(embed, word, _news(view, now, link))
    charged = job.failure is None
    price = price_text(job.price) if charged else f"~~{price_text(job.price)}~~ not charged"
    if charged and view.paid_from:
        price += f"\nfrom {paid_from_text(view.paid_from)}"
    add_field(embed, "Price", price, inline=True)
    add_field(embed, "Requested by", f"<@{job.member_id}>", inline=True)
    if view.decided_by is not None:
        verdict = "Declined by" if job.failure is Failure.DECLINED else "Approved by"
        add_field(embed, verdict, f"<@{view.decided_by}>", inline=True)
    embed.set_footer(text=job_footer(job.id))
    if job.picture is not None:
        embed.set_thumbnail(url=f"attachment://{THUMBNAIL_NAME}")
    return embed


def plain_text(view: JobView) -> str:
    """Say of a job what stays true of it, where Discord takes no embed; edits leave it there."""
    job = view.job
    return (
        f"Job #{job.id}: {view.title} · {job.duration_seconds} s · {job.size} for "
        f"{price_text(job.price)}. `/sora status` tells how it goes on."
    )


def _news(view: JobView, now: datetime, link: VideoLink | None) -> str:
    """Say what is happening, or what has."""
    job = view.job
    if job.failure is not None:
        return _uncharged(view, job.failure, link)
    if job.state in {State.HELD, State.SUBMITTING, State.QUEUED}:
        return _waiting(view, now)
    if job.state is State.PROCESSING:
        return _processing(view, now)
    return _completed(view, link)


def _processing(view: JobView, now: datetime) -> str:
    job = view.job
    if job.result_url is not None:
        return "The video is finished and is being fetched."
    if job.finished_at is not None:
        return f"The video service finished {moment(job.finished_at)}; its video is awaited."
    if not view.expectation.known:
        return _usual_wait(view)
    return f"{_bar(view, now)}\n{_ready(view, now)}"


def _uncharged(view: JobView, failure: Failure, link: VideoLink | None) -> str:
    """Say why there is no video, or that it came when the credits were back already."""
    if view.late_video is None:
        return f"{REASONS[failure]}\n{NOTHING_CHARGED}"
    if link is not None and not link.url:
        where = " Discord does not take it in this place: ask for it in another channel."
    else:
        where = "" if link is None else f" Here it is: {_link_text(link)}."
    return f"The video came after all, {moment(view.late_video.at)}; it is not charged.{where}"


def _waiting(view: JobView, now: datetime) -> str:
    job = view.job
    if view.pause_over_at is not None:
        return (
            "An admin has paused new videos in this server; the credits are held while this one "
            "waits for the end of that. If it lasts too long, they come back "
            f"{moment(view.pause_over_at)}. `/sora cancel job:{job.id}` gives them back now."
        )
    if view.approval_lapses_at is not None:
        who = (
            "Members who may time out others or manage the server can decide below"
            if view.approval_channel_id is None
            else "The moderators are asked in a channel of theirs"
        )
        return (
            "This price needs a moderator's approval; the credits are held until then. "
            f"{who}. It lapses {moment(view.approval_lapses_at)}. "
            f"`/sora cancel job:{job.id}` gives them back."
        )
    if view.operator_pause is not None:
        return _paused(view, view.operator_pause)
    if job.state is State.QUEUED:
        return f"The video service has it. {_ready(view, now)}"
    if job.state is State.SUBMITTING or view.place_in_line is None:
        return f"On its way to the video service. {_usual_wait(view)}"
    return (
        f"{_place(view.place_in_line)}; the credits are held. "
        f"`/sora cancel job:{job.id}` gives them back. {_usual_wait(view)}"
    )


def _place(number: int) -> str:
    """Tell a place in line; one that is not kept up to date would soon be wrong."""
    if number <= TOLD_ABOUT_PLACES:
        return f"Number {number} in line"
    return f"More than {TOLD_ABOUT_PLACES} videos are before it in line (see `/sora status`)"


def _paused(view: JobView, pause: Pause) -> str:
    """Say what the operator has paused, and what becomes of a job that waits."""
    what = {
        Scope.ALL: "all new videos",
        Scope.GUILD: "new videos in this server",
        Scope.PROVIDER: "the video service that makes this one",
        Scope.MODEL: view.title,
    }[pause.target.scope]
    place = "" if view.place_in_line is None else f" {_place(view.place_in_line)}."
    return (
        f"Whoever runs the bot has paused {what}, {moment(pause.since)}{reason_text(pause.reason)}."
        f"{place} It goes on by itself afterwards; the credits are held, and come back if that "
        f"lasts too long. `/sora cancel job:{view.job.id}` gives them back now."
    )


def _completed(view: JobView, link: VideoLink | None) -> str:
    job = view.job
    took = ""
    if job.took_seconds is not None:
        took = f"Made in {duration_text(job.took_seconds)}. "
    return took + (_attached(job.id) if link is None else _unattached(job.id, link))


def _attached(job_id: int) -> str:
    return f"`/sora show job:{job_id}` brings it back at any time."


def _unattached(job_id: int, link: VideoLink) -> str:
    """Say why a finished video is not in its message, and how it is to be had."""
    if link.why in _FOLLOWS:
        return _FOLLOWS[link.why]
    if not link.url:
        return (
            "The video is finished and kept, but Discord does not let it be shown here: a "
            "filter, or a rule of this server, refuses it. "
            f"`/sora show job:{job_id}` brings it to you alone; use it in another channel where "
            "this one refuses it as well."
        )
    if link.why is Unattached.REFUSED:
        return (
            f"A filter of Discord's, or a rule of this server, refuses the video as a file: "
            f"{_link_text(link)}. This link ends {moment(link.expires_at)}; "
            f"`/sora show job:{job_id}` brings the video to you alone, where Discord takes it."
        )
    if link.why is Unattached.LOST:
        return (
            f"The bot's own copy of the video was lost; the video service still has it: "
            f"{_link_text(link)}. This link ends {moment(link.expires_at)}: please save it by then."
        )
    if link.why is Unattached.NOT_CONVERTED:
        return (
            f"The video came in a form that Discord does not play, and the bot could not "
            f"convert it: {_link_text(link)}. This link ends {moment(link.expires_at)}; "
            f"`/sora show job:{job_id}` tries once more, an hour later at the earliest."
        )
    return (
        f"The video is too large to attach here: {_link_text(link)}. "
        f"This link ends {moment(link.expires_at)}; `/sora show job:{job_id}` brings the "
        "video back where more may be attached."
    )


def _link_text(link: VideoLink) -> str:
    # An address is not changed, as it may be signed: where it would end its link, or is too long,
    # only the title carries it.
    if len(link.url) > LINK_SHOWN or any(each in link.url for each in _ENDING_A_LINK):
        return "this message's title opens it"
    return f"[watch or save it]({link.url})"


def _bar(view: JobView, now: datetime) -> str:
    """Draw the time that has passed against the time such videos take."""
    elapsed = (now - (view.job.submitted_at or view.job.created_at)).total_seconds()
    passed = max(0.0, elapsed) / max(1.0, view.expectation.seconds)
    cells = min(BAR_CELLS - 1, int(BAR_CELLS * passed))
    return "▰" * cells + "▱" * (BAR_CELLS - cells)


def _ready(view: JobView, now: datetime) -> str:
    """Tell when the video may be expected, and from what that is known."""
    ready_at = view.expectation.ready_at(view.job.submitted_at or view.job.created_at)
    if not view.expectation.known:
        return _usual_wait(view)
    if now > ready_at:
        return f"It takes longer than usual. {_usual_wait(view)}"
    return f"Ready {moment(ready_at)}, if it goes as usual. {_usual_wait(view)}"


def _usual_wait(view: JobView) -> str:
    expectation = view.expectation
    if not expectation.known:
        return "How long such a video takes is not known yet."
    usual = duration_text(expectation.seconds)
    if expectation.samples:
        return f"The last {expectation.samples} such videos took about {usual}."
    return f"Such a video is said to take about {usual}."
