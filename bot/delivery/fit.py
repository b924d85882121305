"""Make a video fit an upload limit, as the plan says."""

import asyncio
import secrets

from bot.delivery.ffmpeg import run_ffmpeg
from bot.delivery.plan import AUDIO_BITS_PER_SECOND, Attach, Link, Reencode, plan_delivery
from bot.delivery.video import Video, probe

ENCODE_SECONDS = 600.0
ATTEMPTS = 2


async def fit(video: Video, limit_bytes: int) -> Video | None:
    """Return a version that may be attached: the video itself or a smaller copy; None: link it.

    A copy lies beside the original and is the caller's to delete. Raises NotAVideo where ffmpeg
    cannot read it.
    """
    aim = limit_bytes
    for _ in range(ATTEMPTS):
        plan = plan_delivery(video, aim)
        if isinstance(plan, Attach):
            return video
        if isinstance(plan, Link):
            break
        smaller = await _encode(video, plan)
        if smaller.size_bytes <= limit_bytes:
            return smaller
        await asyncio.to_thread(smaller.path.unlink)
        # An encoder may overshoot: aim lower by as much.
        aim = int(aim * limit_bytes / smaller.size_bytes * 0.95)
    return None


async def _encode(video: Video, plan: Reencode) -> Video:
    target = video.path.with_suffix(f".{secrets.token_hex(4)}.fit.mp4")
    rate = plan.video_bits_per_second
    audio = ["-c:a", "aac", "-b:a", str(AUDIO_BITS_PER_SECOND)] if video.audio_codec else ["-an"]
    streams = [
        "-map",
        "0:v:0",
        "-map",
        "0:a:0?",
        "-c:v",
        "libx264",
        "-preset",
        "medium",
        "-pix_fmt",
        "yuv420p",
    ]
    rates = f"-b:v {rate} -maxrate {rate} -bufsize {2 * rate}".split()
    output = ["-threads", "1", "-movflags", "+faststart", str(target)]
    await run_ffmpeg(
        ["-y", "-i", str(video.path), *streams, *rates, *audio, *output],
        ENCODE_SECONDS,
    )
    return await probe(target)
