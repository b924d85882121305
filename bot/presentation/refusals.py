"""Every error in words for people: what happened, and what to do next."""

from functools import singledispatch

from bot.errors import (
    AmountOutOfRange,
    BotError,
    BotLacksPermissions,
    InsufficientCredits,
    MemberGone,
    NoSuchJob,
    NotAdmin,
    NotYours,
    NoVideoYet,
    OptionUnavailable,
    OutsideGuild,
    PromptEmpty,
    PromptTooLong,
    RevokesTooMuch,
    StorageBusy,
    StorageFull,
    TooLateToCancel,
    UnknownModel,
)
from bot.jobs.states import UNCHARGED_ENDS, State
from bot.presentation.text import credits_text, listing, moment, price_text, tame


@singledispatch
def explain(error: BotError) -> str:  # noqa: ARG001 - the words for what has none of its own
    """Put an error into words for the member who met it."""
    return (
        "Something went wrong inside the bot. Nothing was charged; please try again, and tell "
        "whoever runs the bot if it stays."
    )


@explain.register
def _(_: OutsideGuild) -> str:
    return "This works in a server only. Please use the command in a channel of one."


@explain.register
def _(_: NotAdmin) -> str:
    return "Only members with the permission *Manage Server* can do this. Please ask one of them."


@explain.register
def _(error: NotYours) -> str:
    return f"Job #{error.job_id} belongs to another member. `/sora status` lists yours."


@explain.register
def _(_: MemberGone) -> str:
    return "That person is not in this server (any more). Please pick a member from the list."


@explain.register
def _(error: BotLacksPermissions) -> str:
    names = "\n".join(f"- {name.replace('_', ' ').title()}" for name in error.missing)
    return (
        f"I cannot show a video in this channel, because I lack:\n{names}\n"
        "Please ask an admin to allow that here, or use another channel. Nothing was charged."
    )


@explain.register
def _(_: PromptEmpty) -> str:
    return "The prompt is empty. Please describe the video: what is seen, how it moves, the mood."


@explain.register
def _(error: PromptTooLong) -> str:
    return (
        f"The prompt has {error.length:,} characters; {error.limit:,} are the most. "
        "Please shorten it."
    )


@explain.register
def _(error: UnknownModel) -> str:
    name = tame(error.name, 60)
    return f"There is no model “{name}”. Please choose one of {listing(error.known)}."


@explain.register
def _(error: OptionUnavailable) -> str:
    text = (
        f"{error.model} has no {error.option} {tame(error.value, 40)}; "
        f"it has {listing(error.allowed)}."
    )
    if error.served_by:
        text += f" {tame(error.value, 40)} is available with `model:{error.served_by[0]}`."
    return text + " Nothing was charged."


@explain.register
def _(error: AmountOutOfRange) -> str:
    return (
        f"The amount must be a whole number from {error.least:,} to {error.most:,} credits. "
        "Nothing was changed."
    )


@explain.register
def _(error: InsufficientCredits) -> str:
    return (
        f"This video costs {price_text(error.price)} and you have "
        f"{credits_text(error.available)} left. Your budget renews {moment(error.renews_at)}; "
        "a shorter video costs less, and an admin can grant more. Nothing was charged."
    )


@explain.register
def _(error: RevokesTooMuch) -> str:
    return (
        f"Only {credits_text(error.available)} of what was granted are left, so "
        f"{credits_text(error.amount)} cannot be revoked. Nothing was changed; "
        "`/budget set` lowers what a member may spend in a period."
    )


@explain.register
def _(error: NoSuchJob) -> str:
    return f"There is no job #{error.job_id} in this server. `/sora history` lists yours."


@explain.register
def _(error: TooLateToCancel) -> str:
    if error.state in UNCHARGED_ENDS | {State.RENDERED, State.DELIVERED}:
        return f"Job #{error.job_id} is over already, so there is nothing to cancel."
    return (
        f"Job #{error.job_id} is already with the video service, which cannot be stopped: the "
        "video is being made and will arrive. If it fails, your credits come back by themselves."
    )


@explain.register
def _(error: NoVideoYet) -> str:
    if error.state in UNCHARGED_ENDS:
        return f"Job #{error.job_id} ended without a video; nothing was charged for it."
    if error.state in {State.RENDERED, State.DELIVERED}:
        return f"The file of job #{error.job_id} is gone. Please ask whoever runs the bot."
    return f"The video of job #{error.job_id} is still being made. It will arrive by itself."


@explain.register
def _(_: StorageBusy) -> str:
    return "The bot is too busy to take this down. Nothing was charged; try again in a minute."


@explain.register
def _(_: StorageFull) -> str:
    return (
        "The bot cannot write to its disk, so it takes no work. Nothing was charged; please tell "
        "whoever runs the bot."
    )
