"""Everything that can go wrong, as types with fields; ``presentation.refusals`` has the words.

BotError
├── ConfigError                a setting is missing or wrong
├── Refusal                    a request that is answered with no; nothing is charged
│   ├── OutsideGuild           used in a direct message
│   ├── NotAdmin               the member lacks Manage Server
│   ├── NotYours               somebody else's job
│   ├── MemberGone             the member named is not in the server
│   ├── BotLacksPermissions    the bot itself may not do what the job needs in that channel
│   ├── PromptEmpty
│   ├── PromptTooLong
│   ├── UnknownModel
│   ├── OptionUnavailable      the model lacks that duration or size
│   ├── AmountOutOfRange
│   ├── InsufficientCredits
│   ├── RevokesTooMuch         more than is left of the member's grants
│   ├── NoSuchJob
│   ├── TooLateToCancel        the provider already has it
│   └── NoVideoYet             asked to show a job that has none
├── RepeatedInteraction        Discord sent the same interaction twice
├── StaleTransition            another task or process moved the job first
├── HoldAlreadyEnded           a hold is settled or released once
├── StorageError
│   ├── StorageBusy            the database stayed locked
│   └── StorageFull            the disk is full or the database read-only
├── ProviderError
│   ├── SubmitRefused          a definite no: nothing was made, nothing is billed
│   │   ├── KeyRejected
│   │   ├── OutOfCredits
│   │   ├── ModelRetired
│   │   └── RequestRejected
│   ├── NotSubmitted           never reached the provider, or it asked to come back: try again
│   ├── OutcomeUnknown         sent, and no answer that tells: never repeated
│   ├── LookFailed             one failed poll; says nothing of the job
│   └── RequestForgotten       the provider no longer knows the request
└── DeliveryError
    ├── FetchFailed            the video could not be read; may work later
    ├── AddressRefused         the address is not one that we fetch from
    ├── VideoTooLarge          over the cap on what is fetched
    └── NotAVideo              what came is no video
"""

from dataclasses import dataclass
from datetime import datetime


class BotError(Exception):
    """The root of the tree."""


@dataclass(eq=False)
class ConfigError(BotError):
    """A setting is missing or wrong; ``found`` is never a secret."""

    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        """Name the key, what was found and what is allowed."""
        return f"{self.key}: found {self.found}, allowed is {self.allowed}"


class Refusal(BotError):
    """A request answered with no; nothing is charged."""


class OutsideGuild(Refusal):
    """The command was used in a direct message."""


class NotAdmin(Refusal):
    """The member lacks Manage Server."""


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


@dataclass(eq=False)
class OptionUnavailable(Refusal):
    """The model lacks this value; ``served_by`` are the models that have it."""

    model: str
    option: str
    value: str
    allowed: tuple[str, ...]
    served_by: tuple[str, ...]


@dataclass(eq=False)
class AmountOutOfRange(Refusal):
    """An amount of credits that is not whole, or outside ``least`` to ``most``."""

    amount: float
    least: int
    most: int


@dataclass(eq=False)
class InsufficientCredits(Refusal):
    """The member has fewer credits than the price."""

    price: int
    available: int
    renews_at: datetime


@dataclass(eq=False)
class RevokesTooMuch(Refusal):
    """The member has fewer granted credits left than were to be revoked."""

    amount: int
    available: int


@dataclass(eq=False)
class NoSuchJob(Refusal):
    """No job of that number in this server."""

    job_id: int


@dataclass(eq=False)
class TooLateToCancel(Refusal):
    """The job was already handed to the provider, or is over."""

    job_id: int
    state: str


@dataclass(eq=False)
class NoVideoYet(Refusal):
    """The job has no video to show (yet, or at all)."""

    job_id: int
    state: str


@dataclass(eq=False)
class RepeatedInteraction(BotError):
    """Discord delivered the same interaction twice, or to two processes."""

    interaction_id: int


@dataclass(eq=False)
class StaleTransition(BotError):
    """The job was not in a state from which this transition starts."""

    job_id: int
    wanted: str


@dataclass(eq=False)
class HoldAlreadyEnded(BotError):
    """The job's hold does not exist or has been settled or released before."""

    job_id: int


class StorageError(BotError):
    """The database cannot be used just now."""


class StorageBusy(StorageError):
    """The database stayed locked by another process."""


class StorageFull(StorageError):
    """The disk is full, or the database cannot be written."""


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


@dataclass(eq=False)
class NotSubmitted(ProviderError):
    """Never reached the provider, or was turned away for now: it may be tried again."""

    retry_after_seconds: float | None = None


class OutcomeUnknown(ProviderError):
    """The submit was sent and no readable answer came: it is never repeated."""


@dataclass(eq=False)
class LookFailed(ProviderError):
    """A poll failed; that says nothing of the job."""

    retry_after_seconds: float | None = None


class RequestForgotten(ProviderError):
    """The provider knows no request of that id (any more)."""


@dataclass(eq=False)
class DeliveryError(BotError):
    """The video could not be brought; ``detail`` is for the operator's log only."""

    detail: str = ""


class FetchFailed(DeliveryError):
    """The video could not be read; it may work later."""


class AddressRefused(DeliveryError):
    """The address is not http(s), or lies in a private network."""


class VideoTooLarge(DeliveryError):
    """The video is over the cap on what is fetched."""


class NotAVideo(DeliveryError):
    """What was fetched is no whole, playable video."""
