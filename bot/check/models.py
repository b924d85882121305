"""Whether the models can be made: keys, prices, and what a provider has retired."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from bot.catalogue import Catalogue
from bot.check.findings import Finding, Verdict
from bot.config import Settings
from bot.errors import ProviderError
from bot.providers.base import VideoProvider
from bot.storage import Database
from bot.storage.soundness import open_to_look

LOW_CREDITS_DOLLARS = 5
SECTIONS = {"segmind": "segmind", "segmind-v1": "segmind", "aimlapi": "aimlapi"}
"""Which section of the settings has a provider's key."""


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
            yield _without_key(section, catalogue, anything=bool(usable))
    for finding in unpriced(catalogue):
        yield finding
    file = Database.file(settings.database.url)
    for provider, slug in await asyncio.to_thread(retired, file):
        if SECTIONS.get(provider) in usable:
            yield await ask_again(providers[provider], provider, slug, file)


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


def _without_key(section: str, catalogue: Catalogue, *, anything: bool) -> Finding:
    models = [
        model.name
        for model in catalogue.values()
        if any(SECTIONS[offer.provider] == section for offer in model.offers)
    ]
    verdict = Verdict.NOTE if anything else Verdict.WRONG
    return Finding(
        verdict, f"providers.{section}.api_key is empty; it could serve {', '.join(models)}."
    )


def unpriced(catalogue: Catalogue) -> Iterator[Finding]:
    """Name the models that are off until the operator sets a price."""
    names = [
        model.name
        for model in catalogue.values()
        if not model.retired
        and any(
            model.price_per_second(size, offer) is None
            for offer in model.offers
            for size in offer.sizes_of(model.sizes)
        )
    ]
    if names:
        yield Finding(
            Verdict.NOTE,
            f"Off until you set a price: {', '.join(names)}. Their prices are not published to "
            f'us; add e.g. [models."{names[0]}"] with credits_per_second = 40.',
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
