"""Menus of all kinds: what a catalogue, keys, retired models and paused providers leave."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from bot.catalogue import Menu, Model, Wish
from bot.jobs.pauses import Pause, Scope, Target
from bot.jobs.supply import make_menu
from tests.unit.samples import KEYS, NOW, OFFER, catalogue_of, model

SECONDS = [2, 4, 5, 8, 15]
SIZES = ["720x1280", "1280x720", "960x960", "1920x1080"]
PROVIDERS = ["segmind", "segmind-v1", "aimlapi"]
_CAMS = [(Scope.MODEL, f"cam-{number}") for number in range(3)]


def some(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    """Draw some of the values, at least one, in any order."""
    return st.lists(st.sampled_from(values), min_size=1, unique=True)


@st.composite
def offers(draw: st.DrawFn, provider: str, seconds: list[int], sizes: list[str]) -> dict[str, Any]:
    """Draw what a provider makes of a model."""
    image = draw(
        st.none()
        | st.fixed_dictionaries(
            {
                "field": st.just("image"),
                "required": st.booleans(),
                "slug": st.sampled_from([None, "cam-picture"]),
            }
        )
    )
    made = draw(some(sizes))
    values = {size: {"ratio": size} for size in made}
    shaped = draw(st.sampled_from([{"field": "size"}, {"values": values}]))
    without_shape = image is not None and image["required"] and draw(st.booleans())
    return {
        **OFFER,
        "provider": provider,
        "slug": draw(st.sampled_from(["cam-1", "cam-2"])),
        "duration": {"type": "integer", "values": draw(st.none() | some(seconds))},
        "size": None if without_shape else shaped,
        "image": image,
        "credits_per_second": draw(st.none() | st.integers(1, 9)),
    }


@st.composite
def models(draw: st.DrawFn, name: str) -> Model:
    """Draw a model with one to three offers."""
    seconds, sizes = draw(some(SECONDS)), draw(some(SIZES))
    price = st.integers(1, 50)
    by_size = st.fixed_dictionaries(dict.fromkeys(sizes, price))
    return model(
        name,
        durations_seconds=seconds,
        sizes=sizes,
        credits_per_second=draw(st.none() | price | by_size),
        retired=draw(st.booleans()) and draw(st.booleans()),
        offers=[draw(offers(each, seconds, sizes)) for each in draw(some(PROVIDERS))],
    )


@st.composite
def menus(draw: st.DrawFn) -> Menu:
    """Draw a menu, from models of which some are retired, unpriced or paused."""
    catalogue = catalogue_of(*(draw(models(f"cam-{n}")) for n in range(draw(st.integers(0, 4)))))
    slugs = st.tuples(
        st.sampled_from(PROVIDERS), st.sampled_from(["cam-1", "cam-2", "cam-picture"])
    )
    keys = draw(st.just(KEYS) | st.frozensets(st.sampled_from(PROVIDERS)))
    retired = draw(st.frozensets(slugs, max_size=3))
    paused = draw(st.frozensets(st.sampled_from(PROVIDERS), max_size=2))
    scopes = st.sampled_from([*((Scope.PROVIDER, each) for each in PROVIDERS), *_CAMS])
    pauses = [
        Pause(Target(*each), NOW, 9, "") for each in sorted(draw(st.frozensets(scopes, max_size=2)))
    ]
    rests = dict.fromkeys(paused, NOW + timedelta(minutes=1))
    return make_menu(catalogue, keys, retired, rests, pauses)


WISHES = st.builds(
    Wish,
    prompt=st.just("a cat"),
    model=st.sampled_from([None, "cam-0", "cam-1", "cam-2", "sora-9"]),
    duration_seconds=st.sampled_from([None, 0, -4, 3, 10**12, *SECONDS]),
    size=st.sampled_from([None, *SIZES, "1792x1024", "", "huge", "0x0", "\u0663x2", "9" * 5000]),
    pictured=st.booleans(),
)
"""What members may ask for; a manipulated client may send anything."""
