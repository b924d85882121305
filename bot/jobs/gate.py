"""The one gate before an order: who may not order costs no fetch, no work and no disk."""

from collections.abc import Sequence

from bot.catalogue import Order
from bot.clock import Clock
from bot.credits import Budgets, RoleLimits, Spender, check_limits
from bot.errors import Suggestion
from bot.jobs.caps import Caps, check_caps
from bot.jobs.job import Request
from bot.jobs.pauses import check_paused
from bot.jobs.presses import check_press
from bot.storage import Transaction


def check_order(
    tx: Transaction, budgets: Budgets, caps: Caps, clock: Clock, request: Request, order: Order
) -> None:
    """Raise what the order would be refused for now; nothing is promised by that."""
    now = clock.now()
    check_press(tx, request, order.prompt, now)
    check_caps(tx, request.payer, caps, now)
    check_rules(tx, budgets, request, order)
    budgets.check(tx, request.spender, order.price)


def check_offered(
    tx: Transaction,
    budgets: Budgets,
    caps: Caps,
    clock: Clock,
    spender: Spender,
    offered: Sequence[Suggestion],
) -> None:
    """Raise what the cheapest of what is offered would be refused for now."""
    check_caps(tx, spender.payer, caps, clock.now())
    cheapest = min(offered, key=lambda each: each.price)
    check_paused(tx, spender.payer.guild_id, model=cheapest.model)
    rules = budgets.limits(tx, spender)
    check_limits(rules, cheapest.model, cheapest.duration_seconds, cheapest.size)
    budgets.check(tx, spender, cheapest.price)


def check_rules(
    tx: Transaction, budgets: Budgets, request: Request, order: Order
) -> Sequence[RoleLimits]:
    """Tell the rules that the member's roles are under.

    Raises PausedByOperator or NotForYourRoles.
    """
    check_paused(tx, request.guild_id, order.offer.provider, order.model.name)
    rules = budgets.limits(tx, request.spender)
    check_limits(rules, order.model.name, order.duration_seconds, order.size)
    return rules
