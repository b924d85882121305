"""The providers under test, each beside its local counterpart, behind one face.

What is the same for all of them is written once, in the tests; here stands where they differ.
"""

import asyncio
import base64
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import aiohttp
import pytest
from PIL import Image

from bot.catalogue import Order, load_catalogue
from bot.errors import KeyRejected, OutcomeUnknown, OutOfCredits, ProviderError, RequestForgotten
from bot.providers.aimlapi import Aimlapi
from bot.providers.base import VideoProvider
from bot.providers.segmind import Segmind, SegmindAccount, SegmindV1
from bot.sandbox.aimlapi import AimlapiSandbox
from bot.sandbox.clock import SandboxClock
from bot.sandbox.segmind import SegmindSandbox
from bot.sandbox.segmind.engines import Engine, Field, ImageField, Shape
from bot.sandbox.server import Call
from tests.fakes import FakeClock

KEY = "sandbox-key"
PROMPT = "a fox in the snow"
STUB = b"stands for a video"
HTML = "<html><title>504 Gateway Time-out</title></html>"
UNLIMITED = 1_000_000
"""Requests a minute, where the limit is not what is tested."""
PATIENCE_SECONDS = 60.0
"""So long a blocking call is waited for where it is to be refused; it never takes so long."""
MOST_BYTES = 4 << 20
"""The cap on a video that comes with its call."""

_SIZES = ["1280x720", "720x1280"]
_OF_ALL = {
    "summary": "For tests.",
    "durations_seconds": [4, 8],
    "sizes": _SIZES,
    "credits_per_second": 5,
    "longest_wait_seconds": 600,
}
_VINTAGE = {
    "title": "Vintage",
    **_OF_ALL,
    "offers": [
        {
            "provider": "segmind-v1",
            "slug": "vintage-1",
            "duration": {"type": "integer"},
            "size": {"field": "size"},
            "image": {"field": "input_reference", "slug": "sora-2"},
        }
    ],
}
_ODD = {
    "title": "Odd",
    **_OF_ALL,
    "offers": [
        {
            "provider": "segmind",
            "slug": "odd.engine-7",
            "prompt_field": "text_prompt",
            "duration": {"field": "num_seconds", "type": "string"},
            "size": {
                "values": {
                    "1280x720": {"width": 1280, "height": 720},
                    "720x1280": {"width": 720, "height": 1280},
                }
            },
            "image": {
                "field": "conditioning_image",
                "slug": "odd.engine-7-animate",
                "omit": ["look"],
            },
            "extra": {"with_audio": True, "fps": 24, "guidance": 7.5, "look": "plain"},
        }
    ],
}
CATALOGUE = load_catalogue({"vintage": _VINTAGE, "odd": _ODD})

Sandbox = SegmindSandbox | AimlapiSandbox


async def send(provider: VideoProvider, order: Order) -> str:
    """Hand the order's picture over, then submit it."""
    return await provider.submit(order, await provider.prepare(order))


class Api(ABC):
    """One provider and its counterpart, whose clocks stand until they are moved."""

    NAME: ClassVar[str]
    MODEL: ClassVar[str]
    PROVIDER: ClassVar[str]
    SLUG: ClassVar[str]
    """What the ordinary order is sent to."""
    SUBMIT: ClassVar[str]
    """Where submits go: a regular expression over the path."""
    POLL: ClassVar[str] = "^$"
    """Where looks go first; nowhere where there are none."""
    CREDITS: ClassVar[str]
    """Where the account is asked for."""
    BODY: ClassVar[Mapping[str, Any]]
    """What the ordinary order is sent as."""
    PICTURED_SLUG: ClassVar[str]
    PICTURED_BODY: ClassVar[Mapping[str, Any]]
    """The same with a picture, whose own field is not in it."""
    IMAGE_FIELD: ClassVar[str]
    FORBIDDEN: ClassVar[type[ProviderError]]
    """What a 403 on a submit means."""
    UNKNOWN: ClassVar[type[ProviderError]] = RequestForgotten
    """How an id is told that nobody knows."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.clock = FakeClock(sandbox.clock.now())
        self.provider = self._provider(sandbox.base_url)
        """Gives an id as soon as there is one."""
        self.patient = self.provider
        """Waits for a refusal, however long it takes."""

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator[Self]:
        """Run the counterpart, which serves stubs in place of videos, and the provider."""
        async with cls._sandbox() as sandbox:
            sandbox.plan(video=STUB, times=None)
            api = cls(sandbox, folder)
            try:
                yield api
            finally:
                sandbox.clock.advance(3600)  # no call is held open at the end
                await api.provider.close()
                await api.patient.close()

    @classmethod
    @abstractmethod
    def _sandbox(cls) -> Sandbox: ...

    @abstractmethod
    def _provider(
        self, origin: str, key: str = KEY, requests_per_minute: int = UNLIMITED
    ) -> VideoProvider: ...

    @abstractmethod
    def words(self, text: str, status: int = 400) -> dict[str, Any]:
        """Write an error as the API does."""

    @abstractmethod
    async def received_picture(self, body: Mapping[str, Any]) -> bytes:
        """Tell the bytes that a submit's picture had when it arrived."""

    @asynccontextmanager
    async def provider_at(
        self, origin: object, *, key: str = KEY, requests_per_minute: int = UNLIMITED
    ) -> AsyncIterator[VideoProvider]:
        """Make a provider that speaks to this server and waits for refusals."""
        provider = self._provider(str(origin), key, requests_per_minute)
        try:
            yield provider
        finally:
            await provider.close()

    def order(self, **changes: Any) -> Order:
        """Order an ordinary video, or another one; its values are not the defaults."""
        model = CATALOGUE[self.MODEL]
        offer = model.offer_of(self.PROVIDER)
        assert offer is not None
        price = model.quote(8, "1280x720", offer)
        return replace(Order(model, offer, PROMPT, 8, "1280x720", price), **changes)

    def order_from(self, slug: str) -> Order:
        """Order from an engine of another name."""
        order = self.order()
        return replace(order, offer=order.offer.model_copy(update={"slug": slug}))

    def order_with_picture(self) -> Order:
        """Order a video that starts from a picture of its size."""
        picture = self.folder / "fox.jpg"
        Image.new("RGB", (1280, 720), "teal").save(picture, "JPEG")
        return self.order(picture=picture)

    async def accepted(self, order: Order | None = None) -> str:
        """Submit what must be accepted, and tell its id."""
        count = len(self.sandbox.generations)
        request_id = await send(self.provider, order or self.order())
        await self.sandbox.wait_submitted(count + 1)
        return request_id

    async def refused(self, order: Order | None = None) -> ProviderError:
        """Submit what must fail, and tell how; it was sent once at most."""
        before = len(self.submits)
        with pytest.raises(ProviderError) as caught:
            await send(self.patient, order or self.order())
        assert len(self.submits) <= before + 1
        return caught.value

    @property
    def submits(self) -> list[Call]:
        """Every submit that came, whatever was answered."""
        return self.sandbox.find_calls("POST", self.SUBMIT)

    def plan_at_once(self) -> None:
        """Let the next submit be answered at once, so that a fault after it can strike."""
        self.sandbox.plan(video=STUB, queue_seconds=0, processing_seconds=0)

    async def begin(self) -> None:
        """Let the last generation come out of the queue."""
        self.sandbox.clock.advance(self.sandbox.queue_seconds)

    async def finish(self) -> None:
        """Let the time pass that the generations take."""
        self.sandbox.clock.advance(self.sandbox.queue_seconds + self.sandbox.processing_seconds)
        for generation in self.sandbox.generations:
            if generation.film is not None:
                await generation.film


class _OnSegmind(Api):
    """What v1 and v2 have in common."""

    CREDITS = "/v1/get-user-credits$"
    FORBIDDEN = KeyRejected
    sandbox: SegmindSandbox

    @classmethod
    def _sandbox(cls) -> SegmindSandbox:
        sandbox = SegmindSandbox(keys={KEY: 10.0}, clock=SandboxClock(speed=0.0))
        for engine in _odd_engines():
            sandbox.add_engine(engine)
        return sandbox

    def _account(self, origin: str, key: str, requests_per_minute: int) -> SegmindAccount:
        return SegmindAccount(self.clock, key, origin, origin, requests_per_minute)

    def words(self, text: str, status: int = 400) -> dict[str, Any]:
        """Write an error as Segmind does."""
        return {"error": text}

    async def received_picture(self, body: Mapping[str, Any]) -> bytes:
        """Read the uploaded file."""
        async with aiohttp.ClientSession() as web, web.get(body[self.IMAGE_FIELD]) as answer:
            return await answer.read()


class OnV2(_OnSegmind):
    """Segmind's v2, with a model that it has had from the first."""

    NAME = "segmind-v2"
    MODEL, PROVIDER, SLUG = "sora-2", "segmind", "sora-2"
    SUBMIT, POLL = "^/v2/[^/]+$", "^/v2/requests/[^/]+/status$"
    BODY: ClassVar = {"prompt": PROMPT, "duration": "8", "size": "1280x720"}
    PICTURED_SLUG, PICTURED_BODY, IMAGE_FIELD = SLUG, BODY, "input_reference"

    def _provider(
        self, origin: str, key: str = KEY, requests_per_minute: int = UNLIMITED
    ) -> VideoProvider:
        return Segmind(self._account(origin, key, requests_per_minute))


class OnOdd(OnV2):
    """An engine with names of its own for everything, described by a catalogue entry alone."""

    NAME = "segmind-generic"
    MODEL, SLUG = "odd", "odd.engine-7"
    BODY: ClassVar = {
        "text_prompt": PROMPT,
        "num_seconds": "8",
        "width": 1280,
        "height": 720,
        "with_audio": True,
        "fps": 24,
        "guidance": 7.5,
        "look": "plain",
    }
    PICTURED_SLUG, IMAGE_FIELD = "odd.engine-7-animate", "conditioning_image"
    PICTURED_BODY: ClassVar = {name: value for name, value in BODY.items() if name != "look"}


class OnV1(_OnSegmind):
    """Segmind's v1, with an engine that v2 does not serve."""

    NAME = "segmind-v1"
    MODEL, PROVIDER, SLUG = "vintage", "segmind-v1", "vintage-1"
    SUBMIT = "^/v1/[^/]+$"
    BODY: ClassVar = {"prompt": PROMPT, "duration": 8, "size": "1280x720"}
    PICTURED_SLUG, PICTURED_BODY, IMAGE_FIELD = "sora-2", BODY, "input_reference"
    UNKNOWN = OutcomeUnknown

    provider: SegmindV1
    patient: SegmindV1

    def __init__(self, sandbox: SegmindSandbox, folder: Path) -> None:
        super().__init__(sandbox, folder)
        self.account = self._account(sandbox.base_url, KEY, UNLIMITED)
        self.provider = self.restarted(refusal_seconds=0.0)
        self.patient = self.restarted()

    @property
    def videos(self) -> Path:
        """Where the videos come to lie."""
        return self.folder / "videos"

    def on_disk(self) -> list[str]:
        """Name the files that are there, without what tells one call from another."""
        names = self.videos.iterdir() if self.videos.exists() else ()
        return sorted(name.suffix for name in names)

    def restarted(self, refusal_seconds: float = PATIENCE_SECONDS) -> SegmindV1:
        """Make another provider over the same folder: what it was in the middle of is gone."""
        return SegmindV1(self.account, self.videos, MOST_BYTES, refusal_seconds)

    def _provider(
        self, origin: str, key: str = KEY, requests_per_minute: int = UNLIMITED
    ) -> SegmindV1:
        account = self._account(origin, key, requests_per_minute)
        return SegmindV1(account, self.videos, MOST_BYTES, PATIENCE_SECONDS)

    def plan_at_once(self) -> None:
        """Answer with an address: bytes are under way before a fault can strike."""
        self.sandbox.plan(video=STUB, queue_seconds=0, processing_seconds=0, v1_answer="json")

    async def finish(self) -> None:
        """Let the time pass that the generations take, and the calls end."""
        await super().finish()
        await self.ended(self.provider)

    async def ended(self, provider: SegmindV1) -> None:
        """Wait until the calls of a provider are over."""
        calls: Iterable[asyncio.Task[Any]] = list(provider._calls.values())
        if calls:
            await asyncio.wait(calls)


class OnAimlapi(Api):
    """AI/ML API."""

    NAME = "aimlapi"
    MODEL, PROVIDER, SLUG = "sora-2", "aimlapi", "openai/sora-2-t2v"
    SUBMIT = POLL = "^/v2/video/generations$"
    CREDITS = "/v2/billing$"
    BODY: ClassVar = {
        "model": "openai/sora-2-t2v",
        "prompt": PROMPT,
        "duration": 8,
        "resolution": "720p",
        "aspect_ratio": "16:9",
    }
    PICTURED_SLUG, IMAGE_FIELD = "openai/sora-2-i2v", "image_url"
    PICTURED_BODY: ClassVar = BODY | {"model": PICTURED_SLUG}
    FORBIDDEN = OutOfCredits
    sandbox: AimlapiSandbox

    @classmethod
    def _sandbox(cls) -> AimlapiSandbox:
        return AimlapiSandbox(keys={KEY: 10.0}, clock=SandboxClock(speed=0.0))

    def _provider(
        self, origin: str, key: str = KEY, requests_per_minute: int = UNLIMITED
    ) -> VideoProvider:
        return Aimlapi(self.clock, key, origin, requests_per_minute)

    def words(self, text: str, status: int = 400) -> dict[str, Any]:
        """Write an error as AI/ML API does."""
        return {
            "message": text,
            "path": "/v2/video/generations",
            "requestId": "3f1c",
            "statusCode": status,
            "timestamp": "2026-11-20T12:00:00.000Z",
        }

    async def received_picture(self, body: Mapping[str, Any]) -> bytes:
        """Decode the picture from the body."""
        kind, _, content = str(body[self.IMAGE_FIELD]).partition(";base64,")
        assert kind == "data:image/jpeg"
        return base64.b64decode(content, validate=True)


POLLED: tuple[type[Api], ...] = (OnV2, OnOdd, OnAimlapi)
"""Those that are asked how a request is doing."""
ALL: tuple[type[Api], ...] = (*POLLED, OnV1)


def _odd_engines() -> Iterable[Engine]:
    """Describe the odd engine and its twin for pictures, as strictly as any."""
    shared = (
        Field("text_prompt"),
        Field("num_seconds", ("4", "8"), "4"),
        Field("width", default="1280", types=(int,)),
        Field("height", default="720", types=(int,)),
        Field("with_audio", types=(bool,)),
        Field("fps", ("24",), types=(int,)),
        Field("guidance", types=(float,)),
    )
    picture = ImageField("conditioning_image", required=True, fit="exact")
    for slug, own in (("odd.engine-7", Field("look")), ("odd.engine-7-animate", picture)):
        yield Engine(
            slug,
            (*shared, own),
            ("width", "height"),
            {("1280", "720"): Shape(1280, 720, 0.05), ("720", "1280"): Shape(720, 1280, 0.05)},
            prompt_field="text_prompt",
            duration_field="num_seconds",
        )
