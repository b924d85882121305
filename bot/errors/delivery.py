"""Videos that cannot be brought."""

from dataclasses import dataclass

from bot.errors.base import BotError


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
