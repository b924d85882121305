"""Whether Discord has taken a request whose answer the library could not read.

The library makes objects of every answer, and one field of another form (a member's roles as
objects, in the answer to an edit) raises when the edit stands already. Repeated it would stand
just so, and a video would be sent again and again.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp


@dataclass
class Taken:
    """What was heard of the requests within a block."""

    yes: bool = False
    """Whether one was answered with success, in JSON: a proxy's page is none of Discord's."""


_heard: ContextVar[Taken | None] = ContextVar("taken", default=None)


@contextlib.contextmanager
def listening() -> Iterator[Taken]:
    """Hear what becomes of the requests within this block."""
    taken = Taken()
    before = _heard.set(taken)
    try:
        yield taken
    finally:
        _heard.reset(before)


def trace() -> aiohttp.TraceConfig:
    """Make what a client needs for its requests to be heard."""
    config = aiohttp.TraceConfig()
    config.on_request_end.append(_note)
    return config


async def _note(
    _: aiohttp.ClientSession, __: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
) -> None:
    taken = _heard.get()
    if taken is not None and ended.response.ok:
        taken.yes = ended.response.content_type == "application/json"
