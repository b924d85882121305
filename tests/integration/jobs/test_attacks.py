"""What members, admins, providers and crashes may try, and must not succeed in."""

import pytest

from bot.catalogue import Wish
from bot.errors import DraftGone, JobForgotten, RequestRejected
from bot.jobs.bring import MAX_UNREAD, fetch
from bot.jobs.drafts import KEPT, Draft, Drafts
from bot.jobs.export import export_member
from bot.jobs.privacy import Privacy
from bot.jobs.service import Asker
from bot.jobs.states import Failure, State
from bot.jobs.submit import submit
from tests.books import query
from tests.integration.jobs.conftest import ADA, PRICE, FilmServer, OwnModels, Works

SENDS = {"duration": {"field": "seconds", "type": "integer"}, "size": {"field": "size"}}
CHEAPER_SECOND = {
    "sora-2": {
        "offers": [
            {"provider": "segmind", "slug": "sora-2", **SENDS},
            {"provider": "aimlapi", "slug": "sora-2", "credits_per_second": 8, **SENDS},
        ]
    }
}


# --- what a member is told of the price ------------------------------------------------------


@pytest.mark.parametrize("own_models", [CHEAPER_SECOND])
async def test_what_the_sources_pay_is_the_price_also_where_it_fell(
    works: Works, own_models: OwnModels
) -> None:
    """More is held than the second provider costs; what is over is not said to be paid."""
    works.keys.add("aimlapi")
    job = await works.held()
    works.provider.on_submit.plan(RequestRejected("406"))
    await submit(works.bench, job)
    view = await works.jobs.view(job.id)
    assert view.job.price == 32 < PRICE
    assert sum(source.amount for source in view.paid_from) == view.job.price


# --- what remains of a member ----------------------------------------------------------------


async def test_no_words_of_a_provider_stay_in_a_job_s_history(
    works: Works, films: FilmServer
) -> None:
    """They may repeat the prompt or hold the video's address, and events are never deleted."""
    address = f"{films.url.replace('http', 'ftp')}?prompt=a+fox+in+the+snow"
    job = await works.processing(address)
    for _ in range(MAX_UNREAD):
        await fetch(works.bench, await works.job(job.id))
        if await works.state(job) is State.FAILED:
            break
    after = await works.job(job.id)
    assert after.failure is Failure.ADDRESS_REFUSED
    notes = query(works.database.path, "SELECT note FROM job_events WHERE job_id = ?", job.id)
    assert not [note for (note,) in notes if "ftp" in note or "fox" in note]


async def test_what_cannot_be_told_any_more_can_still_be_deleted(works: Works) -> None:
    """A job whose channel is gone is over, though nobody could be told: its prompt goes too."""
    bench = works.bench
    privacy = Privacy(works.database, works.clock, bench.archive, bench.pictures)
    ended, open_ = await works.held(), await works.held()
    await works.jobs.cancel(ended.id, Asker(ADA, manages_guild=False))
    kept = await privacy.forget(ADA)
    assert (kept.ended, kept.under_way) == (1, 1)
    assert (await works.job(ended.id)).forgotten
    assert not (await works.job(open_.id)).forgotten
    with pytest.raises(JobForgotten):
        await works.jobs.draft_of(ended.id, ADA)


# --- buttons of another day ------------------------------------------------------------------


async def test_a_button_of_a_draft_that_is_gone_never_orders_a_later_one(works: Works) -> None:
    """Its number is not given again: the member would pay for what the button does not say."""
    drafts = Drafts(works.database, works.clock, works.jobs.discard)
    old = await drafts.keep(ADA, Draft(Wish("a fox"), None))
    works.clock.advance(2 * KEPT.total_seconds())
    new = await drafts.keep(ADA, Draft(Wish("a bear"), None))
    assert old != new
    with pytest.raises(DraftGone):
        await drafts.find(old, ADA)


# --- videos for nothing ----------------------------------------------------------------------


async def test_the_export_tells_no_address_of_a_video_that_was_not_paid(
    works: Works, films: FilmServer
) -> None:
    """A refunded video may lie at the provider's for all to fetch; a paid one is the member's."""
    refunded, paid = await works.processing(f"{films.url}?1"), await works.processing(films.url)
    await works.bench.end(refunded, State.FAILED, Failure.UNUSABLE_VIDEO)
    await fetch(works.bench, paid)
    kept = await export_member(works.database, ADA, works.clock.now())
    told = {each["number"]: each["address_at_the_provider"] for each in kept["videos"]}
    assert told == {refunded.id: None, paid.id: films.url}
