"""Pools in words, for admins."""

from collections.abc import Sequence

import discord

from bot.credits import Overview, PoolKind, PoolUse
from bot.presentation.embeds import COLOUR, MOST_CHARACTERS, fitting
from bot.presentation.text import moment, price_text


def pools_embed(overview: Overview) -> discord.Embed:
    """List the pools and what is used of them."""
    embed = discord.Embed(title="Pools", colour=COLOUR)
    embed.description = pools_text(overview.pools, MOST_CHARACTERS) or (
        "There is no pool. `/budget pool set` sets one up."
    )
    embed.set_footer(text=f"Of this {overview.period_kind}. Spent in this order, after allowances.")
    return embed


def pools_text(pools: Sequence[PoolUse], limit: int) -> str:
    """List pools: what is used of what, and the share of one member."""
    return fitting([_line(each) for each in pools], limit)


def pool_set_text(use: PoolUse, overview: Overview) -> str:
    """Tell what was set up and what is in force."""
    pool, kind = use.pool, overview.period_kind
    who = "Members with that role spend" if pool.kind == "role" else "Videos asked for there spend"
    share = (
        f"one member at most {price_text(pool.share)} of it"
        if pool.share is not None
        else ("one member as much as is left")
    )
    return (
        f"{pool_name(pool.kind, pool.target_id)} shares {price_text(pool.amount)} a {kind}, "
        f"{share}; {price_text(use.used)} are used. {who} from it after their allowance and before "
        f"grants. It renews {moment(overview.period.renews_at)}."
    )


def pool_removed_text(kind: PoolKind, target_id: int) -> str:
    """Tell what follows from the end of a pool."""
    return (
        f"{pool_name(kind, target_id)} has no pool any more. Videos under way are still paid from "
        "it; new ones are not."
    )


def pool_name(kind: PoolKind, target_id: int) -> str:
    """Name a pool by the role or channel that shares it."""
    return f"<@&{target_id}>" if kind == "role" else f"<#{target_id}>"


def _line(use: PoolUse) -> str:
    pool = use.pool
    text = f"{pool_name(pool.kind, pool.target_id)} {use.used:,} used of {price_text(pool.amount)}"
    return text if pool.share is None else f"{text}, {pool.share:,} for one member"
