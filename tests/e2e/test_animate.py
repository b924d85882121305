"""A picture in a message as the start: the command "Animate this picture" and its form."""

from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.sandbox.discord import ClientRefusal, Interaction, Message
from tests.books import states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import BotProcess, World, text_of
from tests.e2e.pictures import BLUE, GREEN, RED, alike, handed_over, save, shown_in

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

NAME = "Animate this picture"


@pytest.fixture
async def posted(world: World, tmp_path: Path) -> Message:
    """Let another member show a picture, with a text file before it."""
    bea = world.guild.add_member("Bea")
    notes = tmp_path / "notes.txt"
    notes.write_text("what follows is a boat")
    files = [notes, save(tmp_path, "boat.png"), save(tmp_path, "other.png")]
    return await world.channel.post(bea, "my boat", files)


async def opened(world: World, message: Message) -> Interaction:
    """Let Ada open the form on a message."""
    use = await world.discord.use_on(world.ada, message, NAME)
    await use.responded()
    assert use.modal is not None
    return use


def fields(use: Interaction) -> list[dict[str, Any]]:
    """List the form's fields, in order: the prompt, the model, the fit."""
    assert use.modal is not None
    return [label["component"] for label in use.modal["components"]]


async def sent(world: World, use: Interaction, *values: Any) -> Interaction:
    """Fill the first fields with these values and send the form."""
    names = [field["custom_id"] for field in fields(use)]
    return await world.discord.submit(world.ada, use, dict(zip(names, values, strict=False)))


async def test_another_member_s_picture_becomes_a_video(
    world: World, bot: App, log: BotLog, posted: Message
) -> None:
    """The form asks for what happens; the rest has a default. The message's first picture moves."""
    form = await opened(world, posted)
    options = fields(form)[1]["options"]
    assert {option["value"] for option in options} >= {"wan-2.7", "hailuo-02-fast", "sora-2"}
    assert [option["value"] for option in options if option.get("default")] == ["wan-2.7"]

    use = await sent(world, form, "  it sails away  ")
    message = await world.shown(use, "COMPLETED")

    await log.wait("job.delivered")
    [generation] = world.segmind.generations
    assert generation.slug == "wan2.7-i2v"
    assert generation.body["prompt"] == "  it sails away  "
    places = ((0.5, 0.1), (0.1, 0.6), (0.9, 0.6))
    assert alike(shown_in(handed_over(world, generation), *places), [GREEN, RED, BLUE])
    assert f"<@{world.ada.id}>" in text_of(message)
    assert message.mentioned == []
    assert "thumbnail" in message.embeds[0]


async def test_the_form_s_choices_are_followed(
    world: World, bot: App, log: BotLog, posted: Message
) -> None:
    """Model and fit can be chosen."""
    form = await opened(world, posted)

    use = await sent(world, form, "it turns", ["sora-2-pro"], ["contain"])
    await world.shown(use, "COMPLETED")

    [generation] = world.segmind.generations
    assert generation.slug == "sora-2-pro"


async def test_a_message_without_a_picture_is_refused(
    world: World, bot: App, tmp_path: Path
) -> None:
    """The answer says which messages can be animated, and how it goes otherwise."""
    notes = tmp_path / "notes.txt"
    notes.write_text("no boat")
    for files in ((), (notes,)):
        message = await world.channel.post(world.ada, "look", files)
        use = await world.discord.use_on(world.ada, message, NAME)
        refusal = await world.answer(use)

        assert refusal.ephemeral
        assert "no picture here that a video could start from" in text_of(refusal)
        assert "`image` of `/sora create`" in text_of(refusal)


async def test_it_is_not_offered_in_direct_messages(world: World, bot: App) -> None:
    """And a client that sends it all the same is sent to a server."""
    direct = world.discord.direct(world.ada)
    message = await direct.post(world.ada, "look")
    with pytest.raises(ClientRefusal, match="direct messages"):
        await world.discord.use_on(world.ada, message, NAME)

    use = await world.discord.use_on(world.ada, message, NAME, forced=True)

    assert "works in a server only" in text_of(await world.answer(use))


async def test_a_picture_that_is_deleted_meanwhile_is_told(
    world: World, bot: App, posted: Message
) -> None:
    """The form was open when the message went: nothing is held, and the member hears why."""
    form = await opened(world, posted)
    await world.channel.delete_message(posted)

    use = await sent(world, form, "it sails away")
    await world.until(lambda: bool(use.followups))

    refusal = use.followups[0]
    assert refusal.ephemeral
    assert "Discord did not hand the picture over" in text_of(refusal)
    assert "Nothing was charged" in text_of(refusal)
    assert states(world.database) == []
    assert world.channel.messages == []


async def test_a_prompt_of_blanks_is_refused(world: World, bot: App, posted: Message) -> None:
    """The form takes blanks; the order does not."""
    use = await sent(world, await opened(world, posted), "   ")

    assert "prompt is empty" in text_of(await world.answer(use))


async def test_a_form_of_which_the_model_was_retired_meanwhile_is_answered(
    world: World, bot: App, log: BotLog, posted: Message
) -> None:
    """The choice was made before it went: the answer names what there is."""
    form = await opened(world, posted)
    world.segmind.retire("sora-2")
    await world.shown(await world.create(), "FAILED")
    await log.wait("model.retired")

    use = await sent(world, form, "it sails away", ["sora-2"])

    assert "There is no model" in text_of(await world.answer(use))


async def test_a_picture_in_a_forwarded_message_is_found(
    world: World, bot: App, log: BotLog, posted: Message
) -> None:
    """The forwarding message itself has no files."""
    forwarded = await world.channel.forward(world.ada, posted)
    assert forwarded.attachments == []

    await world.shown(await sent(world, await opened(world, forwarded), "it sails"), "COMPLETED")

    await log.wait("job.delivered")


@pytest.mark.parametrize("name", ["boat", "boat.heic", "BOAT.PNG"])
async def test_a_picture_whose_kind_discord_does_not_tell_is_found(
    world: World, bot: App, log: BotLog, tmp_path: Path, name: str
) -> None:
    """Its name tells it, or nothing does; what it is read as, its bytes decide."""
    other = tmp_path / "notes.bin"
    other.write_bytes(b"what follows is a boat")
    picture = save(tmp_path, "boat.png").rename(tmp_path / name)
    world.channel.hub.cdn.kinds_untold = True
    message = await world.channel.post(world.ada, "look", [other, picture])

    await world.shown(await sent(world, await opened(world, message), "it sails"), "COMPLETED")

    await log.wait("job.delivered")


async def test_a_form_that_was_opened_before_a_restart_is_answered(
    world: World, process: BotProcess, posted: Message
) -> None:
    """The new process knows nothing of it: it is to be opened anew, and then works."""
    await process.start()
    form = await opened(world, posted)
    await process.kill()
    await process.start()

    answer = await world.answer(await sent(world, form, "it sails away"))
    assert answer.ephemeral
    assert "Please open it anew. Nothing was charged." in text_of(answer)

    again = await sent(world, await opened(world, posted), "it sails away")
    await world.shown(again, "COMPLETED")
    await process.logged("job.delivered")
