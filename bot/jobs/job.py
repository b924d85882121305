"""A job as its row tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.credits import Payer, Source, Spender
from bot.jobs.pace import Expectation
from bot.jobs.pauses import Pause
from bot.jobs.states import Failure, State
from bot.storage.workers import Owner


@dataclass(frozen=True)
class Job:
    """One requested video. Prices are credits."""

    id: int
    interaction_id: int
    guild_id: int
    channel_id: int
    member_id: int
    model: str
    provider: str
    prompt: str
    duration_seconds: int
    size: str
    price: int
    state: State
    worker: int
    epoch: int
    created_at: datetime
    submitted_at: datetime | None
    rendered_at: datetime | None
    request_id: str | None
    result_url: str | None
    failure: Failure | None
    told_at: datetime | None
    """When the member saw the end; None: there is still something to do."""
    picture: str | None
    """Which picture the video starts from; None: it starts from words alone."""
    most_running: int | None
    """How many videos the member may have running by their roles; None: roles say nothing."""
    took_seconds: float | None = None
    """From the submit until the video was here; None: it is not, or a clock was set meanwhile."""
    finished_at: datetime | None = None
    """When the provider was seen to have finished; None: it was not."""
    origin: str | None = None
    """Which button ordered it, while it is the member's last order from that one."""

    @property
    def owner(self) -> Owner:
        """Which process looks after it."""
        return Owner(self.worker, self.epoch)

    @property
    def payer(self) -> Payer:
        """Whose credits it holds."""
        return Payer(self.guild_id, self.member_id)

    @property
    def forgotten(self) -> bool:
        """Whether its prompt and video were deleted, as the member asked; no prompt is empty."""
        return not self.prompt

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Job":
        """Read a row of the table ``jobs``."""
        values = dict(row._mapping)  # noqa: SLF001 - the library's public name for it
        values["state"] = State(values["state"])
        values["failure"] = values["failure"] and Failure(values["failure"])
        return cls(**values)


@dataclass(frozen=True)
class Request:
    """The interaction by which a member asked for a video."""

    interaction_id: int
    guild_id: int
    channel_id: int
    member_id: int
    application_id: int
    token: str
    token_expires_at: datetime
    attachment_limit: int
    """Bytes; what an upload with the token may have."""
    role_ids: frozenset[int] = frozenset()
    parent_channel_id: int | None = None
    """The channel that a thread belongs to."""
    origin: str | None = None
    """Which button was pressed, without its price; None: a command was used."""

    @property
    def payer(self) -> Payer:
        """Whose credits pay."""
        return Payer(self.guild_id, self.member_id)

    @property
    def spender(self) -> Spender:
        """Who asks, as far as it decides about credits."""
        channels = filter(None, (self.channel_id, self.parent_channel_id))
        return Spender(self.payer, self.role_ids, frozenset(channels))


@dataclass(frozen=True)
class MessageAddress:
    """Where a job is shown, and what opens that message."""

    job_id: int
    channel_id: int
    message_id: int | None
    """None until Discord has confirmed the first response."""
    shown_state: str | None
    """The state that the message shows, as far as it was written down."""
    application_id: int
    token: str
    token_expires_at: datetime
    attachment_limit: int
    """Bytes; what an upload with the token may have."""
    posting_since: datetime | None = None
    """When a new message began to be posted of which nobody knows yet whether it stands."""
    refused: str = ""
    """What of it Discord has refused, as ``bot.notifier.ways`` writes it."""
    knocked_at: datetime | None = None
    """When the way to the member was found shut; None: it was not, as far as is known."""
    outdated_since: datetime | None = None
    """Since when the member has what the message does not show; None: it is up to date."""


@dataclass(frozen=True)
class LateVideo:
    """A video that came after its job was given up; it is not charged."""

    at: datetime
    url: str
    """Its address at the provider; empty once its member had it deleted."""

    @property
    def linked(self) -> bool:
        """Whether the address means something to a browser."""
        return self.url.startswith("http")


@dataclass(frozen=True)
class JobView:
    """All that can be said of a job at a moment."""

    job: Job
    title: str
    """The model's name for people."""
    place_in_line: int | None
    """From 1; None where it does not wait for its turn."""
    expectation: Expectation
    paid_from: Sequence[Source] = ()
    """What each source pays, in credits."""
    approval_lapses_at: datetime | None = None
    """Until when a moderator may approve it; None: it does not wait for that."""
    approval_channel_id: int | None = None
    """Where moderators are asked about it while it waits; None: in its own message."""
    decided_by: int | None = None
    """The moderator who has approved or declined it; None: nobody."""
    pause_over_at: datetime | None = None
    """In a paused server: until when it waits for the end of the pause; None: it is not paused."""
    operator_pause: Pause | None = None
    """What of it the operator has paused, while it waits; None: nothing."""
    late_video: LateVideo | None = None
    """What came after it was given up; told to those who ask for it."""
