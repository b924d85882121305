"""How a video gets to the member: attached as it is, made fit, or linked. Pure."""

from dataclasses import dataclass

from bot.delivery.video import Video

AUDIO_BITS_PER_SECOND = 96_000
CONTAINER_SHARE = 0.95
"""The part of a file that is left for its streams, with some room for an encoder's excess."""
LEAST_BITS_PER_PIXEL_SECOND = 0.6
"""Below this a link serves better: 24 frames at 0.025 bits a pixel. A rule of thumb."""


@dataclass(frozen=True)
class Attach:
    """It fits as it is."""


@dataclass(frozen=True)
class Remux:
    """It fits, with its index moved to the front, so that a player can begin at once."""


@dataclass(frozen=True)
class Reencode:
    """It fits when made smaller, and stays watchable."""

    video_bits_per_second: int


@dataclass(frozen=True)
class Link:
    """It cannot be attached."""


Plan = Attach | Remux | Reencode | Link


def plan_delivery(video: Video, limit_bytes: int) -> Plan:
    """Decide how a video goes through an upload limit of so many bytes."""
    fits = video.size_bytes <= limit_bytes
    if fits and video.plays_everywhere:
        return Attach()
    if fits and video.has_common_codecs:
        return Remux()
    audio = AUDIO_BITS_PER_SECOND if video.audio_codec else 0
    room = limit_bytes * 8 * CONTAINER_SHARE / max(video.seconds, 0.1) - audio
    if room < video.width * video.height * LEAST_BITS_PER_PIXEL_SECOND:
        return Link()
    # More bits than it came with make nothing better.
    present = video.size_bytes * 8 / max(video.seconds, 0.1)
    return Reencode(int(min(room, present * 1.5)))
