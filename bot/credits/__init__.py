"""The books: what members may spend, what is held for their jobs, what was spent.

Double entry: every movement goes from one account to another, so all accounts sum to zero.

    issued    -> grant     an admin grants          grant     -> issued   an admin revokes
    allowance -> held      a job holds its price    held      -> spent    the job settles
    grant     -> held      where the allowance      held -> allowance,    the job releases
                           does not suffice                 grant         to where it came from

An allowance account exists for each period and counts downwards from zero; what may still be
spent of it is the allowance plus this balance. So a renewal costs no work, and a hold that ends
in a later period is counted where it was held. The order of spending is allowance, then grants.
"""

from bot.credits.budgets import MAX_AMOUNT, Balance, Budgets, LogLine
from bot.credits.ledger import Payer, hold, release, settle
from bot.credits.periods import Period, PeriodKind, period_at

__all__ = [
    "MAX_AMOUNT",
    "Balance",
    "Budgets",
    "LogLine",
    "Payer",
    "Period",
    "PeriodKind",
    "hold",
    "period_at",
    "release",
    "settle",
]
