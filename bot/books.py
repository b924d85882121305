"""What the operator does with the books from the command line, also beside a running bot."""

from collections.abc import Sequence

from bot.catalogue import load_catalogue
from bot.clock import SystemClock
from bot.config import Settings
from bot.credits import Rules, Terms
from bot.credits.audit import Difference, find_differences
from bot.credits.ceilings import Ceiling
from bot.errors import ConfigError
from bot.jobs.given_up import end_by_hand
from bot.jobs.job import Job
from bot.jobs.journal import SubmitJournal
from bot.restored import let_go_on
from bot.storage import Database

OPERATOR = 0
"""The actor of what was changed from the command line."""


async def audit_books(settings: Settings) -> Sequence[Difference]:
    """Compare every figure of the books with what it must follow from; change nothing.

    Raises ConfigError where there is no database yet, StorageBusy or StorageFull.
    """
    database = existing_database(settings)
    try:
        await database.open()
        return await database.read_long(find_differences)
    finally:
        await database.close()


async def limit_spending(
    settings: Settings, guild_id: int, amount: int | None
) -> Sequence[Ceiling]:
    """Set a server's ceiling, or that of all (guild 0); None: no ceiling. Raises a BotError."""
    database = existing_database(settings)
    try:
        await database.open()
        terms = Terms(settings.budgets.default_allowance, settings.budgets.period)
        rules = Rules(database, SystemClock(), terms)
        return await rules.set_ceiling(guild_id, amount, OPERATOR, "from the command line")
    finally:
        await database.close()


async def give_up_job(settings: Settings, job_id: int, reason: str) -> Job:
    """End a job that its provider does not end, in any server; a running bot tells its member.

    Raises a BotError.
    """
    database = existing_database(settings)
    try:
        await database.open()
        catalogue = load_catalogue(settings.models)
        return await end_by_hand(database, SystemClock(), catalogue, job_id, (OPERATOR, reason))
    finally:
        await database.close()


async def resume_line(settings: Settings) -> int | None:
    """Let jobs be sent again that a start held back; count those that wait, None: none was.

    Raises ConfigError where there is no database yet, or a StorageError.
    """
    database = existing_database(settings)
    try:
        await database.open()
        return await let_go_on(database, SubmitJournal(settings.storage.path))
    finally:
        await database.close()


def existing_database(settings: Settings) -> Database:
    """Give the database of a bot that has run; raise ConfigError where there is none."""
    database = Database(settings.database.url)
    if not database.path.exists():
        found = f"{database.path}, which does not exist"
        raise ConfigError("database.url", found, "the database of a bot that has run")
    return database
