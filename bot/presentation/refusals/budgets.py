"""Refusals of budgets in words."""

from bot.errors import (
    AmountOutOfRange,
    AmountUnreadable,
    ApprovalDecided,
    ApprovalStopped,
    AskedAlready,
    CeilingReached,
    EveryoneHasTheDefault,
    GuildPaused,
    InsufficientCredits,
    MemberFrozen,
    NoSuchPool,
    NotForYourRoles,
    Offering,
    OneSharerNeeded,
    RevokesTooMuch,
    ServerNamed,
    ServerNotOpen,
    ServerOpen,
    UnknownSize,
    UnknownZone,
)
from bot.presentation.refusals.explain import explain
from bot.presentation.text import credits_text, first_of, listing, moment, price_text, tame


@explain.register
def _(error: AmountOutOfRange) -> str:
    return (
        f"The amount must be a whole number from {error.least:,} to {error.most:,} credits. "
        "Nothing was changed."
    )


@explain.register
def _(error: AmountUnreadable) -> str:
    return (
        f"“{tame(error.text, 40)}” is no amount that I can read. Please write credits as 500 or "
        "1,500, or money as $5 or $4.99; one credit is one US cent. Nothing was changed."
    )


@explain.register
def _(error: UnknownZone) -> str:
    return (
        f"There is no time zone “{tame(error.name, 60)}”. Please choose one by its IANA name, "
        "such as Europe/Berlin or America/New_York. Nothing was changed."
    )


@explain.register
def _(error: InsufficientCredits) -> str:
    more = "an admin can grant more" if error.renews_at else "An admin can grant you some"
    renews = f"Your budget renews {moment(error.renews_at)}, and " if error.renews_at else ""
    return (
        f"This video costs {price_text(error.price)} and you have "
        f"{credits_text(error.available)} left. {renews}{more}; `/sora balance` shows yours. "
        f"Nothing was charged.{_instead(error, 'Within your balance:')}"
    )


@explain.register
def _(error: CeilingReached) -> str:
    whose = "all servers of this bot together" if error.whole_bot else "this server"
    return (
        f"Whoever runs the bot limits what {whose} may spend, and {credits_text(error.left)} of "
        f"that are left; this video costs {price_text(error.price)}. It renews "
        f"{moment(error.renews_at)}; a shorter video costs less. Nothing was charged."
        + _instead(error, "Within what is left:")
    )


@explain.register
def _(error: ServerNotOpen) -> str:
    free = listing(tuple(f"`model:{name}`" for name in error.free)) if error.free else ""
    free_text = f" What is free can be made all the same: {free}." if free else ""
    text = (
        "Videos in this server would be paid by whoever runs the bot, and they have not opened it "
        f"for that. Nothing was charged.{free_text}\n"
    )
    if error.asked_at is not None:
        return f"{text}An admin has asked them {moment(error.asked_at)}; please wait for them."
    return (
        f"{text}An admin (*Manage Server*) can press the button, or send them this:\n> Please open "
        f"our server {error.guild_id} for videos: `/operator server allow server:{error.guild_id}` "
        f"in Discord, or `sora-bot server allow {error.guild_id}`."
    )


@explain.register
def _(error: AskedAlready) -> str:
    return (
        f"Whoever runs the bot was already asked {moment(error.asked_at)}. You can ask again "
        f"{moment(error.again_at)}."
    )


@explain.register
def _(_: ServerOpen) -> str:
    return "This server is open by now: `/sora create` makes videos here."


@explain.register
def _(error: ServerNamed) -> str:
    return (
        f"The setting `discord.guilds` keeps server {error.guild_id} open. Please take it out "
        "there, and start the bot again. Nothing was changed."
    )


@explain.register
def _(_: GuildPaused) -> str:
    return (
        "An admin has paused new videos in this server. What the video service has will be "
        "finished; please ask an admin when it goes on. Nothing was charged."
    )


@explain.register
def _(_: MemberFrozen) -> str:
    return (
        "An admin has frozen your budget in this server. What the video service has of yours will "
        "be finished; please ask an admin about it. Nothing was charged."
    )


@explain.register
def _(error: NotForYourRoles) -> str:
    text = f"Your roles in this server do not allow the {error.option} {tame(error.value, 60)}. "
    if error.allowed:
        text += f"They allow {listing(tuple(tame(each, 60) for each in error.allowed))}. "
    text += "Please choose something else, or ask an admin. Nothing was charged."
    return text + _instead(error, "What they allow:")


def _instead(error: Offering, words: str) -> str:
    """Lead over to the buttons."""
    return f"\n{words}" if error.suggestions else ""


@explain.register
def _(error: RevokesTooMuch) -> str:
    left = f"Only {credits_text(error.available)}" if error.available else "Nothing"
    are = "is" if error.available in {0, 1} else "are"
    return (
        f"{left} of what was granted {are} left, so "
        f"{credits_text(error.amount)} cannot be revoked. Nothing was changed; "
        "`/budget set` lowers what a member may spend in a period."
    )


@explain.register
def _(_: EveryoneHasTheDefault) -> str:
    return (
        "Everyone's allowance is the server's default: please use `/budget default` for it. "
        "Nothing was changed."
    )


@explain.register
def _(_: NoSuchPool) -> str:
    return (
        "There is no pool for that role or channel. `/budget pool set` sets one up. "
        "Nothing was changed."
    )


@explain.register
def _(error: ApprovalDecided) -> str:
    if error.verdict == "lapsed":
        return (
            f"The time to decide about job #{error.job_id} is over, and its credits go back. "
            "The member can ask again."
        )
    by = f" by <@{error.decided_by}>" if error.decided_by else ""
    return (
        f"Job #{error.job_id} was {error.verdict}{by} before. There is nothing left to decide; "
        "its message shows how it goes on."
    )


@explain.register
def _(error: ApprovalStopped) -> str:
    if error.rule == "paused":
        return (
            f"New videos are paused in this server, so job #{error.job_id} cannot be approved now. "
            "It goes on waiting; once `/budget resume` has ended the pause, please decide again."
        )
    return (
        f"The budget of <@{error.member_id}> is frozen, so job #{error.job_id} cannot be approved. "
        "Its credits go back; once `/budget unfreeze` has ended that, the member can ask again."
    )


@explain.register
def _(error: UnknownSize) -> str:
    return (
        f"No model makes videos of the size “{tame(error.name, 40)}”. There are "
        f"{first_of(error.known)}. Nothing was changed."
    )


@explain.register
def _(_: OneSharerNeeded) -> str:
    return (
        "A pool is shared by a role or by a channel: please name one of the two. Nothing was "
        "changed."
    )
