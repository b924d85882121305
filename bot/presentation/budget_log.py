"""The log of budgets in words: when, what, whose, by whom and why."""

from collections import Counter
from collections.abc import Mapping, Sequence

import discord

from bot.credits import LogLine
from bot.presentation.embeds import COLOUR, MOST_CHARACTERS, fitting
from bot.presentation.text import moment, price_text, tame_line

LINES_ON_PAGE = 10
"""So many fit an embed, however long their reasons are."""
_SIGNS = {"hold": "-", "release": "+", "refund": "+", "grant": "+", "revoke": "-"}
_VERBS = {
    "hold": "held for a video",
    "settle": "spent on a video",
    "release": "given back",
    "refund": "refunded for a lost video",
    "grant": "granted",
    "revoke": "revoked",
}
RECENT_SHOWN = 8
RECENT_READ = 60
"""So many of a member's latest entries are read for these lines: a video has several."""
_RECENT = {
    "refund": "spent and refunded: lost video",
    "settle": "spent on a video",
    "release": "held and given back: video",
    "hold": "held for a video",
}
"""What became of a video's credits; what comes last decides."""
_ROLE, _CHANNEL = "<@&{target}>", "<#{target}>"
SETTINGS: Mapping[str, tuple[str, str]] = {
    "allowance": ("personal allowance", "credits"),
    "period": ("budgets renew each", ""),
    "zone": ("time zone", ""),
    "default_allowance": ("default allowance", "credits"),
    "role_allowances": ("of several roles' allowances counts", ""),
    "role_allowance": (f"allowance of {_ROLE}", "credits"),
    "approve_above": ("moderators approve above", "credits"),
    "approval_hours": ("time to approve", "h"),
    "alert_channel_id": ("alerts go to", "channel"),
    "most_running_per_member": ("videos at once, of one member", ""),
    "most_running_per_guild": ("videos at once, of the server", ""),
    "limit_models": (f"models of {_ROLE}", ""),
    "limit_sizes": (f"sizes of {_ROLE}", ""),
    "limit_longest_seconds": (f"longest video of {_ROLE}", "s"),
    "limit_most_running": (f"videos at once, of one with {_ROLE}", ""),
    "role_pool_amount": (f"pool of {_ROLE}", "credits"),
    "role_pool_share": (f"share of the pool of {_ROLE}", "credits"),
    "channel_pool_amount": (f"pool of {_CHANNEL}", "credits"),
    "channel_pool_share": (f"share of the pool of {_CHANNEL}", "credits"),
    "ceiling": ("the operator's ceiling", "credits"),
}
"""What was set, by the name in the history, and what its value counts."""
_SWITCHES = {
    ("frozen", "yes"): "budget frozen",
    ("frozen", "no"): "budget no longer frozen",
    ("paused", "yes"): "new videos paused",
    ("paused", "no"): "new videos no longer paused",
    ("operator_pause", "guild"): "new videos paused by whoever runs the bot",
    ("operator_resume", "guild"): "new videos no longer paused by whoever runs the bot",
    ("approval", "approved"): "price of job #{target} approved",
    ("approval", "declined"): "price of job #{target} declined",
    ("approval", "lapsed"): "nobody decided about job #{target} in time",
    ("approval", "withdrawn"): "job #{target} over before a decision",
    ("server", "used"): "server opened: an operator has used a command here",
    ("server", "allowed"): "server opened by the operator",
    ("server", "closed"): "server closed by the operator",
    ("job_end", "by hand"): "job #{target} given up",
}


def log_embed(lines: Sequence[LogLine], member_id: int | None = None) -> discord.Embed:
    """Show a page of the log; of one member where one is named."""
    text = fitting([log_line(line, whose=member_id is None) for line in lines], MOST_CHARACTERS)
    about = f"Of <@{member_id}> alone\n" if member_id is not None else ""
    embed = discord.Embed(title="Budget log", colour=COLOUR)
    embed.description = about + (text or "Nothing yet.")
    embed.set_footer(text="Newest first, in your own time.")
    return embed


def recent_text(lines: Sequence[LogLine], limit: int) -> str:
    """List a member's latest entries, each video once, in at most so many characters."""
    shown = [_folded(group) for group in _by_video(lines)[:RECENT_SHOWN]]
    return fitting(shown, limit) or "Nothing yet."


def _by_video(lines: Sequence[LogLine]) -> Sequence[Sequence[LogLine]]:
    """Put together what was moved for one video, where the newest of it stands."""
    groups: dict[tuple[str, int], list[LogLine]] = {}
    for number, line in enumerate(lines):
        key = ("line", number) if line.job_id is None else ("job", line.job_id)
        groups.setdefault(key, []).append(line)
    whole = list(groups.values())
    if len(lines) >= RECENT_READ and len(whole) > 1:
        whole.pop()  # the rest of it may be older than what was read
    return whole


def _folded(group: Sequence[LogLine]) -> str:
    """Tell in one line what became of a video's credits; anything else as the log does."""
    newest = group[0]
    if newest.job_id is None:
        return log_line(newest, whose=False)
    moved = Counter[str]()
    for line in group:
        moved[line.kind] += line.amount
    kind = next((kind for kind in _RECENT if kind in moved), newest.kind)
    sign = "-" if kind in {"hold", "settle"} else ""
    return (
        f"{moment(newest.at, 'f')} **{sign}{moved[kind]:,}** "
        f"{_RECENT.get(kind, _VERBS[kind])} #{newest.job_id}"
    )


def log_line(line: LogLine, *, whose: bool) -> str:
    """Tell one change; whose it is, where other members' stand beside it."""
    text = f"{moment(line.at, 'f')} "
    if line.kind == "set":
        text += _set_text(line)
    else:
        text += f"**{_SIGNS.get(line.kind, '')}{line.amount:,}** {_VERBS[line.kind]}"
    if line.job_id is not None:
        text += f" #{line.job_id}"
    if whose and line.member_id:
        text += f" · <@{line.member_id}>"
    if line.actor_id not in {0, line.member_id}:
        text += f" · by <@{line.actor_id}>"
    if line.reason and line.job_id is None:
        text += f" · {tame_line(line.reason, 100)}"
    return text


def _set_text(line: LogLine) -> str:
    """Say what was set to what; a value that is no more is struck off."""
    switch = _SWITCHES.get((line.name, line.value or ""))
    if switch is not None:
        return f"**{switch.format(target=line.target_id)}**"
    label, unit = SETTINGS[line.name]
    label = label.format(target=line.target_id)
    return f"{label}: **{_value_text(line.value, unit)}**"


def _value_text(value: str | None, unit: str) -> str:
    if value is None:
        return "no longer set"
    match unit:
        case "credits":
            return price_text(int(value))
        case "channel":
            return f"<#{value}>"
    return tame_line(f"{value} {unit}".strip(), 120)
