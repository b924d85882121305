"""What the bot asks of a provider, whoever it is."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from bot.catalogue import Order
from bot.errors import RefusedPart


@dataclass(frozen=True)
class Queued:
    """The provider has it and has not begun."""


@dataclass(frozen=True)
class Processing:
    """The provider works on it."""


@dataclass(frozen=True)
class Unclear:
    """The provider says something that we do not understand: the job goes on waiting."""

    word: str


@dataclass(frozen=True)
class Completed:
    """The video is there."""

    url: str
    others: tuple[str, ...] = ()
    """Further addresses that may be the video's, likelier ones first."""


@dataclass(frozen=True)
class Finished:
    """The provider has finished, and its answer has no address that could be the video's."""

    shape: str
    """What the answer is made of, for the operator: keys and kinds, no values."""


@dataclass(frozen=True)
class Failed:
    """The provider gave up; nothing is billed."""

    detail: str
    """The provider's own text, for the operator's log only."""
    refused: RefusedPart | None = None
    """What a content filter refused; None: the failure is a technical one."""


Sighting = Queued | Processing | Unclear | Completed | Finished | Failed
"""What a look at a request can show."""


class VideoProvider(Protocol):
    """An API that makes videos from prompts and pictures."""

    @property
    def origin(self) -> str:
        """Scheme, host and port of the API: videos may be fetched from there, private or not."""
        ...

    @property
    def left(self) -> Decimal | None:
        """What the account had left, in US dollars, when an answer last told; None: none has."""
        ...

    @property
    def paused_for_seconds(self) -> float:
        """How long the provider wants to be left alone still; 0: it takes requests."""
        ...

    async def prepare(self, order: Order) -> str | None:
        """Hand over the order's picture, where it has one: its address, or the data itself.

        Nothing is billed for it. Raises a SubmitRefused or NotSubmitted.
        """
        ...

    async def turn(self) -> None:
        """Wait until the key's limit lets a submit through; nothing is sent yet.

        Raises NotSubmitted, with the seconds that are left, where the provider has asked to be
        left alone.
        """
        ...

    async def submit(self, order: Order, image: str | None = None) -> str:
        """Ask for a video, once and at once, and return the request's id.

        ``prepare`` made the image of the order's picture; ``turn`` comes right before.
        Raises a SubmitRefused (a definite no), NotSubmitted (it may be tried again) or
        OutcomeUnknown (never again).
        """
        ...

    async def look(self, request_id: str) -> Sighting:
        """See how a request is doing.

        Raises LookFailed (look again), RequestForgotten or OutcomeUnknown (it is lost).
        """
        ...

    async def serves(self, slug: str) -> bool:
        """Ask whether a model is served, by a request that makes nothing; raise LookFailed."""
        ...

    async def credits_left(self) -> Decimal:
        """Ask the account what is left, in US dollars; raise KeyRejected or LookFailed."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
