"""What members may ask for, in words."""

from dataclasses import replace

from bot.credits import GuildSettings, RoleLimits
from bot.presentation.text import listing

_LINE = 200
"""Characters."""


def limits_text(limits: RoleLimits) -> str:
    """Tell what a role allows: models `sora-2` and `veo-3.1`; up to 8 s; 2 videos at once."""
    parts = []
    if limits.models is not None:
        parts.append(f"models {_names(limits.models)}")
    if limits.longest_seconds is not None:
        parts.append(f"up to {limits.longest_seconds:,} s")
    if limits.sizes is not None:
        parts.append(f"sizes {_names(limits.sizes)}")
    if limits.most_running is not None:
        parts.append(f"{_videos(limits.most_running)} at once")
    return "; ".join(parts) or "everything that the bot offers"


def limits_in_short(limits: RoleLimits) -> str:
    """Tell what a role allows in a line; names that are many are counted."""
    text = limits_text(limits)
    if len(text) <= _LINE:
        return text
    models = f"{len(limits.models)} models" if limits.models is not None else ""
    sizes = f"{len(limits.sizes)} sizes" if limits.sizes is not None else ""
    rest = replace(limits, models=None, sizes=None)
    others = limits_text(rest) if rest != RoleLimits() else ""
    return "; ".join(filter(None, (models, sizes, others)))


def role_limits_text(guild_id: int, role_id: int, limits: RoleLimits) -> str:
    """Tell an admin what is in force for a role."""
    text = f"{role_text(guild_id, role_id)} may ask for: {limits_text(limits)}."
    if role_id == guild_id:
        return f"{text} Members with a role that has limits of its own go by that role's."
    return f"{text} Who has several roles with limits may do what any one of them allows."


def running_text(settings: GuildSettings) -> str:
    """Tell how many videos may be made at the same time."""
    each, server = settings.most_running_per_member, settings.most_running_per_guild
    of_each = "as many as the bot allows" if each is None else _videos(each)
    of_server = "as many as the bot allows" if server is None else _videos(server)
    return f"At once: {of_each} of one member, {of_server} of the server. Others wait in line."


def role_text(guild_id: int, role_id: int) -> str:
    """Name a role so that nobody is called by it."""
    return "Everyone" if role_id == guild_id else f"<@&{role_id}>"


def _names(names: frozenset[str]) -> str:
    return listing(tuple(f"`{name}`" for name in sorted(names))) if names else "none"


def _videos(count: int) -> str:
    return f"{count:,} video{'' if count == 1 else 's'}"
