"""Commands that the member may not use so, or for what is not there."""

from dataclasses import dataclass
from datetime import datetime

from bot.errors.base import Refusal


class FormGone(Refusal):
    """A form or button that was made before a restart, or too long ago, and that leads nowhere."""


class OutsideGuild(Refusal):
    """The command was used in a direct message."""


class GuildNotServed(Refusal):
    """The operator serves other servers only (the setting ``discord.guilds``)."""


class NotAdmin(Refusal):
    """The member lacks Manage Server."""


class NotOperator(Refusal):
    """The command is for whoever runs the bot."""


@dataclass(eq=False)
class OptionUnreadable(Refusal):
    """A command's option is missing, or of a kind that the command does not take."""

    option: str


@dataclass(eq=False)
class UnknownGuild(Refusal):
    """The bot is in no server of this id."""

    found: str


@dataclass(eq=False)
class UnknownProvider(Refusal):
    """The catalogue names no such provider; ``known`` are those that there are."""

    name: str
    known: tuple[str, ...]


@dataclass(eq=False)
class PauseTargetUnclear(Refusal):
    """All has no name, and a server, provider or model needs one; ``scope`` is what was asked."""

    scope: str


@dataclass(eq=False)
class NotPaused(Refusal):
    """The operator has not paused this: ``scope`` and ``key`` as in the table of pauses."""

    scope: str
    key: str


@dataclass(eq=False)
class NotApprover(Refusal):
    """Only moderators decide about a price, and not about their own video's."""

    job_id: int


@dataclass(eq=False)
class NotYours(Refusal):
    """The job belongs to somebody else."""

    job_id: int


class MemberGone(Refusal):
    """The member named is not in the server (any more)."""


@dataclass(eq=False)
class BotLacksPermissions(Refusal):
    """The bot may not do what the job needs in that channel; Discord's own names."""

    missing: tuple[str, ...]


@dataclass(eq=False)
class BotCannotWrite(Refusal):
    """The bot may not write in the channel that was chosen; Discord's own names."""

    channel_id: int
    missing: tuple[str, ...]


@dataclass(eq=False)
class NoSuchJob(Refusal):
    """No job of that number in this server."""

    job_id: int


@dataclass(eq=False)
class NotBrought(Refusal):
    """Discord does not take a video, nor a word about it, just now."""

    job_id: int


@dataclass(eq=False)
class TooLateToCancel(Refusal):
    """The job was already handed to the provider, or is over."""

    job_id: int
    state: str


@dataclass(eq=False)
class NotAtProvider(Refusal):
    """Only a job that the provider has can be given up; this one is in another ``state``."""

    job_id: int
    state: str


@dataclass(eq=False)
class TooEarlyToEnd(Refusal):
    """The provider may still be expected to end the job; from ``at`` on it can be given up."""

    job_id: int
    at: datetime


@dataclass(eq=False)
class NoVideoYet(Refusal):
    """The job has no video to show (yet, or at all)."""

    job_id: int
    state: str


@dataclass(eq=False)
class JobForgotten(Refusal):
    """The job's prompt and video were deleted, as its member had asked."""

    job_id: int
