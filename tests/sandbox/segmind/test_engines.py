"""The engines: each takes its own fields in their own types, and nothing else."""

from itertools import product
from typing import Any

import imageio_ffmpeg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.segmind import SegmindSandbox
from bot.sandbox.segmind.engines import MAX_SIDE_PIXELS, Engine, Shape, order_of, refusal_of
from bot.sandbox.segmind.fleet import ENGINES
from tests.sandbox.segmind.conftest import STUB, Client, png

PROMPT = {"prompt": "a fox in the snow"}

TAKEN: list[tuple[str, dict[str, Any], tuple[int, int, int]]] = [
    ("sora-2", {"duration": "8", "size": "1280x720"}, (1280, 720, 8)),
    ("sora-2-pro", {"duration": 12, "size": "1024x1792"}, (1024, 1792, 12)),
    ("veo-3.1", {"duration": 6, "aspect_ratio": "9:16", "generate_audio": False}, (720, 1280, 6)),
    ("veo-3.1-fast", {"duration": 4, "resolution": "1080p"}, (1920, 1080, 4)),
    ("kling-3-standard-text2video", {"duration": "3", "aspect_ratio": "1:1"}, (960, 960, 3)),
    ("kling-3-pro-text2video", {"duration": "15", "aspect_ratio": "9:16"}, (1080, 1920, 15)),
    ("seedance-2.0", {"duration": 4, "resolution": "480p"}, (854, 480, 4)),
    ("seedance-2.0-fast", {"duration": 15, "resolution": "1080p"}, (1920, 1080, 15)),
    ("wan2.7-t2v", {"duration": 2, "resolution": "1080P", "ratio": "9:16"}, (1080, 1920, 2)),
    ("vintage-1", {"duration": 8, "size": "720x1280"}, (720, 1280, 8)),
]

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("veo-3.1", {"duration": "8"}, "duration"),
    ("veo-3.1", {"duration": 5}, "duration"),
    ("veo-3.1", {"resolution": "480p"}, "resolution"),
    ("veo-3.1-fast", {"aspect_ratio": "1:1"}, "aspect_ratio"),
    ("veo-3.1-fast", {"generate_audio": "true"}, "generate_audio"),
    ("veo-3.1-fast", {"generate_audio": 1}, "generate_audio"),
    ("kling-3-standard-text2video", {"duration": 8}, "duration"),
    ("kling-3-standard-text2video", {"duration": "2"}, "duration"),
    ("kling-3-pro-text2video", {"duration": "16"}, "duration"),
    ("kling-3-pro-text2video", {"start_image_url": "x"}, "start_image_url"),
    ("kling-3-pro-image2video", {"aspect_ratio": "16:9"}, "aspect_ratio"),
    ("seedance-2.0", {"duration": "4"}, "duration"),
    ("seedance-2.0", {"duration": 3}, "duration"),
    ("seedance-2.0-fast", {"resolution": "720P"}, "resolution"),
    ("wan2.7-t2v", {"resolution": "720p"}, "resolution"),
    ("wan2.7-t2v", {"aspect_ratio": "16:9"}, "aspect_ratio"),
    ("wan2.7-i2v", {"ratio": "16:9"}, "ratio"),
    ("wan2.7-i2v", {"duration": 16}, "duration"),
    ("hailuo-02-fast", {"duration": "6"}, "duration"),
    ("hailuo-02-fast", {"duration": 8}, "duration"),
    ("vintage-1", {"duration": "4"}, "duration"),
    ("vintage-1", {"input_reference": "x"}, "input_reference"),
]

PICTURED = [
    ("kling-3-standard-image2video", {}, (900, 1600), (720, 1280)),
    ("kling-3-pro-image2video", {}, (300, 300), (1440, 1440)),
    ("wan2.7-i2v", {"resolution": "720P"}, (1280, 720), (1280, 720)),
    ("wan2.7-i2v", {"resolution": "1080P"}, (720, 1280), (1080, 1920)),
    ("hailuo-02-fast", {}, (640, 360), (640, 360)),
    ("hailuo-02-fast", {}, (501, 333), (500, 332)),
    ("veo-3.1", {}, (500, 500), (1280, 720)),
    ("seedance-2.0", {"aspect_ratio": "9:16"}, (500, 500), (720, 1280)),
]


@pytest.mark.parametrize(("slug", "fields", "expected"), TAKEN)
def test_an_engine_reads_its_fields(
    slug: str, fields: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    """What the fields say becomes pixels, seconds and a price."""
    body = {**PROMPT, **fields}
    assert refusal_of(ENGINES[slug], body) is None
    order = order_of(ENGINES[slug], body)
    assert (order.shape.width, order.shape.height, order.seconds) == expected
    assert order.price > 0


@pytest.mark.parametrize(("slug", "fields", "named"), REFUSED)
def test_an_engine_refuses_what_is_not_its_own(
    slug: str, fields: dict[str, Any], named: str
) -> None:
    """Another type, another value or another engine's field is refused by its name."""
    refusal = refusal_of(ENGINES[slug], {**PROMPT, **fields})
    assert refusal is not None
    assert named in refusal


def test_serves_what_is_listed() -> None:
    """No engine is left out of these tests, and their catalogue has no other."""
    tried = {slug for slug, *_ in TAKEN} | {slug for slug, *_ in PICTURED}
    assert set(ENGINES) == tried


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_an_engine_agrees_with_itself(engine: Engine) -> None:
    """Defaults are allowed values, every combination has a shape, and H.264 can have its sides."""
    fields = {field.name: field for field in engine.fields}
    assert all(f.default in f.values for f in engine.fields if f.values)
    assert set(engine.shapes) == set(product(*(fields[f].values for f in engine.shape_fields)))
    for shape in engine.shapes.values():
        assert shape.width % 2 == shape.height % 2 == 0
        assert max(shape.width, shape.height) <= MAX_SIDE_PIXELS


@pytest.mark.parametrize(("slug", "fields", "pixels", "expected"), PICTURED)
async def test_a_picture_shapes_the_video_where_it_is_said_to(
    client: Client,
    segmind: SegmindSandbox,
    slug: str,
    fields: dict[str, Any],
    pixels: tuple[int, int],
    expected: tuple[int, int],
) -> None:
    """An uploaded picture is taken, and decides the shape or is cut to it."""
    segmind.plan(video=STUB)
    [name, *_] = [field.name for field in ENGINES[slug].image_fields]
    url = await client.upload(png(*pixels))
    assert (await client.submit(slug, **{name: url}, **fields)).status == 200
    generation = segmind.generations[0]
    assert generation.verdict is None
    assert (generation.order.shape.width, generation.order.shape.height) == expected


async def test_renders_in_the_shape_of_the_picture(client: Client, segmind: SegmindSandbox) -> None:
    """The film itself has the pixels that the order tells."""
    url = await client.upload(png(321, 241))
    await client.submit("hailuo-02-fast", first_frame_image=url)
    film = segmind.generations[0].film
    assert film is not None
    reader = imageio_ffmpeg.read_frames(str(await film))
    told = next(reader)
    reader.close()
    assert told["size"] == (320, 240)
    assert told["duration"] == 6


@pytest.mark.parametrize("fields", [{}, {"image": ""}])
async def test_misses_a_required_picture_late(
    client: Client, segmind: SegmindSandbox, fields: dict[str, str]
) -> None:
    """A picture that must be there and is not fails the generation, like a missing prompt."""
    answer = await client.submit("wan2.7-i2v", **fields)
    segmind.clock.advance(24)
    status = await client.status(answer.body["request_id"])
    assert (answer.status, status.status) == (200, 422)
    assert status.body["error"] == "The parameter image is required"


async def test_looks_at_every_picture(client: Client, segmind: SegmindSandbox) -> None:
    """The last frame has to be there as much as the first, and is named where it is not."""
    first, last = await client.upload(png(9, 9)), "https://example.com/fox.png"
    await client.submit("veo-3.1", image=first, last_frame=last)
    segmind.clock.advance(24)
    assert segmind.generations[0].error == "The picture in last_frame could not be fetched"


@given(
    st.integers(64, 8000),
    st.integers(64, 8000),
    st.sampled_from(["proportions", "pixels"]),
)
def test_no_picture_makes_a_shape_that_can_not_be(width: int, height: int, fit: Any) -> None:
    """Sides are even and within bounds, and the proportions stay where rounding lets them."""
    shape = Shape(1920, 1080, 0.1).fitted(fit, (width, height))
    assert shape.width % 2 == shape.height % 2 == 0
    assert min(shape.width, shape.height) >= 2
    assert max(shape.width, shape.height) <= MAX_SIDE_PIXELS
    assert abs(shape.width * height - shape.height * width) <= width + height
