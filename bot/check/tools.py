"""Whether the programs work that the bot runs beside itself."""

from bot.check.findings import Finding, Verdict
from bot.delivery.encode import picture_filter
from bot.delivery.ffmpeg import run_ffmpeg
from bot.delivery.video import Picture
from bot.errors import ToolFailed
from bot.process import Limits, run_module

_SECONDS = 20.0
_ODDEST = Picture("hevc", 64, 64, interlaced=True, transfer=16)
"""A kind that takes every filter to convert."""
_NOTHING = "/nonexistent/file"
_READERS = {
    "av": ("bot.delivery.probe_child", _NOTHING),
    "pillow": ("bot.pixels.child", "clean", _NOTHING, _NOTHING),
}


async def check_ffmpeg() -> Finding:
    """See whether ffmpeg runs, and converts the oddest kind of video."""
    source = ["-f", "lavfi", "-i", "color=size=64x64:duration=0.1", "-vf", picture_filter(_ODDEST)]
    try:
        run = await run_ffmpeg([*source, "-c:v", "libx264", "-f", "null", "-"], _SECONDS)
    except ToolFailed as error:
        found = f"ffmpeg cannot be run ({error.detail}). Reinstall imageio-ffmpeg."
        return Finding(Verdict.WRONG, found)
    if run.code != 0:
        return Finding(
            Verdict.WRONG,
            "ffmpeg does not convert videos: it lacks libx264, zscale or tonemap. Reinstall "
            "imageio-ffmpeg, and unset IMAGEIO_FFMPEG_EXE where it names another ffmpeg.",
        )
    return Finding(Verdict.OK, "ffmpeg runs.")


async def check_readers() -> Finding:
    """See whether what looks at videos and pictures can be loaded, in processes of its own."""
    for library, (module, *arguments) in _READERS.items():
        try:
            await run_module(module, arguments, Limits(_SECONDS, 1 << 30))
        except ToolFailed as error:
            found = f"Videos or pictures cannot be read ({error.detail}). Reinstall {library}."
            return Finding(Verdict.WRONG, found)
    return Finding(Verdict.OK, "Videos and pictures can be read.")
