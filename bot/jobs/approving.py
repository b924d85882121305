"""Jobs whose price a moderator is asked about."""

from bot.credits.approvals import Verdict, decide, list_lapsed
from bot.credits.ledger import Posting
from bot.errors import ApprovalDecided, StaleTransition, StorageError
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.stages import BOT, Workbench, end_job
from bot.jobs.states import Failure, State
from bot.storage import Transaction

_ENDS = {Verdict.DECLINED: Failure.DECLINED, Verdict.LAPSED: Failure.APPROVAL_LAPSED}


def settle_question(tx: Transaction, job: Job, verdict: Verdict, posting: Posting) -> None:
    """Write the answer and, where it is no, the job's end; raise ApprovalDecided."""
    decide(tx, job.id, verdict, posting)
    if verdict in _ENDS:
        end_job(tx, job.id, State.CANCELLED, _ENDS[verdict], posting, "")


async def end_lapsed(bench: Workbench) -> None:
    """End the jobs about which nobody has decided in time."""
    for job_id in await bench.database.read(list_lapsed, bench.clock.now()):
        try:
            await bench.database.write(_lapse, bench, job_id)
        except (ApprovalDecided, StaleTransition):  # another was faster
            continue
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of one row's must not become the others'
            bench.report_fault(job_id, "approval.fault", error)
            continue
        bench.messenger.changed(job_id)


def _lapse(tx: Transaction, bench: Workbench, job_id: int) -> None:
    posting = Posting(bench.clock.now(), BOT, "", job_id)
    settle_question(tx, rows.get_job(tx, job_id), Verdict.LAPSED, posting)
