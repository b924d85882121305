"""What a provider's answers mean."""

from dataclasses import dataclass
from enum import StrEnum

from bot.errors.base import BotError


@dataclass(eq=False)
class ProviderError(BotError):
    """A provider's answer; ``detail`` is its own text, for the operator's log only."""

    detail: str = ""


class SubmitRefused(ProviderError):
    """A definite no: nothing was made and nothing is billed."""


class KeyRejected(SubmitRefused):
    """The API key is missing, wrong or locked."""


class OutOfCredits(SubmitRefused):
    """The account has too few credits, or a spend cap was reached."""


class ModelRetired(SubmitRefused):
    """The provider no longer serves this model."""


class RequestRejected(SubmitRefused):
    """The provider refuses these values."""


class RefusedPart(StrEnum):
    """What a content filter refused."""

    PROMPT = "prompt"
    PICTURE = "picture"
    VIDEO = "video"
    """What was made of them."""
    UNTOLD = "untold"


@dataclass(eq=False)
class ContentRefused(SubmitRefused):
    """A content filter refused the order."""

    part: RefusedPart = RefusedPart.UNTOLD


@dataclass(eq=False)
class NotSubmitted(ProviderError):
    """Never reached the provider, or was turned away for now: it may be tried again."""

    retry_after_seconds: float | None = None
    most_submits: int | None = None
    """So often the order may be sent in all, this time counted; None: the answer sets no bound."""


class OutcomeUnknown(ProviderError):
    """The submit was sent and no readable answer came: it is never repeated."""


@dataclass(eq=False)
class LookFailed(ProviderError):
    """A poll failed; that says nothing of the job."""

    retry_after_seconds: float | None = None
    finished: bool = False
    """Whether another answer has just said that the provider has finished."""


class RequestForgotten(ProviderError):
    """The provider knows no request of that id (any more)."""
