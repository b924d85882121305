"""How a video gets through a limit, where it may come from, and how its file is read."""

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.delivery.addresses import check_url, is_public
from bot.delivery.boxes import read_layout
from bot.delivery.encode import shown_size
from bot.delivery.plan import (
    CONTAINER_SHARE,
    LEAST_BITS_PER_PIXEL_SECOND,
    MOST_BITS_PER_SECOND,
    Attach,
    Link,
    Plan,
    Reencode,
    Remux,
    plan_delivery,
    sound_bits_per_second,
)
from bot.delivery.video import MAX_SIDE_PIXELS, Picture, Sound, Video
from bot.errors import AddressRefused, NotAVideo

MIB = 1 << 20
PUBLIC = URL("https://api.segmind.com")
LOCAL = URL("http://127.0.0.1:8080")

VIDEO = Video(
    path=Path("7.mp4"),
    size_bytes=20 * MIB,
    seconds=8.0,
    picture=Picture("h264", 1280, 720),
    sound=Sound("aac"),
    faststart=True,
)
PICTURES = st.builds(
    Picture,
    codec=st.sampled_from(["h264", "hevc", "vp9"]),
    width=st.sampled_from([64, 361, 720, 1280, 1792]),
    height=st.sampled_from([64, 361, 720, 1024]),
)
SOUNDS = st.builds(
    Sound,
    codec=st.sampled_from(["aac", "opus"]),
    channels=st.sampled_from([1, 2, 6]),
    bits_per_second=st.integers(8_000, 600_000),
)
VIDEOS = st.builds(
    Video,
    path=st.just(Path("7.mp4")),
    size_bytes=st.integers(1024, 600 * MIB),
    seconds=st.floats(0, 60),
    picture=PICTURES,
    sound=st.none() | SOUNDS,
    faststart=st.booleans(),
)
LIMITS = st.integers(0, 600 * MIB)


@given(VIDEOS, LIMITS)
def test_a_video_is_attached_as_it_is_exactly_when_it_fits_and_plays(
    video: Video, limit_bytes: int
) -> None:
    """H.264, AAC or silence, ready to stream, within the limit: nothing is changed."""
    even = video.width % 2 == video.height % 2 == 0
    sound = video.sound
    heard = sound is None or (sound.codec == "aac" and sound.channels <= 2)
    plays = video.faststart and video.picture.codec == "h264" and even and heard
    assert (plan_delivery(video, limit_bytes) == Attach()) == (
        plays and video.size_bytes <= limit_bytes
    )


@given(VIDEOS, LIMITS, st.booleans())
def test_a_video_made_smaller_fits_and_stays_watchable(
    video: Video, limit_bytes: int, shrink: bool
) -> None:
    """Its streams fit with room for the container, and it gets bits enough."""
    plan = plan_delivery(video, limit_bytes, shrink=shrink)

    if isinstance(plan, Reencode):
        bits = plan.video_bits_per_second + sound_bits_per_second(video, plan.keep_sound)
        assert bits * max(video.seconds, 0.1) <= limit_bytes * 8 * CONTAINER_SHARE + 1
        least = video.width * video.height * LEAST_BITS_PER_PIXEL_SECOND
        assert int(least) <= plan.video_bits_per_second <= MOST_BITS_PER_SECOND


@given(VIDEOS, LIMITS, LIMITS)
def test_a_higher_limit_never_serves_a_member_worse(video: Video, one: int, other: int) -> None:
    """From link to smaller to whole, in this order, as the limit grows."""
    ranks = {Link: 0, Reencode: 1, Remux: 2, Attach: 2}
    low, high = (
        ranks[type(plan_delivery(video, limit))] for limit in (min(one, other), max(one, other))
    )

    assert low <= high


@given(VIDEOS)
def test_where_nothing_may_be_attached_it_is_linked(video: Video) -> None:
    """A limit of zero means that every upload was refused."""
    assert plan_delivery(video, 0) == Link()


ODD_PICTURES: list[Any] = [
    *({"codec": "hevc"}, {"profile": "High 10"}, {"profile": "High 4:4:4 Predictive"}),
    *({"profile": None}, {"pixel_format": "yuv422p"}, {"pixel_format": "yuvj420p"}),
    *({"width": 641}, {"height": 361}, {"width": 4098}, {"aspect": (4, 3)}),
    *({"interlaced": True}, {"upright": False}, {"full_range": True}),
    *({"transfer": 16}, {"transfer": 18}, {"primaries": 9}, {"matrix": 6}),
]


@pytest.mark.parametrize("odd", ODD_PICTURES, ids=str)
def test_a_picture_that_some_device_does_not_show_is_encoded_anew(odd: dict[str, Any]) -> None:
    """However small the file is."""
    video = replace(VIDEO, picture=replace(VIDEO.picture, **odd))

    assert isinstance(plan_delivery(video, 100 * MIB), Reencode)


@pytest.mark.parametrize(
    ("changes", "limit_mib", "plan"),
    [
        ({}, 20, Attach()),
        ({}, 10, Reencode(9_865_472, keep_sound=True)),
        ({"faststart": False}, 25, Remux()),
        ({"faststart": False}, 10, Reencode(9_865_472, keep_sound=True)),
        ({"sound": Sound("opus")}, 25, Remux(keep_sound=False)),
        ({"sound": Sound("aac", channels=6)}, 25, Remux(keep_sound=False)),
        ({"sound": Sound("aac", profile="Main")}, 25, Remux(keep_sound=False)),
        ({"sound": Sound("aac", bits_per_second=256_000)}, 20, Attach()),
        ({"sound": Sound("aac", bits_per_second=256_000)}, 10, Reencode(9_865_472)),
        ({"sound": None}, 20, Attach()),
        ({"sound": None, "faststart": False}, 25, Remux()),
        ({"seconds": 600.0}, 10, Link()),
    ],
)
def test_usual_videos_take_the_usual_ways(
    changes: dict[str, object], limit_mib: int, plan: Plan
) -> None:
    """Too large or unplayable is made fit; ten minutes do not fit into 10 MiB."""
    video = replace(VIDEO, **changes)  # type: ignore[arg-type]

    assert plan_delivery(video, limit_mib * MIB) == plan


@given(PICTURES, st.tuples(st.integers(1, 8), st.integers(1, 8)), st.booleans())
def test_a_copy_has_even_sides_and_square_pixels(
    picture: Picture, aspect: tuple[int, int], on_its_side: bool
) -> None:
    """It is shown in the shape that was meant, no larger than decoders take it."""
    odd = replace(picture, aspect=aspect, upright=not on_its_side, on_its_side=on_its_side)

    width, height = shown_size(odd)

    assert width % 2 == height % 2 == 0
    assert 2 <= min(width, height) <= max(width, height) <= MAX_SIDE_PIXELS
    meant = odd.width * aspect[0] / (odd.height * aspect[1])
    meant = 1 / meant if on_its_side else meant
    assert (width - 1.01) / (height + 1.01) <= meant <= (width + 1.01) / (height - 1.01)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "104.18.0.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808::",
    ],
)
def test_public_addresses_are_public(address: str) -> None:
    """Also where an IPv6 address carries a public IPv4 address."""
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - an address to refuse
        *("127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1", "239.1.1.1"),
        *("255.255.255.255", "240.0.0.1", "192.0.2.1"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1"),
        *("ff0e::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:a00:1"),
        *("::127.0.0.1", "::a00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"),
        *("2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::"),
    ],
)
def test_private_addresses_are_not_public(address: str) -> None:
    """Of this machine, its network, a cloud's metadata; plain or carried in another address."""
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_as_public_within_ipv6(address: object) -> None:
    """However it is written, the same host is meant."""
    for prefix in ("::ffff:", "64:ff9b::", "::"):
        assert is_public(f"{prefix}{address}") == is_public(str(address))


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://media.example/1.mp4",
            "http://media.example:8080/1.mp4",
            "https://8.8.8.8/1.mp4",
        ),
        *("https://[2606:4700::1111]/1.mp4", "https://127.0.0.1.example/1.mp4"),
    ],
)
def test_public_and_named_addresses_may_be_fetched_from(url: str) -> None:
    """A name is checked once more when it is resolved."""
    check_url(URL(url), PUBLIC)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://media.example/1.mp4", "file:///etc/passwd", "data:video/mp4;base64,AAAA", "1.mp4"),
        *(
            "//media.example/1.mp4",
            "http://127.0.0.1/",
            "https://127.0.0.1:8080/",
            "http://0.0.0.0",
        ),
        *("http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
        *("http://169.254.169.254/latest/meta-data", "http://user:pass@10.0.0.1/"),
        *("http://2130706433/", "http://127.1/", "http://[64:ff9b::7f00:1]/"),
    ],
)
def test_other_schemes_and_private_addresses_are_refused(url: str) -> None:
    """A provider's answer cannot make the bot read files or its own network."""
    with pytest.raises(AddressRefused):
        check_url(URL(url), PUBLIC)


def test_the_providers_own_place_is_allowed_wherever_it_is() -> None:
    """Scheme, host and port all have to be its own: no neighbour of its becomes reachable."""
    check_url(URL("http://127.0.0.1:8080/media/1.mp4?a=b"), LOCAL)

    for other in ("http://127.0.0.1:8081/", "https://127.0.0.1:8080/", "http://127.0.0.2:8080/"):
        with pytest.raises(AddressRefused):
            check_url(URL(other), LOCAL)


def box(name: bytes, size: int, *, wide: bool = False) -> bytes:
    """Write an MP4's box with so many bytes of contents."""
    header = struct.pack(">I4s", 1 if wide else size + 8, name)
    return header + (struct.pack(">Q", size + 16) if wide else b"") + bytes(size)


FTYP, FREE, MOOV, MDAT = box(b"ftyp", 24), box(b"free", 0), box(b"moov", 100), box(b"mdat", 999)


@pytest.mark.parametrize(
    ("contents", "ready"),
    [
        (FTYP + MOOV + MDAT, True),
        (FTYP + FREE + MOOV + MDAT, True),
        (FTYP + MDAT + MOOV, False),
        (FTYP + box(b"mdat", 999, wide=True) + MOOV, False),
        (FTYP + box(b"free", 999, wide=True) + MOOV + MDAT, True),
        (FTYP + MOOV + struct.pack(">I4s", 0, b"mdat") + bytes(99), True),
        (FTYP + struct.pack(">I4s", 0, b"mdat") + bytes(99), False),
        (FTYP + struct.pack(">I4s", 0, b"free") + MOOV, False),
        (FTYP, False),
        (FTYP + MOOV[:4], False),
        (FTYP + struct.pack(">I4sI", 1, b"mdat", 0), False),
        (FTYP + struct.pack(">I4sQ", 1, b"free", 2**64 - 1) + MOOV, False),
        (b"", False),
        (b"\x1a\x45\xdf\xa3" + bytes(99), False),
    ],
)
def test_a_video_is_ready_to_stream_where_its_index_comes_first(
    tmp_path: Path, contents: bytes, ready: bool
) -> None:
    """Boxes of every form are skipped; a file that ends early or lies is not."""
    path = tmp_path / "7.mp4"
    path.write_bytes(contents)

    assert read_layout(path).faststart is ready


@pytest.mark.parametrize(
    "contents",
    [
        *(FTYP + MOOV[:-1], FTYP + MOOV + MDAT[:-1], FTYP + MDAT + MOOV[:50], MOOV[:8]),
        *(struct.pack(">I4sQ", 1, b"mdat", size) for size in (1 << 45, 1 << 61, (1 << 64) - 1)),
    ],
)
def test_a_video_that_lacks_a_part_of_its_index_or_data_is_none(
    tmp_path: Path, contents: bytes
) -> None:
    """One byte that is missing is enough."""
    path = tmp_path / "7.mp4"
    path.write_bytes(contents)

    with pytest.raises(NotAVideo):
        read_layout(path)


BOXES = st.one_of(
    st.builds(box, st.sampled_from([b"ftyp", b"free", b"moov"]), st.integers(0, 50)),
    st.builds(
        struct.pack,
        st.just(">I4sQ"),
        st.integers(0, 20),
        st.sampled_from([b"free", b"moov"]),
        st.integers(0, 2**64 - 1),
    ),
    st.binary(max_size=20),
)


@given(st.lists(BOXES, max_size=6).map(b"".join))
def test_no_file_confuses_the_reading_of_boxes(
    tmp_path_factory: pytest.TempPathFactory, contents: bytes
) -> None:
    """Whatever the bytes: yes, no, or cut short; and yes only where there is an index."""
    path = tmp_path_factory.getbasetemp() / "boxes.mp4"
    path.write_bytes(contents)

    try:
        ready = read_layout(path).faststart
    except NotAVideo:
        assert b"moov" in contents or b"mdat" in contents
    else:
        assert not ready or b"moov" in contents
