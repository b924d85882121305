"""What ffmpeg is told, so that a copy plays on every device. Pure.

H.264 High, 8-bit 4:2:0, progressive, square pixels, BT.709; AAC; a plain MP4 that begins at once.
"""

from bot.delivery.plan import SOUND_BITS_PER_SECOND, Reencode, Remux
from bot.delivery.video import MAX_SIDE_PIXELS, Picture, Video

_QUALITY = 20
"""x264's constant rate factor: hardly told from its source. A rate caps it."""
_FRAMES_A_SECOND = 60
"""At most."""
_HD_HEIGHT = 720
"""From here on untold colours are those of BT.709, below of BT.601: what browsers assume."""
_COARSE = ("yuv410", "yuv411", "yuvj411")
"""Kinds of pixels of which four share a colour: even sides are not enough for those."""
_BT709, _BT601, _BT2020, _RGB = 1, 6, 9, 0
_MATRICES = {1, 4, 5, 6, 7, 8, 9, 12, 13}
_PRIMARIES = {1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22}
"""Those that the filter knows (tried one by one); numbers of ITU-T H.273."""
_NOMINAL_NITS = 100
_TAGS = [
    *("-color_primaries", "bt709", "-color_trc", "bt709"),
    *("-colorspace", "bt709", "-color_range", "tv"),
]


def copy_arguments(video: Video, plan: Remux | Reencode) -> list[str]:
    """Tell ffmpeg, which reads this video, what to write; without the target.

    None of the file's own texts comes along, and no sound where there is none.
    """
    streams = ["-map", f"0:{video.picture.stream}"]
    streams += ["-map", f"0:{video.sound.stream}"] if video.sound else ["-an"]
    bare = ["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"]
    picture = ["-c:v", "copy"] if isinstance(plan, Remux) else _picture_arguments(video, plan)
    sound = _sound_arguments(plan) if video.sound else []
    return [*streams, *bare, *picture, *sound, "-movflags", "+faststart", "-f", "mp4"]


def _sound_arguments(plan: Remux | Reencode) -> list[str]:
    if plan.keep_sound:
        return ["-c:a", "copy"]
    rate = str(SOUND_BITS_PER_SECOND)
    return ["-c:a", "aac", "-b:a", rate, "-ac", "2", "-ar", "48000"]


def _picture_arguments(video: Video, plan: Reencode) -> list[str]:
    rate = plan.video_bits_per_second
    rates = f"-crf {_QUALITY} -maxrate {rate} -bufsize {rate} -fpsmax {_FRAMES_A_SECOND}"
    encoder = "-c:v libx264 -preset medium -profile:v high -pix_fmt yuv420p -threads 1"
    chain = ["-vf", picture_filter(video.picture)]
    return [*chain, *encoder.split(), *rates.split(), *_TAGS]


def picture_filter(picture: Picture) -> str:
    """Write the chain of filters that makes the usual kind of pictures of these.

    ffmpeg turns them upright before the first.
    """
    steps = ["bwdif=mode=send_frame:deint=all"] if picture.interlaced else []
    if picture.rgb:
        steps.append("format=gbrp" if picture.depth <= 8 else "format=gbrp16")  # noqa: PLR2004 - bits
    elif picture.pixel_format.startswith(_COARSE):
        steps.append("format=yuv444p")
    # First of all even sides: the conversion of colours takes no others.
    width, height = shown_size(picture)
    steps += [f"scale={width}:{height}:flags=lanczos", _to_bt709(picture)]
    return ",".join([*steps, "format=yuv420p", "setsar=1"])


def shown_size(picture: Picture) -> tuple[int, int]:
    """Tell in how many square pixels it is to be shown: even sides, within what decoders take."""
    across, down = picture.aspect
    width = picture.width * max(1.0, across / down)
    height = picture.height * max(1.0, down / across)
    if picture.on_its_side:
        width, height = height, width
    shrink = min(1.0, MAX_SIDE_PIXELS / max(width, height))
    return _even(width * shrink), _even(height * shrink)


def _even(side: float) -> int:
    return max(2, 2 * round(side / 2))


def _to_bt709(picture: Picture) -> str:
    """Convert colours: HDR by way of linear light, in which it is toned down for usual screens.

    Other curves look alike on screens and are kept, as players do it.
    """
    full = picture.full_range or picture.rgb
    transfer = picture.transfer if picture.is_hdr else _BT709
    source = f"min={_matrix(picture)}:pin={_primaries(picture)}:tin={transfer}"
    source += f":rin={'pc' if full else 'tv'}"
    target = "m=bt709:t=bt709:r=tv:p=bt709"
    if not picture.is_hdr:
        return f"zscale={source}:{target}"
    linear = f"zscale={source}:m=gbr:t=linear:r=pc:p=bt709:npl={_NOMINAL_NITS}"
    return f"{linear},format=gbrpf32le,tonemap=tonemap=hable:desat=0,zscale={target}"


def _matrix(picture: Picture) -> int:
    """Tell how its colours are coded: as it says, or where that makes no sense as is usual."""
    if picture.rgb:
        return _RGB
    if picture.matrix in _MATRICES:
        return picture.matrix
    if picture.is_hdr:
        return _BT2020
    return _BT709 if picture.height >= _HD_HEIGHT else _BT601


def _primaries(picture: Picture) -> int:
    if picture.primaries in _PRIMARIES:
        return picture.primaries
    return _BT2020 if picture.is_hdr else _BT709
