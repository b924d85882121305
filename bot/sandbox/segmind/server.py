"""The local Segmind: its routes, and what a test or the demo can see of it and make it do."""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import web

from bot.sandbox.segmind import answers
from bot.sandbox.segmind.accounts import Account
from bot.sandbox.segmind.assets import Assets, parse_data_url
from bot.sandbox.segmind.drawing import Scene
from bot.sandbox.segmind.engines import ENGINES, Engine, Order, order_of, refusal_of
from bot.sandbox.segmind.films import Films
from bot.sandbox.segmind.generations import Generation
from bot.sandbox.segmind.plans import OutputShape, Plan, Plans
from bot.sandbox.segmind.requests import Refusal, read_json_object, refusals
from bot.sandbox.segmind.verdicts import verdict_on
from bot.sandbox.server import CALL, Call, SandboxServer

MEDIA_RETENTION = timedelta(days=7)


@dataclass
class SegmindSandbox(SandboxServer):
    """A strict stand-in for Segmind's video API that renders true videos.

    All times count on the sandbox's clock, which can run fast and be moved.
    """

    keys: Mapping[str, float] = field(default_factory=lambda: {"sandbox-key": 100.0})
    """The API keys and the US dollars that each may spend."""
    queue_seconds: float = 4.0
    processing_seconds: float = 20.0
    retention_seconds: float = 3600
    """How long after its submit a generation is known; its video stays for seven days."""
    requests_per_minute: int | None = None
    """For each key, polls included; None: no limit."""
    no_credits_status: int = 406
    """What too few credits are answered with; 402 has been seen as well."""
    engines: Mapping[str, Engine] = field(default_factory=lambda: ENGINES)
    _folder: tempfile.TemporaryDirectory[str] = field(init=False, repr=False)
    _films: Films = field(init=False, repr=False)
    _assets: Assets = field(init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.accounts = {key: Account(dollars) for key, dollars in self.keys.items()}
        self.generations: list[Generation] = []
        """In the order in which they were accepted."""
        self.plans = Plans()
        self.leaks: list[Call] = []
        """Requests for public files that carried an API key."""
        self.submitted = asyncio.Condition()
        """Notified of every accepted submit."""
        self.polled = asyncio.Condition()
        """Notified of every question for a status."""
        self._by_id: dict[str, Generation] = {}
        self._by_media: dict[str, Generation] = {}

    # What a test or the demo sees and does.

    @property
    def base_url(self) -> str:
        """What a client takes for https://api.segmind.com."""
        return self.origin

    @property
    def upload_url(self) -> str:
        """What a client takes for https://workflows-api.segmind.com."""
        return self.origin

    async def wait_submitted(self, count: int) -> Generation:
        """Wait until so many submits have been accepted; hand out the last of them."""
        async with self.submitted:
            await self.submitted.wait_for(lambda: len(self.generations) >= count)
        return self.generations[count - 1]

    async def wait_polled(self, generation: Generation, count: int) -> None:
        """Wait until the status of a generation has been asked for so many times."""
        async with self.polled:
            await self.polled.wait_for(lambda: generation.polls >= count)

    def plan(  # noqa: PLR0913 - by keyword, each a wish of its own
        self,
        *,
        times: int | None = 1,
        fail: str | None = None,
        retired: bool = False,
        hold: bool = False,
        queue_seconds: float | None = None,
        processing_seconds: float | None = None,
        video: bytes | Path | None = None,
        status_word: str | None = None,
        output_shape: OutputShape = "string",
    ) -> Plan:
        """Say what the next submit (or ``times``, or with None every one) will do.

        See ``Plan`` for the meanings; it is also the handle of what ``hold`` keeps back.
        """
        plan = Plan(
            self.clock,
            times=times,
            error=fail,
            retired=retired,
            hold=hold,
            queue_seconds=queue_seconds,
            processing_seconds=processing_seconds,
            video=video,
            status_word=status_word,
            output_shape=output_shape,
        )
        self.plans.append(plan)
        return plan

    def out_of_credits(self, key: str) -> None:
        """Leave a key nothing to spend."""
        self.accounts[key].credits -= self.accounts[key].left

    def revoke(self, key: str) -> None:
        """Refuse a key from now on."""
        self.accounts[key].revoked = True

    def spend_cap(self, key: str) -> None:
        """Let a key reach its spend cap."""
        self.accounts[key].capped = True

    # The server's life.

    def build(self) -> web.Application:
        """Make the application."""
        app = super().build()
        app.middlewares.append(refusals)
        app.add_routes(
            [
                web.post("/v2/{slug}", self._submit),
                web.get("/v2/requests/{id}/status", self._status),
                web.get("/v2/requests/{id}", self._result),
                web.get("/media/{name}", self._media),
                web.get("/assets/{name}", self._asset),
                web.post("/upload-asset", self._upload),
                web.get("/v1/get-user-credits", self._credits),
                web.post("/v1/{slug}", self._block),
            ]
        )
        return app

    async def start(self) -> None:
        """Listen on 127.0.0.1, with an empty folder for the files.

        Raises OSError where the port is taken.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-segmind-")
        self._films = Films(Path(self._folder.name))
        self._assets = Assets(Path(self._folder.name))
        try:
            await super().start()
        except OSError:  # the port is taken
            await self.close()
            raise

    async def close(self) -> None:
        """Stop listening, end what still renders and remove the files."""
        await super().close()
        await self._films.close()
        self._folder.cleanup()

    # The routes.

    async def _submit(self, request: web.Request) -> web.Response:
        generation = await self._accept(request)
        return web.json_response(answers.accepted(self.base_url, generation.request_id))

    async def _status(self, request: web.Request) -> web.Response:
        generation = self._known(request)
        generation.polls += 1
        async with self.polled:
            self.polled.notify_all()
        look = generation.look()
        status = 422 if look.state == "FAILED" else 200
        return web.json_response(answers.status_of(generation, look), status=status)

    async def _result(self, request: web.Request) -> web.Response:
        generation = self._known(request)
        look = generation.look()
        if look.state == "FAILED":
            return web.json_response(answers.failure_of(look), status=422)
        if not look.is_over:
            return web.json_response(answers.progress_of(generation, look))
        url = f"{self.base_url}/media/{generation.media_name}"
        left = self.accounts[generation.key].left
        return web.json_response(answers.result_of(generation, look, url, left))

    async def _media(self, request: web.Request) -> web.StreamResponse:
        self._note_leak(request)
        generation = self._by_media.get(request.match_info["name"])
        if (
            generation is None
            or generation.film is None
            or generation.state != "COMPLETED"
            or self.clock.now() - generation.submitted_at > MEDIA_RETENTION
        ):
            raise web.HTTPNotFound
        generation.downloads += 1
        return web.FileResponse(generation.film.result())

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        self._note_leak(request)
        path = self._assets.find(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path)

    async def _upload(self, request: web.Request) -> web.Response:
        self._authenticate(request)
        urls = (await read_json_object(request)).get("data_urls")
        if not isinstance(urls, list) or not urls or not all(isinstance(u, str) for u in urls):
            raise Refusal(400, "data_urls must be a list of data URLs")
        try:
            files = [parse_data_url(url) for url in urls]
        except ValueError as broken:
            raise Refusal(400, str(broken)) from broken
        names = [await self._assets.keep(extension, content) for extension, content in files]
        return web.json_response({"file_urls": [self._asset_prefix + name for name in names]})

    async def _credits(self, request: web.Request) -> web.Response:
        key = self._authenticate(request)
        return web.json_response({"credits": self.accounts[key].left, "free-credits": 0})

    async def _block(self, request: web.Request) -> web.StreamResponse:
        generation = await self._accept(request)
        while not generation.look().is_over:  # noqa: ASYNC110 - clock, plan and renderer move the end
            await asyncio.sleep(0.02)
        if generation.error is not None or generation.film is None:
            raise Refusal(500, generation.error or "No video")
        headers = {
            "x-request-id": generation.request_id,
            "x-cost": str(generation.cost),
            "x-remaining-credits": str(self.accounts[generation.key].left),
        }
        return web.FileResponse(generation.film.result(), headers=headers)

    # What the routes share.

    def _authenticate(self, request: web.Request) -> str:
        key = request.headers.get("x-api-key")
        if not key:
            raise Refusal(401, "No API key provided")
        account = self.accounts.get(key)
        if account is None or account.revoked:
            raise Refusal(401, "Invalid API key")
        again_at = account.admit(self.clock.now(), self.requests_per_minute)
        if again_at is not None:
            headers = {"x-rate-limit-reset-at-utc": f"{again_at:%Y-%m-%dT%H:%M:%SZ}"}
            raise Refusal(429, "Too many requests", headers)
        return key

    def _known(self, request: web.Request) -> Generation:
        key = self._authenticate(request)
        request_id = request.match_info["id"]
        generation = self._by_id.get(request_id)
        retention = timedelta(seconds=self.retention_seconds)
        if (
            generation is None
            or generation.key != key
            or self.clock.now() - generation.submitted_at > retention
        ):
            raise Refusal(404, f"Request {request_id} not found")
        return generation

    def _note_leak(self, request: web.Request) -> None:
        if "x-api-key" in request.headers:
            self.leaks.append(request[CALL])

    async def _accept(self, request: web.Request) -> Generation:
        """Turn a submit into a generation that is billed and under way, or refuse it."""
        key = self._authenticate(request)
        body = await read_json_object(request)
        order = self._order(request.match_info["slug"], body)
        image = self._find_image(order.image_url)
        verdict = await asyncio.to_thread(verdict_on, order, image)
        # From the look at the credits to the charge nothing may be awaited.
        self._check_funds(self.accounts[key], order.price)
        generation = self._begin(key, order, verdict, image)
        async with self.submitted:
            self.submitted.notify_all()
        return generation

    def _order(self, slug: str, body: dict[str, Any]) -> Order:
        engine = self.engines.get(slug)
        if engine is None:
            raise Refusal(404, f"Model {slug} not found")
        if self.plans.take_retirement():
            raise Refusal(410, f"Model {slug} has been retired")
        if reason := refusal_of(engine, body):
            raise Refusal(406, reason)
        return order_of(engine, body)

    def _check_funds(self, account: Account, price: float) -> None:
        if account.capped:
            raise Refusal(406, "The spend cap of this API key has been reached")
        if not account.can_pay(price):
            raise Refusal(self.no_credits_status, "Insufficient credits")

    def _begin(self, key: str, order: Order, verdict: str | None, image: Path | None) -> Generation:
        plan = self.plans.take() or Plan(self.clock)
        fails = verdict is not None or plan.error is not None
        generation = Generation(
            # Ids have been seen with hyphens and without.
            request_id=uuid4().hex if len(self.generations) % 2 else str(uuid4()),
            key=key,
            order=order,
            verdict=verdict,
            film=None if fails else self._film(plan, order, image),
            plan=plan,
            queue_seconds=self.queue_seconds,
            processing_seconds=self.processing_seconds,
            clock=self.clock,
            submitted_at=self.clock.now(),
        )
        self.generations.append(generation)
        self._by_id[generation.request_id] = generation
        self._by_media[generation.media_name] = generation
        self.accounts[key].charge(generation)
        return generation

    def _film(self, plan: Plan, order: Order, image: Path | None) -> asyncio.Future[Path]:
        if plan.video is not None:
            return self._films.keep(plan.video)
        shape = order.shape
        return self._films.render(
            Scene(order.slug, order.prompt, shape.width, shape.height, order.seconds, image)
        )

    @property
    def _asset_prefix(self) -> str:
        return f"{self.upload_url}/assets/"

    def _find_image(self, url: str) -> Path | None:
        if not url.startswith(self._asset_prefix):
            return None
        return self._assets.find(url.removeprefix(self._asset_prefix))
