"""Which servers may spend the operator's money, in words: for the operator, and for who asks."""

from collections.abc import Mapping, Sequence

import discord

from bot.credits import Why
from bot.credits.ceilings import Ceiling
from bot.credits.servers import Server
from bot.presentation.embeds import COLOUR, MOST_CHARACTERS, fitting
from bot.presentation.text import credits_text, moment, price_text, tame_line

ASKED_TEXT = (
    "Whoever runs the bot has been asked to open this server. Once they have, `/sora create` works "
    "here; until then nothing is charged."
)
_WHYS = {
    Why.NAMED: "open: in `discord.guilds`",
    Why.OWNED: "open: yours",
    Why.USED: "open: you have used a command there",
    Why.ALLOWED: "open: allowed",
    Why.CLOSED: "closed by you",
    None: "not open",
}


def asking_text(guild_id: int, name: str, members: int | None, asker: tuple[int, str]) -> str:
    """Tell the operator that a server's admin asks for it to be opened; ``asker``: id and name."""
    size = f", {members:,} members" if members is not None else ""
    user_id, user_name = asker
    return (
        f"**{tame_line(name, 100)}** ({guild_id}{size}) asks to be opened: videos there would be "
        f"paid from your accounts. <@{user_id}> ({tame_line(user_name, 40)}) manages it.\n"
        f"To open it: `/operator server allow server:{guild_id}`, or `sora-bot server allow "
        f"{guild_id}`. You need not answer; it can ask once a day."
    )


def decided_text(guild_id: int, name: str | None, how: Why, under: Sequence[Ceiling]) -> str:
    """Tell what opening or closing a server means; without a name the bot is not in it."""
    which = f"**{tame_line(name, 100)}**" if name else f"Server {guild_id}"
    if how is Why.CLOSED:
        return (
            f"{which} is closed: only free videos are made there. What waits in line is cancelled "
            "and its credits go back; what a provider has already goes on."
        )
    missing = "" if name else " I am not in it (yet)."
    limits = " and ".join(
        f"{price_text(each.left)} of {'its ceiling' if each.guild_id else 'that of all servers'}"
        for each in under
    )
    left = f"Left in this period: {limits}." if limits else "Nothing limits what it may spend."
    return f"{which} is open: videos there are paid from your accounts.{missing} {left}"


def servers_embed(
    servers: Sequence[Server], names: Mapping[int, tuple[str, int | None]]
) -> discord.Embed:
    """List servers: whether they are open and why, who has asked, members, and what they use.

    ``names`` has the name and the number of members of those that the bot is in.
    """
    lines = [_server_line(each, names.get(each.guild_id)) for each in servers]
    embed = discord.Embed(title="Servers", colour=COLOUR)
    embed.description = fitting(lines, MOST_CHARACTERS) or "The bot is in no server yet."
    embed.set_footer(
        text="Credits held or spent in this period. /operator server allow and close decide."
    )
    return embed


def _server_line(server: Server, known: tuple[str, int | None] | None) -> str:
    name, members = known or ("not in it", None)
    size = f" · {members:,} members" if members is not None else ""
    asked = f" · asked {moment(server.asked_at)}" if server.asked_at and not server.open else ""
    return (
        f"**{tame_line(name, 60)}** `{server.guild_id}`{size} · {_WHYS[server.why]}{asked} · "
        f"{credits_text(server.used)}"
    )
