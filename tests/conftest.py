"""What every test leaves behind as it found it."""

from collections.abc import Iterator

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.plans import watched


@pytest.fixture(autouse=True)
def _the_library_points_where_it_did() -> Iterator[None]:
    """Undo what a bot in the test's process does: discord.py keeps its addresses in classes."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@pytest.fixture(autouse=True)
def long_reads() -> Iterator[list[str]]:
    """Watch every statement that the test makes the code run; see ``tests.plans``."""
    with watched() as faults:
        yield faults
    assert not faults, "statements grow with the history:\n" + "\n".join(dict.fromkeys(faults))
