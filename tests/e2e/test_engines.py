"""One /sora create for each provider and each shipped model, from words and from a picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.catalogue import load_catalogue
from bot.delivery.video import probe
from bot.sandbox.discord import Message
from bot.sandbox.segmind import engines
from tests.books import query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import AIMLAPI_ALONE, World, text_of
from tests.e2e.pictures import handed_over, pixels_of, save

pytestmark = pytest.mark.slow  # a video of every engine

PROMPT = "  A paper boat,\n*sailing*  "
RICH = {"default_allowance": 100_000}

Body = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A model, and what Segmind must be asked for."""

    model: str
    seconds: int
    size: str
    words: tuple[str, Body] | None
    """Slug and body without a picture; None: it always starts from one."""
    picture: tuple[str, Body]
    """Slug and body with a picture, but for its address."""
    image_field: str

    @property
    def options(self) -> Body:
        """What the member chooses."""
        return {"model": self.model, "duration": self.seconds, "size": self.size}


SORA = ("sora-2", {"duration": "4", "size": "720x1280"})
PRO = ("sora-2-pro", {"duration": "4", "size": "1792x1024"})
VEO = {"duration": 4, "resolution": "1080p", "aspect_ratio": "9:16"}
KLING = {"duration": "3", "aspect_ratio": "1:1"}
DANCE = {"duration": 4, "resolution": "720p", "aspect_ratio": "16:9"}
WAN = {"duration": 2, "resolution": "720P", "ratio": "9:16"}
CASES = (
    Case("sora-2", 4, "720x1280", SORA, SORA, "input_reference"),
    Case("sora-2-pro", 4, "1792x1024", PRO, PRO, "input_reference"),
    Case("veo-3.1", 4, "1080x1920", ("veo-3.1", VEO), ("veo-3.1", VEO), "image"),
    Case("veo-3.1-fast", 4, "1080x1920", ("veo-3.1-fast", VEO), ("veo-3.1-fast", VEO), "image"),
    Case(
        "kling-3-standard",
        3,
        "960x960",
        ("kling-3-standard-text2video", KLING),
        ("kling-3-standard-image2video", {"duration": "3"}),
        "start_image_url",
    ),
    Case(
        "kling-3-pro",
        3,
        "1440x1440",
        ("kling-3-pro-text2video", KLING),
        ("kling-3-pro-image2video", {"duration": "3"}),
        "start_image_url",
    ),
    Case(
        "seedance-2.0",
        4,
        "1280x720",
        ("seedance-2.0", DANCE),
        ("seedance-2.0", DANCE),
        "first_frame_url",
    ),
    Case(
        "seedance-2.0-fast",
        4,
        "1280x720",
        ("seedance-2.0-fast", DANCE),
        ("seedance-2.0-fast", DANCE),
        "first_frame_url",
    ),
    Case(
        "wan-2.7",
        2,
        "720x1280",
        ("wan2.7-t2v", WAN),
        ("wan2.7-i2v", {"duration": 2, "resolution": "720P"}),
        "image",
    ),
    Case(
        "hailuo-02-fast",
        6,
        "960x960",
        None,
        ("hailuo-02-fast", {"duration": 6}),
        "first_frame_image",
    ),
)


def other(model: str, seconds: int, size: str, slugs: str, fields: Body, without: str = "") -> Case:
    """Describe what AI/ML API must be asked for; with a picture perhaps without some fields."""
    words, picture = (slugs.split() * 2)[:2]
    body = {"duration": seconds, **fields}
    less = {name: value for name, value in body.items() if name not in without.split()}
    return Case(model, seconds, size, (words, body), (picture, less), "image_url")


LOUD: Body = {"generate_audio": True}
WIDE_HD: Body = {"resolution": "1080p", "aspect_ratio": "16:9"}
UPRIGHT: Body = {"resolution": "720p", "aspect_ratio": "9:16"}
AIMLAPI_CASES = (
    other(
        "wan-2.7",
        5,
        "720x1280",
        "alibaba/wan-2-7-t2v alibaba/wan-2-7-i2v",
        {**UPRIGHT, **LOUD},
        "aspect_ratio generate_audio",
    ),
    other("ltx-2-fast", 6, "1920x1080", "ltxv/ltxv-2-fast", {**WIDE_HD, **LOUD}),
    other("hailuo-2.3", 6, "1366x768", "minimax/hailuo-2.3", {"resolution": "768P"}),
    other("ltx-2", 6, "1920x1080", "ltxv/ltxv-2", {**WIDE_HD, **LOUD}),
    other(
        "minimax-h3", 4, "1440x2560", "minimax/h3", {"resolution": "2K", "ratio": "9:16"}, "ratio"
    ),
    other(
        "flux-3",
        5,
        "720x1280",
        "blackforestlabs/flux-3-video-t2v blackforestlabs/flux-3-video-i2v",
        {**UPRIGHT, "resolution": "hd", **LOUD},
    ),
    other(
        "seedance-2.5",
        4,
        "720x1280",
        "bytedance/seedance-2-5",
        {**UPRIGHT, **LOUD},
        "aspect_ratio",
    ),
    other("sora-2", 4, "720x1280", "openai/sora-2-t2v openai/sora-2-i2v", UPRIGHT),
    other("sora-2-pro", 4, "1792x1024", "openai/sora-2-pro-t2v openai/sora-2-pro-i2v", WIDE_HD),
)
"""One of each kind; every offer is tried without Discord in the tests of the providers."""


@pytest.fixture
def still(tmp_path: Path) -> Path:
    """Draw a picture that has the shape of no video."""
    return save(tmp_path, "boat.png")


@pytest.fixture
def ready_soon(world: World) -> None:
    """Let the providers take no longer than the rendering of a true video does."""
    for api in (world.segmind, world.aimlapi):
        api.queue_seconds = api.processing_seconds = 0.0


async def assert_made(message: Message, size: str, seconds: int, *, pictured: bool) -> None:
    """Check that a message has the true video, and shows the picture that it started from."""
    video = message.attachments[-1]
    found = await probe(video.path)
    assert (f"{found.width}x{found.height}", round(found.seconds)) == (size, seconds)
    assert found.plays_everywhere
    shown = message.embeds[0].get("thumbnail", {}).get("url")
    names = [each.filename for each in message.attachments]
    assert names == (["picture.jpg", "video.mp4"] if pictured else ["video.mp4"])
    assert shown == (message.attachments[0].url if pictured else None)


def spent(world: World) -> list[int]:
    """List what the jobs have cost, in credits."""
    return [each for (each,) in query(world.database, "SELECT settled FROM holds ORDER BY job_id")]


def test_every_shipped_model_is_tried_here() -> None:
    """A model that is added to the catalogue is added to these tests."""
    tried = {case.model for case in (*CASES, *AIMLAPI_CASES)}

    assert tried == set(load_catalogue())


@pytest.mark.usefixtures("ready_soon")
@pytest.mark.settings(budgets=RICH)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.model)
async def test_segmind_makes_each_model_s_videos(
    world: World, bot: App, log: BotLog, still: Path, case: Case
) -> None:
    """The body has the engine's own fields, the video the wanted pixels, the price is spent."""
    uses, wanted = [], []
    if case.words is not None:
        uses.append(await world.create(prompt=PROMPT, **case.options))
        wanted.append(case.words)
        await world.segmind.wait_submitted(1)
    uses.append(await world.create(prompt=PROMPT, image=still, **case.options))
    wanted.append(case.picture)

    messages = [await world.shown(use, "COMPLETED") for use in uses]

    await log.wait("job.delivered", len(uses))
    assert [each.slug for each in world.segmind.generations] == [slug for slug, _ in wanted]
    pictured = world.segmind.generations[-1]
    assert pixels_of(handed_over(world, pictured)) == tuple(map(int, case.size.split("x")))
    for generation, (_, fields) in zip(world.segmind.generations, wanted, strict=True):
        body = dict(generation.body)
        if generation is pictured:
            assert body.pop(case.image_field).startswith(world.segmind.upload_url)
        assert body == {"prompt": PROMPT, **fields}
    for message in messages:
        await assert_made(message, case.size, case.seconds, pictured=message is messages[-1])
    model = load_catalogue()[case.model]
    price = model.quote(case.seconds, case.size, model.offers[0])
    assert spent(world) == [price] * len(uses)
    assert f"{price} credits" in text_of(messages[0])


@pytest.mark.usefixtures("ready_soon")
@pytest.mark.settings(providers=AIMLAPI_ALONE, budgets=RICH)
@pytest.mark.parametrize("case", AIMLAPI_CASES, ids=lambda case: case.model)
async def test_aimlapi_makes_its_models_videos(
    world: World, bot: App, log: BotLog, still: Path, case: Case
) -> None:
    """With its key alone only its models are offered; sizes become resolution and ratio."""
    from_words = await world.create(prompt=PROMPT, **case.options)
    await world.shown(from_words, "COMPLETED")
    from_picture = await world.create(prompt=PROMPT, image=still, **case.options)
    await world.shown(from_picture, "COMPLETED")

    await log.wait("job.delivered", 2)
    first, second = (dict(each.body) for each in world.aimlapi.generations)
    assert case.words is not None
    assert first == {"model": case.words[0], "prompt": PROMPT, **case.words[1]}
    assert second.pop(case.image_field).startswith("data:image/jpeg;base64,")
    assert second == {"model": case.picture[0], "prompt": PROMPT, **case.picture[1]}
    for use, pictured in ((from_words, False), (from_picture, True)):
        assert use.message is not None
        await assert_made(use.message, case.size, case.seconds, pictured=pictured)
    model = load_catalogue()[case.model]
    assert spent(world) == [model.quote(case.seconds, case.size, model.offers[0])] * 2
    assert world.segmind.calls == []
    assert "hailuo-02-fast" not in await world.ask(world.ada, "sora models")


VINTAGE = {
    "vintage": {
        "title": "Vintage",
        "summary": "Old and good.",
        "durations_seconds": [4, 8],
        "sizes": ["1280x720", "720x1280"],
        "credits_per_second": 5,
        "longest_wait_seconds": 600,
        "offers": [
            {
                "provider": "segmind-v1",
                "slug": "vintage-1",
                "duration": {"type": "integer"},
                "size": {"field": "size"},
            }
        ],
    }
}


@pytest.mark.usefixtures("ready_soon")
@pytest.mark.settings(models=VINTAGE)
@pytest.mark.parametrize("answer", ["bytes", "json"])
async def test_segmind_s_older_api_makes_what_only_it_serves(
    world: World, bot: App, log: BotLog, answer: str
) -> None:
    """Its one call answers the video, or in one sample its address; both are delivered."""
    world.segmind.plan(v1_answer=answer)  # type: ignore[arg-type]  # one of the two above

    message = await world.shown(await world.create(model="vintage"), "COMPLETED")

    await log.wait("job.delivered")
    [generation] = world.segmind.generations
    assert generation.body["size"] == "1280x720"
    assert generation.body["duration"] == 4
    await assert_made(message, "1280x720", 4, pictured=False)
    assert spent(world) == [20]
    assert world.kept == ["1.mp4"], "nothing is left of the call"


ODD = engines.Engine(
    "odd-engine",
    fields=(
        engines.Field("text"),
        engines.Field("secs", ("3", "7"), "7"),
        engines.Field("quality", ("low", "high"), "high"),
        engines.Field("tall", types=(bool,), default="False"),
        engines.Field("fps", types=(int,), default="24"),
    ),
    shape_fields=("tall",),
    shapes={
        ("True",): engines.Shape(320, 480, 0.02),
        ("False",): engines.Shape(480, 320, 0.02),
    },
    prompt_field="text",
    duration_field="secs",
)
MINE = {
    "mine": {
        "title": "Mine",
        "summary": "An engine of my own.",
        "durations_seconds": [3, 7],
        "sizes": ["480x320", "320x480"],
        "credits_per_second": 2,
        "longest_wait_seconds": 600,
        "offers": [
            {
                "provider": "segmind",
                "slug": "odd-engine",
                "prompt_field": "text",
                "duration": {"field": "secs", "type": "string"},
                "size": {"values": {"480x320": {"tall": False}, "320x480": {"tall": True}}},
                "extra": {"quality": "high", "fps": 12},
            }
        ],
    },
    "sora-2-pro": {"retired": True},
}


@pytest.mark.usefixtures("ready_soon")
@pytest.mark.settings(models=MINE)
async def test_an_engine_is_added_by_the_config_alone(world: World, bot: App, log: BotLog) -> None:
    """Its table makes it a choice of the command and its fields its body; another is off."""
    world.segmind.add_engine(ODD)

    use = await world.create(model="mine", size="320x480", duration=3)
    message = await world.shown(use, "COMPLETED")

    await log.wait("job.delivered")
    [generation] = world.segmind.generations
    assert generation.body == {
        "text": "a cat surfing at dawn",
        "secs": "3",
        "tall": True,
        "quality": "high",
        "fps": 12,
    }
    await assert_made(message, "320x480", 3, pictured=False)
    assert spent(world) == [6]
    shown = await world.ask(world.ada, "sora models")
    assert "**Mine** · `mine`\nAn engine of my own. Makes 3 and 7 seconds." in shown
    assert "Sora 2 Pro" not in shown
    assert states(world.database) == ["delivered"]
