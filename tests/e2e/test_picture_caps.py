"""What a member may have of pictures: nothing without leave to order, and little at a time."""

from pathlib import Path

import pytest

from bot.app import App
from bot.jobs.drafts import MOST_OPEN
from bot.sandbox.discord import Message
from tests.books import query, states
from tests.e2e.harness import World, buttons_of, text_of, within
from tests.e2e.pictures import draw, save
from tests.files import names_in

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

CDN = r"^/attachments/"


def pictures_of(world: World) -> set[str]:
    """List the files that are kept of pictures."""
    folder = world.videos / "pictures"
    return set(names_in(folder)) if folder.exists() else set()


async def asked(world: World, picture: Path) -> Message:
    """Ask Sora 2 for a size that only Sora 2 Pro has, from a picture; give the answer."""
    return await world.answer(await world.create(image=picture, size="1792x1024", duration=8))


async def frozen(world: World) -> str:
    """Freeze the member's budget."""
    await world.ask(world.admin, "budget freeze", member=world.ada)
    return "frozen your budget"


async def paused(world: World) -> str:
    """Pause the server."""
    await world.ask(world.admin, "budget pause")
    return "paused new videos"


async def poor(world: World) -> str:
    """Leave the member less than what would be offered costs."""
    await world.ask(world.admin, "budget set", member=world.ada, amount="1")
    return "you have 1 credit"


async def forbidden(world: World) -> str:
    """Forbid everybody what there is."""
    await world.ask(world.admin, "budget limits", seconds=1)
    return "doesn't support"


@pytest.mark.parametrize("gate", [frozen, paused, poor, forbidden], ids=lambda gate: gate.__name__)
async def test_who_may_not_order_costs_no_fetch_on_the_way_of_the_nearest_choice(
    world: World, bot: App, tmp_path: Path, gate: object
) -> None:
    """The reason is told at once; nothing is fetched, unpacked or kept."""
    assert callable(gate)
    reason = await gate(world)
    answer = await asked(world, save(tmp_path, "fox.png"))
    assert answer.ephemeral
    assert reason in text_of(answer)
    assert buttons_of(answer) == {}
    assert world.discord.find_calls("GET", CDN) == []
    assert pictures_of(world) == set()
    assert query(world.database, "SELECT count(*) FROM drafts") == [(0,)]


async def test_a_fourth_draft_takes_the_place_of_the_oldest(
    world: World, bot: App, tmp_path: Path
) -> None:
    """With its picture, and its button says so; the others stay as they are."""
    answers, kept = [], []
    for number in range(MOST_OPEN + 1):
        kept.append(pictures_of(world))
        answers.append(await asked(world, save(tmp_path, f"{number}.png", draw(300, 100 + number))))
    first = kept[1]
    assert len(first) == 1
    assert len(pictures_of(world)) == MOST_OPEN
    assert not pictures_of(world) & first
    label, *_ = buttons_of(answers[0])
    refusal = await world.answer(await world.press(world.ada, answers[0], label))
    assert "too old" in text_of(refusal)
    await world.shown(await world.press(world.ada, answers[1], label), "COMPLETED")


async def test_a_picture_that_two_drafts_have_stays_for_the_second(
    world: World, bot: App, tmp_path: Path
) -> None:
    """The oldest goes; what it has started from is another's, too."""
    same = save(tmp_path, "same.png")
    for _ in range(MOST_OPEN + 1):
        await asked(world, same)
    assert len(pictures_of(world)) == 1


async def test_a_third_picture_at_once_is_refused(world: World, bot: App, tmp_path: Path) -> None:
    """Until one of the two before it is there; another member is not concerned."""
    ben = world.guild.add_member("Ben")
    picture = save(tmp_path, "fox.png")
    gates = []
    for _ in range(2):
        gates.append(world.discord.faults.hold("GET", CDN))
        await world.create(image=picture)
        await within(gates[-1].reached.wait())
    for refused in (await world.create(image=picture), None):
        answer = await (world.answer(refused) if refused else asked(world, picture))
        assert answer.ephemeral
        assert "looking at 2 pictures of yours" in text_of(answer)
    await world.shown(await world.create(ben, image=picture), "COMPLETED")

    for gate in gates:
        gate.release()
    await world.until(lambda: len(world.videos_shown()) == 3)
    await world.shown(await world.create(image=picture), "COMPLETED")


@pytest.mark.settings(budgets={"default_allowance": 40})
async def test_a_picture_whose_order_is_refused_after_all_is_not_kept(
    world: World, bot: App, tmp_path: Path
) -> None:
    """Two orders at once for money that is enough for one."""
    uses, gates = [], []
    for number in range(2):
        gates.append(world.discord.faults.hold("GET", CDN))
        picture = save(tmp_path, f"{number}.png", draw(300 + number, 200))
        uses.append(await world.create(image=picture))
        await within(gates[-1].reached.wait())
    gates[0].release()
    await world.shown(uses[0], "COMPLETED")
    kept = pictures_of(world)
    gates[1].release()
    await world.until(lambda: bool(uses[1].followups))
    assert "40 credits" in text_of(uses[1].followups[0])
    assert pictures_of(world) == kept
    assert states(world.database) == ["delivered"]
