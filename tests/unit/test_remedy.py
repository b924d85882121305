"""What is offered in place of a job that came to nothing."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue import Menu, Wish, place_order
from bot.jobs.remedy import MOST, remedies, wish_of
from bot.jobs.states import OPERATORS, Failure, State
from bot.jobs.supply import PAUSING, make_menu
from tests.unit.menus import SECONDS, SIZES, menus
from tests.unit.samples import NOW, PRICED, job_in, menu_of

MENU = menu_of()
SAME_AND_OTHERS = {
    Failure.PROVIDER_FAILED,
    Failure.UNREACHABLE,
    Failure.GIVEN_UP,
    Failure.ENDED_BY_HAND,
    Failure.WAITED_TOO_LONG,
    Failure.VIDEO_MODERATED,
    Failure.MODEL_RETIRED,
    Failure.KEY_REJECTED,
    Failure.OUT_OF_CREDITS,
    Failure.OUTCOME_UNKNOWN,
    Failure.FORGOTTEN,
    Failure.NO_VIDEO,
    Failure.UNUSABLE_VIDEO,
    Failure.ADDRESS_REFUSED,
    Failure.VIDEO_GONE,
}
OTHERS = {
    Failure.MODERATED,
    Failure.PROMPT_MODERATED,
    Failure.PICTURE_MODERATED,
    Failure.REQUEST_REJECTED,
}


@pytest.mark.parametrize("failure", Failure)
def test_each_failure_has_its_remedies(failure: Failure) -> None:
    """Once more, another model, or none: where somebody did not want it."""
    offered = [each.model for each in remedies(MENU, job_in(State.FAILED, failure=failure))]

    if failure in SAME_AND_OTHERS:
        assert offered == ["sora-2", "wan-2.7", "seedance-2.0-fast"]
    elif failure in OTHERS:
        assert offered == ["wan-2.7", "seedance-2.0-fast", "flux-3"]
    else:
        assert offered == []


def test_a_retired_model_is_gone_from_its_own_remedies() -> None:
    """A second provider's is offered, at its price; else other models alone."""
    job = job_in(State.FAILED, failure=Failure.MODEL_RETIRED)
    at_segmind = make_menu(PRICED, {"segmind"}, [("segmind", "sora-2")], {})
    at_both = make_menu(PRICED, {"segmind", "aimlapi"}, [("segmind", "sora-2")], {})

    assert next(each.model for each in remedies(at_segmind, job)) == "wan-2.7"
    assert next(each.model for each in remedies(at_both, job)) == "sora-2"


def test_nothing_else_is_offered_while_everything_rests() -> None:
    """A button would be answered with a refusal; what the operator puts right works again then."""
    paused = make_menu(PRICED, {"segmind"}, (), {"segmind": NOW + timedelta(minutes=1)})

    assert list(remedies(paused, job_in(State.FAILED, failure=Failure.PROVIDER_FAILED))) == []
    for failure in OPERATORS:
        job = job_in(State.FAILED, failure=failure)
        [same] = remedies(paused, job)
        values = (same.model, same.duration_seconds, same.size)
        assert values == (job.model, job.duration_seconds, job.size)


def test_what_the_operator_is_to_put_right_pauses_a_provider() -> None:
    """Both lists are of the same failures."""
    assert set(PAUSING) == OPERATORS


@pytest.mark.parametrize("picture", [None, "cover:0123"])
def test_a_jobs_wish_is_what_the_member_asked_for(picture: str | None) -> None:
    """Prompt, model, seconds and size, and whether it started from a picture."""
    job = job_in(State.FAILED, picture=picture)

    assert wish_of(job) == Wish(
        "a cat surfing at dawn", "sora-2", 8, "1280x720", picture is not None
    )


@settings(max_examples=60)
@given(
    menus(),
    st.sampled_from(Failure),
    st.sampled_from(["cam-0", "cam-1", "gone"]),
    st.sampled_from(SECONDS),
    st.sampled_from(SIZES),
    st.sampled_from([None, "cover:0123"]),
)
def test_every_remedy_can_be_ordered_at_its_price(
    menu: Menu, failure: Failure, name: str, seconds: int, size: str, picture: str | None
) -> None:
    """Few of them, each from the picture where there was one."""
    values = {"model": name, "duration_seconds": seconds, "size": size, "picture": picture}
    offered = remedies(menu, job_in(State.FAILED, failure=failure, **values))

    assert len(offered) <= MOST
    for each in offered:
        if failure in OPERATORS and not menu[each.model].offers:
            assert each.model == name, "what waits for the operator is just what it was"
            continue
        again = Wish("a cat", each.model, each.duration_seconds, each.size, picture is not None)
        assert place_order(menu, again).price == each.price
