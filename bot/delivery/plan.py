"""How a video gets to the member: attached as it is, made fit, or linked. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.delivery.video import Video

SOUND_BITS_PER_SECOND = 96_000
KEPT_SOUND_BITS_PER_SECOND = 160_000
"""Sound of no more is not encoded again."""
CONTAINER_SHARE = 0.95
"""The part of a file that is left for its streams, with some room for an encoder's excess."""
MOST_BITS_PER_SECOND = 20_000_000
"""What decoders in older devices take (H.264, level 4, in its High profile takes 25 million)."""
LEAST_BITS_PER_PIXEL_SECOND = 0.6
"""Below this a link serves better: 24 frames at 0.025 bits a pixel. A rule of thumb."""


@dataclass(frozen=True)
class Attach:
    """It fits as it is."""


@dataclass(frozen=True)
class Remux:
    """Its picture stays as it is, in a plain MP4 that a player can begin to show at once."""

    keep_sound: bool = True


@dataclass(frozen=True)
class Reencode:
    """Its picture is encoded as every device shows it, in no more bits than fit."""

    video_bits_per_second: int
    """At most."""
    keep_sound: bool = False


@dataclass(frozen=True)
class Link:
    """It cannot be attached."""


class Unattached(StrEnum):
    """Why a video is linked instead of attached."""

    TOO_LARGE = "too large"
    """No copy that fits would be watchable."""
    NOT_CONVERTED = "not converted"
    """It needs a copy, and none could be made."""
    LOST = "lost"
    """The bot has no file of it any more."""
    REFUSED = "refused"
    """Discord does not take it: a filter, or a rule of the server."""
    CONVERTING = "converting"
    """A copy that fits is being made."""
    ELSEWHERE = "elsewhere"
    """Discord does not take it in this message, and it comes in another one."""


@dataclass(frozen=True)
class Fitted:
    """What may be attached."""

    file: Path | None
    why_not: Unattached | None = None
    """Told where there is no file."""


Plan = Attach | Remux | Reencode | Link


def plan_delivery(video: Video, limit_bytes: int, *, shrink: bool = False) -> Plan:
    """Decide how a video goes through an upload limit of so many bytes.

    ``shrink``: what came of its own picture was over the limit.
    """
    fits = video.size_bytes <= limit_bytes and not shrink
    if fits and video.plays_everywhere:
        return Attach()
    sound = video.sound
    if fits and video.picture.plays_everywhere:
        return Remux(keep_sound=sound is None or sound.plays_everywhere)
    keeps = (
        sound is not None
        and sound.plays_everywhere
        and sound.bits_per_second <= KEPT_SOUND_BITS_PER_SECOND
    )
    sound_bits = sound_bits_per_second(video, keeps)
    room = limit_bytes * 8 * CONTAINER_SHARE / max(video.seconds, 0.1) - sound_bits
    if room < video.width * video.height * LEAST_BITS_PER_PIXEL_SECOND:
        return Link()
    return Reencode(int(min(room, MOST_BITS_PER_SECOND)), keeps)


def sound_bits_per_second(video: Video, keep: bool) -> int:
    """Tell how much of a copy its sound takes; none is added where there is none."""
    if video.sound is None:
        return 0
    return video.sound.bits_per_second if keep else SOUND_BITS_PER_SECOND
