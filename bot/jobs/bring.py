"""Bring a finished video home, and then to the member."""

import contextlib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from bot.credits import refund, settle
from bot.credits.ledger import Posting
from bot.delivery.video import Video
from bot.errors import (
    AddressRefused,
    DeliveryError,
    FetchFailed,
    NotAVideo,
    ProviderError,
    StaleTransition,
    StorageFull,
)
from bot.jobs import rows
from bot.jobs.guilds import archive_job, is_departed
from bot.jobs.job import Job
from bot.jobs.look import video_addresses
from bot.jobs.pace import took_seconds
from bot.jobs.stages import BOT, Delivered, Next, Postponed, Stage, Workbench
from bot.jobs.states import Failure, State
from bot.providers.base import Completed
from bot.storage import Transaction
from bot.storage.outbox import Kind, post

MAX_UNREAD = 10
"""So often a video is fetched that cannot be read before its credits go back."""
MAX_UNUSABLE = 4
"""So often one that was read and is no video."""
MAX_FETCH_RETRY_SECONDS = 300.0
MAX_DELIVERY_RETRY_SECONDS = 1800.0
MAX_DELIVERIES = 40
"""So often a delivery is tried by itself: with the usual pace some fifteen hours."""
LATE_AFTER = timedelta(minutes=15)
"""After this the member is called: nobody watches a message for so long."""

log = structlog.get_logger()


async def fetch(bench: Workbench, job: Job) -> Next | None:
    """Bring the video to our disk; only then is the hold settled.

    A StorageError, such as a tool of ours that was stopped, is no try of the provider's.
    """
    if job.state is State.RENDERED:
        return await fetch_anew(bench, job)
    assert job.result_url is not None  # noqa: S101 - what brings a job to this stage
    urls = (job.result_url, *bench.addresses.get(job.id, ()))
    try:
        url, video = await _take(bench, job, urls)
    except DeliveryError as error:
        return await _fetch_again(bench, job, error)
    await bench.database.write(_render, bench, job, video, url)
    bench.forget(job.id)
    bench.messenger.changed(job.id)
    with contextlib.suppress(OSError):  # what stays is swept away one day
        await bench.fetchers[job.provider].forget(url)
    log.info("job.rendered", job=job.id, bytes=video.size_bytes, seconds=video.seconds)
    return Next(Stage.DELIVER)


async def _take(bench: Workbench, job: Job, urls: Iterable[str]) -> tuple[str, Video]:
    """Try the addresses in order; the first that leads to a video wins.

    Raises what the first met that did not, or of another what leaves more hope.
    """
    failures: list[DeliveryError] = []
    for url in urls:
        try:
            return url, await bench.archive.take(job.id, url, bench.fetchers[job.provider])
        except DeliveryError as error:
            failures.append(error)
    raise min(failures, key=_hopelessness)


def _hopelessness(error: DeliveryError) -> int:
    if isinstance(error, FetchFailed):
        return 0
    return 2 if isinstance(error, AddressRefused) else 1


def _render(tx: Transaction, bench: Workbench, job: Job, video: Video, url: str) -> None:
    """Write that the video is here and that its price is spent."""
    now = bench.clock.now()
    note = f"{video.width}x{video.height}, {video.seconds} s, {video.size_bytes} bytes"
    seen: dict[str, Any] = {"rendered_at": now, "result_url": url}
    if job.id in bench.submitted:
        seen["took_seconds"] = bench.clock.monotonic() - bench.submitted[job.id]
    elif job.submitted_at is not None:
        seen["took_seconds"] = took_seconds(job.submitted_at, now)
    rows.move_job(tx, job.id, State.RENDERED, now, note, job.owner, **seen)
    settle(tx, job.payer, Posting(now, BOT, "video made", job.id), job.price)


async def _fetch_again(bench: Workbench, job: Job, error: DeliveryError) -> Next | None:
    most = MAX_UNREAD if isinstance(error, FetchFailed) else MAX_UNUSABLE
    again = bench.retry(job, Stage.FETCH, MAX_FETCH_RETRY_SECONDS)
    attempt = bench.failures[job.id, Stage.FETCH]
    kind = type(error).__name__
    log.warning("fetch.failed", job=job.id, attempt=attempt, kind=kind, detail=error.detail)
    if isinstance(error, AddressRefused):
        await _refuse_address(bench, job)
        return None
    if attempt < most:
        # By way of a look: the provider may have a better address by now.
        if attempt == 1:  # the member waits for something else than before
            bench.messenger.changed(job.id)
        return Next(Stage.LOOK, again.seconds)
    await bench.end(job, State.FAILED, Failure.UNUSABLE_VIDEO, kind)
    log.error(
        "job.unusable",
        job=job.id,
        request=job.request_id,
        advice="the provider billed a video that cannot be used; ask it for a refund",
    )
    return None


async def _refuse_address(bench: Workbench, job: Job) -> None:
    """End a job at once whose video lies where nothing is fetched from: no retry can help."""
    await bench.end(job, State.FAILED, Failure.ADDRESS_REFUSED)
    log.error(
        "job.address_refused",
        job=job.id,
        request=job.request_id,
        provider=job.provider,
        advice="the provider billed a video at an address in a private network; ask it about that",
    )


async def deliver(bench: Workbench, job: Job) -> Next | None:
    """Bring the video to the member; where there is no way, try again, ever less often."""
    if (postponed := await bench.messenger.shut_out(job)) is not None:
        return await _postpone(bench, job, postponed)
    try:
        video = await bench.archive.open(job.id)
    except DeliveryError as error:
        log.error("deliver.no_file", job=job.id, detail=error.detail, advice="restore the file")  # noqa: TRY400 - the trace says no more
        return Next(Stage.FETCH)
    bench.failures.pop((job.id, Stage.FETCH), None)
    return await _hand_over(bench, job, video)


async def _hand_over(bench: Workbench, job: Job, video: Video | None) -> Next | None:
    """Bring a file, or where there is none the provider's address, and write down what came."""
    outcome = await bench.messenger.deliver(job, video)
    if isinstance(outcome, Delivered):
        try:
            await bench.database.write(mark_delivered, bench, job, outcome)
        except StaleTransition:  # the member has fetched it meanwhile, and the message shows it
            await bench.database.write(rows.update_message, job.id, outdated_since=None)
        bench.forget(job.id)
        log.info("job.delivered", job=job.id, how=outcome.note)
        bench.said()
        return None
    return await _postpone(bench, job, outcome)


async def _postpone(bench: Workbench, job: Job, why: Postponed) -> Next | None:
    """Keep a video for later, or where the bot was removed from the server for good."""
    if await bench.database.read(is_departed, job.guild_id):
        await bench.database.write(archive_job, job.id, bench.clock.now())
        log.info("job.archived", job=job.id)
        return None
    log.warning("deliver.postponed", job=job.id, reason=why.reason)
    if why.rests:
        return None
    again = bench.retry(job, Stage.DELIVER, MAX_DELIVERY_RETRY_SECONDS)
    # Then it rests until something opens, the member asks for it, or the next start.
    return again if bench.failures[job.id, Stage.DELIVER] < MAX_DELIVERIES else None


async def fetch_anew(bench: Workbench, job: Job) -> Next | None:
    """Bring a video home once more that is paid for and whose file is gone.

    Where that does not work, the member gets the provider's address, and where nothing is there
    either, the credits back.
    """
    urls = await _fresh_addresses(bench, job)
    url = urls[0] if urls else None
    try:
        if url is None:
            raise FetchFailed("no address is known any more")
        url, _ = await _take(bench, job, urls)
    except (DeliveryError, StorageFull) as error:
        again = bench.retry(job, Stage.FETCH, MAX_FETCH_RETRY_SECONDS)
        attempt, kind = bench.failures[job.id, Stage.FETCH], type(error).__name__
        log.warning("refetch.failed", job=job.id, attempt=attempt, kind=kind)
        if attempt < MAX_UNREAD and not isinstance(error, AddressRefused):
            # By way of a delivery: the operator may have restored the file.
            return Next(Stage.DELIVER, again.seconds)
        readable = not isinstance(error, NotAVideo | AddressRefused)
        if url and readable and await bench.fetchers[job.provider].has(url):
            return await _hand_over(bench, job, None)
        await _refund(bench, job)
        return None
    log.info("job.fetched_anew", job=job.id)
    return Next(Stage.DELIVER)


async def _fresh_addresses(bench: Workbench, job: Job) -> Sequence[str]:
    """Ask where the video is by now; the address that is known, where nobody can tell."""
    assert job.request_id is not None  # noqa: S101 - the database guarantees it in this state
    known = [job.result_url] if job.result_url else []
    try:
        seen = await bench.providers[job.provider].look(job.request_id)
    except ProviderError as error:
        log.info("refetch.no_look", job=job.id, kind=type(error).__name__)
        return known
    fresh = video_addresses(job, seen) if isinstance(seen, Completed) else []
    if not fresh or job.result_url in fresh:  # where it once led to the video
        return known or fresh
    await bench.database.write(rows.update_job, job.id, job.owner, result_url=fresh[0])
    return fresh


async def _refund(bench: Workbench, job: Job) -> None:
    """End a job that was paid for and whose video is nowhere any more; raise StaleTransition."""
    await bench.database.write(_give_back, bench, job)
    log.error(
        "job.video_gone",
        job=job.id,
        request=job.request_id,
        advice="the file was lost from the disk before it was delivered; see to the disk",
    )
    bench.forget(job.id)
    bench.messenger.changed(job.id)


def _give_back(tx: Transaction, bench: Workbench, job: Job) -> None:
    now, failure = bench.clock.now(), Failure.VIDEO_GONE
    rows.move_job(tx, job.id, State.FAILED, now, failure, job.owner, failure=failure)
    refund(tx, Posting(now, BOT, failure, job.id))


def mark_delivered(tx: Transaction, bench: Workbench, job: Job, how: Delivered) -> None:
    """Write that the member has the video, and a call where it is late; raise StaleTransition."""
    now = bench.clock.now()
    rows.move_job(tx, job.id, State.DELIVERED, now, how.note, job.owner, told_at=now)
    if not how.called and now - job.created_at > LATE_AFTER:
        post(tx, Kind.CALL, f"call:{job.id}", {"job": job.id}, now)
