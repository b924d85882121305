"""Where the bot's commands are registered, and that they are what they should be.

Nothing that was noted is trusted: at each start Discord is asked, once for each scope, what it
has. A scope is everywhere, or a server by its id; those where commands were ever registered are
noted, so that they can be taken back. The bot serves with what is there meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from enum import Enum
from itertools import islice
from typing import Any

import discord
import structlog

from bot.client.differences import Payload, differences
from bot.client.invitation import invite_link
from bot.client.mentions import Ids, ids_of, mentioned
from bot.clock import Clock
from bot.jobs.pace import retry_delay_seconds
from bot.redaction import hide_secrets
from bot.storage import Database
from bot.storage.facts import forget_fact, list_facts, set_fact

EVERYWHERE = "everywhere"
PATIENCE_SECONDS = 5.0
"""So long a start waits for its first round; the library itself may wait for hours (429)."""
AGAIN_SECONDS = (15.0, 900.0)
"""The first and the longest wait before Discord is asked again what it did not take."""
LONGEST_WAIT_SECONDS = 6 * 3600.0
"""For longer Discord's own wish is not kept: of commands 200 may be made a day in a scope."""
MOST_NAMED = 10

log = structlog.get_logger()


class Standing(Enum):
    """Why the commands of now are not registered in a scope."""

    OUT_OF_REACH = "the bot is not there, or was invited without its commands"
    REFUSED = "Discord refuses them"
    WAITING = "Discord has not taken them yet; it is asked again"


class Registration:
    """Keeps the commands registered where the settings want them, and nowhere else."""

    def __init__(
        self,
        client: discord.Client,
        wanted: Callable[[], Awaitable[Sequence[Payload]]],
        database: Database,
        clock: Clock,
        guilds: Collection[int],
    ) -> None:
        self._client = client
        self._wanted = wanted
        self._database = database
        self._clock = clock
        self._served = [str(guild_id) for guild_id in guilds] or [EVERYWHERE]
        self._noted: set[str] = set()
        self._due: set[str] = set()
        self._troubles: dict[str, Standing] = {}
        """What no other try of the same would change."""
        self._ids: dict[str, Ids] = {}
        """By scope; empty until Discord has told them."""
        self._wait_seconds = 0.0
        """So long Discord wants to be left alone, by its last answer."""
        self._asked = asyncio.Event()
        self._tried = asyncio.Event()

    @property
    def missing(self) -> Mapping[str, Standing]:
        """Where the commands of now are not registered, and why."""
        waiting = [scope for scope in self._served if scope in self._due]
        return {**self._troubles, **dict.fromkeys(waiting, Standing.WAITING)}

    def mentioned(self, text: str, guild_id: int | None) -> str:
        """Write the commands in an answer as mentions, as far as their ids are known there."""
        here = self._ids.get(str(guild_id), {})
        return mentioned(text, {**self._ids.get(EVERYWHERE, {}), **here})

    async def begin(self) -> None:
        """Have every scope looked at that matters, and wait for that, though not for long.

        The client must be logged in. Raises StorageBusy or StorageFull.
        """
        noted = await self._database.read(list_facts, self._prefix)
        self._noted = {name.removeprefix(self._prefix) for name in noted}
        self.ask(EVERYWHERE, *self._served, *self._noted)
        if not await self._clock.wait(self._tried, PATIENCE_SECONDS):
            log.warning("commands.late", advice="the bot serves with the commands that are there")

    def ask(self, *scopes: str) -> None:
        """Have scopes looked at, soon; none: all that are served."""
        self._due.update(scopes or self._served)
        self._asked.set()

    def joined(self, guild_id: int) -> None:
        """Take note that the bot is in a server, where it may not have been."""
        if self._troubles.get(str(guild_id)) is Standing.OUT_OF_REACH:
            self.ask(str(guild_id))

    def left(self, guild_id: int) -> None:
        """Take note that the bot is in a server no more."""
        if str(guild_id) in self._served:
            self._troubles[str(guild_id)] = Standing.OUT_OF_REACH

    async def run(self) -> None:
        """Look at what is due, one round at a time, until cancelled."""
        failures = 0
        if self._due:  # an earlier run was broken off
            self._asked.set()
        while True:
            await self._asked.wait()
            self._asked.clear()
            self._wait_seconds = 0.0
            well = await self._round()
            self._tried.set()
            failures = 0 if well else failures + 1
            if failures:
                seconds = max(retry_delay_seconds(failures, *AGAIN_SECONDS), self._wait_seconds)
                log.warning("commands.put_off", where=sorted(self._due), next_try_seconds=seconds)
                await self._clock.wait(self._asked, seconds)
                self._asked.set()

    async def _round(self) -> bool:
        """Bring what is due up to date; False where something is to be tried again."""
        wanted = await self._wanted()
        served = [await self._bring(each, wanted) for each in self._served if each in self._due]
        if Standing.WAITING in served or Standing.REFUSED in self._troubles.values():
            # The old ones go when the new ones are there: until then members use them.
            return Standing.WAITING not in served
        others = sorted(self._due.difference(self._served))
        return Standing.WAITING not in [await self._bring(each, []) for each in others]

    async def _bring(self, scope: str, wanted: Sequence[Payload]) -> Standing | None:
        """Bring a scope up to date; tell what stands in the way."""
        try:
            trouble = await self._settle(scope, wanted)
        except Exception as error:  # noqa: BLE001 - a list of types would miss one
            log.warning("commands.not_reached", where=scope, kind=type(error).__name__)
            if isinstance(error, discord.RateLimited):
                self._wait_seconds = max(
                    self._wait_seconds, min(error.retry_after, LONGEST_WAIT_SECONDS)
                )
            trouble = Standing.WAITING
        if trouble is Standing.WAITING:
            return trouble
        if not self._asked.is_set():  # asked meanwhile, it is looked at once more
            self._due.discard(scope)
        if wanted and trouble is not None:
            self._troubles[scope] = trouble
        else:
            self._troubles.pop(scope, None)
        return trouble

    async def _settle(self, scope: str, wanted: Sequence[Payload]) -> Standing | None:
        """Register or clear; tell what Discord has against it, and raise what else goes wrong."""
        try:
            await self._register(scope, wanted)
        except discord.HTTPException as error:
            trouble = standing_of(scope, error.status)
            _log_refusal(scope, trouble, error, self._application_id if wanted else None)
            # Of a server that is gone, so are the commands.
            if wanted or trouble is not Standing.OUT_OF_REACH:
                return trouble
        if not wanted and scope in self._noted:
            await self._database.write(forget_fact, self._prefix + scope)
            self._noted.discard(scope)
        return None

    async def _register(self, scope: str, wanted: Sequence[Payload]) -> None:
        """Register what is wanted where Discord has something else."""
        present = await self._present(scope)
        changed = differences(wanted, present)
        if wanted and scope not in self._noted:
            await self._database.write(set_fact, self._prefix + scope, "registered")
            self._noted.add(scope)
        if changed:
            present = await self._put(scope, wanted)
            event = "commands.registered" if wanted else "commands.cleared"
            log.info(event, where=scope, count=len(wanted), changed=changed[:MOST_NAMED])
        self._ids[scope] = ids_of(present)

    async def _present(self, scope: str) -> Sequence[Payload]:
        http: Any = self._client.http
        if scope == EVERYWHERE:
            return await http.get_global_commands(self._application_id)  # type: ignore[no-any-return]
        return await http.get_guild_commands(self._application_id, int(scope))  # type: ignore[no-any-return]

    async def _put(self, scope: str, wanted: Sequence[Payload]) -> Sequence[Payload]:
        http: Any = self._client.http
        if scope == EVERYWHERE:
            return await http.bulk_upsert_global_commands(self._application_id, wanted)  # type: ignore[no-any-return]
        return await http.bulk_upsert_guild_commands(self._application_id, int(scope), wanted)  # type: ignore[no-any-return]

    @property
    def _application_id(self) -> int:
        application_id = self._client.application_id
        assert application_id is not None  # noqa: S101 - the client is logged in
        return application_id

    @property
    def _prefix(self) -> str:
        """What the names of the facts begin with that note where commands were registered."""
        return f"commands:{self._application_id}:"


def standing_of(scope: str, status: int) -> Standing:
    """Tell what a status means for a scope's commands. Pure."""
    if status in {403, 404} and scope != EVERYWHERE:
        return Standing.OUT_OF_REACH
    if status == 429 or status >= 500:  # noqa: PLR2004 - too many requests, or Discord's fault
        return Standing.WAITING
    return Standing.REFUSED


def problems_of(errors: Any) -> list[str]:
    """Name the fields that Discord refuses, each with its code: "3.options.1.name: ..." Pure.

    ``errors`` is what its answer has by that name: a tree, whose leaves are in ``_errors``.
    """
    return [hide_secrets(each)[:200] for each in islice(_leaves(errors), MOST_NAMED)]


def _leaves(tree: Any) -> Iterator[str]:
    left = [("", tree)]
    while left:
        path, node = left.pop(0)
        for key, below in node.items() if isinstance(node, Mapping) else ():
            if key != "_errors":
                left.append((f"{path}.{key}" if path else str(key), below))
                continue
            for each in below if isinstance(below, list) else ():
                if isinstance(each, Mapping):
                    yield f"{path or 'all'}: {each.get('code')}"


def _log_refusal(
    scope: str, trouble: Standing, error: discord.HTTPException, application_id: int | None
) -> None:
    """Say what Discord said of a scope; without an application's id its commands were to go."""
    said: dict[str, Any] = {"where": scope, "status": error.status, "code": error.code}
    if application_id is None:
        log.warning("commands.not_cleared", **said)
    elif trouble is Standing.OUT_OF_REACH:
        advice = f"the bot serves no one there: invite it with {invite_link(application_id)}"
        log.warning("commands.out_of_reach", **said, advice=advice)
    elif trouble is Standing.REFUSED:
        tree = getattr(error, "_errors", None)  # there is no public name for it
        log.error(
            "commands.refused",
            **said,
            problems=problems_of(tree) or [hide_secrets(error.text)[:200]],
            advice="the commands of before go on; are the models' texts in the settings too long?",
        )
    else:
        log.warning("commands.not_reached", **said)


def connected_line(missing: Mapping[str, Standing]) -> str:
    """Say that the bot is there, and where its commands are not registered. Pure."""
    if not missing:
        return "sora-bot is connected and its commands are registered."
    whys = [
        f"({why.value})" if scope == EVERYWHERE else f"in server {scope} ({why.value})"
        for scope, why in missing.items()
    ]
    more = [f"and in {len(whys) - MOST_NAMED} more"] if len(whys) > MOST_NAMED else []
    return (
        "sora-bot is connected, but its commands are not registered "
        f"{', '.join(whys[:MOST_NAMED] + more)}. What was registered before stays; the log says "
        "more."
    )
