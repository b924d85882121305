"""A job's life: its states and the only ways from one to another."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a job stands."""

    HELD = "held"
    """Its price is held; it waits for its turn, or is made ready for it."""
    SUBMITTING = "submitting"
    """The request to the provider may be on its way. Written right before it is sent, and only an
    answer that proves that nothing was accepted leads back."""
    QUEUED = "queued"
    """The provider has accepted it."""
    PROCESSING = "processing"
    """The provider works on it, or has finished and the video is being fetched."""
    RENDERED = "rendered"
    """The video is on our disk, whole and checked; the hold is settled."""
    DELIVERED = "delivered"
    """The member has the video."""
    FAILED = "failed"
    """There is no video; the credits are back."""
    CANCELLED = "cancelled"
    """Ended before the provider was called; the credits are back."""
    LOST = "lost"
    """Nobody can tell what became of it; the credits are back and the operator was told."""


TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        # Also to itself, when it goes to another provider.
        State.HELD: frozenset({State.HELD, State.SUBMITTING, State.FAILED, State.CANCELLED}),
        State.SUBMITTING: frozenset({State.HELD, State.QUEUED, State.FAILED, State.LOST}),
        State.QUEUED: frozenset({State.PROCESSING, State.FAILED, State.LOST}),
        State.PROCESSING: frozenset({State.QUEUED, State.RENDERED, State.FAILED, State.LOST}),
        State.RENDERED: frozenset({State.DELIVERED, State.FAILED}),
        State.DELIVERED: frozenset(),
        State.FAILED: frozenset(),
        State.CANCELLED: frozenset(),
        State.LOST: frozenset(),
    }
)

AT_PROVIDER = frozenset({State.SUBMITTING, State.QUEUED, State.PROCESSING})
"""States that count against the limits of running jobs."""

UNCHARGED_ENDS = frozenset({State.FAILED, State.CANCELLED, State.LOST})
"""Ends in which the credits went back."""


def sources_of(target: State) -> frozenset[State]:
    """List the states from which a job can come to ``target``."""
    return frozenset(state for state, following in TRANSITIONS.items() if target in following)


class Failure(StrEnum):
    """Why a job ended without a video; ``presentation`` has the words."""

    CANCELLED_BY_MEMBER = "cancelled_by_member"
    DECLINED = "declined"
    """A moderator did not approve the price."""
    APPROVAL_LAPSED = "approval_lapsed"
    """No moderator decided in time."""
    GUILD_PAUSED = "guild_paused"
    """It waited while the server was paused, for as long as that is allowed to last."""
    MEMBER_FROZEN = "member_frozen"
    """The member's budget was frozen while it waited."""
    GUILD_LEFT = "guild_left"
    """The bot was removed from the server while it waited."""
    GUILD_NOT_SERVED = "guild_not_served"
    """It waited in a server that the operator does not serve any more."""
    NEVER_SHOWN = "never_shown"
    """Discord did not take the first response."""
    KEY_REJECTED = "key_rejected"
    OUT_OF_CREDITS = "out_of_credits"
    MODEL_RETIRED = "model_retired"
    REQUEST_REJECTED = "request_rejected"
    MODERATED = "moderated"
    """A content filter refused it, and does not say which part."""
    PROMPT_MODERATED = "prompt_moderated"
    PICTURE_MODERATED = "picture_moderated"
    VIDEO_MODERATED = "video_moderated"
    """What was made of the prompt was refused."""
    PICTURE_UNUSABLE = "picture_unusable"
    """The picture that it was to start from is gone or broken."""
    PROVIDER_FAILED = "provider_failed"
    UNREACHABLE = "unreachable"
    """The provider could not be reached, time and again; nothing was sent."""
    OUTCOME_UNKNOWN = "outcome_unknown"
    """The submit was sent and its answer never came."""
    GIVEN_UP = "given_up"
    """The provider did not end it within the model's last deadline."""
    ENDED_BY_HAND = "ended_by_hand"
    """An admin or the operator did not want to wait for the provider any longer."""
    WAITED_TOO_LONG = "waited_too_long"
    """It waited in line until the model's last deadline; nothing was sent."""
    FORGOTTEN = "forgotten"
    """The provider no longer knows the request."""
    NO_VIDEO = "no_video"
    """The provider has finished, and gives no video."""
    UNUSABLE_VIDEO = "unusable_video"
    """What the provider delivered was no whole video, time and again."""
    ADDRESS_REFUSED = "address_refused"
    """The provider named an address that nothing is fetched from."""
    VIDEO_GONE = "video_gone"
    """It was paid for, and got lost before the member had it: here and at the provider."""


OPERATORS = frozenset({Failure.KEY_REJECTED, Failure.OUT_OF_CREDITS})
"""Failures that only whoever runs the bot can put right: a provider refuses everything."""
