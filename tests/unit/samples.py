"""What the unit tests have in common: a catalogue, jobs at any stage, texts of all kinds."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import discord
from hypothesis import strategies as st

from bot.catalogue import Catalogue, Menu, Model, Offer, load_catalogue
from bot.jobs.job import Job, JobView
from bot.jobs.pace import Expectation
from bot.jobs.states import UNCHARGED_ENDS, Failure, State
from bot.jobs.supply import make_menu

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CATALOGUE = load_catalogue()
PRICED = load_catalogue(
    {
        model.name: {"credits_per_second": 40}
        for model in CATALOGUE.values()
        if model.credits_per_second is None
    }
)
"""The catalogue of an operator who has set every price that is an estimate."""
KEYS = frozenset({"segmind", "segmind-v1", "aimlapi"})
GREATEST_ID = 2**63 - 1

MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)

UNSEEN = (
    "\u200b\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff\u2028\x00\x07\x1b\U000e0041"
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
)
"""Zero-width, direction and control characters, and letters and marks that show nothing."""
_SPELLS = r"""
@everyone @here <@1> <@!1> <@&1> <#1> <:cat:1> <a:cat:1> </show:1> <t:1:R> <id:guide> :cat:
https://a.example discord.gg/abc <https://a.example> [a](https://a.example) a@b.example
`a` ``a`` ``` *a* **a** _a_ __a__ ~~a~~ ||a|| \ \\ >>> >a #a -# -a 1. é 🐈 👩‍🚀 مرحبا
"""
SPELLS = _SPELLS.split()
"""What Discord would give a meaning to, and what else is seldom thought of."""

TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            [*SPELLS, *UNSEEN, "> a", ">>> a", "# a", "-# a", "- a", "1. a", "\n", " "]
        ),
        st.text(max_size=20),
    ),
    max_size=30,
).map("".join)
"""Texts of all kinds, rich in what could do harm."""


MODEL: Mapping[str, Any] = {
    "title": "Cam",
    "summary": "Plain.",
    "durations_seconds": [4, 8],
    "sizes": ["720x1280", "1280x720"],
    "credits_per_second": {"720x1280": 10, "1280x720": 20},
    "usual_wait_seconds": 60,
    "longest_wait_seconds": 600,
}
OFFER: Mapping[str, Any] = {
    "provider": "segmind",
    "slug": "cam-1",
    "duration": {"type": "integer"},
    "size": {"field": "size"},
}


def table(**values: Any) -> dict[str, Any]:
    """Write a model as an operator does."""
    return {**MODEL, "offers": [OFFER], **values}


def model(name: str = "cam", **values: Any) -> Model:
    """Describe a model."""
    return Model.model_validate({"name": name, **table(**values)})


def offer(**values: Any) -> Offer:
    """Describe what a provider offers."""
    return Offer.model_validate({**OFFER, **values})


def catalogue_of(*models: Model) -> Catalogue:
    """Put models into a catalogue."""
    return {each.name: each for each in models}


def menu_of(*models: Model) -> Menu:
    """Offer models of which everything can be had; without any, those of ``PRICED``."""
    return make_menu(catalogue_of(*models) if models else PRICED, KEYS, (), {})


JOB = Job(
    id=7,
    interaction_id=1,
    guild_id=2,
    channel_id=3,
    member_id=4,
    model="sora-2",
    provider="segmind",
    prompt="a cat surfing at dawn",
    duration_seconds=8,
    size="1280x720",
    price=80,
    state=State.HELD,
    worker=1,
    epoch=1,
    created_at=NOW,
    submitted_at=None,
    rendered_at=None,
    request_id=None,
    result_url=None,
    failure=None,
    told_at=None,
    picture=None,
    most_running=None,
)
"""A job that waits for its turn."""


def job_in(state: State, **values: Any) -> Job:
    """Describe a job in a state, with all that the books demand of it."""
    told: dict[str, Any] = {}
    if state in {State.QUEUED, State.PROCESSING, State.RENDERED, State.DELIVERED}:
        told |= {"request_id": "secret-request-id", "submitted_at": NOW}
    if state in {State.RENDERED, State.DELIVERED}:
        told |= {
            "rendered_at": NOW + timedelta(seconds=170),
            "took_seconds": 170.0,
            "result_url": "https://media/1.mp4",
        }
    if state in UNCHARGED_ENDS:
        told["failure"] = Failure.PROVIDER_FAILED
    return replace(JOB, state=state, **{**told, **values})


def view_of(
    job: Job,
    place_in_line: int | None = None,
    *,
    seconds: float = 180.0,
    samples: int = 0,
    known: bool = True,
) -> JobView:
    """Look at a job."""
    return JobView(job, "Sora 2", place_in_line, Expectation(seconds, samples, known))


def assert_within_limits(embed: discord.Embed) -> None:
    """Check what Discord demands of an embed (its documentation)."""
    assert len(embed) <= 6000
    assert 0 < len(embed.title or "") <= 256
    assert embed.description is None or 0 < len(embed.description.strip()) <= 4096
    assert len(embed.fields) <= 25
    assert len(embed.url or "") <= 2048
    assert len(embed.footer.text or "") <= 2048
    for field in embed.fields:
        assert 0 < len((field.name or "").strip()) <= 256
        assert 0 < len((field.value or "").strip()) <= 1024
