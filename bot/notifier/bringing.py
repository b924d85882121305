"""Brings the ends of jobs, and their videos, into the jobs' messages or into new ones.

What Discord has refused is in the message's row: no start tries the same again.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from bot.clock import Clock
from bot.delivery.encoder import Encoder
from bot.delivery.plan import Fitted, Unattached
from bot.delivery.video import Video
from bot.errors import ToolFailed
from bot.jobs import rows
from bot.jobs.job import JobView, MessageAddress
from bot.notifier.doors import Doors, Parcel
from bot.notifier.errands import Errand
from bot.notifier.messages import Messages
from bot.notifier.parcels import Parcels
from bot.notifier.ways import Outcome, Refused, Way, learn, next_way, read_refused, write_refused
from bot.storage import Database

MAX_FITS = 3
"""So often in a row a smaller copy is begun that the system stops; then the video is linked."""


class Bringing:
    """Brings what must reach the member."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        doors: Doors,
        messages: Messages,
        parcels: Parcels,
        encoder: Encoder,
    ) -> None:
        self._database = database
        self._clock = clock
        self._doors = doors
        self._messages = messages
        self._parcels = parcels
        self._encoder = encoder
        self._stopped_fits: Counter[int] = Counter()

    def forget(self, job_id: int) -> None:
        """Drop what is kept of a job whose member knows the end."""
        self._stopped_fits.pop(job_id, None)

    async def progress(self, view: JobView, address: MessageAddress) -> Outcome:
        """Show how it goes on; a prompt that is refused is left out from then on."""
        refused = read_refused(address.refused)
        while True:
            way = next_way(refused, video=False)
            outcome = await self._send(view, address, way, await self._parcels.job(view, way))
            if outcome is not Outcome.TEXT_REFUSED or not way.prompt:
                return outcome
            refused = learn(refused, way, outcome)
            await self._keep(view, refused)

    async def end(self, view: JobView, address: MessageAddress) -> Outcome:
        """Tell an end without a video, in the job's message or where that is gone in a new one."""

        async def send(way: Way, _: Fitted) -> Outcome:
            return await self._send(view, address, way, await self._parcels.job(view, way))

        errand = Errand(
            view.job.id,
            send,
            lambda refused: self._keep(view, refused),
            refused=read_refused(address.refused),
        )
        outcome, _ = await errand.run()
        return outcome

    async def video(
        self, view: JobView, address: MessageAddress, video: Video | None
    ) -> tuple[Outcome, Way]:
        """Bring a video; None: there is no file any more, and the provider's address is shown.

        Tells the last way that was tried, too. Raises StorageError or ToolFailed where this
        machine cannot do it just now.
        """

        async def send(way: Way, copy: Fitted) -> Outcome:
            if way.anew and not errand.gone:
                # Whatever comes of it: the message that stands says where the video is.
                await self._say(view, address, way, Unattached.ELSEWHERE)
            return await self._send(view, address, way, await self._parcels.video(view, way, copy))

        errand = Errand(
            view.job.id,
            send,
            lambda refused: self._keep(view, refused),
            lambda way: self._limits(view, address, way),
            lambda video, limit_bytes: self._fit(view, video, limit_bytes),
            self._encoder.at_hand,
            lambda way: self._say(view, address, way, Unattached.CONVERTING),
            video,
            Unattached.LOST if video is None else Unattached.REFUSED,
            read_refused(address.refused),
        )
        return await errand.run()

    async def _say(
        self, view: JobView, address: MessageAddress, way: Way, why: Unattached
    ) -> Outcome:
        """Let the message that stands say what becomes of the video; without any file."""
        said = replace(way, anew=False, video=False, picture=False)
        parcel = await self._parcels.video(view, said, Fitted(None, why))
        return await self._send(view, address, said, parcel)

    async def _send(
        self, view: JobView, address: MessageAddress, way: Way, parcel: Parcel
    ) -> Outcome:
        bring = self._messages.send if way.anew else self._messages.edit
        return await bring(view.job, address, parcel)

    async def _keep(self, view: JobView, refused: frozenset[Refused]) -> None:
        said = write_refused(refused)
        await self._database.write(rows.update_message, view.job.id, refused=said)

    async def _fit(self, view: JobView, video: Video, limit_bytes: int) -> Fitted:
        """Make a copy that fits; one that the system stops is begun again another time, a few."""
        try:
            return await self._encoder.fit(video, limit_bytes, view.job.member_id)
        except ToolFailed:
            self._stopped_fits[view.job.id] += 1
            if self._stopped_fits[view.job.id] < MAX_FITS:
                raise
            return Fitted(None, Unattached.NOT_CONVERTED)

    def _limits(self, view: JobView, address: MessageAddress, way: Way) -> Collection[int]:
        """Tell what an upload may have, in bytes.

        What the interaction allowed is worth a try in the channel, too: without the gateway
        nothing better is known.
        """
        if not way.anew and self._clock.now() < address.token_expires_at:
            return {address.attachment_limit}
        return {address.attachment_limit, self._doors.limit_bytes(view.job)}
