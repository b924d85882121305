"""The local Segmind: its routes, and what a test or the demo can see of it and make it do."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Literal
from uuid import uuid4

from aiohttp import web

from bot.sandbox.accounts import Account
from bot.sandbox.faults import Gate
from bot.sandbox.films.drawing import Scene
from bot.sandbox.pictures import look_at
from bot.sandbox.segmind import answers
from bot.sandbox.segmind.assets import Assets
from bot.sandbox.segmind.blocking import gateway_timeout, send_film
from bot.sandbox.segmind.engines import (
    Engine,
    Order,
    missing_from,
    order_of,
    refusal_of,
    shaped_by,
)
from bot.sandbox.segmind.fleet import ENGINES
from bot.sandbox.segmind.generations import Generation
from bot.sandbox.segmind.plans import OutputShape, Plan, Plans, V1Answer
from bot.sandbox.segmind.requests import Refusal, read_files, read_json_object, refusals
from bot.sandbox.segmind.verdicts import verdict_on
from bot.sandbox.video_server import VideoServer


@dataclass
class SegmindSandbox(VideoServer[Generation]):
    """A strict stand-in for Segmind's video API that renders true videos."""

    KEY_HEADER: ClassVar[str] = "x-api-key"
    MEDIA_RETENTION: ClassVar[timedelta] = timedelta(days=7)

    retention_seconds: float = 3600
    """How long after its submit a generation is known; its video stays for seven days."""
    no_credits_status: int = 406
    """What too few credits are answered with; 402 has been seen as well."""
    engines: Mapping[str, Engine] = field(default_factory=lambda: ENGINES)
    _assets: Assets = field(init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.plans = Plans()
        self.retired: set[str] = set()
        """The slugs that are answered with 410; see ``retire``."""
        self._by_id: dict[str, Generation] = {}
        """Those that can be asked for: what came by a blocking call can't."""

    # What a test or the demo sees and does.

    @property
    def upload_url(self) -> str:
        """What a client takes for https://workflows-api.segmind.com."""
        return self.origin

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
        v1_answer: V1Answer = "bytes",
        halfway: Gate | None = None,
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
            v1_answer=v1_answer,
            halfway=halfway,
        )
        self.plans.append(plan)
        return plan

    def add_engine(self, engine: Engine) -> None:
        """Serve one more engine, or another one under a known slug."""
        self.engines = {**self.engines, engine.slug: engine}

    def retire(self, slug: str) -> None:
        """Refuse an engine's submits with 410 from now on; raise KeyError where there is none."""
        self.retired.add(self.engines[slug].slug)

    def restore(self, slug: str) -> None:
        """Serve a retired engine again; raise KeyError where it is not retired."""
        self.retired.remove(slug)

    def spend_cap(self, key: str) -> None:
        """Let a key reach its spend cap."""
        self.accounts[key].capped = True

    # The server's life.

    def build(self) -> web.Application:
        """Make the application."""
        app = super().build()
        app.middlewares.append(refusals)
        self._assets = Assets(self._folder_path)
        app.add_routes(
            [
                web.post("/v2/{slug}", self._submit),
                web.get("/v2/requests/{id}/status", self._status),
                web.get("/v2/requests/{id}", self._result),
                web.get("/assets/{name}", self._asset),
                web.post("/upload-asset", self._upload),
                web.get("/v1/get-user-credits", self._credits),
                web.post("/v1/{slug}", self._block),
            ]
        )
        return app

    # The routes.

    async def _submit(self, request: web.Request) -> web.Response:
        generation = await self._accept(request, version=2)
        self._by_id[generation.request_id] = generation
        return web.json_response(answers.accepted(self.base_url, generation.request_id))

    async def _status(self, request: web.Request) -> web.Response:
        generation = self._known(request)
        await self._count_poll(generation)
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
        left = self.accounts[generation.key].left
        body = answers.result_of(generation, look, self._media_url(generation), left)
        return web.json_response(body)

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        self._note_leak(request)
        path = self._assets.find(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path)

    async def _upload(self, request: web.Request) -> web.Response:
        self._authenticate(request)
        files = await read_files(request)
        names = [await self._assets.keep(extension, content) for extension, content in files]
        return web.json_response({"file_urls": [self._asset_prefix + name for name in names]})

    async def _credits(self, request: web.Request) -> web.Response:
        key = self._authenticate(request)
        return web.json_response({"credits": self.accounts[key].left, "free-credits": 0})

    async def _block(self, request: web.Request) -> web.StreamResponse:
        generation = await self._accept(request, version=1)
        plan = generation.plan
        if plan.v1_answer == "gateway_timeout":
            return gateway_timeout()
        # One who goes away is not missed: the work goes on, and it is billed.
        while not generation.look().is_over:  # noqa: ASYNC110 - clock, plan and renderer move the end
            await asyncio.sleep(0.02)
        if generation.error is not None or generation.film is None:
            raise Refusal(500, generation.error or "No video")
        headers = answers.v1_headers_of(generation, self.accounts[generation.key].left)
        if plan.v1_answer == "json":
            body = answers.v1_result_of(generation, self._media_url(generation))
            return web.json_response(body, headers=headers)
        return await send_film(request, generation.film.result(), headers, plan)

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

    async def _accept(self, request: web.Request, *, version: Literal[1, 2]) -> Generation:
        """Turn a submit into a generation that is billed and under way, or refuse it."""
        key = self._authenticate(request)
        engine = self._served_engine(request.match_info["slug"], version)
        body = await read_json_object(request)
        if reason := refusal_of(engine, body):
            raise Refusal(406, reason)
        order = order_of(engine, body)
        # The newer API finds out only when the request is no longer in the queue.
        if version == 1 and (missing := missing_from(order)):
            raise Refusal(400, missing)
        pictures = {
            image: await asyncio.to_thread(look_at, self._find_image(url))
            for image, url in order.image_urls.items()
        }
        verdict = verdict_on(order, pictures)
        start = next((picture.path for picture in pictures.values()), None)
        order = shaped_by(order, pictures)
        # From the look at the credits to the charge nothing may be awaited.
        self._check_funds(self.accounts[key], order.price)
        generation = self._generation(key, order, verdict, start)
        self._begin(generation)
        await self._tell_submitted()
        return generation

    def _served_engine(self, slug: str, version: Literal[1, 2]) -> Engine:
        engine = self.engines.get(slug)
        if engine is None or (engine.v1_only and version != 1):
            raise Refusal(404, f"Model {slug} not found")
        if slug in self.retired or self.plans.take_retirement():
            raise Refusal(410, f"Model {slug} has been retired")
        return engine

    def _check_funds(self, account: Account, price: float) -> None:
        if account.capped:
            raise Refusal(406, "The spend cap of this API key has been reached")
        if not account.can_pay(price):
            raise Refusal(self.no_credits_status, "Insufficient credits")

    def _generation(
        self, key: str, order: Order, verdict: str | None, image: Path | None
    ) -> Generation:
        plan = self.plans.take() or Plan(self.clock)
        slug, width, height = order.engine.slug, order.shape.width, order.shape.height
        scene = Scene(slug, order.prompt, width, height, order.seconds, image)
        return Generation(
            # Ids have been seen with hyphens and without.
            request_id=uuid4().hex if len(self.generations) % 2 else str(uuid4()),
            key=key,
            order=order,
            verdict=verdict,
            film=self._film(plan, verdict, scene),
            plan=plan,
            queue_seconds=self.queue_seconds,
            processing_seconds=self.processing_seconds,
            clock=self.clock,
            submitted_at=self.clock.now(),
        )

    @property
    def _asset_prefix(self) -> str:
        return f"{self.upload_url}/assets/"

    def _find_image(self, url: str) -> Path | None:
        if not url.startswith(self._asset_prefix):
            return None
        return self._assets.find(url.removeprefix(self._asset_prefix))
