"""Odd videos, tiny, as encoders, phones, editors and services make them, each made once a run."""

import functools
from dataclasses import dataclass
from pathlib import Path

from tests.pictures import quartered
from tests.videos import run_here

SECONDS = 2.0
_X264 = "-c:v libx264 -preset ultrafast"
_X265 = "-c:v libx265 -preset ultrafast -x265-params log-level=error -tag:v hvc1"
_420 = "-pix_fmt yuv420p"
_VP9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"
_FRONT = "-movflags +faststart"
_FRAGMENTS = "-movflags +frag_keyframe+empty_moov"
_BT2020 = "-color_primaries bt2020 -colorspace bt2020nc -color_trc"
_HDR = "zscale=pin=bt709:tin=bt709:min=gbr:rin=pc:t={0}:p=bt2020:m=bt2020nc:r=tv:npl=200"


@dataclass(frozen=True)
class OddVideo:
    """How one is made: by ffmpeg, of four quarters of different colours and a tone."""

    name: str
    output: str
    """ffmpeg's options for the output."""
    sound: str | None = "-c:a aac -b:a 32k"
    """Its options for the sound; None: there is none."""
    filters: str = "null"
    shown: tuple[int, int] = (160, 90)
    """The pixels in which it is to be shown."""
    seconds: float = SECONDS
    rate: int = 12
    untouched: bool = False
    """It is as it should be: the file itself is attached."""
    turned: str = ""
    """Options before the input of a second run, which copies its streams."""
    exact: bool = True
    """The colours come out as they went in; else only which of them is the brightest."""


def _plain(name: str, **changes: object) -> OddVideo:
    return OddVideo(name, f"{_X264} {_420}", **changes)  # type: ignore[arg-type]


def _h264(name: str, options: str, **changes: object) -> OddVideo:
    return OddVideo(name, f"{_X264} {options} {_FRONT}", **changes)  # type: ignore[arg-type]


CONTAINERS = [
    _h264("plain.mp4", _420, untouched=True),
    _h264("silent.mp4", _420, sound=None, untouched=True),
    _h264("brand.3gp", _420, untouched=True),
    _plain("late-index.mp4"),
    OddVideo("fragments.mp4", f"{_X264} {_420} {_FRAGMENTS}"),
    OddVideo("dash.mp4", f"{_X264} {_420} -movflags +dash+frag_keyframe+default_base_moof"),
    OddVideo("silent-fragments.mp4", f"{_X264} {_420} {_FRAGMENTS}", sound=None),
    _h264("quicktime.mov", _420),
    _plain("matroska.mkv"),
    OddVideo("live.mkv", f"{_X264} {_420} -f matroska -live 1"),
    _plain("broadcast.ts"),
    _plain("flash.flv"),
    _plain("old.avi", sound="-c:a libmp3lame"),
    OddVideo("offset.mkv", f"{_X264} {_420} -output_ts_offset 5"),
    OddVideo("offset.ts", f"{_X264} {_420} -output_ts_offset 5"),
]
CODECS = [
    OddVideo("vp8.webm", f"-c:v libvpx -deadline realtime {_420}", "-c:a libvorbis"),
    OddVideo("vp8-alpha.webm", "-c:v libvpx -auto-alt-ref 0 -pix_fmt yuva420p", None),
    OddVideo("vp9.webm", f"{_VP9} {_420}", "-c:a libopus"),
    OddVideo("no-duration.webm", f"{_VP9} {_420} -f webm -live 1", "-c:a libopus"),
    OddVideo("vp9-10-bit.webm", f"{_VP9} -pix_fmt yuv420p10le", "-c:a libopus"),
    OddVideo("vp9-rgb.webm", f"{_VP9} -pix_fmt gbrp", "-c:a libopus"),
    OddVideo("vp9.mp4", f"{_VP9} {_420} {_FRONT}", "-c:a libopus"),
    OddVideo("av1.webm", f"-c:v libsvtav1 -preset 12 {_420}", "-c:a libopus"),
    OddVideo("av1.mp4", f"-c:v libsvtav1 -preset 12 {_420} {_FRONT}"),
    OddVideo("theora.ogv", f"-c:v libtheora -q:v 9 {_420}", "-c:a libvorbis"),
    OddVideo("hevc.mp4", f"{_X265} {_420} {_FRONT}"),
    OddVideo("hevc-10-bit.mp4", f"{_X265} -pix_fmt yuv420p10le {_FRONT}"),
    OddVideo("mpeg4.avi", f"-c:v mpeg4 -q:v 2 {_420}", "-c:a libmp3lame"),
    OddVideo("mjpeg.mov", "-c:v mjpeg -q:v 2 -pix_fmt yuvj420p", "-c:a pcm_s16le"),
    OddVideo("prores.mov", "-c:v prores_ks -profile:v 3", "-c:a pcm_s16le"),
    OddVideo("prores-4444.mov", "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le", None),
    OddVideo("animation.mov", "-c:v qtrle -pix_fmt rgb24", None),
    OddVideo("png.mov", "-c:v png -pix_fmt rgba", None),
    OddVideo("lossless.mkv", "-c:v ffv1 -pix_fmt bgr0", "-c:a flac"),
    OddVideo("utvideo.avi", "-c:v utvideo -pix_fmt gbrp", "-c:a pcm_s16le"),
    OddVideo("coarse.mkv", "-c:v ffv1 -pix_fmt yuv410p", None),
]
PIXELS = [
    _h264("10-bit.mp4", "-pix_fmt yuv420p10le"),
    _h264("422.mp4", "-pix_fmt yuv422p"),
    _h264("422-10-bit.mp4", "-pix_fmt yuv422p10le"),
    _h264("444.mp4", "-pix_fmt yuv444p"),
    _h264("lossless.mp4", f"{_420} -qp 0"),
    OddVideo("rgb.mp4", f"-c:v libx264rgb -preset ultrafast -pix_fmt rgb24 {_FRONT}"),
    _h264("full-range.mp4", "-pix_fmt yuvj420p -color_range pc"),
    _h264("odd-sides.mp4", "-pix_fmt yuv444p", filters="scale=161:91", shown=(160, 92)),
    OddVideo("odd-sides.webm", f"{_VP9} {_420}", None, "scale=163:93", shown=(164, 92)),
    _h264("tall-pixels.mp4", _420, filters="setsar=3/4", shown=(160, 120)),
    _h264("wide-pixels.mp4", _420, filters="setsar=4/3", shown=(214, 90)),
    _h264("interlaced.mp4", f"{_420} -flags +ildct+ilme -x264opts tff=1", filters="scale=160:96",
          shown=(160, 96)),
    OddVideo("dv.avi", "-c:v dvvideo -pix_fmt yuv420p -flags +ildct+ilme",
             "-c:a pcm_s16le -ar 48000", "scale=720:576,setsar=16/15", shown=(768, 576), rate=25),
    OddVideo("dv-ntsc.avi", "-c:v dvvideo -pix_fmt yuv411p -flags +ildct+ilme",
             "-c:a pcm_s16le -ar 48000", "scale=720:480,setsar=8/9", shown=(720, 540), rate=30),
    OddVideo("pal.ts", f"-c:v mpeg2video -q:v 2 {_420} -flags +ildct+ilme", "-c:a mp2",
             "scale=720:576,setsar=16/15", shown=(768, 576), rate=25),
]  # fmt: skip
COLOURS = [
    _h264("bt601.mp4", f"{_420} -colorspace smpte170m -color_primaries smpte170m"
          " -color_trc smpte170m", filters="scale=out_color_matrix=bt601"),
    _h264("bt709.mp4", f"{_420} -colorspace bt709 -color_primaries bt709 -color_trc bt709",
          filters="scale=out_color_matrix=bt709", untouched=True),
    _h264("bt2020.mp4", f"{_420} {_BT2020} bt2020-10", filters=_HDR.format("bt709"), exact=False),
    OddVideo("pq.mp4", f"{_X265} -pix_fmt yuv420p10le {_BT2020} smpte2084 {_FRONT}",
             filters=_HDR.format("smpte2084"), exact=False),
    OddVideo("hlg.mp4", f"{_X265} -pix_fmt yuv420p10le {_BT2020} arib-std-b67 {_FRONT}",
             filters=_HDR.format("arib-std-b67"), exact=False),
    OddVideo("pq.webm", f"{_VP9} -pix_fmt yuv420p10le {_BT2020} smpte2084", None,
             _HDR.format("smpte2084"), exact=False),
]  # fmt: skip
SOUNDS = [
    _h264("six-channels.mp4", _420, sound="-c:a aac -ac 6"),
    _h264("opus.mp4", _420, sound="-c:a libopus"),
    _h264("mp3.mp4", _420, sound="-c:a libmp3lame"),
    _h264("flac.mp4", _420, sound="-c:a flac"),
    _h264("ac3.mp4", _420, sound="-c:a ac3"),
    _h264("8-khz.mp4", _420, sound="-c:a aac -ar 8000", untouched=True),
]
TIMES = [
    _h264("one-picture.mp4", f"{_420} -frames:v 1", sound=None, seconds=1 / 12, untouched=True),
    OddVideo("one-picture.webm", f"{_VP9} {_420} -frames:v 1", None, seconds=1 / 12),
    _h264("fast.mp4", _420, rate=120, untouched=True),
    OddVideo("fast.webm", f"{_VP9} {_420}", None, rate=240),
    OddVideo("uneven.mkv", f"{_X264} {_420} -fps_mode vfr", None,
             "select='not(mod(n,3))+lt(n,7)'", seconds=22 / 12),
    OddVideo("uneven.webm", f"{_VP9} {_420} -fps_mode vfr", None,
             "select='not(mod(n,3))+lt(n,7)'", seconds=22 / 12),
]  # fmt: skip
TURNED = [
    _h264("turned-90.mp4", _420, turned="-display_rotation 90", shown=(90, 160)),
    _h264("turned-180.mp4", _420, turned="-display_rotation 180"),
    _h264("mirrored.mp4", _420, turned="-display_hflip"),
]
ODD_VIDEOS = [*CONTAINERS, *CODECS, *PIXELS, *COLOURS, *SOUNDS, *TIMES, *TURNED]


@functools.cache
def _picture(folder: Path) -> Path:
    path = folder / "quarters.png"
    quartered(160, 90).save(path)
    return path


def make(odd: OddVideo, folder: Path) -> Path:
    """Make one, or find it in the folder."""
    path = folder / odd.name
    if path.exists():
        return path
    straight = folder / f"straight-{odd.name}" if odd.turned else path
    source = f"-loop 1 -framerate {odd.rate} -t {SECONDS} -i".split()
    tone = f"-f lavfi -i sine=duration={SECONDS}".split()
    sound = ["-an"] if odd.sound is None else odd.sound.split()
    inputs = [*source, str(_picture(folder)), *tone, "-vf", odd.filters]
    run_here([*inputs, *odd.output.split(), *sound, "-strict", "-2", str(straight)])
    if odd.turned:
        front = ["-c", "copy", "-movflags", "+faststart"]
        run_here([*odd.turned.split(), "-i", str(straight), *front, str(path)])
    return path
