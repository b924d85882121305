"""REST: the bot's account, its servers, and where the gateway is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.discord.answers import json_answer
from bot.sandbox.discord.gateway import IDENTIFIES_A_DAY, Gateway
from bot.sandbox.discord.problems import Problem
from bot.sandbox.discord.refusals import Reason, Refusal
from bot.sandbox.discord.uploads import read_body
from bot.sandbox.discord.world import World


@dataclass
class AccountRoutes:
    """Handlers of /users, /applications/@me, /guilds and /gateway."""

    world: World
    gateway: Gateway
    gateway_url: Callable[[], str]
    directory: Path

    def table(self, prefix: str) -> list[web.RouteDef]:
        """Name each route with its handler."""
        return [
            web.get(f"{prefix}/users/@me", self.me),
            web.post(f"{prefix}/users/@me/channels", self.open_direct),
            web.get(f"{prefix}/users/@me/guilds", self.my_guilds),
            web.get(prefix + r"/users/{user:\d+}", self.user),
            web.get(f"{prefix}/applications/@me", self.application),
            web.get(f"{prefix}/oauth2/applications/@me", self.application),
            web.get(f"{prefix}/gateway", self.where),
            web.get(f"{prefix}/gateway/bot", self.where_for_bots),
            web.get(prefix + r"/guilds/{guild:\d+}", self.guild),
            web.get(prefix + r"/guilds/{guild:\d+}/members/{user:\d+}", self.member),
        ]

    async def me(self, _: web.Request) -> web.Response:
        """Tell who the bot is."""
        own = {"mfa_enabled": False, "locale": "en-US", "verified": True}
        return json_answer(self.world.hub.bot.to_json() | own)

    async def user(self, request: web.Request) -> web.Response:
        """Tell of any user, known to the bot or not."""
        user = self.world.hub.users.get(int(request.match_info["user"]))
        if user is None:
            raise Refusal(Reason.UNKNOWN_USER)
        return json_answer(user.to_json())

    async def application(self, _: web.Request) -> web.Response:
        """Tell of the application and who owns it."""
        hub = self.world.hub
        return json_answer(
            {
                "id": str(hub.application_id),
                "name": hub.bot.name,
                "icon": None,
                "description": "",
                "bot_public": True,
                "bot_require_code_grant": False,
                "verify_key": "0" * 64,
                "flags": 0,
                "flags_new": "0",
                "type": None,
                "redirect_uris": [],
                "interactions_endpoint_url": None,
                "role_connections_verification_url": None,
                "approximate_guild_count": len(self.world.joined()),
                "approximate_user_install_count": 0,
                "approximate_user_authorization_count": 0,
                "explicit_content_filter": 0,
                "eligible_oauth2_scopes": [],
                "bot": hub.bot.to_json(),
                "owner": (hub.team.stand_in if hub.team else hub.owner).to_json(),
                "team": hub.team.to_json() if hub.team else None,
            }
        )

    async def open_direct(self, request: web.Request) -> web.Response:
        """Open the direct messages with a user."""
        body = (await read_body(request, self.directory)).object
        user = self.world.hub.users.get(int(body.get("recipient_id") or 0))
        if user is None:
            problem = Problem(("recipient_id",), "INVALID_RECIPIENT", "Unknown recipient")
            raise Refusal(Reason.INVALID_FORM, [problem])
        return json_answer(self.world.direct(user).to_json())

    async def my_guilds(self, _: web.Request) -> web.Response:
        """List the servers that the bot is in, with its permissions there."""
        return json_answer(
            [
                {
                    "id": str(guild.id),
                    "name": guild.name,
                    "icon": None,
                    "banner": None,
                    "owner": False,
                    "features": [],
                    "permissions": str(int(guild.bot.permissions)) if guild.bot else "0",
                }
                for guild in self.world.joined()
            ]
        )

    async def guild(self, request: web.Request) -> web.Response:
        """Tell of a server."""
        guild = self.world.guild(int(request.match_info["guild"]))
        only_in_events = {"channels", "members", "threads", "voice_states", "presences", "large"}
        rendered: dict[str, Any] = guild.to_json()
        return json_answer(
            {key: value for key, value in rendered.items() if key not in only_in_events}
        )

    async def member(self, request: web.Request) -> web.Response:
        """Tell of a member, the bot included."""
        guild = self.world.guild(int(request.match_info["guild"]))
        user_id = int(request.match_info["user"])
        for member in (*guild.members, guild.bot):
            if member is not None and member.id == user_id:
                return json_answer(member.to_json())
        known = user_id in self.world.hub.users
        raise Refusal(Reason.UNKNOWN_MEMBER if known else Reason.UNKNOWN_USER)

    async def where(self, _: web.Request) -> web.Response:
        """Tell the gateway's address."""
        return json_answer({"url": self.gateway_url()})

    async def where_for_bots(self, _: web.Request) -> web.Response:
        """Tell the gateway's address, and how many sessions the bot may still begin today."""
        start = {
            "total": IDENTIFIES_A_DAY,
            "remaining": self.gateway.remaining,
            "reset_after": int(self.gateway.reset_after_seconds * 1000),
            "max_concurrency": 1,
        }
        found = {"url": self.gateway_url(), "shards": 1, "session_start_limit": start}
        return json_answer(found)
