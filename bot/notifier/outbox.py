"""Says what is to be said outside a job's message: late calls, and warnings to those who pay.

Warnings go to a server's admins in their channel, or to the operator by a message: to each of those
who run the bot, by a letter of its own, so that one who can't be reached keeps it from nobody. What
to say lies in the outbox (``bot.storage.outbox``) until Discord has it.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import discord
import structlog

from bot.clock import Clock
from bot.credits import Rules
from bot.credits.approvals import find_open
from bot.credits.ceilings import Alert
from bot.errors import NoSuchJob, StorageError
from bot.jobs import rows
from bot.jobs.pace import retry_delay_seconds
from bot.jobs.states import Failure
from bot.jobs.supply import Trouble
from bot.notifier.answers import attempt
from bot.notifier.doors import Doors
from bot.notifier.ways import Outcome
from bot.presentation.alerts import ceiling_text, trouble_text
from bot.presentation.approvals import is_cut, request_text
from bot.presentation.buttons import decide_buttons
from bot.redaction import hide_secrets
from bot.storage import Database, Transaction
from bot.storage.outbox import Kind, Letter, any_due, drop, post, put_off, take_next

LOOK_SECONDS = 60.0
"""How often the outbox is looked into even when this process put nothing there: others do too."""
SEND_SECONDS = 30.0
LEASE = timedelta(seconds=2 * SEND_SECONDS)
"""So long nobody else takes what is being said; Discord knows a repeat for longer, by its nonce."""
AGAIN_SECONDS = (60.0, 3600.0)
"""The first and the longest wait before something is said again."""
MAX_ATTEMPTS = 20
"""Then it is dropped: with the waits between them two thirds of a day."""
KEEP_SECONDS = 1.0
WHOLE_BOT = 0
MOST_TOLD = 20
"""So many of those who run the bot are told something; a team may have 75 members."""

log = structlog.get_logger()


class Known(Protocol):
    """Who is known to run the bot."""

    @property
    def ids(self) -> Sequence[int]:
        """List their ids, in the order in which they are told."""
        ...


class Outbox:
    """Says each thing once, as far as Discord lets it."""

    def __init__(
        self,
        client: discord.Client,
        database: Database,
        rules: Rules,
        doors: Doors,
        clock: Clock,
        operators: Known,
    ) -> None:
        self._client = client
        self._operators = operators
        self._database = database
        self._rules = rules
        self._doors = doors
        self._clock = clock
        self._wake = asyncio.Event()
        self._keeping: set[asyncio.Task[None]] = set()

    def soon(self) -> None:
        """Look soon: credits were held, or something was put into the outbox."""
        self._wake.set()

    async def run(self) -> None:
        """Say what is due, until cancelled; the client must be connected."""
        while True:
            for step in (self._collect, self._say_due):
                try:
                    await step()
                except StorageError as error:
                    log.warning("outbox.storage", error=type(error).__name__)
                except Exception:  # what is in the outbox stays there
                    log.exception("outbox.crashed")
            await self._clock.wait(self._wake, LOOK_SECONDS)
            self._wake.clear()

    def trouble(self, trouble: Trouble) -> None:
        """Tell the operator what a provider refuses; the log has it already."""
        self.tell_soon(trouble_text(trouble), f"trouble:{trouble.provider}:{trouble.failure}")

    def tell_soon(self, text: str, key: str) -> None:
        """Tell the operator as ``tell_operator`` does, however long the database takes."""
        task = asyncio.create_task(self._keep(key, text), name="tell the operator")
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def tell_operator(self, text: str, key: str) -> None:
        """Put words to the operator into the outbox, once for each key; raise StorageError."""
        now = self._clock.now()
        await self._database.write(post, Kind.OPERATOR, key, {"text": hide_secrets(text)}, now)
        self.soon()

    async def tell_at_once(self, text: str) -> bool:
        """Write to the operators without the outbox, whose database may be what is broken.

        Tells whether one of them was told; the client must be connected.
        """
        told = self._operators.ids[:MOST_TOLD]
        outcomes = [await self._write_to(each, text, "at-once") for each in told]
        return Outcome.DONE in outcomes

    async def _keep(self, key: str, text: str) -> None:
        while True:
            try:
                await self.tell_operator(text, key)
            except StorageError as error:
                log.warning("outbox.storage", error=type(error).__name__)
                await self._clock.sleep(KEEP_SECONDS)
                continue
            except Exception:  # a task of its own: nobody else would say it
                log.exception("outbox.unkept", key=key)
            return

    async def _collect(self) -> None:
        for alert in await self._rules.claim_alerts():
            _log_level(alert)

    async def _say_due(self) -> None:
        while await self._database.read(any_due, self._clock.now()):
            letter = await self._database.write(take_next, self._clock.now(), LEASE)
            if letter is None:  # another process was faster
                continue
            outcome: Outcome | None = Outcome.BUSY
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    outcome = await self._say(letter)
            except TimeoutError:
                log.warning("outbox.late", letter=letter.id, kind=letter.kind)
            except StorageError as error:  # our own trouble is no try
                log.warning("outbox.storage", error=type(error).__name__)
                outcome = None
            except Exception:  # one that can't be said must not keep the others waiting
                log.exception("outbox.unsaid", letter=letter.id, kind=letter.kind)
            await self._database.write(self._after, letter, outcome)

    def _after(self, tx: Transaction, letter: Letter, outcome: Outcome | None) -> None:
        """Be done with it, or say it again later; None: it was not tried."""
        if outcome is None:
            again = self._clock.now() + timedelta(seconds=AGAIN_SECONDS[0])
            put_off(tx, letter.id, again, letter.attempts - 1)
            return
        if outcome in {Outcome.DONE, Outcome.MESSAGE_GONE}:
            drop(tx, letter.id)
            return
        said = {"letter": letter.id, "kind": letter.kind, "outcome": outcome.name}
        if letter.attempts >= MAX_ATTEMPTS:
            log.error("outbox.dropped", **said, advice="nobody could be told; the log says what")
            drop(tx, letter.id)
            return
        log.warning("outbox.put_off", **said, attempt=letter.attempts)
        seconds = retry_delay_seconds(letter.attempts, *AGAIN_SECONDS)
        again = self._clock.now() + timedelta(seconds=seconds)
        put_off(tx, letter.id, again, letter.attempts)

    async def _say(self, letter: Letter) -> Outcome:
        data = json.loads(letter.data)
        match letter.kind:
            case Kind.CALL:
                return await self._call(data["job"])
            case Kind.APPROVAL:
                return await self._ask(letter, data["job"], data["title"])
            case Kind.CEILING:
                return await self._alert(letter, alert_of(data))
            case Kind.RETIRED:
                return await self._tell_operators(letter, trouble_text(retired_of(data)))
            case Kind.OPERATOR:
                return await self._tell_operators(letter, data["text"])
            case Kind.TO_ONE:
                return await self._write_to(data["to"], data["text"], nonce_of(letter))
        raise ValueError(letter.kind)

    async def _call(self, job_id: int) -> Outcome:
        """Tell the member, by a reply that notifies, that the video has come."""
        try:
            job = await self._database.read(rows.get_job, job_id)
        except NoSuchJob:
            return Outcome.MESSAGE_GONE
        return await self._doors.call(job, await self._database.read(rows.get_message, job_id))

    async def _ask(self, letter: Letter, job_id: int, title: str) -> Outcome:
        """Ask a server's moderators about a price, unless that was decided meanwhile."""
        asked = await self._database.read(find_open, job_id)
        if asked is None:
            return Outcome.DONE
        job = await self._database.read(rows.get_job, job_id)
        channel_id = (await self._rules.overview(job.guild_id)).settings.alert_channel_id
        if channel_id is None:
            return Outcome.DONE
        channel = self._client.get_partial_messageable(channel_id)
        buttons = decide_buttons(job_id, whole_prompt=is_cut(job.prompt))
        text = request_text(job, title, asked)
        return await attempt(
            lambda: channel.send(text, view=buttons, nonce=nonce_of(letter)), None, unread=True
        )

    async def _alert(self, letter: Letter, alert: Alert) -> Outcome:
        if alert.guild_id == WHOLE_BOT:
            return await self._tell_operators(letter, ceiling_text(alert))
        overview = await self._rules.overview(alert.guild_id)
        channel_id = overview.settings.alert_channel_id
        if channel_id is None:
            return Outcome.DONE
        channel = self._client.get_partial_messageable(channel_id)
        return await self._write(letter, channel, ceiling_text(alert))

    async def _tell_operators(self, letter: Letter, text: str) -> Outcome:
        """Tell the one who runs the bot, or leave each of them a letter in this one's place."""
        told = self._operators.ids[:MOST_TOLD]
        if not told:
            return Outcome.BUSY  # it is tried again when it is known who they are
        if len(told) == 1:
            return await self._write_to(told[0], text, nonce_of(letter))
        await self._database.write(self._address, letter, told, text)
        return Outcome.DONE

    def _address(self, tx: Transaction, letter: Letter, told: Sequence[int], text: str) -> None:
        """Put a letter for each of them in a letter's place; a repeat puts no second one there."""
        for operator_id in told:
            data = {"to": operator_id, "text": text}
            post(tx, Kind.TO_ONE, f"{letter.id}:{operator_id}", data, self._clock.now())
        drop(tx, letter.id)

    async def _write_to(self, user_id: int, text: str, nonce: str) -> Outcome:
        async def write() -> None:
            channel = await self._client.create_dm(discord.Object(user_id))
            await channel.send(text, nonce=nonce)

        return await attempt(write, None)

    async def _write(self, letter: Letter, channel: Any, text: str) -> Outcome:
        return await attempt(lambda: channel.send(text, nonce=nonce_of(letter)), None, unread=True)


def nonce_of(letter: Letter) -> str:
    """Name what Discord knows a repeat by, for some minutes; at most 25 characters."""
    return f"outbox-{letter.id}"


def alert_of(data: dict[str, Any]) -> Alert:
    """Read an alert from the outbox."""
    return Alert(**{**data, "at": datetime.fromisoformat(data["at"])})


def retired_of(data: dict[str, Any]) -> Trouble:
    """Read from the outbox which model is gone."""
    return Trouble(data["provider"], Failure.MODEL_RETIRED, data["detail"], data["slug"])


def _log_level(alert: Alert) -> None:
    log.warning(
        "ceiling.level",
        guild=alert.guild_id,
        level_percent=alert.level,
        used=alert.used,
        ceiling=alert.amount,
        period=alert.period,
    )
