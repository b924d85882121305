"""Whether another instance of the bot answers with this token, with a database of its own.

Discord tells every process of a token of every interaction, and takes one answer. Processes of one
database settle by its rows who that is; of a process with another one nothing is known here but
that it was faster (40060), and budgets are kept twice.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace

import aiohttp
import structlog

from bot.clock import Clock
from bot.errors import StorageError
from bot.presentation.alerts import other_instance_text

ANSWERS = 3
"""So many answers of others are no chance any more."""
WITHIN_SECONDS = 600.0
AGAIN_SECONDS = 86_400.0
"""So long it is not said again."""
KEY = "instance.other"
_KEPT = 1000
_CALLBACK = re.compile(r"/interactions/(\d+)/")

log = structlog.get_logger()


class Instances:
    """Counts the interactions that were answered by others."""

    def __init__(
        self, clock: Clock, siblings: Callable[[], bool], tell: Callable[[str, str], None]
    ) -> None:
        self._clock = clock
        self._siblings = siblings
        """Tells whether another process of this database runs; blocking, may raise StorageError."""
        self._tell = tell
        """Writes to the operator, once for each key, the second."""
        self._answered: deque[int] = deque(maxlen=_KEPT)
        """The interactions of which an answer of our own may stand."""
        self._lost: list[tuple[float, bool]] = []
        self._told_at = float("-inf")

    def listen(self, trace: aiohttp.TraceConfig) -> None:
        """Hear of each answer that may stand: the library repeats one whose fate is unknown."""
        trace.on_request_end.append(self._ended)
        trace.on_request_exception.append(self._failed)

    async def answered_before(self, interaction_id: int, *, claimed: bool) -> bool:
        """Take note that Discord had an answer already; tell whether it came from somebody else.

        ``claimed``: our database has just given the interaction to us, so no process of it has
        answered. Where that is not known, another process of the same database may have.
        """
        if interaction_id in self._answered:
            return False
        now = self._clock.monotonic()
        self._lost = [each for each in self._lost if now - each[0] < WITHIN_SECONDS]
        self._lost.append((now, claimed))
        if len(self._lost) >= ANSWERS and await self._is_foreign():
            self._warn(now)
        return True

    async def _is_foreign(self) -> bool:
        if all(claimed for _, claimed in self._lost):
            return True
        try:
            explained = await asyncio.to_thread(self._siblings)
        except StorageError as error:
            log.warning("instance.unknown", error=type(error).__name__)
            explained = True
        if explained:
            self._lost = [each for each in self._lost if each[1]]
        return len(self._lost) >= ANSWERS

    def _warn(self, now: float) -> None:
        if now - self._told_at < AGAIN_SECONDS:
            return
        self._told_at = now
        log.warning(
            "instance.other",
            answers=len(self._lost),
            advice="another instance answers with this token, and budgets are kept twice: stop "
            "one of them, or let both use one database",
        )
        self._tell(other_instance_text(), KEY)

    async def _ended(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
    ) -> None:
        if ended.response.status // 100 != 4:  # noqa: PLR2004 - what Discord refuses stands nowhere
            self._note(ended.url.path)

    async def _failed(
        self,
        _: aiohttp.ClientSession,
        __: SimpleNamespace,
        failed: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        self._note(failed.url.path)

    def _note(self, path: str) -> None:
        if found := _CALLBACK.search(path):
            self._answered.append(int(found[1]))
