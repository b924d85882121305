"""Every command and every option, once, through a real interaction."""

import asyncio
from functools import partial
from typing import Any

import pytest

from bot.app import App
from bot.sandbox.discord import Member
from tests.books import query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, only, text_of

pytestmark = pytest.mark.usefixtures("at_once")

COMMANDS: dict[str, set[str]] = {
    "sora create": {"prompt", "model", "duration", "size", "image", "fit"},
    "sora status": set(),
    "sora cancel": {"job"},
    "sora balance": set(),
    "sora history": set(),
    "sora show": {"job"},
    "sora models": set(),
    "sora guide": set(),
}


async def test_these_are_the_commands(world: World, bot: App) -> None:
    """Members are offered nothing that is not tested here, and every option explains itself."""
    registered = world.discord.commands_for(world.guild, world.ada)
    found = {
        f"{root['name']} {command['name']}": {each["name"] for each in command.get("options", [])}
        for root in registered
        if root["type"] == 1
        for command in root["options"]
    }

    assert {name: found[name] for name in COMMANDS} == COMMANDS
    assert [root["name"] for root in registered if root["type"] == 3] == ["Animate this picture"]
    for root in world.discord.commands.of(None).values():
        for command in root.get("options", []):
            for option in command.get("options", []):
                assert option["description"] not in {"", "…"}, option


@pytest.mark.parametrize(
    ("options", "body", "price"),
    [
        ({}, {"duration": "4", "size": "720x1280"}, 40),
        ({"model": "sora-2-pro"}, {"duration": "4", "size": "1280x720"}, 120),
        ({"model": "sora-2", "duration": 12}, {"duration": "12", "size": "720x1280"}, 120),
        (
            {"model": "sora-2-pro", "duration": 8, "size": "1024x1792"},
            {"duration": "8", "size": "1024x1792"},
            400,
        ),
    ],
)
async def test_create_orders_what_was_asked_for(
    world: World, bot: App, options: dict[str, Any], body: dict[str, str], price: int
) -> None:
    """What is left out gets the model's default; the price is held and shown."""
    world.plan(hold=True)

    use = await world.create(prompt="a lighthouse", **options)
    text = text_of(await world.shown(use, "PROCESSING"))

    [generation] = world.segmind.generations
    assert generation.slug == options.get("model", "sora-2")
    assert generation.body == {"prompt": "a lighthouse", **body}
    assert f"{price} credits (${price / 100:.2f})" in text
    assert query(world.database, "SELECT price, state FROM jobs") == [(price, "processing")]


@pytest.mark.settings(models=only("sora-2", "sora-2-pro", "wan-2.7"))
async def test_models_lengths_and_sizes_are_offered_by_what_is_chosen(
    world: World, bot: App
) -> None:
    """Each with its price; what is typed is looked for, and the nearest length comes first."""
    create = partial(world.offered, world.ada, "sora create")
    assert await create("model") == {
        "wan-2.7": "Wan 2.7 · 5 s for 65 credits ($0.65)",
        "sora-2": "Sora 2 · 4 s for 40 credits ($0.40)",
        "sora-2-pro": "Sora 2 Pro · 4 s for 120 credits ($1.20)",
    }
    assert list(await create("model", model="PRO")) == ["sora-2-pro"]
    assert await create("model", duration=12) == {
        "wan-2.7": "Wan 2.7 · 12 s for 156 credits ($1.56)",
        "sora-2": "Sora 2 · 12 s for 120 credits ($1.20)",
        "sora-2-pro": "Sora 2 Pro · 12 s for 360 credits ($3.60)",
    }
    assert await create("duration", model="sora-2") == {
        4: "4 seconds · 40 credits ($0.40)",
        8: "8 seconds · 80 credits ($0.80)",
        12: "12 seconds · 120 credits ($1.20)",
    }
    assert list(await create("duration", model="sora-2", duration="11")) == [12, 8, 4]
    assert list(await create("duration", duration="1"))[:3] == [10, 11, 12]
    assert await create("size", model="sora-2", duration=8) == {
        "720x1280": "720x1280 upright · 80 credits ($0.80)",
        "1280x720": "1280x720 wide · 80 credits ($0.80)",
    }
    assert list(await create("size", model="sora-2", size="WIDE")) == ["1280x720"]
    assert await create("size", size="1792") == {
        "1024x1792": "1024x1792 upright · 200 credits ($2.00) with Sora 2 Pro",
        "1792x1024": "1792x1024 wide · 200 credits ($2.00) with Sora 2 Pro",
    }


async def test_choices_go_by_a_members_roles(world: World, bot: App) -> None:
    """What the roles don't allow is not offered, whatever was typed; nor is it taken."""
    await world.ask(world.admin, "budget limits", models="sora-2, sora-2-pro", seconds=8)
    create = partial(world.offered, world.ada, "sora create")
    assert list(await create("model")) == ["sora-2", "sora-2-pro"]
    assert list(await create("duration", model="sora-2", duration="12")) == [8, 4]
    refused = text_of(await world.answer(await world.create(model="sora-2", duration=12)))
    assert "Your roles in this server do not allow the duration 12 s" in refused


@pytest.mark.parametrize(
    "options",
    [
        {"model": "no-such"},
        {"duration": 7},
        {"duration": -1},
        {"size": "1x1"},
        {"size": "wide"},
    ],
)
async def test_what_was_typed_and_not_offered_is_refused_in_words(
    world: World, bot: App, options: dict[str, Any]
) -> None:
    """Discord hands on whatever was typed into an option that only suggests."""
    refused = await world.answer(await world.create(**{"model": "sora-2", **options}))
    assert refused.ephemeral
    assert "Nothing was charged" in text_of(refused)
    assert states(world.database) == []


@pytest.mark.settings(jobs={"max_running_per_member": 1})
async def test_a_waiting_job_has_its_place_in_line_and_can_be_cancelled(
    world: World, bot: App, log: BotLog
) -> None:
    """Status lists both jobs; the waiting one is cancelled, and its credits are back."""
    held = world.plan(hold=True)
    first = await world.create()
    await world.shown(first, "PROCESSING")
    second = await world.create(prompt="a second cat", duration=8)
    await second.responded()

    status = await world.ask(world.ada, "sora status")
    assert "#1** PROCESSING" in status
    assert "#2** QUEUED · number 1 in line" in status
    suggested = await world.offered(world.ada, "sora cancel", "job")
    assert suggested == {2: "#2 QUEUED: a second cat"}
    assert "380 credits" in await world.ask(world.ada, "sora balance")

    answer = await world.ask(world.ada, "sora cancel", job=2)

    assert "Job #2 is cancelled; 80 credits are back" in answer
    text = text_of(await world.shown(second, "CANCELLED"))
    assert "Nothing was charged" in text
    assert "460 credits" in await world.ask(world.ada, "sora balance")
    held.release()
    await world.shown(first, "COMPLETED")
    await log.wait("job.delivered")
    assert states(world.database) == ["delivered", "cancelled"]
    assert len(world.segmind.generations) == 1


@pytest.mark.settings(jobs={"max_running_per_member": 1})
async def test_an_admin_can_cancel_a_members_waiting_job(world: World, bot: App) -> None:
    """Who manages the server may; the credits go back to the member."""
    world.plan(hold=True)
    await world.shown(await world.create(), "PROCESSING")
    waiting = await world.create()
    await waiting.responded()

    answer = await world.ask(world.admin, "sora cancel", job=2)

    assert "Job #2 is cancelled" in answer
    await world.shown(waiting, "CANCELLED")
    assert "460 credits" in await world.ask(world.ada, "sora balance")


async def test_the_balance_tells_what_is_left_held_and_when_it_renews(
    world: World, bot: App
) -> None:
    """And the last entries: what happened, to which job, by whom and why."""
    options = {"member": world.ada, "amount": "25", "reason": "won the contest"}
    await world.ask(world.admin, "budget grant", **options)
    world.plan(hold=True)
    await world.shown(await world.create(), "PROCESSING")

    text = await world.ask(world.ada, "sora balance")

    for part in (
        "485 credits ($4.85)",
        "460 left of 500",
        "renews <t:",
        "25",
        "Held for videos under way: 40",
        "held for a video #1",
        f"granted · by <@{world.admin.id}> · won the contest",
    ):
        assert part in text


async def test_history_lists_the_latest_jobs_and_show_suggests_them(
    world: World, bot: App, log: BotLog
) -> None:
    """Newest first, with what became of each; /sora show brings the video to its reader alone."""
    await world.shown(await world.create(prompt="a good one"), "COMPLETED")
    await log.wait("job.delivered")
    world.plan(fail="internal error")
    await world.shown(await world.create(prompt="a bad one"), "FAILED")

    history = await world.ask(world.ada, "sora history")

    assert history.index("#2** FAILED") < history.index("#1** COMPLETED")
    assert "not charged" in history
    assert "40 credits" in history
    assert "a good one" in history
    assert await world.offered(world.ada, "sora show", "job") == {
        1: "#1 COMPLETED: a good one",
    }
    use = await world.discord.use(world.ada, world.channel, "sora show", {"job": 1})
    message = await world.answer(use)
    assert message.ephemeral
    assert [each.filename for each in message.attachments] == ["video.mp4"]


async def test_models_compares_seconds_sizes_and_prices(world: World, bot: App) -> None:
    """Each model with what it can make and what that costs."""
    text = await world.ask(world.ada, "sora models")

    for part in (
        "**Sora 2** · `sora-2`",
        "Makes 4, 8 and 12 seconds. Takes a picture. Usually ready in",
        "720x1280 1280x720  10/s  40-120",
        "**Sora 2 Pro** · `sora-2-pro`",
        "1024x1792 1792x1024  50/s  200-600",
        "Where you choose none, it is Wan 2.7.",
        "100 credits are $1",
    ):
        assert part in text


async def test_models_tells_admins_alone_what_is_estimated(world: World, bot: App) -> None:
    """A price that is no provider's own; the members pay it all the same."""
    assert "Estimated prices: `wan-2.7`, `hailuo-02-fast`" in await world.ask(
        world.admin, "sora models"
    )
    assert "stimated" not in await world.ask(world.ada, "sora models")


async def test_the_guide_names_the_commands(world: World, bot: App) -> None:
    """A new member finds every command for members in it."""
    text = await world.ask(world.ada, "sora guide")

    for command in COMMANDS:
        if command.startswith("sora ") and command != "sora guide":
            assert f"/{command}" in text


async def test_one_servers_budgets_are_not_anothers(world: World, bot: App) -> None:
    """The same person has a budget in each server."""
    await world.ask(world.admin, "budget set", member=world.ada, amount="0")
    elsewhere = world.discord.add_guild("Elsewhere")
    channel = elsewhere.add_channel("videos")
    twin = Member(elsewhere, world.ada.user, world.ada.joined_at)
    elsewhere.members.append(twin)

    await world.shown(await world.create(twin, channel), "COMPLETED")

    assert query(world.database, "SELECT guild_id, price FROM jobs") == [(elsewhere.id, 40)]


async def test_show_brings_no_video_of_an_older_database(world: World, bot: App) -> None:
    """The archive goes by job numbers: a file that is not this job's video is not shown."""
    await asyncio.to_thread(world.videos.mkdir)
    await asyncio.to_thread((world.videos / "1.mp4").write_bytes, b"somebody else's")
    world.plan(fail="no")
    failed = await world.create()
    await world.shown(failed, "FAILED")

    use = await world.discord.use(world.ada, world.channel, "sora show", {"job": 1})
    message = await world.answer(use)

    assert "ended without a video" in text_of(message)
    assert message.attachments == []


async def test_commands_in_answers_can_be_clicked(world: World, bot: App) -> None:
    """By the ids that Discord has told, in jobs' messages as well; values stand beside them."""
    [root] = [each for each in world.discord.commands.of(None).values() if each["name"] == "sora"]
    use = await world.discord.use(world.ada, world.channel, "sora guide", {})
    guide = (await world.answer(use)).embeds[0]["description"]
    for name in ("create", "models", "balance", "status", "cancel", "history", "show"):
        assert f"</sora {name}:{root['id']}>" in guide
    held = world.plan(hold=True)
    made = await world.create()
    waiting = (await world.answer(made)).embeds[0]["fields"][0]["value"]
    assert f"</sora cancel:{root['id']}> `job:1`" in waiting
    held.release()
    finished = (await world.shown(made, "COMPLETED")).embeds[0]["fields"][0]["value"]
    assert f"</sora show:{root['id']}> `job:1`" in finished
    await world.ask(world.admin, "budget set", member=world.ada, amount="0")
    refused = await world.answer(await world.create(model="sora-2"))
    assert f"</sora balance:{root['id']}>" in refused.content
    use = await world.discord.use(world.ada, world.channel, "sora status", {})
    assert f"</sora create:{root['id']}>" in (await world.answer(use)).embeds[0]["description"]
