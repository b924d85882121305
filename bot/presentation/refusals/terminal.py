"""An error's words at a terminal, for whoever runs the bot: what is wrong there, and what to do."""

import os
from functools import singledispatch
from pathlib import Path

from bot.errors import (
    BotError,
    DatabaseDamaged,
    NoSuchJob,
    NotAtProvider,
    Refusal,
    ResourcesExhausted,
    StorageBusy,
    StorageFull,
    TooEarlyToEnd,
)
from bot.jobs.states import State
from bot.presentation.alerts import damage_text
from bot.presentation.refusals.explain import explain


@singledispatch
def explain_to_operator(error: BotError, database: Path) -> str:  # noqa: ARG001 - others name it
    """Put an error into words for the operator, who works with this database."""
    if isinstance(error, Refusal):
        # Discord's escapes mean nothing here.
        return explain(error).replace("\\", "")
    return (
        f"Something went wrong inside the bot ({type(error).__name__}). See `sora-bot check`; "
        "please report it if that finds nothing."
    )


@explain_to_operator.register
def _(_: StorageBusy, database: Path) -> str:
    return (
        f"Another process keeps the database {database} locked. Nothing was changed. Try again, "
        "or see who it is (lsof, fuser) and stop it."
    )


@explain_to_operator.register
def _(_: StorageFull, database: Path) -> str:
    return (
        f"The database {database}, or the folder that it is in, cannot be written. See that the "
        f"disk has room (df -h) and that both belong to user {os.geteuid()}."
    )


@explain_to_operator.register
def _(error: DatabaseDamaged, database: Path) -> str:  # noqa: ARG001 - the error names it
    return damage_text(error)


@explain_to_operator.register
def _(_: ResourcesExhausted, database: Path) -> str:  # noqa: ARG001 - others name it
    return (
        "This process or the machine has no file handles or memory left. Raise the limit of open "
        "files (ulimit -n, or LimitNOFILE of the service), or see what else takes them."
    )


@explain_to_operator.register
def _(error: NoSuchJob, database: Path) -> str:
    return f"There is no job {error.job_id} in {database}. Its message on Discord has the number."


@explain_to_operator.register
def _(error: NotAtProvider, database: Path) -> str:  # noqa: ARG001 - others name it
    if error.state == State.HELD:
        return (
            f"Job {error.job_id} is not sent yet, so there is nothing to give up. Its member can "
            "cancel it with /sora cancel."
        )
    return explain(error).replace("\\", "")


@explain_to_operator.register
def _(error: TooEarlyToEnd, database: Path) -> str:  # noqa: ARG001 - others name it
    # A moment as Discord writes it would show no time here.
    return f"Job {error.job_id} may still be ended by its provider, until {error.at:%c} UTC."
