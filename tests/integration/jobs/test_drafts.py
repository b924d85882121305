"""Drafts: an order that could not be placed is kept for its member, for as long as the button."""

import asyncio

import pytest

from bot.catalogue import Wish
from bot.credits import Payer
from bot.errors import DraftGone
from bot.jobs.drafts import KEPT, MOST_OPEN, Draft, Drafts
from tests.books import query
from tests.integration.jobs.conftest import ADA, BEN, Works

PROMPT = "  A fox — *in* the snow\n\t“quietly”  🦊 "
FULL = Draft(Wish(PROMPT, "sora-2", 7, "1280x720", pictured=True), "contain:abc")
SPARE = Draft(Wish(PROMPT), None)


@pytest.fixture
def drafts(works: Works) -> Drafts:
    """Give the drafts of all members."""
    return Drafts(works.database, works.clock, works.jobs.discard)


@pytest.mark.parametrize("draft", [FULL, SPARE], ids=["full", "spare"])
async def test_a_draft_is_found_as_it_was_kept(drafts: Drafts, draft: Draft) -> None:
    """Each character of the prompt, and each choice that was made or left open; twice as well."""
    number = await drafts.keep(ADA, draft)
    for _ in range(2):
        assert await drafts.find(number, ADA) == draft


@pytest.mark.parametrize("stranger", [BEN, Payer(2, ADA.member_id)], ids=["member", "server"])
async def test_a_draft_is_its_member_s_alone(drafts: Drafts, stranger: Payer) -> None:
    """A guessed number helps nobody, and the same member in another server is another."""
    number = await drafts.keep(ADA, FULL)
    with pytest.raises(DraftGone):
        await drafts.find(number, stranger)
    with pytest.raises(DraftGone):
        await drafts.find(number + 1, ADA)
    assert await drafts.find(number, ADA) == FULL


async def test_a_draft_is_gone_after_an_hour(works: Works, drafts: Drafts) -> None:
    """Up to then it is there; the next one that is kept clears it away."""
    number = await drafts.keep(ADA, FULL)
    works.clock.advance(KEPT.total_seconds())
    assert await drafts.find(number, ADA) == FULL
    works.clock.advance(0.1)
    with pytest.raises(DraftGone):
        await drafts.find(number, ADA)
    later = await drafts.keep(BEN, SPARE)
    assert query(works.database.path, "SELECT id FROM drafts") == [(later,)]


async def test_many_drafts_at_once_keep_apart(drafts: Drafts) -> None:
    """Each under a number of its own."""
    kept = {Payer(1, number): Draft(Wish(f"{number} foxes"), None) for number in range(1, 21)}
    numbers = await asyncio.gather(*[drafts.keep(*each) for each in kept.items()])
    found = zip(numbers, kept, strict=True)
    assert [await drafts.find(*each) for each in found] == list(kept.values())


async def test_of_many_drafts_of_a_member_the_newest_stay(works: Works, drafts: Drafts) -> None:
    """The same member's in another server, and another member's, are not among them."""
    others = [(await drafts.keep(who, SPARE), who) for who in (BEN, Payer(2, ADA.member_id))]
    numbers = []
    for _ in range(MOST_OPEN + 2):
        numbers.append(await drafts.keep(ADA, SPARE))
        works.clock.advance(1)
    for number in numbers[:2]:
        with pytest.raises(DraftGone):
            await drafts.find(number, ADA)
    for number, who in [*((each, ADA) for each in numbers[2:]), *others]:
        assert await drafts.find(number, who) == SPARE
