"""A picture as the start: received at once, checked by its bytes, fitted, shown."""

import asyncio
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.app import App
from bot.pixels.image import MAX_PIXELS
from bot.sandbox.discord import Interaction
from bot.sandbox.segmind import Generation
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import BotProcess, World, running_bot, text_of, within
from tests.e2e.pictures import (
    BLUE,
    GREEN,
    ORIENTATION,
    RED,
    TURNED_RIGHT,
    WHITE,
    alike,
    draw,
    handed_over,
    pixels_of,
    save,
    shown_in,
)

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

CDN = r"^/attachments/"
TOP, LEFT, RIGHT = (0.5, 0.1), (0.1, 0.6), (0.9, 0.6)
MIB = 1 << 20


async def made(world: World, use: Interaction) -> Generation:
    """Wait for the video; give what Segmind was asked for."""
    await world.shown(use, "COMPLETED")
    return world.segmind.generations[-1]


@pytest.mark.parametrize("name", ["boat.png", "boat.jpg", "boat.webp", "boat.JPEG"])
async def test_the_usual_formats_are_taken(
    world: World, bot: App, tmp_path: Path, name: str
) -> None:
    """The answer is deferred; what is handed over has the video's pixels and no metadata."""
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    picture = save(tmp_path, name, quality=95, exif=exif)

    use = await world.create(image=picture, size="1280x720")
    assert await use.responded() is None, "it says that it is thinking"
    generation = await made(world, use)

    file = handed_over(world, generation)
    assert pixels_of(file) == (1280, 720)
    assert alike(shown_in(file, TOP, LEFT, RIGHT), [GREEN, RED, BLUE])
    content = await asyncio.to_thread(file.read_bytes)
    assert b"taken at home" not in content


async def test_a_picture_that_lies_on_its_side_is_put_upright(
    world: World, bot: App, tmp_path: Path
) -> None:
    """Phones write an orientation tag: the thumbnail and the video follow it."""
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_RIGHT
    lying = draw(360, 640).transpose(Image.Transpose.ROTATE_90)
    picture = save(tmp_path, "phone.jpg", lying, quality=95, exif=exif)

    use = await world.create(image=picture, size="720x1280")
    generation = await made(world, use)

    assert alike(shown_in(handed_over(world, generation), TOP, LEFT, RIGHT), [GREEN, RED, BLUE])
    assert use.message is not None
    thumbnail = use.message.attachments[0].path
    width, height = pixels_of(thumbnail)
    assert height > width
    assert alike(shown_in(thumbnail, TOP, LEFT, RIGHT), [GREEN, RED, BLUE])


async def test_what_is_transparent_becomes_white(world: World, bot: App, tmp_path: Path) -> None:
    """A video has no transparency."""
    clear = draw(640, 360).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").point(lambda _: 0).resize(clear.size))

    generation = await made(world, await world.create(image=save(tmp_path, "clear.png", clear)))

    assert alike(shown_in(handed_over(world, generation), TOP, LEFT), [WHITE, WHITE])


@pytest.mark.parametrize("fit", [None, "cover", "contain"])
async def test_another_shape_is_covered_or_contained(
    world: World, bot: App, tmp_path: Path, fit: str | None
) -> None:
    """Covered, the sides are cut off; contained, all of it is there before a blurred edge."""
    wide = Image.new("RGB", (900, 300), GREEN)
    wide.paste(RED, (0, 0, 100, 300))
    chosen: dict[str, Any] = {} if fit is None else {"fit": fit}

    use = await world.create(image=save(tmp_path, "wide.png", wide), size="720x1280", **chosen)
    generation = await made(world, use)

    file = handed_over(world, generation)
    assert pixels_of(file) == (720, 1280)
    [left] = shown_in(file, (0.02, 0.5))
    assert alike([left], [RED if fit == "contain" else GREEN])


def bomb(folder: Path) -> Path:
    """Write a PNG of a few kilobytes that unpacks to far more pixels than there may be."""
    return save(folder, "bomb.png", Image.new("1", (30_000, 30_000)))


def no_picture(folder: Path) -> Path:
    """Write something else under a picture's name."""
    path = folder / "cat.png"
    path.write_bytes(b"<html>not a cat</html>" * 10)
    return path


def broken(folder: Path) -> Path:
    """Write a picture that breaks off."""
    whole = save(folder, "whole.jpg")
    path = folder / "broken.jpg"
    path.write_bytes(whole.read_bytes()[:2000])
    return path


def tiny(folder: Path) -> Path:
    """Write a picture that is too small to fill a video."""
    return save(folder, "tiny.png", draw(32, 32))


def another_format(folder: Path) -> Path:
    """Write a picture in a format that is not read, under the name of one that is."""
    path = folder / "cat.png"
    draw(640, 360).save(path, "GIF")
    return path


def too_large(folder: Path) -> Path:
    """Write a file beyond the cap; noise does not compress."""
    path = folder / "large.png"
    path.write_bytes(bytes(21 * MIB))
    return path


def a_text(folder: Path) -> Path:
    """Write what does not even claim to be a picture."""
    path = folder / "notes.txt"
    path.write_text("a cat")
    return path


BAD: dict[Callable[[Path], Path], str] = {
    bomb: f"too many pixels: {MAX_PIXELS // 1_000_000} million are the most",
    no_picture: "no picture that I can read. Please send a PNG, JPEG, WebP, AVIF or HEIC",
    another_format: "no picture that I can read",
    broken: "damaged",
    tiny: "too small: each side needs at least 64 pixels",
    too_large: "too large: 20 MiB are the most",
    a_text: "no picture that I can read",
}


@pytest.mark.parametrize("kind", BAD, ids=lambda kind: kind.__name__)
async def test_a_bad_picture_gets_a_reason(
    world: World, bot: App, log: BotLog, tmp_path: Path, kind: Callable[[Path], Path]
) -> None:
    """It is told to the member alone; nothing is held, sent or kept, nothing goes on thinking."""
    picture = await asyncio.to_thread(kind, tmp_path)

    # Forced: a client that lets larger files through, as some servers' do.
    use = await world.create(image=picture, forced=True)
    await use.responded()
    await world.until(lambda: bool(use.followups) or use.message is not None)

    refusal = use.followups[0] if use.followups else use.message
    assert refusal is not None
    assert refusal.ephemeral
    assert BAD[kind] in text_of(refusal)
    assert "Nothing was charged" in text_of(refusal)
    await world.until(lambda: world.channel.messages == [])
    assert states(world.database) == []
    assert world.segmind.find_calls("POST", "") == []
    assert log.find("command.crashed") == []
    left = world.videos / "pictures"
    assert not left.exists() or list(left.iterdir()) == []


async def test_a_picture_that_is_larger_than_declared_is_not_read_to_its_end(
    world: World, bot: App, tmp_path: Path
) -> None:
    """The cap holds for what comes, whatever was announced."""
    body = zlib.compress(bytes(1)) + bytes(21 * MIB)
    world.discord.faults.answer("GET", CDN, 200, body, headers={"Content-Type": "image/png"})

    use = await world.create(image=save(tmp_path, "small.png"))
    await world.until(lambda: bool(use.followups))

    assert "too large: 20 MiB are the most" in text_of(use.followups[0])
    assert states(world.database) == []


async def test_a_picture_that_discord_does_not_hand_over_is_told(
    world: World, bot: App, tmp_path: Path
) -> None:
    """The member is asked to attach it again."""
    world.discord.faults.answer("GET", CDN, 404, "gone", times=None)

    use = await world.create(image=save(tmp_path, "boat.png"))
    await world.until(lambda: bool(use.followups))

    assert "Please attach it again" in text_of(use.followups[0])
    assert use.followups[0].ephemeral
    assert world.channel.messages == []


@pytest.mark.settings(budgets={"default_allowance": 10})
async def test_who_has_too_few_credits_hears_of_it_alone(
    world: World, bot: App, tmp_path: Path
) -> None:
    """At once: nobody else sees that the bot thinks of it."""
    use = await world.create(image=save(tmp_path, "boat.png"))
    message = await world.answer(use)

    assert "costs 40 credits" in text_of(message)
    assert message.ephemeral
    assert world.channel.messages == []
    assert balances(world.database).get("held", 0) == 0


async def test_two_pictures_at_once_stay_apart(
    world: World, bot: App, log: BotLog, tmp_path: Path
) -> None:
    """Each video starts from its own picture, and each message shows it."""
    bea = world.guild.add_member("Bea")
    red = save(tmp_path, "red.png", Image.new("RGB", (640, 360), RED))
    blue = save(tmp_path, "blue.png", Image.new("RGB", (640, 360), BLUE))

    uses = await asyncio.gather(
        world.create(prompt="red", image=red), world.create(bea, prompt="blue", image=blue)
    )
    messages = [await world.shown(use, "COMPLETED") for use in uses]

    await log.wait("job.delivered", 2)
    for generation in world.segmind.generations:
        wanted = RED if generation.body["prompt"] == "red" else BLUE
        assert alike(shown_in(handed_over(world, generation), LEFT), [wanted])
    for message, colour in zip(messages, (RED, BLUE), strict=True):
        assert alike(shown_in(message.attachments[0].path, LEFT), [colour])


async def test_an_order_that_is_delivered_twice_is_one_job(
    world: World, bot: App, log: BotLog, tmp_path: Path
) -> None:
    """The second delivery is answered by nobody, before and after the first has its job."""
    fetching = world.discord.faults.hold("GET", CDN)
    use = await world.create(image=save(tmp_path, "boat.png"))
    await within(fetching.reached.wait())
    await world.discord.replay(use)
    await log.wait("deferral.failed")
    fetching.release()
    await world.shown(use, "COMPLETED")

    await world.discord.replay(use)
    await log.wait("deferral.failed", 2)

    await log.wait("job.delivered")
    assert states(world.database) == ["delivered"]
    assert use.followups == []
    assert log.find("command.crashed") == []


async def test_a_kill_while_the_picture_is_fetched_costs_nothing(
    world: World, process: BotProcess, tmp_path: Path
) -> None:
    """Nothing is held yet; after the restart the same order works, and no rest is kept for good."""
    await process.start()
    fetching = world.discord.faults.hold("GET", CDN)
    picture = save(tmp_path, "boat.png")
    await world.create(image=picture)
    await within(fetching.reached.wait())

    await process.kill()
    fetching.release()
    await process.start()

    assert "500 credits" in await world.ask(world.ada, "sora balance")
    assert states(world.database) == []
    await world.shown(await world.create(image=picture), "COMPLETED")
    await process.logged("job.delivered")
    assert query(world.database, "SELECT count(*) FROM jobs") == [(1,)]


async def test_a_kill_while_the_picture_is_handed_over_costs_nothing(
    world: World, process: BotProcess, tmp_path: Path
) -> None:
    """No video was asked for yet: the job still waits, and the next start sends it, once."""
    await process.start()
    gate = world.segmind.faults.hold("POST", "^/upload-asset$")
    use = await world.create(image=save(tmp_path, "boat.png"))
    await within(gate.reached.wait())
    await process.kill()
    gate.release()

    await process.start()

    await world.shown(use, "COMPLETED")
    await process.logged("job.delivered")
    assert len(world.segmind.generations) == 1


async def test_pictures_that_no_order_has_are_deleted_after_a_day(
    world: World, tmp_path: Path
) -> None:
    """What a crash has left: it does not stay on the disk for good."""
    async with running_bot(world):
        kept = await world.create(image=save(tmp_path, "kept.png"))
        await world.shown(kept, "COMPLETED")
        blue = save(tmp_path, "blue.jpg", Image.new("RGB", (640, 360), BLUE))
    blue.rename(world.videos / "pictures" / "0123456789abcdef.jpg")
    pictures = sorted((world.videos / "pictures").iterdir())
    used = query(world.database, "SELECT picture FROM jobs")[0][0].split(":")[1]
    assert {path.name.startswith(used) for path in pictures} == {True, False}
    (world.videos / "pictures" / "0123.raw.part").touch()

    async with running_bot(world):
        left = sorted((world.videos / "pictures").iterdir())
    assert [path for path in left if path.suffix != ".part"] == pictures, "not while it is young"
    for path in left:
        os.utime(path, times=(0, 0))

    async with running_bot(world):
        left = sorted((world.videos / "pictures").iterdir())
    assert left == [path for path in pictures if path.name.startswith(used)]
