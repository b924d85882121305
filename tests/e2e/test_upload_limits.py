"""A video always arrives: attached where it fits, made smaller where it must be, else linked."""

import filecmp
from pathlib import Path

import pytest

from bot.app import App
from bot.delivery.video import probe
from bot.sandbox.discord import Channel, Interaction, Message
from bot.sandbox.segmind import Plan
from tests.books import states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import MovableClock, World, text_of
from tests.videos import HEIGHT, SECONDS, WIDTH, Videos

pytestmark = pytest.mark.slow  # large videos

MIB = 1 << 20
BEYOND_THE_TOKEN_SECONDS = 16 * 60.0


@pytest.fixture
def rich(videos: Videos) -> Path:
    """Give a video of some 600 kB that can be made smaller."""
    return videos.rich()


@pytest.fixture
def large(videos: Videos) -> Path:
    """Give a video of 11 MiB."""
    return videos.padded(11 * MIB)


async def start(
    world: World, video: Path, channel: Channel | None = None
) -> tuple[Interaction, Plan]:
    """Let the provider work on this video, and keep it there."""
    held = world.segmind.plan(hold=True, video=video)
    channel = channel or world.channel
    assert channel.guild is not None
    use = await world.create(channel.guild.members[0], channel)
    await world.shown(use, "PROCESSING")
    return use, held


async def finish(world: World, use: Interaction, held: Plan) -> Message:
    """Let the provider finish, and wait until the member has the result."""
    held.release()
    return await world.shown(use, "COMPLETED")


def boosted(world: World, tier: int) -> Channel:
    """Open a channel with a member in a server of this tier."""
    guild = world.discord.add_guild("Boosted", boost_tier=tier)
    guild.add_member("Bea")
    return guild.add_channel("videos")


BY_TOKEN = pytest.mark.parametrize("by_token", [True, False], ids=["token", "channel"])


@BY_TOKEN
async def test_a_video_over_the_limit_is_made_smaller(
    world: World, bot: App, log: BotLog, rich: Path, *, by_token: bool
) -> None:
    """It arrives attached, below the limit, playable, of the same size and seconds."""
    limit = world.guild.attachment_limit_bytes = 200_000
    use, held = await start(world, rich)
    if not by_token:
        use.expire()

    [attachment] = (await finish(world, use, held)).attachments

    assert attachment.size <= limit
    video = await probe(attachment.path)
    assert (video.width, video.height, round(video.seconds)) == (WIDTH, HEIGHT, SECONDS)
    assert video.plays_everywhere
    await log.wait("job.delivered")
    assert world.kept == ["1.copies", "1.mp4"], "the copy lies beside the video"


@BY_TOKEN
async def test_a_video_that_cannot_be_made_small_enough_is_linked(
    world: World, bot: App, log: BotLog, rich: Path, *, by_token: bool
) -> None:
    """The provider's link comes with the day on which it ends; the job counts as delivered."""
    world.guild.attachment_limit_bytes = 1000
    use, held = await start(world, rich)
    if not by_token:
        use.expire()

    message = await finish(world, use, held)

    assert message.attachments == []
    [generation] = world.segmind.generations
    assert f"({world.segmind.base_url}/media/{generation.media_name})" in text_of(message)
    assert "This link ends <t:" in text_of(message)
    await log.wait("job.delivered")
    assert states(world.database) == ["delivered"]


@BY_TOKEN
@pytest.mark.parametrize(("tier", "whole"), [(0, False), (2, True)])
async def test_a_boosted_server_takes_larger_videos_as_they_are(
    world: World,
    bot: App,
    clock: MovableClock,
    large: Path,
    tier: int,
    *,
    whole: bool,
    by_token: bool,
) -> None:
    """11 MiB go through the limit of tier 2 unchanged, and are made smaller without a boost.

    The interaction names the limit while its token lives, the server's boosts afterwards.
    """
    use, held = await start(world, large, boosted(world, tier))
    if not by_token:
        world.discord.clock.advance(BEYOND_THE_TOKEN_SECONDS)
        clock.advance(BEYOND_THE_TOKEN_SECONDS)

    [attachment] = (await finish(world, use, held)).attachments

    assert (attachment.size == 11 * MIB) is whole
    assert (await probe(attachment.path)).plays_everywhere


@BY_TOKEN
async def test_a_limit_that_promises_too_much_is_no_obstacle(
    world: World, bot: App, large: Path, *, by_token: bool
) -> None:
    """Refused at the limit that Discord names, a video is made to fit what every server takes."""
    channel = boosted(world, 2)
    use, held = await start(world, large, channel)
    assert channel.guild is not None
    use.attachment_limit_bytes = channel.guild.attachment_limit_bytes = 10 * MIB
    if not by_token:
        use.expire()

    [attachment] = (await finish(world, use, held)).attachments

    assert attachment.size <= 10 * MIB
    assert (await probe(attachment.path)).plays_everywhere


async def test_where_even_the_least_limit_is_refused_the_video_is_linked(
    world: World, bot: App, rich: Path
) -> None:
    """A refusal of what should fit does not keep the video from the member."""
    use, held = await start(world, rich)
    use.attachment_limit_bytes = 1000

    message = await finish(world, use, held)

    assert message.attachments == []
    assert "/media/" in text_of(message)


async def test_show_brings_the_whole_video_where_the_channel_allows_it(
    world: World, bot: App, rich: Path
) -> None:
    """What had to be linked is attached as it is once the server takes more."""
    limit = world.guild.attachment_limit_bytes
    world.guild.attachment_limit_bytes = 1000
    await finish(world, *await start(world, rich))
    world.guild.attachment_limit_bytes = limit

    use = await world.discord.use(world.ada, world.channel, "sora show", {"job": 1})
    [attachment] = (await world.answer(use)).attachments

    assert filecmp.cmp(attachment.path, rich, shallow=False)


async def test_many_who_ask_for_a_copy_get_the_same_one(world: World, bot: App, rich: Path) -> None:
    """A dozen answers that all need another copy: one encode, and each carries it."""
    world.guild.attachment_limit_bytes = 200_000
    await finish(world, *await start(world, rich))
    world.guild.attachment_limit_bytes = 250_000

    uses = [
        await world.discord.use(world.ada, world.channel, "sora show", {"job": 1})
        for _ in range(12)
    ]
    answers = [await world.answer(use) for use in uses]

    assert {len(answer.attachments) for answer in answers} == {1}
    assert len({answer.attachments[0].size for answer in answers}) == 1
    assert len(list((world.videos / "1.copies").iterdir())) == 2
