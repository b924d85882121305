"""A job's message, by the first door that opens; what was tried is in the job's row.

A token that is dead is never tried again, and a message that may stand is never sent anew.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.jobs import rows
from bot.jobs.job import Job, MessageAddress
from bot.notifier.doors import Doors, Parcel
from bot.notifier.latches import Act, Door, Latches
from bot.notifier.ways import Outcome
from bot.storage import Database

FIRST_RESPONSE = timedelta(seconds=3)
"""How long Discord takes a first response (its documentation)."""
NONCE_KNOWN = timedelta(minutes=1)
"""So long Discord knows a nonce for certain; its documentation says "the past few minutes"."""


class Messages:
    """Edits and sends the messages of jobs."""

    def __init__(self, database: Database, clock: Clock, doors: Doors) -> None:
        self._database = database
        self._clock = clock
        self._doors = doors
        self._latches = Latches(clock)

    async def edit(self, job: Job, address: MessageAddress, parcel: Parcel) -> Outcome:
        """Edit the message through the first door that opens."""
        if self._clock.now() < address.token_expires_at:
            outcome = await self._doors.edit_by_token(job, address, parcel)
            if outcome not in {Outcome.TOKEN_DEAD, Outcome.UNANSWERED}:
                return outcome
            young = self._clock.now() - job.created_at < FIRST_RESPONSE
            if outcome is Outcome.UNANSWERED and address.message_id is None and young:
                return Outcome.BUSY  # the response that we gave up on may still appear
            await self.bury_token(job.id)
        return await self._edit_in_channel(job, address, parcel)

    def is_shut(self, address: MessageAddress) -> bool:
        """Tell whether the way for a video into the message that stands was found shut."""
        if self._clock.now() < address.token_expires_at:
            return False
        return self._latches.is_shut(Door(address.channel_id, Act.EDIT, files=True))

    def lift(self, channel_id: int) -> None:
        """Knock again at the doors of a channel: something has changed there."""
        self._latches.lift(channel_id)

    async def bury_token(self, job_id: int) -> None:
        """Let a dead token never be tried again: each try counts towards a ban."""
        await self._database.write(rows.update_message, job_id, token_expires_at=self._clock.now())

    async def send(self, job: Job, address: MessageAddress, parcel: Parcel) -> Outcome:
        """Show the job in a new message, unless a crash kept an earlier one from being known."""
        sent = None
        if address.message_id is None or address.posting_since is not None:
            outcome, sent = await self.find_sent(job, address.message_id)
            if outcome is not Outcome.DONE and not self._repeats_soon(address, outcome):
                return outcome  # a message sent without looking could be the second one
        if sent is None:
            outcome, sent = await self._post(job, address, parcel)
        else:
            outcome = await self._edit_in_channel(job, replace(address, message_id=sent), parcel)
        if outcome is Outcome.DONE:
            now = self._clock.now()
            await self._database.write(
                rows.update_message,
                job.id,
                message_id=sent,
                token_expires_at=now,
                posting_since=None,
            )
        return outcome

    async def find_sent(self, job: Job, known: int | None) -> tuple[Outcome, int | None]:
        """Find a message that was sent for the job and not written down, as ``Doors`` does."""
        door = Door(job.channel_id, Act.LOOK_BACK)
        return await self._through(door, lambda: self._doors.find_sent(job, known))

    async def _edit_in_channel(self, job: Job, address: MessageAddress, parcel: Parcel) -> Outcome:
        door = Door(address.channel_id, Act.EDIT, parcel.has_files)
        return await self._latches.through(
            door, lambda: self._doors.edit_in_channel(job, address, parcel)
        )

    async def _through(
        self, door: Door, go: Callable[[], Awaitable[tuple[Outcome, int | None]]]
    ) -> tuple[Outcome, int | None]:
        """Go through a door that leads to a message; its id, where there is one."""
        found: list[int | None] = []

        async def and_keep() -> Outcome:
            outcome, message_id = await go()
            found.append(message_id)
            return outcome

        outcome = await self._latches.through(door, and_keep)
        return outcome, found[0] if found else None

    async def _post(
        self, job: Job, address: MessageAddress, parcel: Parcel
    ) -> tuple[Outcome, int | None]:
        """Post a new message; that it may stand is written down before, and whether it cannot."""
        first = address.posting_since is None
        if first:
            now = self._clock.now()
            await self._database.write(rows.update_message, job.id, posting_since=now)
        outcome, sent = await self._through(
            Door(job.channel_id, Act.SEND, parcel.has_files), lambda: self._doors.send(job, parcel)
        )
        if first and outcome not in {Outcome.DONE, Outcome.BUSY}:
            await self._database.write(rows.update_message, job.id, posting_since=None)
        return outcome, sent

    def _repeats_soon(self, address: MessageAddress, outcome: Outcome) -> bool:
        """Tell whether Discord itself knows a repeated message for the first one, by its nonce."""
        unread = {Outcome.CLOSED, Outcome.UNPROVEN}
        if outcome not in unread or address.posting_since is None:
            return False
        return timedelta() <= self._clock.now() - address.posting_since < NONCE_KNOWN
