"""What the operator sees, in Discord and on the command line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import discord
from discord import app_commands

from bot.credits.ceilings import Ceiling
from bot.jobs.pauses import Pause, Scope, Target
from bot.jobs.states import Failure, State
from bot.jobs.status import Account, Status
from bot.jobs.supply import Outage
from bot.presentation.embeds import COLOUR, MOST_IN_FIELD, add_field, fitting
from bot.presentation.text import moment, plain_line, price_text, reason_text, tame_line

MOST_CHOICES = 25
"""So many Discord shows of an option's choices."""
_FAILURES = {
    Failure.KEY_REJECTED: "does not accept the key",
    Failure.OUT_OF_CREDITS: "is out of credits, or its spend cap is reached",
}
SCOPES: Mapping[Scope, str] = {
    Scope.ALL: "Everything",
    Scope.GUILD: "A server",
    Scope.PROVIDER: "A provider",
    Scope.MODEL: "A model",
}
"""What can be paused, as the command's choices name it."""


@dataclass(frozen=True)
class _Style:
    """How a place shows moments and people."""

    when: Callable[[datetime], str]
    who: Callable[[int], str]
    strong: str


_DISCORD = _Style(moment, lambda person: f"<@{person}>", "**")
_TERMINAL = _Style(lambda at: f"{at:%Y-%m-%d %H:%M} UTC", lambda person: f"user {person}", "")

Names = Mapping[int, str]
"""The names of servers, by their ids; one that is not there goes by its id."""


def ceilings_embed(under: Sequence[Ceiling], names: Names) -> discord.Embed:
    """Show ceilings and what is used of them in the present period."""
    embed = discord.Embed(title="Ceilings", colour=COLOUR)
    for ceiling in under:
        name = tame_line(names.get(ceiling.guild_id, str(ceiling.guild_id)), 100)
        percent = ceiling.used * 100 // ceiling.amount if ceiling.amount else 100
        add_field(
            embed,
            name,
            f"{price_text(ceiling.used)} of {price_text(ceiling.amount)} are held or spent, "
            f"{percent} %",
        )
    if not under:
        embed.description = "There is no ceiling. `/operator ceiling` sets one."
    return embed


def status_embed(status: Status, names: Names) -> discord.Embed:
    """Show how all is going."""
    embed = discord.Embed(title="How the bot is going", colour=COLOUR, timestamp=status.at)
    for heading, lines in _parts(status, names, _DISCORD):
        add_field(embed, heading, fitting(lines, MOST_IN_FIELD))
    if status.process is not None:
        embed.set_footer(text=f"Version {status.process.version}")
    return embed


def status_lines(status: Status, version: str) -> Sequence[str]:
    """Show how all is going, for a terminal."""
    lines = [f"sora-bot {version}, {_TERMINAL.when(status.at)}"]
    for heading, texts in _parts(status, {}, _TERMINAL):
        lines += ["", heading, *(f"  {text}" for text in texts)]
    if status.process is None:
        lines += [
            "",
            "Which providers a process leaves alone for a while, `/operator status` tells",
        ]
    return [line.replace("\\", "") for line in lines]


def paused_text(pause: Pause, status: Status, names: Names) -> str:
    """Tell the operator what a pause means."""
    return (
        f"Paused: {_target_text(pause.target, names)}. Nothing new is sent; "
        f"{_count(status.going_on([pause]), 'video')} with the providers will be finished, "
        f"{_count(status.kept_back([pause]), 'video')} in line wait, and new orders are refused. "
        "Members are told so, with your reason. It lasts over restarts, until you end it."
    )


def resumed_text(target: Target, status: Status, names: Names) -> str:
    """Tell the operator what goes on, and what else is paused still."""
    text = f"It goes on: {_target_text(target, names)}."
    if status.pauses:
        left = ", ".join(_target_text(each.target, names) for each in status.pauses[:MOST_CHOICES])
        text += f" Paused still: {left}."
    if status.restored_at is not None:
        text += " Nothing is sent all the same until `sora-bot resume`: a backup was restored."
    return text


def pause_lines(pauses: Sequence[Pause]) -> Sequence[str]:
    """List what is paused, for a terminal."""
    return [_pause_line(each, {}, _TERMINAL).replace("\\", "") for each in pauses]


def target_choices(
    targets: Sequence[Target], names: Names, typed: str
) -> list[app_commands.Choice[str]]:
    """Offer what fits what was typed: servers by name or id, others by name."""
    wanted = typed.strip().lower()
    named = [(_choice_name(each, names), each.key) for each in targets]
    return [
        app_commands.Choice(name=name, value=key)
        for name, key in named
        if wanted in name.lower() or wanted in key.lower()
    ][:MOST_CHOICES]


def _parts(status: Status, names: Names, style: _Style) -> Sequence[tuple[str, Sequence[str]]]:
    """Write the parts of the status: a heading and lines, none of them empty."""
    parts = [
        ("Work", _work_lines(status, style)),
        ("Held or spent", _money_lines(status, style)),
        ("Accounts", [_account_line(each, style) for each in status.accounts]),
        ("Paused by you", [_pause_line(each, names, style) for each in status.pauses]),
        ("Left alone for a while", _outage_lines(status, style)),
        (f"Largest servers, {status.period.key}", _largest_lines(status, names)),
    ]
    empty = {"Paused by you": "Nothing."}
    return [
        (heading, lines or [empty[heading]])
        for heading, lines in parts
        if lines or heading in empty
    ]


def _work_lines(status: Status, style: _Style) -> list[str]:
    sending = status.jobs_in(State.SUBMITTING)
    lines = [
        f"{status.running:,} running" + (f" ({sending:,} being sent)" if sending else ""),
        f"{status.waiting:,} in line" + (f", {status.paused:,} paused" if status.paused else ""),
        f"{status.jobs_in(State.RENDERED):,} being delivered",
    ]
    if status.restored_at is not None:
        lines.append(
            f"Nothing is sent since {style.when(status.restored_at)}: a backup was restored; see "
            "`sora-bot resume`"
        )
    if status.process is not None:
        lines.append(f"This process runs since {style.when(status.process.started_at)}")
    return lines


def _money_lines(status: Status, style: _Style) -> list[str]:
    renews = f"renews {style.when(status.period.renews_at)}"
    in_period = f"This {_kind(status)} {price_text(status.used)}"
    if status.ceiling is None:
        in_period += f"; no ceiling of all together; {renews}"
    else:
        amount = status.ceiling.amount
        percent = status.used * 100 // amount if amount else 100
        in_period += f" of the ceiling of {price_text(amount)}, {percent} %; {renews}"
    return [f"Today {price_text(status.today)}", in_period]


def _kind(status: Status) -> str:
    days = (status.period.next_day - status.period.first_day).days
    return {1: "day", 7: "week"}.get(days, "month")


def _account_line(account: Account, style: _Style) -> str:
    if account.dollars is None or account.as_of is None:
        return f"{account.provider}: not known yet"
    return f"{account.provider}: ${account.dollars:,.2f}, as of {style.when(account.as_of)}"


def _pause_line(pause: Pause, names: Names, style: _Style) -> str:
    by = style.who(pause.by) if pause.by else "the command line"
    what = f"{style.strong}{_target_text(pause.target, names)}{style.strong}"
    return f"{what} since {style.when(pause.since)}, by {by}{reason_text(pause.reason)}"


def _outage_lines(status: Status, style: _Style) -> list[str]:
    outages: Sequence[Outage] = status.process.outages if status.process else ()
    return [
        f"{style.strong}{each.provider}{style.strong} {_FAILURES[each.failure]}, since "
        f"{style.when(each.since)}; tried again {style.when(each.until)}"
        for each in outages
    ]


def _largest_lines(status: Status, names: Names) -> list[str]:
    return [
        f"{_guild_text(guild_id, names)}: {price_text(used)}" for guild_id, used in status.largest
    ]


def _target_text(target: Target, names: Names) -> str:
    match target.scope:
        case Scope.ALL:
            return "everything"
        case Scope.GUILD:
            return f"server {_guild_text(int(target.key), names)}"
    return f"{target.scope} {tame_line(target.key, 60)}"


def _guild_text(guild_id: int, names: Names) -> str:
    name = names.get(guild_id)
    return str(guild_id) if name is None else tame_line(name, 60)


def _choice_name(target: Target, names: Names) -> str:
    if target.scope is not Scope.GUILD:
        return target.key
    name = names.get(int(target.key)) if target.key.isdecimal() else None
    return target.key if name is None else f"{plain_line(name, 70)} ({target.key})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
