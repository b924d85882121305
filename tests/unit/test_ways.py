"""Which way a message goes once Discord has refused another."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.notifier.ways import Outcome, Refused, Way, learn, next_way, read_refused, write_refused

REFUSALS = [Outcome.FILE_REFUSED, Outcome.TEXT_REFUSED, Outcome.REJECTED]


def walk(outcomes: Sequence[Outcome], *, video: bool = True, gone: bool = False) -> list[Way]:
    """List the ways that are gone while Discord answers so; the last answer repeats."""
    refused, ways = frozenset[Refused](), []
    for number in range(50):
        way = next_way(refused, video=video, gone=gone)
        ways.append(way)
        learned = learn(refused, way, outcomes[min(number, len(outcomes) - 1)], gone=gone)
        if learned == refused:
            return ways
        refused = learned
    raise AssertionError("it never ends")


def test_a_server_that_takes_no_file_in_an_edit_gets_a_new_message_and_then_a_link() -> None:
    """Each once; the last says nothing that could be refused."""
    ways = walk([Outcome.REJECTED])

    assert [(way.anew, way.video) for way in ways] == [
        (False, True),
        (True, True),
        (False, False),
        (False, False),
    ]
    assert ways[2] == Way(picture=False), "a link, and no file at all"
    assert ways[3] == Way(picture=False, prompt=False, link=False)


def test_a_refused_video_is_linked_and_not_sent_anew() -> None:
    """What the filter takes for explicit it would take for that in a new message, too."""
    assert walk([Outcome.FILE_REFUSED, Outcome.CLOSED]) == [Way(video=True), Way()]


def test_a_refused_prompt_is_left_out_and_the_video_comes() -> None:
    """The same way without it; where the text stays refused without it, the link goes as well."""
    assert walk([Outcome.TEXT_REFUSED, Outcome.CLOSED]) == [
        Way(video=True),
        Way(video=True, prompt=False),
    ]
    assert walk([Outcome.TEXT_REFUSED], video=False) == [
        Way(),
        Way(prompt=False),
        Way(prompt=False, link=False),
    ]


def test_where_nothing_new_may_be_said_the_message_that_stands_says_it() -> None:
    """The bot may edit its own message where it may not write: a link comes into that."""
    ways = walk([Outcome.REJECTED, Outcome.CLOSED, Outcome.BUSY])
    assert ways == [Way(video=True), Way(anew=True, video=True), Way(picture=False)]


def test_where_the_message_is_gone_every_way_is_a_new_one() -> None:
    """There is nothing to edit."""
    assert all(way.anew for way in walk([Outcome.REJECTED], gone=True))


@given(
    st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=20),
    st.booleans(),
    st.booleans(),
)
def test_no_way_is_gone_twice(outcomes: list[Outcome], video: bool, gone: bool) -> None:
    """Whatever Discord answers, it comes to an end, after eight requests at most."""
    ways = walk(outcomes, video=video, gone=gone)

    assert len(ways) <= 8
    assert len(set(ways)) == len(ways) or ways[-1] in ways[:-1]


@pytest.mark.parametrize("outcome", [Outcome.BUSY, Outcome.CLOSED, Outcome.TOKEN_DEAD])
def test_what_says_nothing_of_the_content_takes_nothing_away(outcome: Outcome) -> None:
    """It may work later, just so."""
    assert learn(frozenset(), Way(video=True), outcome) == frozenset()


@given(st.frozensets(st.sampled_from(list(Refused))))
def test_what_is_refused_outlives_a_restart(refused: frozenset[Refused]) -> None:
    """A row keeps it in at most 64 characters."""
    said = write_refused(refused)
    assert read_refused(said) == refused
    assert len(said) <= 64
