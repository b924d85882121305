"""What every test leaves behind as it found it."""

from collections.abc import Iterator

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route


@pytest.fixture(autouse=True)
def _the_library_points_where_it_did() -> Iterator[None]:
    """Undo what a bot in the test's process does: discord.py keeps its addresses in classes."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
