"""Orders that cannot be placed as they are."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.errors.base import Refusal


class PromptEmpty(Refusal):
    """The prompt has no visible character."""


@dataclass(eq=False)
class PromptTooLong(Refusal):
    """The prompt is longer than ``limit`` characters."""

    length: int
    limit: int


@dataclass(eq=False)
class UnknownModel(Refusal):
    """No such model in the catalogue."""

    name: str
    known: tuple[str, ...]


class NothingOffered(Refusal):
    """No model can be had: no provider has a key, or all that there was is retired."""


@dataclass(frozen=True)
class Suggestion:
    """What can be had instead; the price in credits."""

    model: str
    title: str
    duration_seconds: int
    size: str
    price: int


class Offering(Refusal):
    """A choice that is refused; ``suggestions`` can be had instead, the nearest first."""

    suggestions: tuple[Suggestion, ...]


@dataclass(eq=False)
class Unmakeable(Offering):
    """The model cannot make what was asked for; it is named by its title."""

    suggestions: tuple[Suggestion, ...]


@dataclass(eq=False)
class OptionUnavailable(Unmakeable):
    """The model lacks this value of ``duration``, in seconds, or of ``size``.

    ``allowed`` are those that it has, from the least to the most.
    """

    model: str
    option: str
    value: str
    allowed: tuple[str, ...]
    of_seconds: int | None = None
    """With another duration than this one the model does have the size."""


@dataclass(eq=False)
class PictureRequired(Unmakeable):
    """The model makes no video without a picture to start from."""

    model: str


@dataclass(eq=False)
class PictureUnsupported(Unmakeable):
    """The model starts from words only."""

    model: str


@dataclass(eq=False)
class ModelPaused(Unmakeable):
    """Those who serve the model take nothing just now; they are tried again at ``until``."""

    model: str
    until: datetime | None
    pause_reason: str | None = None
    """The operator's, empty where none was given, where the operator has paused it; then nobody
    knows until when."""
    again: Suggestion | None = None
    """What was asked for, which can be had once it works again, if at all."""


@dataclass(eq=False)
class PausedByOperator(Refusal):
    """The operator lets nothing new be made of this: all, a server, a provider or a model."""

    scope: str
    key: str
    reason: str
    """The operator's words; empty where none were given."""


class PictureFault(StrEnum):
    """Why a picture cannot be used."""

    TOO_MANY_BYTES = "too_many_bytes"
    NOT_A_PICTURE = "not_a_picture"
    """Neither PNG nor JPEG, WebP, AVIF or HEIC, going by its bytes."""
    BROKEN = "broken"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_FRAMES = "too_many_frames"
    TOO_SMALL = "too_small"
    UNREADABLE = "unreadable"
    """It could not be fetched from Discord."""
    GONE = "gone"
    """The message has no picture (any more)."""


@dataclass(eq=False)
class PictureRefused(Refusal):
    """The picture cannot be used; ``limit`` is what is allowed, where there is a limit."""

    fault: PictureFault
    limit: int | None = None


@dataclass(eq=False)
class PicturesUnderWay(Refusal):
    """So many pictures of the member are being received already: ``most`` at the same time."""

    most: int


@dataclass(eq=False)
class TooManyWaiting(Refusal):
    """The member has ``most`` videos waiting already, as many as may wait."""

    most: int


@dataclass(eq=False)
class OrdersTooFast(Refusal):
    """The member has ordered ``most`` videos within a minute; the next is taken at ``again_at``."""

    most: int
    again_at: datetime


class DraftGone(Refusal):
    """The order behind a button is no longer kept, or is another member's."""


@dataclass(eq=False)
class PriceChanged(Refusal):
    """What a button offered has another price by now; in credits."""

    promised: int
    suggestion: Suggestion
    """The same, at the price of now."""


@dataclass(eq=False)
class AlreadyOrdered(Refusal):
    """The button was pressed before; where its job is shown, as far as that is known."""

    job_id: int
    guild_id: int
    channel_id: int
    message_id: int | None
