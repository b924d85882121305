"""Who runs the bot: the owner of its application, or everybody in the team that owns it.

The library's ``is_owner`` passes over a team's members who may only read, and asks once in a life.
Such an application names a stand-in of the team as its owner, which is nobody's account (Discord's
documentation).
"""

from collections.abc import Sequence

import aiohttp
import discord
import structlog

from bot.clock import Clock

REFRESH_SECONDS = 3600.0

log = structlog.get_logger()


class Operators:
    """Those who run the bot, as Discord told at the login and tells once an hour."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._latest: discord.AppInfo | None = None

    @property
    def ids(self) -> Sequence[int]:
        """List their ids, a team's owner first; before the login there is nobody."""
        latest = self._latest or self._client.application
        return () if latest is None else operator_ids(latest)

    def own(self, guild_id: int) -> bool:
        """Tell whether one of them owns a server, as the gateway tells; safe from any thread."""
        guild = self._client.get_guild(guild_id)
        return guild is not None and guild.owner_id in self.ids

    async def refresh(self) -> None:
        """Ask Discord; where it does not answer, who was known stays."""
        try:
            self._latest = await self._client.application_info()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.warning("operators.unknown", kind=type(error).__name__)

    async def run(self) -> None:
        """Ask again from time to time, until cancelled."""
        while True:
            await self._clock.sleep(REFRESH_SECONDS)
            await self.refresh()


def operator_ids(application: discord.AppInfo) -> Sequence[int]:
    """Read who runs an application: its owner, or all who have joined the team that owns it."""
    team = application.team
    if team is None:
        return (application.owner.id,)
    joined = discord.TeamMembershipState.accepted
    members = [each.id for each in team.members if each.membership_state is joined]
    first = [team.owner_id] if team.owner_id is not None else []
    return tuple(dict.fromkeys([*first, *members]))
