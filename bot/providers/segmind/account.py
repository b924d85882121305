"""One key's account at Segmind: its connections, its credits, its uploads."""

import base64
from decimal import Decimal
from pathlib import Path

from bot.clock import Clock
from bot.errors import LookFailed, NotSubmitted
from bot.providers.http import Answer, ConnectionBroke, NotConnected, ProviderHttp
from bot.providers.limiter import Priority
from bot.providers.picture import read_picture
from bot.providers.proof import TOO_MANY_REQUESTS
from bot.providers.segmind.answers import parse_credits, parse_upload, remaining_credits
from bot.providers.waiting import pause_seconds


class SegmindAccount:
    """What v1 and v2 share: one limiter for the key, whatever it is used for."""

    def __init__(
        self,
        clock: Clock,
        api_key: str,
        base_url: str,
        upload_url: str,
        requests_per_minute: int,
        proxy: str | None = None,
    ) -> None:
        self.clock = clock
        self.base_url = base_url
        self._upload_url = upload_url
        self.http = ProviderHttp(clock, {"x-api-key": api_key}, requests_per_minute, proxy=proxy)
        self.left: Decimal | None = None
        """In US dollars, as the last answer that named it told."""

    async def get(self, path: str) -> Answer:
        """Read; raise LookFailed where no answer came."""
        try:
            answer = await self.http.get(self.base_url + path)
        except (NotConnected, ConnectionBroke) as error:
            raise LookFailed(str(error)) from error
        self.obey(answer)
        return answer

    async def turn(self) -> None:
        """Wait until a submit may go out; see ``VideoProvider.turn``."""
        await self.http.limiter.acquire(Priority.SUBMIT)

    async def upload(self, picture: Path | None) -> str | None:
        """Hand a picture over, where there is one; see ``VideoProvider.prepare``."""
        if picture is None:
            return None
        content = await read_picture(picture)
        data = "data:image/jpeg;base64," + base64.b64encode(content).decode()
        await self.http.limiter.acquire(Priority.SUBMIT)
        try:
            answer = await self.http.post_once(
                f"{self._upload_url}/upload-asset", {"data_urls": [data]}
            )
        except (NotConnected, ConnectionBroke) as error:
            raise NotSubmitted(str(error)) from error
        self.obey(answer)
        return parse_upload(answer, self.clock.now())

    async def serves(self, path: str) -> bool:
        """Ask for a video without a prompt, which is neither made nor billed; raise LookFailed.

        Only a model that is not served answers 404 or 410 to it; 410 is documented as not billed.
        """
        await self.http.limiter.acquire(Priority.POLL)
        try:
            answer = await self.http.post_once(self.base_url + path, {})
        except (NotConnected, ConnectionBroke) as error:
            raise LookFailed(str(error)) from error
        self.obey(answer)
        if answer.status in {401, 403, TOO_MANY_REQUESTS} or answer.status // 100 in {3, 5}:
            # Of the key, of the way there, of the server: it says nothing of the model.
            raise LookFailed(answer.summary())
        return not answer.is_gone

    async def credits_left(self) -> Decimal:
        """Ask what is left, in US dollars; raise KeyRejected or LookFailed."""
        self.left = parse_credits(await self.get("/v1/get-user-credits"))
        return self.left

    def obey(self, answer: Answer) -> None:
        """Rest for as long as a 429 asks, and note what the answer says is left."""
        left = remaining_credits(answer)
        self.left = self.left if left is None else left
        if answer.status == TOO_MANY_REQUESTS:
            self.http.limiter.pause(pause_seconds(answer.headers, self.clock.now()))

    async def close(self) -> None:
        """Close the connections."""
        await self.http.close()
