"""What the operator does about the work from the command line, also beside a running bot."""

from collections.abc import Sequence
from dataclasses import replace

from bot.app import ACCOUNTS
from bot.books import OPERATOR, opened_database
from bot.catalogue import load_catalogue
from bot.clock import SystemClock
from bot.config import Settings
from bot.credits import Terms
from bot.errors import ProviderError
from bot.jobs.pauses import Pause, Pauses, Target, list_pauses
from bot.jobs.status import Account, Status, read_status
from bot.storage import Database
from bot.supplied import build_providers


async def pause_sending(settings: Settings, target: Target, reason: str) -> tuple[Pause, Status]:
    """Send nothing new of something, in every process; tell how all is going then.

    Raises a BotError.
    """
    async with opened_database(settings) as database:
        pause = await _pauses(settings, database).pause(target, OPERATOR, reason)
        return pause, await _read(settings, database)


async def resume_sending(settings: Settings, target: Target) -> Status:
    """End a pause; tell how all is going then. Raises a BotError."""
    async with opened_database(settings) as database:
        await _pauses(settings, database).resume(target, OPERATOR)
        return await _read(settings, database)


async def list_paused(settings: Settings) -> Sequence[Pause]:
    """List what the operator has paused; raise a BotError."""
    async with opened_database(settings) as database:
        return await database.read(list_pauses)


async def look_at_work(settings: Settings) -> Status:
    """Tell how all is going, and ask the providers' accounts. Raises a BotError."""
    async with opened_database(settings) as database:
        status = await _read(settings, database)
    return replace(status, accounts=await _ask_accounts(settings))


def _pauses(settings: Settings, database: Database) -> Pauses:
    return Pauses(database, SystemClock(), load_catalogue(settings.models))


async def _read(settings: Settings, database: Database) -> Status:
    terms = Terms(**settings.budgets.model_dump())
    return await database.read(read_status, terms, SystemClock().now())


async def _ask_accounts(settings: Settings) -> Sequence[Account]:
    """Ask the account of each provider with a key; one that does not answer is not known."""
    clock = SystemClock()
    providers, accounts = build_providers(settings, clock), []
    try:
        for name in ACCOUNTS:
            if name in providers.keys:
                try:
                    left = await providers.apis[name].credits_left()
                except ProviderError:
                    accounts.append(Account(name, None, None))
                else:
                    accounts.append(Account(name, left, clock.now()))
    finally:
        await providers.close()
    return accounts
