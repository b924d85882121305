"""The demo's bot: ``sora-bot`` that ends when the demo has ended, however that was."""

import os
import signal
import sys
from threading import Thread

from bot.__main__ import main


def follow_demo() -> None:
    """Wait until nobody holds the other end of stdin, as after a kill -9; then end like SIGTERM."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    Thread(target=follow_demo, daemon=True).start()
    main()
