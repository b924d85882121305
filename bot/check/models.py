"""Whether the models can be made: keys, prices, what was retired, and which is the default."""

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from bot.catalogue import (
    Absence,
    Catalogue,
    Dish,
    Menu,
    Model,
    Retired,
    Why,
    default_model,
    find_served,
)
from bot.check.findings import Finding, Verdict
from bot.config import Settings
from bot.errors import ProviderError
from bot.jobs.supply import make_menu
from bot.presentation.text import price_text
from bot.providers.base import VideoProvider
from bot.storage import Database
from bot.storage.soundness import open_to_look

LOW_CREDITS_DOLLARS = 5
SECTIONS = {"segmind": "segmind", "segmind-v1": "segmind", "aimlapi": "aimlapi"}
"""Which section of the settings has a provider's key."""
WHY: Mapping[Why, str] = {
    Why.FIRST: "the first in the catalogue that is served and has a price",
    Why.ONLY_PICTURES: "no model that starts from words is served",
    Why.ONLY_DISCONTINUED: "its maker has ended it, but no other model is served",
}


async def check_models(
    settings: Settings, catalogue: Catalogue, providers: Mapping[str, VideoProvider]
) -> AsyncIterator[Finding]:
    """Ask each provider that has a key for its account, and for what it had retired."""
    usable = {
        section
        for section in sorted(set(SECTIONS.values()))
        if getattr(settings.providers, section).api_key.get_secret_value()
    }
    for section in sorted(set(SECTIONS.values())):
        if section in usable:
            yield await check_account(section, providers[section])
        else:
            yield _without_key(section, catalogue)
    file = Database.file(settings.database.url)
    for provider, slug in await asyncio.to_thread(retired, file):
        if SECTIONS.get(provider) in usable:
            yield await ask_again(providers[provider], provider, slug, file)
    keys = {provider for provider, section in SECTIONS.items() if section in usable}
    for finding in check_menu(catalogue, keys, await asyncio.to_thread(retired, file)):
        yield finding


async def check_account(section: str, provider: VideoProvider) -> Finding:
    """Ask the provider for the account's credits."""
    try:
        dollars = await provider.credits_left()
    except ProviderError as error:
        return Finding(
            Verdict.WRONG,
            f"{section} does not answer as it should ({error.detail or type(error).__name__}). "
            f"Check providers.{section}.api_key and base_url.",
        )
    if dollars < LOW_CREDITS_DOLLARS:
        return Finding(Verdict.NOTE, f"{section} has only ${dollars:.2f} left. Top the account up.")
    return Finding(Verdict.OK, f"{section} accepts the key; ${dollars:.2f} are left.")


def _without_key(section: str, catalogue: Catalogue) -> Finding:
    models = [
        model.name
        for model in catalogue.values()
        if any(SECTIONS[offer.provider] == section for offer in model.offers)
    ]
    return Finding(
        Verdict.NOTE, f"providers.{section}.api_key is empty; it could serve {', '.join(models)}."
    )


def check_menu(catalogue: Catalogue, keys: Collection[str], gone: Retired) -> Iterator[Finding]:
    """Name the default and why it is that, what is off for want of a price, and the estimates."""
    menu = make_menu(catalogue, keys, gone, {})
    absent = {
        model.name: why
        for model in catalogue.values()
        if isinstance(why := find_served(model, keys, gone), Absence)
    }
    default = default_model(menu)
    if default is None:
        yield Finding(Verdict.WRONG, _nothing(catalogue, absent))
    else:
        yield Finding(Verdict.OK, _default_text(menu[default.name], WHY[default.why]))
        for model in itertools.takewhile(lambda m: m.name != default.name, catalogue.values()):
            yield Finding(Verdict.NOTE, _passed_over(model, absent))
    yield from _unpriced([name for name, why in absent.items() if why is Absence.NO_PRICE])
    yield from _estimated(menu)


def _default_text(dish: Dish, why: str) -> str:
    """Name the default with what its usual video costs."""
    seconds, price = dish.usual_video()
    estimated = ", estimated" if dish.model.estimates(dish.first) else ""
    return (
        f"New videos use {dish.model.title} where nothing is chosen: {why}; by "
        f"{dish.first.provider}, {seconds} s cost {price_text(price)}{estimated}."
    )


def _passed_over(model: Model, absent: Mapping[str, Absence]) -> str:
    """Say why a model that comes before the default is not it."""
    if model.name in absent:
        return f"{model.title} comes before it, but {_reason(model, absent[model.name])}."
    why = "its maker has ended it" if model.discontinued else "it needs a picture to start from"
    return f"{model.title} comes before it, but {why}."


def _reason(model: Model, why: Absence) -> str:
    """Say what keeps a model from being offered, and what to do where there is something."""
    match why:
        case Absence.SWITCHED_OFF:
            return "your configuration has retired = true for it"
        case Absence.NO_KEY:
            sections = sorted({SECTIONS[offer.provider] for offer in model.offers})
            return f"{' and '.join(f'providers.{each}.api_key' for each in sections)} is empty"
        case Absence.NO_PRICE:
            return "it has no price; set credits_per_second"
        case Absence.NOT_SERVED:
            return "its provider no longer serves it"


def _nothing(catalogue: Catalogue, absent: Mapping[str, Absence]) -> str:
    """Say what to do where nothing at all can be made."""
    if {Absence.NO_KEY} <= set(absent.values()) <= {Absence.NO_KEY, Absence.SWITCHED_OFF}:
        keys = " or ".join(f"providers.{each}.api_key" for each in sorted(set(SECTIONS.values())))
        return f"No video can be made: no model that is switched on has a key. Set {keys}."
    reasons = (
        f"{catalogue[name].title}: {_reason(catalogue[name], why)}"
        for name, why in absent.items()
        if why is not Absence.NO_KEY
    )
    return f"No video can be made: no model is served and has a price. {'; '.join(reasons)}."


def _unpriced(names: Sequence[str]) -> Iterator[Finding]:
    """Name the models that are off until the operator sets a price."""
    if names:
        yield Finding(
            Verdict.NOTE,
            f"Off until you set a price: {', '.join(names)}. The provider publishes none; add e.g. "
            f'[models."{names[0]}"] with credits_per_second = 40.',
        )


def _estimated(menu: Menu) -> Iterator[Finding]:
    """Name the prices that are our estimates."""
    names = [name for name, dish in menu.items() if dish.model.estimates(dish.first)]
    if names:
        yield Finding(
            Verdict.NOTE,
            f"Estimated prices: {', '.join(names)}. The provider publishes none; compare them with "
            f'its bills, and set e.g. [models."{names[0]}"] with credits_per_second = 40 where '
            "they are off.",
        )


def retired(file: Path) -> list[tuple[str, str]]:
    """List what the bot has noted as retired; nothing where no database can be read. Blocking.

    What is wrong with it then is a finding of its own, unless it is that of an older version, which
    the next start brings up to date.
    """
    try:
        if not file.exists() or file.stat().st_size == 0:  # SQLite would delete the log beside that
            return []
        with closing(open_to_look(file)) as connection:
            return connection.execute("SELECT provider, slug FROM retired_offers").fetchall()
    except (OSError, sqlite3.Error, UnicodeDecodeError):
        return []


def _forget(file: Path, provider: str, slug: str) -> None:
    with closing(sqlite3.connect(file, timeout=5)) as connection, connection:
        connection.execute(
            "DELETE FROM retired_offers WHERE provider = ? AND slug = ?", (provider, slug)
        )


async def ask_again(provider: VideoProvider, name: str, slug: str, file: Path) -> Finding:
    """Ask whether a retired model is served again, and offer it again if so."""
    try:
        served = await provider.serves(slug)
    except ProviderError as error:
        return Finding(
            Verdict.NOTE, f"{name} does not tell whether it serves {slug}: {error.detail}"
        )
    if not served:
        return Finding(
            Verdict.NOTE,
            f"{name} no longer serves {slug}, so it is not offered. Members are pointed to others.",
        )
    try:
        await asyncio.to_thread(_forget, file, name, slug)
    except sqlite3.Error:
        return Finding(
            Verdict.NOTE,
            f"{name} serves {slug} again, but the database is busy. Run this check once more.",
        )
    return Finding(Verdict.OK, f"{name} serves {slug} again; a running bot offers it within 30 s.")
