"""Refusals of commands in words."""

from bot.errors import (
    BotCannotWrite,
    BotLacksPermissions,
    FormGone,
    GuildNotServed,
    JobForgotten,
    MemberGone,
    NoSuchJob,
    NotAdmin,
    NotApprover,
    NotAtProvider,
    NotBrought,
    NotOperator,
    NotPaused,
    NotYours,
    NoVideoYet,
    OptionUnreadable,
    OutsideGuild,
    PauseTargetUnclear,
    TooEarlyToEnd,
    TooLateToCancel,
    UnknownGuild,
    UnknownProvider,
)
from bot.jobs.states import UNCHARGED_ENDS, State
from bot.presentation.refusals.explain import explain
from bot.presentation.text import listing, moment, tame


@explain.register
def _(_: FormGone) -> str:
    return (
        "This form or button is too old: I was restarted since, or it was open for too long. "
        "Please open it anew. Nothing was charged."
    )


@explain.register
def _(_: OutsideGuild) -> str:
    return "This works in a server only. Please use the command in a channel of one."


@explain.register
def _(_: GuildNotServed) -> str:
    return (
        "This bot is not open to this server. Whoever runs it has to add the server to its list; "
        "an admin can ask them for that. Nothing was charged."
    )


@explain.register
def _(_: NotAdmin) -> str:
    return "Only members with the permission *Manage Server* can do this. Please ask one of them."


@explain.register
def _(_: NotOperator) -> str:
    return (
        "Only whoever runs this bot can do this. For this server's own budgets, an admin has "
        "`/budget`."
    )


@explain.register
def _(error: OptionUnreadable) -> str:
    return (
        f"`{error.option}` is missing, or is nothing that this command takes. Nothing was changed. "
        "Please use the command again, and choose from what Discord offers; if it stays, restart "
        "Discord, as the command may have changed."
    )


@explain.register
def _(error: UnknownGuild) -> str:
    return (
        f"The bot is in no server with the id “{tame(error.found, 30)}”. A server's id is in its "
        "menu, once developer mode is on. Nothing was changed."
    )


@explain.register
def _(error: UnknownProvider) -> str:
    return (
        f"There is no provider “{tame(error.name, 60)}”. Please choose one of "
        f"{listing(error.known)}. Nothing was changed."
    )


@explain.register
def _(error: PauseTargetUnclear) -> str:
    if error.scope == "all":
        return (
            "Everything has no name: please choose what is meant, or leave the name out. Nothing "
            "was changed."
        )
    kind = "server" if error.scope == "guild" else error.scope
    return f"Please name the {kind} that is meant. Nothing was changed."


@explain.register
def _(error: NotPaused) -> str:
    kind = "server" if error.scope == "guild" else error.scope
    return (
        f"You have not paused {f'{kind} {tame(error.key, 60)}'.strip()}. `/operator status`, "
        "or `sora-bot status`, shows what is paused. Nothing was changed."
    )


@explain.register
def _(error: NotApprover) -> str:
    return (
        f"Only a moderator can decide about job #{error.job_id}: a member with the permission "
        "*Timeout Members*, for others' videos, or *Manage Server*. Please ask one of them."
    )


@explain.register
def _(error: NotBrought) -> str:
    return (
        f"Discord does not take the video of job #{error.job_id} just now; it is kept. Please try "
        f"`/sora show job:{error.job_id}` again in a minute, or in another channel."
    )


@explain.register
def _(error: NotYours) -> str:
    return f"Job #{error.job_id} belongs to another member. `/sora history` lists yours."


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
def _(error: NotAtProvider) -> str:
    if error.state == State.HELD:
        return (
            f"Job #{error.job_id} is not sent yet: `/sora cancel job:{error.job_id}` gives its "
            "credits back. Nothing was changed."
        )
    if error.state == State.SUBMITTING:
        return f"Job #{error.job_id} is just being sent. Nothing was changed; please try again."
    return f"Job #{error.job_id} is over already, so there is nothing to end."


@explain.register
def _(error: TooEarlyToEnd) -> str:
    return (
        f"The video service may still finish job #{error.job_id}, and bills it then. It can be "
        f"ended {moment(error.at)}; nothing was changed."
    )


@explain.register
def _(error: NoVideoYet) -> str:
    if error.state in UNCHARGED_ENDS:
        return f"Job #{error.job_id} ended without a video; nothing was charged for it."
    if error.state in {State.RENDERED, State.DELIVERED}:
        return f"The file of job #{error.job_id} is gone. Please ask whoever runs the bot."
    return f"The video of job #{error.job_id} is still being made. It will arrive by itself."


@explain.register
def _(error: BotCannotWrite) -> str:
    names = listing(tuple(f"*{name.replace('_', ' ').title()}*" for name in error.missing))
    return (
        f"I cannot write in <#{error.channel_id}>, because I lack {names} there. Please allow it "
        "in that channel's settings, or choose another. Nothing was changed."
    )


@explain.register
def _(error: JobForgotten) -> str:
    return (
        f"The prompt and the video of job #{error.job_id} were deleted, as its member asked, or "
        "since the bot was away from this server for a month. `/sora create` makes a new one."
    )
