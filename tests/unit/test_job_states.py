"""A job's life: no way out of an end, and no dead branch."""

import pytest

from bot.jobs.states import AT_PROVIDER, TRANSITIONS, UNCHARGED_ENDS, State, sources_of

ENDS = UNCHARGED_ENDS | {State.DELIVERED}


def reachable(start: State) -> set[State]:
    """Follow the transitions as far as they lead."""
    found, left = {start}, [start]
    while left:
        new = TRANSITIONS[left.pop()] - found
        found |= new
        left += new
    return found


def test_every_state_has_its_transitions() -> None:
    """The table speaks of each state, and of nothing else."""
    assert set(TRANSITIONS) == set(State)


def test_no_way_leads_out_of_an_end() -> None:
    """A job that is over stays what it is; and nothing else is an end."""
    assert {state for state, following in TRANSITIONS.items() if not following} == ENDS


def test_every_state_can_be_reached() -> None:
    """A job begins as held, and each state lies on a way from there."""
    assert reachable(State.HELD) == set(State)


@pytest.mark.parametrize("state", sorted(set(State) - ENDS))
def test_from_every_state_there_is_a_way_to_an_end(state: State) -> None:
    """No job hangs; and until its video is with the member, the credits can be given back."""
    ends = reachable(state) & ENDS
    assert ends
    assert ends & UNCHARGED_ENDS


@pytest.mark.parametrize("target", State)
def test_sources_are_the_transitions_read_backwards(target: State) -> None:
    """A state's sources are exactly those that lead to it."""
    for state in State:
        assert (state in sources_of(target)) == (target in TRANSITIONS[state])


def test_a_submit_is_never_repeated_once_the_provider_has_accepted() -> None:
    """Only a job that is not yet accepted can come back to the line."""
    assert sources_of(State.HELD) == {State.HELD, State.SUBMITTING}
    assert sources_of(State.SUBMITTING) == {State.HELD}
    for accepted in (State.QUEUED, State.PROCESSING, State.RENDERED):
        assert not {State.HELD, State.SUBMITTING} & reachable(accepted)


def test_a_job_is_cancelled_only_before_the_provider_is_called() -> None:
    """The provider cannot be stopped."""
    assert sources_of(State.CANCELLED) == {State.HELD}


def test_a_video_that_was_paid_for_is_delivered_or_refunded() -> None:
    """From rendered a job can only be delivered, or fail where the video got lost."""
    assert TRANSITIONS[State.RENDERED] == {State.DELIVERED, State.FAILED}


def test_what_counts_as_running_is_what_the_provider_may_be_working_on() -> None:
    """Jobs in line, on our disk or over do not take a place."""
    assert {State.SUBMITTING, State.QUEUED, State.PROCESSING} == AT_PROVIDER
