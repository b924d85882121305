"""The bot's end."""

import asyncio

from bot.supervision import cancel_until_done


async def test_a_lost_cancellation_does_not_keep_the_bot_from_stopping() -> None:
    """A task that passes over the first cancellation, as discord.py's may, gets another."""
    lost = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            lost.set()
        await asyncio.Event().wait()

    tasks = [asyncio.create_task(stubborn())]
    await asyncio.sleep(0)

    await cancel_until_done(tasks)

    assert lost.is_set()
    assert all(task.cancelled() for task in tasks)
