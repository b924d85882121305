"""Jobs that wait in servers which the operator no longer serves: nothing is bought for them."""

from collections.abc import Collection

import structlog
from sqlalchemy import select

from bot.errors import StaleTransition, StorageError
from bot.jobs import rows
from bot.jobs.stages import Workbench
from bot.jobs.states import Failure, State
from bot.storage import Transaction
from bot.storage.tables import jobs

log = structlog.get_logger()


async def end_unserved(bench: Workbench, guilds: Collection[int]) -> None:
    """Cancel what waits in other servers than these, and give its credits back.

    No servers: all are served. What a provider has goes on: it is paid for. Raises StorageError.
    """
    for job_id in await bench.database.read(_list_unserved, guilds) if guilds else ():
        try:
            job = await bench.database.read(rows.get_job, job_id)
            await bench.end(job, State.CANCELLED, Failure.GUILD_NOT_SERVED)
        except StaleTransition:  # sent, or ended, meanwhile
            continue
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of one row's must not become the others'
            bench.report_fault(job_id, "unserved.fault", error)
        else:
            log.info("job.unserved", job=job_id, guild=job.guild_id)


def _list_unserved(tx: Transaction, guilds: Collection[int]) -> list[int]:
    waiting = (jobs.c.told_at.is_(None), jobs.c.state == State.HELD)
    elsewhere = jobs.c.guild_id.not_in(guilds)
    return list(tx.scalars(select(jobs.c.id).where(*waiting, elsewhere).order_by(jobs.c.id)))
