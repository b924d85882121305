"""Jobs whose price a moderator is asked about."""

from dataclasses import dataclass
from datetime import datetime

from bot.catalogue import Catalogue
from bot.credits.approvals import Verdict, decide, find_open, list_lapsed
from bot.credits.ledger import Payer, Posting
from bot.credits.settings import read_settings
from bot.errors import ApprovalDecided, NoSuchJob, NotApprover, StaleTransition, StorageError
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.stages import BOT, Workbench, end_job
from bot.jobs.states import Failure, State
from bot.storage import Transaction
from bot.storage.outbox import Kind, post

_ENDS = {Verdict.DECLINED: Failure.DECLINED, Verdict.LAPSED: Failure.APPROVAL_LAPSED}


@dataclass(frozen=True)
class Approver:
    """Who wants to decide about a price."""

    payer: Payer
    moderates: bool
    manages_guild: bool

    def check(self, job: Job) -> None:
        """Raise NoSuchJob or NotApprover unless they may decide about this job."""
        if job.guild_id != self.payer.guild_id:
            raise NoSuchJob(job.id)
        own = job.member_id == self.payer.member_id
        if not self.manages_guild and (own or not self.moderates):
            raise NotApprover(job.id)


def ask_moderators(tx: Transaction, job: Job, catalogue: Catalogue, now: datetime) -> None:
    """Have a server's moderators asked about a job that waits for them, where they have a channel.

    The job's message must be known, as they are shown the way to it.
    """
    if find_open(tx, job.id) is None:
        return
    if read_settings(tx, job.guild_id).alert_channel_id is not None:
        model = catalogue.get(job.model)
        data = {"job": job.id, "title": model.title if model else job.model}
        post(tx, Kind.APPROVAL, f"approval:{job.id}", data, now)


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
