"""Who can make what just now: keys, what was retired, and who is paused, by whom.

A provider that refuses everything (no credits, a bad key) is left alone for a while, longer each
time; what it answered about one model (404, 410) is kept over a restart.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog
from sqlalchemy import insert, select

from bot.catalogue import Absence, Catalogue, Dish, Menu, Order, Retired, find_served
from bot.clock import Clock
from bot.jobs.pace import retry_delay_seconds
from bot.jobs.pauses import Pause, Scope, pause_over
from bot.jobs.states import Failure
from bot.redaction import redact
from bot.storage import Database, Transaction
from bot.storage.outbox import Kind, post
from bot.storage.tables import retired_offers

PAUSE_SECONDS = (60.0, 3600.0)
"""The first and the longest pause of a provider that refuses everything."""
PAUSING: Mapping[Failure, str] = MappingProxyType(
    {
        Failure.KEY_REJECTED: "check the provider's api_key",
        Failure.OUT_OF_CREDITS: "top up the provider's account or raise its spend cap",
    }
)
"""The failures that pause a provider, and what the operator can do."""


@dataclass(frozen=True)
class Trouble:
    """What the operator should know of a provider."""

    provider: str
    failure: Failure
    detail: str
    """The provider's own words, without secrets and what a member typed."""
    slug: str | None = None
    """The model that it no longer serves; None: it refuses everything."""
    until: datetime | None = None
    """When it is tried again."""


log = structlog.get_logger()


@dataclass(frozen=True)
class Outage:
    """A provider that refuses everything, and is left alone for a while."""

    provider: str
    failure: Failure
    since: datetime
    until: datetime
    """When it is tried again."""


@dataclass(frozen=True)
class _Outage:
    since: datetime
    ends: float
    """By the monotonic clock: a wall clock that is set back must not make it longer."""
    failure: Failure
    times: int
    """In a row."""


class Supply:
    """What the members can have, as far as it is known now."""

    def __init__(
        self, database: Database, clock: Clock, catalogue: Catalogue, keys: Collection[str]
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._keys = keys
        self._retired: Retired = frozenset()
        self._outages: dict[str, _Outage] = {}
        self.pauses: Sequence[Pause] = ()
        """What the operator has paused, as the line was last looked at; the rows decide."""
        self.trouble: Callable[[Trouble], None] = lambda _: None
        """Called with what the operator should know, once."""
        self.said: Callable[[], None] = lambda: None
        """Called when something was put into the outbox."""

    def menu(self) -> Menu:
        """List the models that members can have."""
        return self._menu(self.pauses)

    def obstacle(self, provider: str) -> Failure | None:
        """Tell why a provider is left alone now; None: it takes requests, as far as is known.

        What the operator has paused is not asked here: it waits in line.
        """
        outage = self._outages.get(provider)
        return outage.failure if outage is not None and self._lasts(outage) else None

    def outages(self) -> Sequence[Outage]:
        """List the providers that are left alone now."""
        return [
            Outage(provider, outage.failure, outage.since, self._resumes_at(outage))
            for provider, outage in self._outages.items()
            if self._lasts(outage)
        ]

    def _menu(self, pauses: Sequence[Pause]) -> Menu:
        left_alone = {each.provider: each.until for each in self.outages()}
        return make_menu(self._catalogue, self._keys, self._retired, left_alone, pauses)

    def _lasts(self, outage: _Outage) -> bool:
        return self._clock.monotonic() < outage.ends

    def _resumes_at(self, outage: _Outage) -> datetime:
        """Tell the end in words for people: by the wall clock as it goes now."""
        return self._clock.now() + timedelta(seconds=outage.ends - self._clock.monotonic())

    def fallback(self, order: Order, *, pictured: bool) -> Order | None:
        """Find the next provider that fills an order, for no more than its price.

        Not one that the operator has paused; where the model is, the job waits for the end of that.
        """
        of_providers = [each for each in self.pauses if each.target.scope is Scope.PROVIDER]
        dish = self._menu(of_providers).get(order.model.name)
        providers = [offer.provider for offer in order.model.offers]
        for offer in dish.offers if dish else ():
            later = providers.index(offer.provider) > providers.index(order.offer.provider)
            if later and offer.makes(order.duration_seconds, order.size, pictured=pictured):
                price = order.model.quote(order.duration_seconds, order.size, offer)
                if price <= order.price:
                    return replace(order, offer=offer, price=price)
        return None

    async def refresh(self) -> None:
        """Read what is retired; another process, or a check, may have changed it."""
        self._retired = await self._database.read(list_retired)

    async def retire(self, provider: str, slug: str, detail: str) -> None:
        """Keep in mind that a provider no longer serves a model; the operator is told once."""
        now, detail = self._clock.now(), redact(detail)
        new = await self._database.write(_retire, provider, slug, now, detail)
        await self.refresh()
        if new:
            log.error(
                "model.retired",
                provider=provider,
                slug=slug,
                detail=detail,
                advice="it is offered no more; `sora-bot check` asks the provider again",
            )
            self.said()

    def pause(self, provider: str, failure: Failure, detail: str) -> Callable[[], None]:
        """Leave a provider alone that refuses everything, longer each time.

        What this gives tells the operator; it is called once the job's own fate is written.
        """
        if self.obstacle(provider) is not None:
            return lambda: None
        detail = redact(detail)
        before = self._outages.get(provider)
        times = before.times + 1 if before else 1
        seconds = retry_delay_seconds(times, *PAUSE_SECONDS)
        now = self._clock.now()
        outage = _Outage(now, self._clock.monotonic() + seconds, failure, times)
        self._outages[provider] = outage

        def tell() -> None:
            log.error(
                "provider.paused",
                provider=provider,
                reason=failure,
                detail=detail,
                next_try_seconds=seconds,
                advice=PAUSING[failure],
            )
            if times == 1:
                self.trouble(Trouble(provider, failure, detail, until=self._resumes_at(outage)))

        return tell

    def worked(self, provider: str) -> None:
        """Take note that a provider has accepted a request."""
        if self._outages.pop(provider, None) is not None:
            log.info("provider.resumed", provider=provider)


def make_menu(
    catalogue: Catalogue,
    keys: Collection[str],
    retired: Retired,
    left_alone: Mapping[str, datetime],
    pauses: Sequence[Pause] = (),
) -> Menu:
    """List what can be had from providers with a key. Pure.

    ``left_alone`` tells until when providers are that refuse everything; ``pauses`` are the
    operator's.
    """
    menu = {}
    for model in catalogue.values():
        served = find_served(model, keys, retired)
        if not isinstance(served, Absence):
            over: dict[str, Pause | None] = {
                offer.provider: pause_over(pauses, provider=offer.provider, model=model.name)
                for offer in served
            }
            reasons = {each: pause.reason for each, pause in over.items() if pause is not None}
            menu[model.name] = Dish(model, served, left_alone, reasons)
    return MappingProxyType(menu)


def list_retired(tx: Transaction) -> Retired:
    """List the providers' models that are known to be retired."""
    rows = tx.execute(select(retired_offers.c.provider, retired_offers.c.slug))
    return frozenset((row.provider, row.slug) for row in rows)


def _retire(tx: Transaction, provider: str, slug: str, at: datetime, detail: str) -> bool:
    """Write it down, and what the operator is told; tell whether that is news."""
    news = note_retired(tx, provider, slug, at, detail)
    if news:
        said = {"provider": provider, "slug": slug, "detail": detail}
        post(tx, Kind.RETIRED, f"retired:{provider}:{slug}", said, at)
    return news


def note_retired(tx: Transaction, provider: str, slug: str, at: datetime, detail: str) -> bool:
    """Write down that a provider no longer serves a model; tell whether that is news."""
    if (provider, slug) in list_retired(tx):
        return False
    tx.execute(
        insert(retired_offers).values(provider=provider, slug=slug, at=at, detail=detail[:500])
    )
    return True
