"""Prices that a moderator must approve, in words for who decides."""

from collections.abc import Sequence

import discord

from bot.credits.approvals import OpenApproval
from bot.jobs.job import Job
from bot.presentation.embeds import COLOUR, MOST_CHARACTERS, fitting
from bot.presentation.text import credits_text, message_url, moment, price_text, quote, tame_line

PROMPT_SHOWN = 1000
"""Characters of a prompt in the moderators' channel, whose messages take 2,000."""
MODERATORS = "Members who may time out others or manage the server"


def request_text(job: Job, title: str, asked: OpenApproval) -> str:
    """Ask the moderators about a price."""
    return (
        f"**A price needs approval:** {price_text(job.price)} for {title} · "
        f"{job.duration_seconds} s · {job.size}, asked for by <@{job.member_id}> in "
        f"{_link(asked)}.\n{quote(job.prompt, PROMPT_SHOWN)}\n"
        f"{MODERATORS} can decide, not whoever asked. It lapses {moment(asked.lapses_at)}."
    )


def is_cut(prompt: str) -> bool:
    """Tell whether a request shows less than the whole prompt."""
    return quote(prompt, PROMPT_SHOWN).endswith("…")


def closed_text(approver_id: int, approved: bool) -> str:
    """Say in the moderators' channel how it ended."""
    return f"**{'Approved' if approved else 'Declined'}** by <@{approver_id}>."


def decided_text(job: Job, approved: bool) -> str:
    """Say what a moderator has decided."""
    if approved:
        return f"Job #{job.id} is approved for {credits_text(job.price)}; it goes on."
    return f"Job #{job.id} is declined; {credits_text(job.price)} went back to <@{job.member_id}>."


def open_embed(waiting: Sequence[OpenApproval]) -> discord.Embed:
    """List the prices that wait for a decision, those that lapse first on top."""
    lines = [
        f"**#{each.job_id}** {price_text(each.price)} · <@{each.member_id}> · {_link(each)} · "
        f"lapses {moment(each.lapses_at)}\n{tame_line(each.prompt, 120)}"
        for each in waiting
    ]
    text = fitting(lines, MOST_CHARACTERS) or "Nothing waits for a decision."
    return discord.Embed(title="Prices to approve", description=text, colour=COLOUR)


def _link(asked: OpenApproval) -> str:
    if asked.message_id is None:
        return f"<#{asked.channel_id}>"
    return message_url(asked.guild_id, asked.channel_id, asked.message_id)
