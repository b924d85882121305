"""Segmind's v2 API: submit, poll, fetch.

Facts: Segmind's documentation and recorded answers. There is no idempotency key and no cancel;
every POST is a new billed job. URLs in answers are never followed with the key: they are built
here. Polls count against the key's limit like everything else.
"""

from decimal import Decimal
from urllib.parse import quote

from bot.catalogue import Order
from bot.errors import LookFailed, NotSubmitted, OutcomeUnknown
from bot.providers.base import Sighting
from bot.providers.body import build_body
from bot.providers.http import ConnectionBroke, NotConnected
from bot.providers.segmind.account import SegmindAccount
from bot.providers.segmind.answers import parse_result, parse_status, parse_submit


class Segmind:
    """One key's access to v2."""

    def __init__(self, account: SegmindAccount) -> None:
        self._account = account

    @property
    def origin(self) -> str:
        """Scheme, host and port of the API."""
        return self._account.base_url

    @property
    def left(self) -> Decimal | None:
        """What the account had left, in US dollars, when an answer last told."""
        return self._account.left

    @property
    def paused_for_seconds(self) -> float:
        """How long the provider wants to be left alone still."""
        return self._account.http.limiter.paused_for_seconds

    async def prepare(self, order: Order) -> str | None:
        """Upload the order's picture; see ``VideoProvider.prepare``."""
        return await self._account.upload(order.picture)

    async def turn(self) -> None:
        """Wait until a submit may go out; see ``VideoProvider.turn``."""
        await self._account.turn()

    async def submit(self, order: Order, image: str | None = None) -> str:
        """Ask for a video, once; see ``VideoProvider.submit``."""
        slug = order.offer.slug_for(pictured=image is not None)
        try:
            answer = await self._account.http.post_once(
                self._account.base_url + _path(slug), build_body(order, image)
            )
        except NotConnected as error:
            raise NotSubmitted(str(error)) from error
        except ConnectionBroke as error:
            raise OutcomeUnknown(str(error)) from error
        self._account.obey(answer)
        return parse_submit(answer, self._account.clock.now())

    async def look(self, request_id: str) -> Sighting:
        """See how a request is doing; see ``VideoProvider.look``."""
        path = f"/v2/requests/{quote(request_id, safe='')}"
        now = self._account.clock.now()
        seen = parse_status(await self._account.get(f"{path}/status"), now)
        if seen is not None:
            return seen
        try:
            return parse_result(await self._account.get(path), now)
        except LookFailed as error:
            raise LookFailed(error.detail, error.retry_after_seconds, finished=True) from error

    async def serves(self, slug: str) -> bool:
        """Ask whether a model is served; see ``VideoProvider.serves``."""
        return await self._account.serves(_path(slug))

    async def credits_left(self) -> Decimal:
        """Ask the account what is left, in US dollars."""
        return await self._account.credits_left()

    async def close(self) -> None:
        """Close the connections."""
        await self._account.close()


def _path(slug: str) -> str:
    return f"/v2/{quote(slug, safe='')}"
