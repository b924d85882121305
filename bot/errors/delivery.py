"""Videos that cannot be brought."""

from dataclasses import dataclass

from bot.errors.base import BotError, StorageError


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


@dataclass(eq=False)
class ToolFailed(StorageError):
    """A tool of ours was killed, took too long or did not start: that says nothing of the video.

    ``detail`` is for the operator's log only.
    """

    detail: str = ""
    too_slow: bool = False
    """It took longer than it may, and would again."""
