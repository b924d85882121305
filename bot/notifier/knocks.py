"""Brings what waits for a door: when it opens, and with a few knocks an hour for all together.

A door is a channel. Most open with an event of the gateway. What no event tells (a time-out of the
bot runs out, something outside the permissions changes) is found by time, or by a knock: the doors
take turns, and one message of a kind knocks for all that wait there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.errors import StorageError
from bot.jobs.resting import Untold, list_untold, take_turn, wake
from bot.notifier.doors import Doors
from bot.storage import Database

ROUND_SECONDS = 300.0
"""How often one door is knocked at: of all that are shut, that which waits longest."""
KNOCK_AGAIN = timedelta(hours=4)
"""No door is knocked at more often; of many, each more seldom."""
AFTER_TIME_OUT = timedelta(seconds=1)

log = structlog.get_logger()


@dataclass
class Knocks:
    """Sees to the doors of one process's jobs."""

    database: Database
    clock: Clock
    worker: int
    doors: Doors
    deliver_now: Callable[[Iterable[int]], None]
    """Tries videos now."""
    changed: Callable[[int], None]
    """Tells an end now, or shows a job as it is."""
    lift: Callable[[int], None]
    """Takes a channel's doors for open, until they are found shut again."""
    outdated: Callable[[int], Awaitable[Sequence[tuple[int, int]]]]
    """Lists a server's jobs whose message is out of date, with their channels."""
    _time_outs: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    """Waits for the end of a time-out of the bot, by server."""

    async def run(self) -> None:
        """Knock from time to time, until cancelled."""
        while True:
            await self.clock.sleep(ROUND_SECONDS)
            try:
                await self.round()
            except StorageError as error:
                log.warning("knocks.storage", error=type(error).__name__)

    async def round(self) -> None:
        """Knock at the door whose turn it is, if it is time; raise StorageError."""
        now = self.clock.now()
        waiting = await self.database.write(take_turn, self.worker, now - KNOCK_AGAIN, now)
        if waiting:
            self.lift(waiting[0].channel_id)
            self._knock(waiting)

    async def opened(self, guild_id: int, thread_id: int | None = None) -> None:
        """Bring what may come through now: something has changed in a server, or in a thread.

        Raises StorageError.
        """
        self._await_time_out(guild_id)
        untold = await self.database.read(list_untold, self.worker, guild_id)
        outdated = await self.outdated(guild_id)
        channels = {each.channel_id for each in untold} | {channel for _, channel in outdated}
        looks = {each: self.doors.looks_open(guild_id, each) for each in channels}
        if thread_id in channels and looks[thread_id] is None:
            looks[thread_id] = True
        for channel_id, is_open in looks.items():
            if is_open:
                self.lift(channel_id)
                self._knock(
                    [each for each in untold if each.rests and each.channel_id == channel_id]
                )
        self._bring([each for each in untold if not each.rests])
        for job_id, channel_id in outdated:
            if looks[channel_id] is not False:
                self.changed(job_id)

    async def came_through(self, job_id: int, channel_id: int, *, video: bool) -> None:
        """Bring all that waits where one of its kind has come through; raise StorageError."""
        woken = await self.database.write(wake, self.worker, channel_id, video=video)
        self._bring([each for each in woken if each.job_id != job_id])

    async def stop(self) -> None:
        """Wait for nothing any more."""
        tasks = list(self._time_outs.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _knock(self, waiting: Sequence[Untold]) -> None:
        """Try the first of each kind at a door."""
        for video in (False, True):
            self._bring([each for each in waiting if each.video is video][:1])

    def _bring(self, untold: Sequence[Untold]) -> None:
        self.deliver_now(each.job_id for each in untold if each.video)
        for each in untold:
            if not each.video:
                self.changed(each.job_id)

    def _await_time_out(self, guild_id: int) -> None:
        """See to it that the doors are tried at the end of a time-out, of which nothing is told."""
        if task := self._time_outs.pop(guild_id, None):
            task.cancel()
        until = self.doors.timed_out_until(guild_id)
        if until is None:
            return
        seconds = (until + AFTER_TIME_OUT - self.clock.now()).total_seconds()
        name = f"time-out in {guild_id}"
        self._time_outs[guild_id] = asyncio.create_task(
            self._open_after(guild_id, seconds), name=name
        )

    async def _open_after(self, guild_id: int, seconds: float) -> None:
        await self.clock.sleep(seconds)
        del self._time_outs[guild_id]  # before it is looked for anew
        try:
            await self.opened(guild_id)
        except StorageError as error:  # the knocks find it
            log.warning("knocks.storage", error=type(error).__name__)
