"""Serve the page until Ctrl-C, to look at it while it is changed: python -m tests.browser."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.browser.stand import new_stand


async def serve() -> None:
    """Serve, and say where."""
    with tempfile.TemporaryDirectory() as folder:
        async with new_stand(Path(folder), port=8460) as stand:
            sys.stdout.write(f"{stand.page.url}\n")
            sys.stdout.flush()
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
