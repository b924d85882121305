"""Pictures that go to a provider."""

import asyncio
from pathlib import Path

from bot.errors import NotSubmitted


async def read_picture(picture: Path) -> bytes:
    """Read a picture that is to be sent; raise NotSubmitted: nothing was asked for yet."""
    try:
        return await asyncio.to_thread(picture.read_bytes)
    except OSError as error:
        raise NotSubmitted(f"{type(error).__name__}: {error}") from error
