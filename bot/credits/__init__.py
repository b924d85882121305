"""The books: what members may spend, what is held for their jobs, what was spent.

Double entry: every movement goes from one account to another, so all accounts sum to zero.

    issued    -> grant     an admin grants          grant     -> issued     an admin revokes
    allowance -> held      a job holds its price,   held      -> spent      the job settles
    pool      -> held      of these three, in       held      -> allowance, the job releases, or
    grant     -> held      this order                            pool,      what is over goes
                                                                 grant      back after settling
    spent     -> allowance, pool, grant     a video that was paid for cannot be delivered: refund

An allowance has an account for each member and slot of time in which something was held, which
counts downwards from zero; what may still be spent is the allowance plus those of the period. So
a renewal costs no work, a hold that ends in a later period is counted where it was held, and
another kind of period, or another zone, changes the sum and nothing that was booked. A pool,
shared by a role or a channel, has such accounts for each member who spends from it; together they
are what was used of it.

The order of spending: the allowance, then pools (a channel's before a role's, then the older one
first), then grants. What is given back goes to where it came from, what was taken last first.

The allowance is the member's own, else that of the member's roles, else the server's default,
else the operator's. What admins and the operator set is written down in a history, and what is
in force in tables of its own.
"""

from bot.credits.amounts import MAX_AMOUNT, affordable, parse_amount
from bot.credits.balance import Balance, Standing
from bot.credits.budgets import Budgets
from bot.credits.ledger import Payer, Posting, refund, release, settle
from bot.credits.limits import RoleLimits, check_limits
from bot.credits.log import Cursor, LogLine, Page
from bot.credits.periods import Period, PeriodKind, period_at
from bot.credits.pools import Pool, PoolKind, PoolLeft
from bot.credits.rules import Overview, PoolUse, Rules
from bot.credits.servers import Servers, Trusted, Why
from bot.credits.settings import GuildSettings, Terms
from bot.credits.sources import Source
from bot.credits.spender import Spender
from bot.credits.spending import Spending

__all__ = [
    "MAX_AMOUNT",
    "Balance",
    "Budgets",
    "Cursor",
    "GuildSettings",
    "LogLine",
    "Overview",
    "Page",
    "Payer",
    "Period",
    "PeriodKind",
    "Pool",
    "PoolKind",
    "PoolLeft",
    "PoolUse",
    "Posting",
    "RoleLimits",
    "Rules",
    "Servers",
    "Source",
    "Spender",
    "Spending",
    "Standing",
    "Terms",
    "Trusted",
    "Why",
    "affordable",
    "check_limits",
    "parse_amount",
    "period_at",
    "refund",
    "release",
    "settle",
]
