"""A video always arrives: attached where it fits, made smaller where it must be, else linked."""

import filecmp
from pathlib import Path

import pytest

from bot.app import App
from bot.delivery.video import probe
from bot.sandbox.discord import Interaction, Message
from tests.books import states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, text_of
from tests.videos import HEIGHT, SECONDS, WIDTH, Videos

MIB = 1 << 20


@pytest.fixture
def rich(videos: Videos) -> Path:
    """Give a video of some 600 kB that can be made smaller."""
    return videos.rich()


@pytest.fixture
def large(videos: Videos) -> Path:
    """Give a video of 11 MiB."""
    return videos.padded(11 * MIB)


async def deliver(world: World, video: Path, *, by_token: bool) -> tuple[Interaction, Message]:
    """Let the provider make this video, and wait until it has been delivered."""
    held = world.segmind.plan(hold=True, video=video)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    if not by_token:
        use.expire()
    held.release()
    return use, await world.shown(use, "COMPLETED")


@pytest.mark.parametrize("by_token", [True, False], ids=["token", "channel"])
async def test_a_video_over_the_limit_is_made_smaller(
    world: World, bot: App, log: BotLog, rich: Path, *, by_token: bool
) -> None:
    """It arrives attached, below the limit, playable, of the same size and seconds."""
    limit = world.guild.attachment_limit_bytes = 200_000

    _, message = await deliver(world, rich, by_token=by_token)

    [attachment] = message.attachments
    assert attachment.size <= limit
    video = await probe(attachment.path)
    assert (video.width, video.height, round(video.seconds)) == (WIDTH, HEIGHT, SECONDS)
    assert video.plays_everywhere
    await log.wait("job.delivered")
    assert world.kept == ["1.mp4"], "no copy is left behind"


@pytest.mark.parametrize("by_token", [True, False], ids=["token", "channel"])
async def test_a_video_that_cannot_be_made_small_enough_is_linked(
    world: World, bot: App, log: BotLog, rich: Path, *, by_token: bool
) -> None:
    """The provider's link comes with the day on which it ends; the job counts as delivered."""
    world.guild.attachment_limit_bytes = 1000

    _, message = await deliver(world, rich, by_token=by_token)

    assert message.attachments == []
    [generation] = world.segmind.generations
    assert f"({world.segmind.base_url}/media/{generation.media_name})" in text_of(message)
    assert "This link ends <t:" in text_of(message)
    await log.wait("job.delivered")
    assert states(world.database) == ["delivered"]


@pytest.mark.parametrize(("tier", "attached"), [(0, False), (2, True)])
async def test_a_boosted_server_takes_larger_videos_as_they_are(
    world: World, bot: App, large: Path, tier: int, *, attached: bool
) -> None:
    """11 MiB go through the limit of tier 2 unchanged, and are made smaller without a boost."""
    guild = world.discord.add_guild("Boosted", boost_tier=tier)
    channel, member = guild.add_channel("videos"), guild.add_member("Bea")
    world.segmind.plan(video=large)

    use = await world.create(member, channel)
    message = await world.shown(use, "COMPLETED")

    [attachment] = message.attachments
    assert (attachment.size == 11 * MIB) is attached
    assert (await probe(attachment.path)).plays_everywhere


@pytest.mark.parametrize("by_token", [True, False], ids=["token", "channel"])
async def test_a_limit_that_promises_too_much_is_no_obstacle(
    world: World, bot: App, large: Path, *, by_token: bool
) -> None:
    """Refused at the limit that Discord names, a video is made to fit what every server takes."""
    guild = world.discord.add_guild("Boosted", boost_tier=2)
    channel, member = guild.add_channel("videos"), guild.add_member("Bea")
    held = world.segmind.plan(hold=True, video=large)
    use = await world.create(member, channel)
    await world.shown(use, "PROCESSING")
    use.attachment_limit_bytes = guild.attachment_limit_bytes = 10 * MIB
    if not by_token:
        use.expire()

    held.release()

    [attachment] = (await world.shown(use, "COMPLETED")).attachments
    assert attachment.size <= 10 * MIB
    assert (await probe(attachment.path)).plays_everywhere


async def test_where_even_the_least_limit_is_refused_the_video_is_linked(
    world: World, bot: App, rich: Path
) -> None:
    """A refusal of what should fit does not keep the video from the member."""
    held = world.segmind.plan(hold=True, video=rich)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    use.attachment_limit_bytes = 1000

    held.release()

    message = await world.shown(use, "COMPLETED")
    assert message.attachments == []
    assert "/media/" in text_of(message)


async def test_show_brings_the_whole_video_where_the_channel_allows_it(
    world: World, bot: App, rich: Path
) -> None:
    """What had to be linked is attached as it is once the server takes more."""
    limit = world.guild.attachment_limit_bytes
    world.guild.attachment_limit_bytes = 1000
    await deliver(world, rich, by_token=True)
    world.guild.attachment_limit_bytes = limit

    use = await world.discord.use(world.ada, world.channel, "sora show", {"job": 1})
    [attachment] = (await world.answer(use)).attachments

    assert filecmp.cmp(attachment.path, rich, shallow=False)
