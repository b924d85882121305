"""What the operator does with the books from the command line, also beside a running bot."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.catalogue import load_catalogue
from bot.clock import SystemClock
from bot.config import Settings
from bot.credits import Rules, Servers, Terms, Trusted, Why
from bot.credits.audit import Difference, find_differences
from bot.credits.ceilings import Ceiling
from bot.errors import ConfigError
from bot.jobs.given_up import end_by_hand
from bot.jobs.job import Job
from bot.jobs.journal import SubmitJournal
from bot.restored import let_go_on
from bot.storage import Database
from bot.storage.soundness import START_SECONDS, assert_whole, damaged

OPERATOR = 0
"""The actor of what was changed from the command line."""


async def audit_books(settings: Settings) -> Sequence[Difference]:
    """Compare every figure of the books with what it must follow from; change nothing.

    Raises ConfigError where there is no database yet, StorageBusy or StorageFull.
    """
    async with opened_database(settings) as database:
        return await database.read_long(find_differences)


async def limit_spending(
    settings: Settings, guild_id: int, amount: int | None
) -> Sequence[Ceiling]:
    """Set a server's ceiling, or that of all (guild 0); None: no ceiling. Raises a BotError."""
    async with opened_database(settings) as database:
        rules = Rules(database, SystemClock(), Terms(**settings.budgets.model_dump()))
        return await rules.set_ceiling(guild_id, amount, OPERATOR, "from the command line")


async def decide_about_server(settings: Settings, guild_id: int, how: Why) -> None:
    """Open a server to videos that cost something (ALLOWED), or close it. Raises a BotError."""
    async with opened_database(settings) as database:
        # Whether an operator owns it matters to nobody here.
        trusted = Trusted(settings.discord.guilds, lambda _: False)
        terms = Terms(**settings.budgets.model_dump())
        servers = Servers(database, SystemClock(), terms, trusted, lambda: None)
        await servers.decide(guild_id, how, OPERATOR, "from the command line")


async def give_up_job(settings: Settings, job_id: int, reason: str) -> Job:
    """End a job that its provider does not end, in any server; a running bot tells its member.

    Raises a BotError.
    """
    async with opened_database(settings) as database:
        catalogue = load_catalogue(settings.models)
        return await end_by_hand(database, SystemClock(), catalogue, job_id, (OPERATOR, reason))


async def resume_line(settings: Settings) -> int | None:
    """Let jobs be sent again that a start held back; count those that wait, None: none was.

    Raises ConfigError where there is no database yet, or a StorageError.
    """
    async with opened_database(settings) as database:
        return await let_go_on(database, SubmitJournal(settings.storage.path))


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database of a bot that has run; raise ConfigError or a StorageError."""
    database = _existing(settings)
    try:
        await database.open()
        yield database
    except (ValueError, LookupError) as error:  # a time or a name in a row that is none
        raise damaged(database.path, f"a row in it cannot be read ({error})"[:200]) from error
    finally:
        await database.close()


def _existing(settings: Settings) -> Database:
    """Give the database of a bot that has run; raise ConfigError where there is none."""
    database = Database(settings.database.url)
    if not database.path.exists() or database.path.stat().st_size == 0:
        assert_whole(database.path, START_SECONDS)
        found = f"{database.path}, which does not exist or is empty"
        raise ConfigError("database.url", found, "the database of a bot that has run")
    return database
