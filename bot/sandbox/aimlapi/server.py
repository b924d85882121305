"""The local AI/ML API: its routes, and what a test or the demo can see of it and make it do."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal
from uuid import uuid4

from aiohttp import web

from bot.sandbox.aimlapi import answers
from bot.sandbox.aimlapi.fleet import MODELS
from bot.sandbox.aimlapi.generations import Generation
from bot.sandbox.aimlapi.images import Images
from bot.sandbox.aimlapi.models import (
    CREDITS_A_DOLLAR,
    Model,
    Order,
    order_of,
    refusal_of,
)
from bot.sandbox.aimlapi.plans import ErrorShape, Plan
from bot.sandbox.aimlapi.refusals import Refusal, read_json_object, refusals
from bot.sandbox.aimlapi.verdicts import verdict_on
from bot.sandbox.films.drawing import Scene
from bot.sandbox.pictures import Picture, look_at
from bot.sandbox.plans import Plans
from bot.sandbox.video_server import VideoServer

PATH = "/v2/video/generations"


@dataclass
class AimlapiSandbox(VideoServer[Generation]):
    """A strict stand-in for AI/ML API that renders true videos."""

    KEY_HEADER: ClassVar[str] = "Authorization"

    sends_retry_after: bool = True
    """Whether a 429 says in seconds when to come again."""
    currency: Literal["USD", "credits"] = "USD"
    """What the balance is told in; which of the two the real one uses is not known."""
    _images: Images = field(init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.plans: Plans[Plan] = Plans()
        self.retired: set[str] = set()
        """The models that are answered with 404; see ``retire``."""
        self._by_id: dict[str, Generation] = {}

    # What a test or the demo sees and does.

    def plan(  # noqa: PLR0913 - by keyword, each a wish of its own
        self,
        *,
        times: int | None = 1,
        fail: str | None = None,
        hold: bool = False,
        queue_seconds: float | None = None,
        processing_seconds: float | None = None,
        video: bytes | Path | None = None,
        waiting_words: Sequence[str] = (),
        completed_word: str = "completed",
        failed_word: str = "error",
        error_shape: ErrorShape = "named",
    ) -> Plan:
        """Say what the next submit (or ``times``, or with None every one) will do.

        See ``Plan`` for the meanings; it is also the handle of what ``hold`` keeps back.
        """
        plan = Plan(
            self.clock,
            times=times,
            error=fail,
            hold=hold,
            queue_seconds=queue_seconds,
            processing_seconds=processing_seconds,
            video=video,
            waiting_words=waiting_words,
            completed_word=completed_word,
            failed_word=failed_word,
            error_shape=error_shape,
        )
        self.plans.append(plan)
        return plan

    def retire(self, model: str) -> None:
        """Refuse a model's submits from now on; raise KeyError where there is none."""
        self.retired.add(MODELS[model].name)

    def restore(self, model: str) -> None:
        """Serve a retired model again; raise KeyError where it is not retired."""
        self.retired.remove(model)

    # The server's life.

    def build(self) -> web.Application:
        """Make the application."""
        app = super().build()
        app.middlewares.append(refusals(self.clock))
        self._images = Images(self._folder_path)
        app.add_routes(
            [
                web.post(PATH, self._submit),
                web.get(PATH, self._poll),
                web.get("/v2/billing", self._billing),
            ]
        )
        return app

    # The routes.

    async def _submit(self, request: web.Request) -> web.Response:
        key = self._authenticate(request)
        body = await read_json_object(request)
        model = self._served_model(body.get("model"))
        if reason := refusal_of(model, body):
            raise Refusal(400, reason)
        order = order_of(model, body)
        picture = await self._picture(order)
        # From the look at the credits to the charge nothing may be awaited.
        if not self.accounts[key].can_pay(order.price):
            raise Refusal(403, "Your balance does not cover this request")
        generation = self._generation(key, order, picture)
        self._begin(generation)
        self._by_id[generation.generation_id] = generation
        await self._tell_submitted()
        return web.json_response(answers.accepted(generation))

    async def _poll(self, request: web.Request) -> web.Response:
        key = self._authenticate(request)
        generation_id = request.query.get("generation_id")
        if not generation_id:
            raise Refusal(400, "generation_id is required")
        generation = self._by_id.get(generation_id)
        if generation is None or generation.key != key:
            raise Refusal(404, f"Generation {generation_id} not found")
        await self._count_poll(generation)
        body = answers.state_of(generation, generation.look(), self._media_url(generation))
        return web.json_response(body)

    async def _billing(self, request: web.Request) -> web.Response:
        left = self.accounts[self._authenticate(request)].left
        balance = left if self.currency == "USD" else round(left * CREDITS_A_DOLLAR)
        return web.json_response({"current_balance": balance, "currency": self.currency})

    # What the routes share.

    def _authenticate(self, request: web.Request) -> str:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        account = self.accounts.get(key)
        if scheme != "Bearer" or account is None or account.revoked:
            raise Refusal(401, "This API key is not valid")
        now = self.clock.now()
        again_at = account.admit(now, self.requests_per_minute)
        if again_at is not None:
            seconds = str(math.ceil((again_at - now).total_seconds()))
            headers = {"Retry-After": seconds} if self.sends_retry_after else None
            raise Refusal(429, "Too many requests", headers)
        return key

    def _served_model(self, name: Any) -> Model:
        if not isinstance(name, str):
            raise Refusal(400, "model is required, as a text")
        model = MODELS.get(name)
        if model is None or name in self.retired:
            raise Refusal(404, f"There is no model {name}")
        return model

    async def _picture(self, order: Order) -> Picture | None:
        if order.image_url is None:
            return None
        return await asyncio.to_thread(look_at, await self._images.fetch(order.image_url))

    def _generation(self, key: str, order: Order, picture: Picture | None) -> Generation:
        plan = self.plans.take() or Plan(self.clock)
        verdict = verdict_on(order, picture)
        image = None if picture is None else picture.path
        pixels = order.size(picture)
        scene = Scene(order.model.name, order.prompt, *pixels, order.seconds, image)
        return Generation(
            # With a colon and a slash: a client that does not encode it will find out.
            generation_id=f"{uuid4()}:{order.model.name}",
            key=key,
            order=order,
            verdict=verdict,
            film=self._film(plan, verdict, scene),
            plan=plan,
            pixels=pixels,
            queue_seconds=self.queue_seconds,
            processing_seconds=self.processing_seconds,
            clock=self.clock,
            submitted_at=self.clock.now(),
        )
