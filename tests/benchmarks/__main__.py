"""`make bench`: measure the bot and print one table.

The exit code says whether everything could be measured (0) or not (2), not whether it is good.
"""

import asyncio
import signal
import sys
import time
from contextlib import aclosing

from tests.benchmarks.album import measure_album
from tests.benchmarks.balance import measure_balance
from tests.benchmarks.burst import measure_burst
from tests.benchmarks.delivery import measure_delivery
from tests.benchmarks.figures import heading
from tests.benchmarks.flight import measure_flight
from tests.benchmarks.history import measure_history
from tests.benchmarks.holds import measure_holds
from tests.benchmarks.life import measure_life
from tests.benchmarks.measurement import Measurement

MEASUREMENTS = (
    Measurement("burst", measure_burst, most_seconds=60),
    Measurement("flight", measure_flight, most_seconds=130),
    Measurement("life", measure_life, most_seconds=60),
    Measurement("delivery", measure_delivery, most_seconds=75),
    Measurement("album", measure_album, most_seconds=150),
    Measurement("holds", measure_holds, most_seconds=15),
    Measurement("balance", measure_balance, most_seconds=30),
    Measurement("history", measure_history, most_seconds=120),
)
"""All of them together stay under ten minutes."""

NOT_MEASURED = 2
INTERRUPTED = 130


async def run(names: list[str]) -> int:
    """Measure what is named, or everything; tell the exit code."""
    this = asyncio.current_task()
    assert this is not None
    # The bots are ended on the way out.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    began, failures = time.monotonic(), []
    say(heading())
    for measurement in MEASUREMENTS:
        if not names or measurement.name in names:
            failure = await _take(measurement)
            failures += [failure] if failure else []
    say(f"\nmeasured in {time.monotonic() - began:.0f} s, on whatever else this machine did")
    for failure in failures:
        say(failure)
    return NOT_MEASURED if failures else 0


async def _take(measurement: Measurement) -> str | None:
    """Print the figures as they come; tell what went wrong."""
    try:
        async with (
            asyncio.timeout(measurement.most_seconds),
            aclosing(measurement.figures()) as figures,
        ):
            async for figure in figures:
                say(figure.line())
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are still measured
        return f"could not be measured: {measurement.name}: {type(error).__name__}: {error}"
    return None


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201 - the one place that prints


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(run(sys.argv[1:])))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(INTERRUPTED)
