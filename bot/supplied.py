"""Every provider that the catalogue can name, as the settings say how to reach it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from yarl import URL

from bot.clock import Clock
from bot.config import Settings
from bot.delivery.arrived import ArrivedVideos
from bot.delivery.fetch import Fetcher, VideoSource
from bot.providers.aimlapi import Aimlapi
from bot.providers.base import VideoProvider
from bot.providers.segmind import Segmind, SegmindAccount, SegmindV1


@dataclass(frozen=True)
class Providers:
    """Every provider that the catalogue can name, and where its videos are fetched from."""

    apis: Mapping[str, VideoProvider]
    sources: Mapping[str, VideoSource]
    blocking: SegmindV1
    """That which keeps arrived videos on our disk."""
    keys: Collection[str]
    """Those that can be used: a key is set."""

    async def close(self) -> None:
        """Close the connections."""
        for api in self.apis.values():
            await api.close()


def build_providers(settings: Settings, clock: Clock) -> Providers:
    """Make the providers; those without a key are there for the jobs that they already have."""
    segmind, aimlapi = settings.providers.segmind, settings.providers.aimlapi
    most, proxy = settings.storage.max_video_mib << 20, settings.network.proxy
    account = SegmindAccount(
        clock,
        segmind.api_key.get_secret_value(),
        segmind.base_url,
        segmind.upload_url,
        segmind.requests_per_minute,
        proxy,
    )
    blocking = SegmindV1(account, settings.storage.path, most)
    other = Aimlapi(
        clock,
        aimlapi.api_key.get_secret_value(),
        aimlapi.base_url,
        aimlapi.requests_per_minute,
        proxy,
    )
    from_segmind = Fetcher(URL(segmind.base_url).origin(), most, clock, proxy)
    return Providers(
        apis={"segmind": Segmind(account), "segmind-v1": blocking, "aimlapi": other},
        sources={
            "segmind": from_segmind,
            "segmind-v1": ArrivedVideos(blocking.file_of, from_segmind),
            "aimlapi": Fetcher(URL(aimlapi.base_url).origin(), most, clock, proxy),
        },
        blocking=blocking,
        keys=frozenset(
            name
            for name, section in (
                ("segmind", segmind),
                ("segmind-v1", segmind),
                ("aimlapi", aimlapi),
            )
            if section.api_key.get_secret_value()
        ),
    )
