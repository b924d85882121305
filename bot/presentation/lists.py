"""Balances, lists and tables as embeds."""

from collections.abc import Sequence

import discord
from discord import app_commands

from bot.catalogue import Catalogue, Model
from bot.credits import Balance, LogLine
from bot.jobs.job import Job, JobView
from bot.presentation.job_embed import status_word
from bot.presentation.text import credits_text, duration_text, moment, price_text, tame_line

COLOUR = 0x5865F2
MOST_CHARACTERS = 4000
"""Of a description; Discord takes 4,096."""
_SIGNS = {"hold": "-", "release": "+", "grant": "+", "revoke": "-"}
_VERBS = {
    "hold": "held for a video",
    "settle": "spent on a video",
    "release": "given back",
    "grant": "granted",
    "revoke": "revoked",
    "set": "allowance set",
}


def balance_embed(title: str, balance: Balance, recent: Sequence[LogLine]) -> discord.Embed:
    """Show what a member may spend, and the latest changes."""
    embed = discord.Embed(title=title, colour=COLOUR)
    embed.add_field(name="Left to spend", value=price_text(balance.available), inline=False)
    embed.add_field(
        name="Allowance",
        value=f"{balance.allowance_left:,} left of {balance.allowance:,}, "
        f"renews {moment(balance.renews_at)}",
    )
    embed.add_field(name="Granted", value=f"{balance.granted_left:,}, does not expire")
    embed.add_field(name="Held for videos under way", value=f"{balance.held:,}")
    embed.add_field(name="Last entries", value=_log_text(recent, 1000), inline=False)
    embed.set_footer(text="Videos use the allowance first, then what was granted.")
    return embed


def left_text(balance: Balance) -> str:
    """Say in a sentence what can be spent now."""
    return f"Left to spend now: {price_text(balance.available)}."


def log_embed(lines: Sequence[LogLine]) -> discord.Embed:
    """Show the latest changes of budgets: when, what, whose, by whom and why."""
    return discord.Embed(
        title="Budget log", description=_log_text(lines, MOST_CHARACTERS, whose=True), colour=COLOUR
    )


def status_embed(views: Sequence[JobView]) -> discord.Embed:
    """List a member's jobs under way."""
    lines = [_status_line(view) for view in views]
    text = _fitting(lines, MOST_CHARACTERS)
    text = text or "Nothing is under way. `/sora create` starts a video."
    return discord.Embed(title="Your videos under way", description=text, colour=COLOUR)


def history_embed(jobs: Sequence[Job]) -> discord.Embed:
    """List a member's latest jobs."""
    lines = [
        f"**#{job.id}** {status_word(job.state)} · {job.model} · {job.duration_seconds} s · "
        f"{credits_text(job.price) if job.failure is None else 'not charged'} · "
        f"{moment(job.created_at)}\n{tame_line(job.prompt, 120)}"
        for job in jobs
    ]
    text = _fitting(lines, MOST_CHARACTERS) or "No videos yet. `/sora create` makes the first one."
    embed = discord.Embed(title="Your latest videos", description=text, colour=COLOUR)
    embed.set_footer(text="/sora show brings a video back.")
    return embed


def job_choice(job: Job) -> app_commands.Choice[int]:
    """Offer a job by number, state and the beginning of its prompt."""
    name = f"#{job.id} {status_word(job.state)}: {' '.join(job.prompt.split())}"
    return app_commands.Choice(name=name[:100], value=job.id)


def models_embed(catalogue: Catalogue) -> discord.Embed:
    """Show what can be made, and what it costs."""
    embed = discord.Embed(title="Models", colour=COLOUR)
    for model in catalogue.values():
        embed.add_field(
            name=f"{model.title} · {model.name}", value=_model_text(model), inline=False
        )
    embed.set_footer(text="A failed or cancelled video costs nothing.")
    return embed


def guide_embed() -> discord.Embed:
    """Explain the bot to a new member."""
    steps = (
        "**1.** `/sora create` with a prompt: say what is seen, how the camera moves and the "
        "mood. The price is shown, and held from your budget.\n"
        "**2.** The message tells how far the video is; you can close Discord meanwhile.\n"
        "**3.** The video arrives in the same message. If anything goes wrong, your credits "
        "come back by themselves.\n\n"
        "`/sora models` shows what can be made and what it costs. `/sora balance` shows your "
        "budget. `/sora status` lists what is under way, `/sora cancel` ends what was not sent "
        "yet, `/sora history` and `/sora show` bring older videos back."
    )
    return discord.Embed(title="How to make a video", description=steps, colour=COLOUR)


def _model_text(model: Model) -> str:
    seconds = ", ".join(str(each) for each in model.durations_seconds)
    shortest = model.durations_seconds[0]
    sizes = "\n".join(
        f"`{size:>9}` {model.quote(1, size):>3} credits a second, "
        f"{shortest} s cost {price_text(model.quote(shortest, size))}"
        for size in model.sizes
    )
    wait = duration_text(model.usual_wait_seconds)
    return f"{model.summary} Seconds: {seconds}. Usually ready in {wait}.\n{sizes}"


def _status_line(view: JobView) -> str:
    job = view.job
    where = f" · number {view.place_in_line} in line" if view.place_in_line else ""
    ready = ""
    if job.submitted_at is not None and job.rendered_at is None:
        ready = f" · usually ready {moment(view.expectation.ready_at(job.submitted_at))}"
    return (
        f"**#{job.id}** {status_word(job.state)}{where}{ready} · {view.title} · "
        f"{job.duration_seconds} s · {credits_text(job.price)}\n"
        f"{tame_line(job.prompt, 120)}"
    )


def _log_text(lines: Sequence[LogLine], limit: int, *, whose: bool = False) -> str:
    return _fitting([_log_line(line, whose=whose) for line in lines], limit) or "Nothing yet."


def _log_line(line: LogLine, *, whose: bool) -> str:
    text = f"{moment(line.at, 'f')} **{_SIGNS.get(line.kind, '')}{line.amount:,}** "
    text += _VERBS[line.kind]
    if line.job_id is not None:
        text += f" #{line.job_id}"
    if whose:
        text += f" · <@{line.member_id}>"
    if line.actor_id not in {0, line.member_id}:
        text += f" · by <@{line.actor_id}>"
    if line.reason and line.job_id is None:
        text += f" · {tame_line(line.reason, 100)}"
    return text


def _fitting(lines: Sequence[str], limit: int) -> str:
    """Join whole lines as far as they fit, and say how many did not."""
    text = ""
    for count, line in enumerate(lines):
        if len(text) + len(line) + 1 > limit - 20:
            return f"{text}\n… and {len(lines) - count} more"
        text = f"{text}\n{line}" if text else line
    return text
