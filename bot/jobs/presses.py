"""Presses on buttons that order: which of them are the same order."""

from datetime import datetime, timedelta

from bot.errors import AlreadyOrdered, RepeatedInteraction
from bot.jobs import statements
from bot.jobs.job import Request
from bot.jobs.states import State
from bot.storage import Transaction

SAME = timedelta(seconds=10)
"""So long after an order another press on its button is taken for a repeat, sent or not."""
UNSENT = frozenset({State.HELD, State.SUBMITTING})


def check_press(tx: Transaction, request: Request, prompt: str, now: datetime) -> None:
    """Raise AlreadyOrdered where this press repeats the member's last order from the button.

    It does while that order is not sent yet or is younger than ``SAME``. One that was cancelled is
    over, and another prompt is another order. Raises RepeatedInteraction for one press told twice.
    """
    if request.origin is None:
        return
    key = {"member": request.member_id, "from": request.origin}
    last = tx.execute(statements.LAST_FROM, key).one_or_none()
    if last is None or last.state == State.CANCELLED or last.prompt != prompt:
        return
    if last.interaction_id == request.interaction_id:
        raise RepeatedInteraction(request.interaction_id)
    if last.state in UNSENT or now - last.created_at < SAME:
        raise AlreadyOrdered(last.id, last.guild_id, last.channel_id, last.message_id)


def take_over(tx: Transaction, request: Request) -> None:
    """Let the order that is about to be written be the last one from its button."""
    if request.origin is not None:
        key = {"member": request.member_id, "from": request.origin}
        tx.execute(statements.FORGET_ORIGIN, key)
