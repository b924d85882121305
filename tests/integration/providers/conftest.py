"""Each provider in turn, with its counterpart over real HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.providers.apis import ALL, POLLED, Api, OnAimlapi, OnV1, OnV2


def _name(kind: type[Api]) -> str:
    return kind.NAME


@pytest.fixture(params=ALL, ids=_name)
async def api(request: Any, tmp_path: Path) -> AsyncIterator[Api]:
    """Give every provider in turn."""
    async with request.param.running(tmp_path) as api:
        yield api


@pytest.fixture(params=POLLED, ids=_name)
async def polled(request: Any, tmp_path: Path) -> AsyncIterator[Api]:
    """Give every provider in turn that is asked how a request is doing."""
    async with request.param.running(tmp_path) as api:
        yield api


@pytest.fixture(params=(OnV2, OnV1), ids=_name)
async def segmind(request: Any, tmp_path: Path) -> AsyncIterator[OnV2 | OnV1]:
    """Give both of Segmind's APIs in turn, for what AI/ML API has nothing like."""
    async with request.param.running(tmp_path) as api:
        yield api


@pytest.fixture
async def v2(tmp_path: Path) -> AsyncIterator[OnV2]:
    """Give Segmind's v2 alone."""
    async with OnV2.running(tmp_path) as api:
        yield api


@pytest.fixture
async def v1(tmp_path: Path) -> AsyncIterator[OnV1]:
    """Give Segmind's v1 alone."""
    async with OnV1.running(tmp_path) as api:
        yield api


@pytest.fixture
async def aimlapi(tmp_path: Path) -> AsyncIterator[OnAimlapi]:
    """Give AI/ML API alone."""
    async with OnAimlapi.running(tmp_path) as api:
        yield api
