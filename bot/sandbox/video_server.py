"""What the local video APIs have in common: keys, generations, and the public files they make."""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from aiohttp import web

from bot.sandbox.accounts import Account
from bot.sandbox.films.drawing import Scene
from bot.sandbox.films.films import Films
from bot.sandbox.generations import Generation
from bot.sandbox.plans import Plan
from bot.sandbox.server import CALL, Call, SandboxServer

AnyGeneration = TypeVar("AnyGeneration", bound=Generation)


@dataclass
class VideoServer(SandboxServer, Generic[AnyGeneration]):
    """A local API that takes submits and renders true videos; subclasses add the protocol.

    All times count on the sandbox's clock, which can run fast and be moved.
    """

    KEY_HEADER: ClassVar[str]
    """The header that carries an API key."""
    MEDIA_RETENTION: ClassVar[timedelta | None] = None
    """How long after its submit a generation's video is there; None: for good."""

    keys: Mapping[str, float] = field(default_factory=lambda: {"sandbox-key": 100.0})
    """The API keys and the US dollars that each may spend."""
    queue_seconds: float = 4.0
    processing_seconds: float = 20.0
    requests_per_minute: int | None = None
    """For each key, polls included; None: no limit."""
    _folder: tempfile.TemporaryDirectory[str] = field(init=False, repr=False)
    _films: Films = field(init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.accounts = {key: Account(dollars) for key, dollars in self.keys.items()}
        self.generations: list[AnyGeneration] = []
        """In the order in which they were accepted."""
        self.leaks: list[Call] = []
        """Requests for public files that carried an API key."""
        self.submitted = asyncio.Condition()
        """Notified of every accepted submit."""
        self.polled = asyncio.Condition()
        """Notified of every question for a status."""
        self._by_media: dict[str, AnyGeneration] = {}

    # What a test or the demo sees and does.

    @property
    def base_url(self) -> str:
        """What a client takes for the address of the API."""
        return self.origin

    async def wait_submitted(self, count: int) -> AnyGeneration:
        """Wait until so many submits have been accepted; hand out the last of them."""
        async with self.submitted:
            await self.submitted.wait_for(lambda: len(self.generations) >= count)
        return self.generations[count - 1]

    async def wait_polled(self, generation: AnyGeneration, count: int) -> None:
        """Wait until the status of a generation has been asked for so many times."""
        async with self.polled:
            await self.polled.wait_for(lambda: generation.polls >= count)

    def out_of_credits(self, key: str) -> None:
        """Leave a key nothing to spend."""
        self.accounts[key].credits -= self.accounts[key].left

    def revoke(self, key: str) -> None:
        """Refuse a key from now on."""
        self.accounts[key].revoked = True

    # The server's life.

    def build(self) -> web.Application:
        """Make the application with the route of the videos."""
        app = super().build()
        app.router.add_get("/media/{name}", self._media)
        return app

    async def start(self) -> None:
        """Listen on 127.0.0.1, with an empty folder for the files.

        Raises OSError where the port is taken.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-videos-")
        self._films = Films(self._folder_path)
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

    # What the protocols are made with.

    @property
    def _folder_path(self) -> Path:
        """Where the files are; there is none before ``start``."""
        return Path(self._folder.name)

    def _begin(self, generation: AnyGeneration) -> None:
        """Bill a generation and let it be known."""
        self.generations.append(generation)
        self._by_media[generation.media_name] = generation
        self.accounts[generation.key].charge(generation)

    async def _tell_submitted(self) -> None:
        async with self.submitted:
            self.submitted.notify_all()

    async def _count_poll(self, generation: AnyGeneration) -> None:
        generation.polls += 1
        async with self.polled:
            self.polled.notify_all()

    def _film(self, plan: Plan, verdict: str | None, scene: Scene) -> asyncio.Future[Path] | None:
        """Start to make a video; None where the generation fails and needs none."""
        if verdict is not None or plan.error is not None:
            return None
        return self._films.render(scene) if plan.video is None else self._films.keep(plan.video)

    def _media_url(self, generation: AnyGeneration) -> str:
        return f"{self.base_url}/media/{generation.media_name}"

    async def _media(self, request: web.Request) -> web.StreamResponse:
        self._note_leak(request)
        generation = self._by_media.get(request.match_info["name"])
        if (
            generation is None
            or generation.film is None
            or generation.state != "COMPLETED"
            or self._is_gone(generation)
        ):
            raise web.HTTPNotFound
        generation.downloads += 1
        return web.FileResponse(generation.film.result())

    def _is_gone(self, generation: AnyGeneration) -> bool:
        age = self.clock.now() - generation.submitted_at
        return self.MEDIA_RETENTION is not None and age > self.MEDIA_RETENTION

    def _note_leak(self, request: web.Request) -> None:
        if self.KEY_HEADER in request.headers:
            self.leaks.append(request[CALL])
