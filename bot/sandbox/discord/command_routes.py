"""REST: registering commands, everywhere or in one server."""

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bot.sandbox.discord.answers import json_answer
from bot.sandbox.discord.command_rules import check_amount, check_command, check_commands
from bot.sandbox.discord.commands import Command, Commands, named
from bot.sandbox.discord.refusals import Reason, Refusal
from bot.sandbox.discord.uploads import read_body
from bot.sandbox.discord.world import World


@dataclass
class CommandRoutes:
    """Handlers of /applications/{application}/commands and those of one server."""

    world: World
    commands: Commands
    directory: Path

    def table(self, prefix: str) -> list[web.RouteDef]:
        """Name each route with its handler."""
        everywhere = prefix + r"/applications/{application:\d+}"
        routes: list[web.RouteDef] = []
        for scope in ("/commands", r"/guilds/{guild:\d+}/commands"):
            all_of_scope, one = everywhere + scope, everywhere + scope + r"/{command:\d+}"
            routes += [
                web.get(all_of_scope, self.list),
                web.put(all_of_scope, self.replace),
                web.post(all_of_scope, self.add),
                web.get(one, self.get),
                web.patch(one, self.change),
                web.delete(one, self.delete),
            ]
        return routes

    def _scope(self, request: web.Request) -> int | None:
        if int(request.match_info["application"]) != self.commands.application_id:
            raise Refusal(Reason.UNKNOWN_APPLICATION)
        if "guild" not in request.match_info:
            return None
        return self.world.guild(int(request.match_info["guild"])).id

    def _one(self, request: web.Request) -> Command:
        command = self.commands.of(self._scope(request)).get(int(request.match_info["command"]))
        if command is None:
            raise Refusal(Reason.UNKNOWN_COMMAND)
        return command

    async def list(self, request: web.Request) -> web.Response:
        """List a scope's commands."""
        return json_answer([*self.commands.of(self._scope(request)).values()])

    async def replace(self, request: web.Request) -> web.Response:
        """Set all commands of a scope."""
        scope = self._scope(request)
        given = (await read_body(request, self.directory)).json
        if problems := [*check_commands(given)]:
            raise Refusal(Reason.INVALID_FORM, problems)
        return json_answer(self.commands.replace(scope, given))

    async def add(self, request: web.Request) -> web.Response:
        """Add a command, in place of the one of its name."""
        scope = self._scope(request)
        given = (await read_body(request, self.directory)).object
        problems = [*check_command(given)]
        if not problems:
            others = map(named, self.commands.of(scope).values())
            problems += check_amount({*others, named(given)})
        if problems:
            raise Refusal(Reason.INVALID_FORM, problems)
        return json_answer(self.commands.put(scope, given), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """Tell of one command."""
        return json_answer(self._one(request))

    async def change(self, request: web.Request) -> web.Response:
        """Change some of a command."""
        old = self._one(request)
        changes = (await read_body(request, self.directory)).object
        answered = {"id", "version", "application_id", "guild_id"}
        merged = {key: value for key, value in (old | changes).items() if key not in answered}
        if problems := [*check_command(merged)]:
            raise Refusal(Reason.INVALID_FORM, problems)
        changed = self.commands.change(self._scope(request), int(old["id"]), merged)
        return json_answer(changed)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a command."""
        del self.commands.of(self._scope(request))[int(self._one(request)["id"])]
        return web.Response(status=204)
