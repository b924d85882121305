"""Refusals as one meets them: by the page's own means, at a desk and on a phone."""

import asyncio
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from bot.sandbox.moderation import FORBIDDEN_WORDS
from tests.browser.readable import SIZES
from tests.browser.stand import Stand, new_stand
from tests.browser.visitor import Visitor
from tests.browser.watcher import PATIENCE_MS, Watcher

pytestmark = pytest.mark.slow  # a browser for each

SORA = {"model": "sora-2"}
"""A model that has its price without an operator's word."""


@pytest.fixture(params=SIZES)
def visitor(watcher: Watcher, request: pytest.FixtureRequest) -> Visitor:
    """Give a visitor at each width."""
    return Visitor(watcher, request.param)


async def completed(visitor: Visitor, page: Page, times: int = 1) -> None:
    """Wait until so many videos are there."""
    await expect(page.locator(".message video")).to_have_count(times, timeout=PATIENCE_MS)


async def test_orders(stand: Stand, visitor: Visitor, tmp_path: Path) -> None:
    """What cannot be made, or not from that picture, and who has nothing to pay with."""
    file = tmp_path / "notes.png"
    await asyncio.to_thread(file.write_text, "no picture")
    broken, small, large = (tmp_path / f"{name}.png" for name in ("broken", "small", "large"))
    Image.effect_noise((640, 640), 50).save(broken)
    await asyncio.to_thread(broken.write_bytes, broken.read_bytes()[:20_000])
    Image.new("RGB", (20, 20)).save(small)
    Image.new("1", (12_000, 12_000)).save(large)
    picture = tmp_path / "picture.png"
    Image.new("RGB", (640, 360)).save(picture)
    await visitor.open(stand.page.url)

    await visitor.use("sora create", prompt="\u200b")
    await visitor.meets("The prompt is empty", "PromptEmpty")
    await visitor.use("sora create", prompt="a cat", model="dall-e")
    await visitor.meets("There is no model", "UnknownModel")
    await visitor.use("sora create", prompt="a cat", model="sora-2", size="1792x1024")
    await visitor.meets("The nearest that can be made", "OptionUnavailable-size")
    await visitor.use("sora create", prompt="a cat", model="sora-2", duration="5")
    await visitor.meets("doesn't support 5 s", "OptionUnavailable-duration")
    await visitor.use("sora create", prompt="a cat", model="hailuo-02-fast")
    await visitor.meets("always starts from a picture", "PictureRequired")
    for path, text in (
        (file, "no picture that I can read"),
        (broken, "is damaged"),
        (small, "is too small"),
        (large, "too many pixels"),
    ):
        await visitor.use("sora create", prompt="a cat", image=path)
        await visitor.meets(text, f"PictureRefused-{path.stem}")
    await visitor.use("sora cancel", job="99")
    await visitor.meets("There is no job #99", "NoSuchJob")
    await visitor.be("Bela")
    await visitor.use("sora create", prompt="a cat")
    await visitor.meets("you have 0 credits", "InsufficientCredits")
    assert stand.world.segmind.generations == []
    assert visitor.seen == 11


async def test_jobs(stand: Stand, visitor: Visitor, page: Page) -> None:
    """What is over, still made, somebody else's, deleted, or ended without a video."""
    await visitor.open(stand.page.url)
    await visitor.use("sora create", prompt="a cat", **SORA)
    await completed(visitor, page)
    await visitor.use("sora cancel", job="1")
    await visitor.meets("is over already", "TooLateToCancel-over")
    stand.world.plan(hold=True)
    await visitor.use("sora create", prompt="a dog", **SORA)
    await expect(page.locator(".message", has_text="PROCESSING")).to_be_visible(timeout=PATIENCE_MS)
    await visitor.use("sora cancel", job="2")
    await visitor.meets("which cannot be stopped", "TooLateToCancel")
    await visitor.use("sora show", job="2")
    await visitor.meets("is still being made", "NoVideoYet")
    for part, word in FORBIDDEN_WORDS.items():
        await visitor.use("sora create", prompt=f"a {word} fox", **SORA)
        await visitor.meets("FAILED", f"moderated-{part}")
    await visitor.use("sora show", job="3")
    await visitor.meets("ended without a video", "NoVideoYet-ended")
    await visitor.be("Moss")
    await visitor.use("sora show", job="1")
    await visitor.meets("belongs to another member", "NotYours")
    await visitor.be("Root")
    await visitor.use("budget job end", job="1", reason="stuck")
    await visitor.meets("nothing to end", "NotAtProvider")
    await visitor.use("budget job end", job="2", reason="stuck")
    await visitor.meets("may still finish job #2", "TooEarlyToEnd")
    await visitor.be("Ada")
    await visitor.use("sora privacy delete")
    await visitor.press("Delete them")
    await expect(visitor.watcher.last).to_contain_text("Deleted", timeout=PATIENCE_MS)
    await visitor.use("sora show", job="1")
    await visitor.meets("were deleted", "JobForgotten")
    assert visitor.seen == 11


async def test_budgets(stand: Stand, visitor: Visitor) -> None:
    """What an admin mistypes."""
    stand.world.guild.add_role("Directors")
    silent = stand.world.guild.add_channel("silent")
    silent.deny_bot("send_messages")
    await visitor.open(stand.page.url)
    await visitor.be("Root")

    await visitor.use("budget grant", member="@Ada", amount="1.500")
    await visitor.meets("no amount that I can read", "AmountUnreadable")
    await visitor.use("budget grant", member="@Ada", amount="0")
    await visitor.meets("must be a whole number", "AmountOutOfRange")
    await visitor.use("budget revoke", member="@Ada", amount="500")
    await visitor.meets("cannot be revoked", "RevokesTooMuch")
    await visitor.use("budget default", amount="5", zone="Berlin")
    await visitor.meets("There is no time zone", "UnknownZone")
    await visitor.use("budget limits", models="dall-e")
    await visitor.meets("There is no model", "UnknownModel-limits")
    await visitor.use("budget limits", sizes="1x1")
    await visitor.meets("No model makes videos of the size", "UnknownSize")
    await visitor.use("budget pool set", amount="100")
    await visitor.meets("name one of the two", "OneSharerNeeded")
    await visitor.use("budget pool remove", role="@Directors")
    await visitor.meets("There is no pool", "NoSuchPool")
    await visitor.use("budget role", role="@everyone", amount="5")
    await visitor.meets("the server's default", "EveryoneHasTheDefault")
    await visitor.use("budget approve-above", amount="5", channel="#silent")
    await visitor.meets("I cannot write in", "BotCannotWrite")
    assert visitor.seen == 10


async def test_rules(stand: Stand, visitor: Visitor) -> None:
    """What an admin has forbidden: in the server, to a member, to their roles, in a channel."""
    stand.world.guild.add_channel("bare").deny_bot("attach_files", "embed_links")
    await visitor.open(stand.page.url)

    async def admin(path: str, says: str, **options: str) -> None:
        await visitor.be("Root")
        await visitor.use(path, **options)
        await expect(visitor.watcher.last).to_contain_text(says, timeout=PATIENCE_MS)
        await visitor.be("Ada")

    await admin("budget pause", "paused")
    await visitor.use("sora create", prompt="a cat", **SORA)
    await visitor.meets("paused new videos in this server", "GuildPaused")
    await admin("budget resume", "again")
    await admin("budget freeze", "frozen", member="@Ada")
    await visitor.use("sora create", prompt="a cat", **SORA)
    await visitor.meets("frozen your budget", "MemberFrozen")
    await admin("budget unfreeze", "again", member="@Ada")
    await admin("budget limits", "sora", models="sora-2", seconds="4", sizes="720x1280")
    for option, wanted in (
        ("model", {"model": "sora-2-pro"}),
        ("duration", {**SORA, "duration": "8"}),
        ("size", {**SORA, "size": "1280x720"}),
    ):
        await visitor.use("sora create", prompt="a cat", **wanted)
        await visitor.meets("do not allow", f"NotForYourRoles-{option}")
    await visitor.enter("bare")
    await visitor.use("sora create", prompt="a cat", **SORA)
    await visitor.meets("I cannot show a video in this channel", "BotLacksPermissions")
    assert visitor.seen == 6


async def test_approvals(stand: Stand, visitor: Visitor, page: Page) -> None:
    """A price that waits: who may not decide, and what stops it."""
    await visitor.open(stand.page.url)
    await visitor.be("Root")
    await visitor.use("budget approve-above", amount="0")
    await expect(visitor.watcher.last).to_contain_text("wait", timeout=PATIENCE_MS)
    await visitor.be("Ada")
    await visitor.use("sora create", prompt="a cat", **SORA)
    asked = page.locator(".message", has_text="Job #1").first
    await visitor.press("Approve", asked)
    await visitor.meets("Only a moderator can decide", "NotApprover")
    await visitor.be("Root")
    await visitor.use("budget pause")
    await expect(visitor.watcher.last).to_contain_text("paused", timeout=PATIENCE_MS)
    await visitor.press("Approve", asked)
    await visitor.meets("cannot be approved now", "ApprovalStopped")
    await visitor.use("budget resume")
    await expect(visitor.watcher.last).to_contain_text("again", timeout=PATIENCE_MS)
    await visitor.press("Decline", asked)
    await visitor.meets("A moderator did not approve", "declined", asked)
    assert visitor.seen == 3


async def test_whoever_runs_the_bot(stand: Stand, visitor: Visitor) -> None:
    """What the operator mistypes, and what members meet where the operator stops something."""
    guild, admin = stand.world.guild, stand.world.admin
    guild.give(admin, guild.add_role("Owner", permissions=("administrator",)))
    stand.world.discord.set_owner(admin)
    await stand.bot.kill()
    await stand.bot.start()  # it learns at its start who runs it
    await visitor.open(stand.page.url)
    await visitor.be("Root")

    await visitor.use("operator pause", scope="Everything", name="x")
    await visitor.meets("Everything has no name", "PauseTargetUnclear-all")
    await visitor.use("operator pause", scope="A model")
    await visitor.meets("name the model", "PauseTargetUnclear")
    await visitor.use("operator pause", scope="A provider", name="x")
    await visitor.meets("There is no provider", "UnknownProvider")
    await visitor.use("operator resume", scope="A model", name="sora-2")
    await visitor.meets("You have not paused model", "NotPaused")
    await visitor.use("operator server allow", server="Film club")
    await visitor.meets("is in no server", "UnknownGuild")

    async def operate(path: str, says: str, **options: str) -> None:
        await visitor.be("Root")
        await visitor.use(path, **options)
        await expect(visitor.watcher.last).to_contain_text(says, timeout=PATIENCE_MS)
        await visitor.be("Ada")

    await operate("operator pause", "aused", scope="A model", name="sora-2", reason="too dear")
    await visitor.use("sora create", prompt="a cat", **SORA)
    await visitor.meets("has paused Sora 2", "ModelPaused-operator")
    await operate("operator resume", "", scope="A model", name="sora-2")
    await operate("operator pause", "aused", scope="Everything", reason="the moon")
    await visitor.use("sora create", prompt="a cat", **SORA)
    await visitor.meets("has paused all new videos", "PausedByOperator")
    await operate("operator resume", "", scope="Everything")
    await operate("operator ceiling", "", amount="50", server=str(guild.id))
    await visitor.use("sora create", prompt="a cat", model="sora-2", duration="12")
    await visitor.meets("limits what this server may spend", "CeilingReached")
    await operate("operator server close", "", server=str(guild.id))
    await visitor.use("sora create", prompt="a cat", **SORA)
    shown = await visitor.meets("have not opened it", "ServerNotOpen")
    await visitor.press("Ask the operator", shown)
    await visitor.meets("Only members with the permission", "NotAdmin")
    assert visitor.seen == 10


async def test_failures(stand: Stand, visitor: Visitor, page: Page) -> None:
    """What ends a job: the panel's troubles, a retired model, an odd answer, a cancel."""
    world = stand.world
    await visitor.open(stand.page.url)

    async def fails(text: str, name: str) -> None:
        await visitor.use("sora create", prompt="a cat", **SORA)
        await visitor.meets(text, name)

    world.plan(fail="The machine has burnt down")
    await fails("could not make this video", "provider_failed")
    world.plan(video=b"no video")
    await fails("could not be fetched", "unusable_video")
    world.segmind.faults.answer("POST", "/v", 400, {"error": "size is not supported"})
    await fails("did not accept this combination", "request_rejected")
    world.segmind.faults.reset("POST", "/v", after=True)
    await fails("This video was lost", "outcome_unknown")
    world.segmind.out_of_credits(next(iter(world.segmind.accounts)))
    await fails("takes no orders just now", "ModelPaused")
    assert visitor.seen == 5


async def test_limits(visitor: Visitor, page: Page, tmp_path: Path) -> None:
    """As many as may wait, and as many as may be ordered within a minute."""
    jobs = {"max_running_per_member": 1, "max_waiting_per_member": 1, "orders_per_minute": 4}
    async with new_stand(tmp_path, overrides={"jobs": jobs}) as stand:
        stand.world.plan(hold=True)
        await visitor.open(stand.page.url)
        await visitor.use("sora create", prompt="a cat", **SORA)
        await expect(visitor.watcher.last).to_contain_text("PROCESSING", timeout=PATIENCE_MS)
        await visitor.use("sora create", prompt="a dog", **SORA)
        await expect(visitor.watcher.last).to_contain_text("QUEUED", timeout=PATIENCE_MS)
        waiting = page.locator(".message", has_text="a dog")
        await visitor.use("sora create", prompt="a fox", **SORA)
        await visitor.meets("You have 1 video waiting", "TooManyWaiting")
        for number in (2, 3):
            await visitor.use("sora cancel", job=str(number))
            await visitor.meets("Cancelled before", "cancelled_by_member", waiting)
            await visitor.use("sora create", prompt="a dog", **SORA)
            waiting = page.locator(".message", has_text="a dog").last
        await visitor.use("sora cancel", job="4")
        await visitor.use("sora create", prompt="a fox", **SORA)
        await visitor.meets("the most within a minute", "OrdersTooFast")
        assert visitor.seen == 4


async def test_asking_the_operator(stand: Stand, visitor: Visitor, page: Page) -> None:
    """An admin asks, asks again too early, and once the server is open there is no need."""
    guild, world = stand.world.guild, stand.world
    owner = guild.add_member("Op", permissions=("administrator",))
    world.discord.set_owner(owner)
    guild.owner_id = world.admin.id
    await stand.bot.kill()
    await stand.bot.start()
    await world.ask(owner, "operator server close", server=str(guild.id))
    await visitor.open(stand.page.url)
    await visitor.be("Root")
    await visitor.use("sora create", prompt="a cat", **SORA)
    await visitor.meets("have not opened it", "ServerNotOpen-admin")
    closed = page.locator(".message", has_text="have not opened it").first
    await visitor.press("Ask the operator", closed)
    await expect(visitor.watcher.last).not_to_contain_text("have not opened it")
    await visitor.press("Ask the operator", closed)
    await visitor.meets("was already asked", "AskedAlready")
    await visitor.use("sora create", prompt="a cat", **SORA)
    await visitor.meets("please wait for them", "ServerNotOpen-asked")
    await world.ask(owner, "operator server allow", server=str(guild.id))
    await visitor.press("Ask the operator", closed)
    await visitor.meets("is open by now", "ServerOpen")
    assert visitor.seen == 4


async def test_what_is_not_there_any_more(
    stand: Stand, visitor: Visitor, page: Page, tmp_path: Path
) -> None:
    """A price that was decided, a message without a picture, a file that is gone."""
    world = stand.world
    await visitor.open(stand.page.url)
    await world.channel.post(world.ada, "no picture here")
    await expect(visitor.watcher.last).to_contain_text("no picture here")
    await visitor.watcher.last.focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="Animate this picture").click()
    await visitor.meets("There is no picture here", "PictureRefused-gone")
    await visitor.use("sora create", prompt="a cat", **SORA)
    await completed(visitor, page)
    for path in world.videos.glob("*.mp4"):
        path.unlink()
    await visitor.use("sora show", job="1")
    await visitor.meets("is gone", "NoVideoYet-gone")
    assert visitor.seen == 2
