"""What a bot's process does that the tests have forked: it becomes ``sora-bot run``."""

import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path

from bot.__main__ import main


def run_bot(
    environment: Mapping[str, str],
    folder: Path,
    output: Connection,
    elsewhere: Connection | None = None,
) -> None:
    """Run the bot with this environment; all that it writes goes to ``output``, or ``elsewhere``.

    It starts in the folder, where no configuration of whoever runs the tests is found.

    In the second case ``output`` stays open and empty: its end tells that the bot has ended.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for name, number in (("stdout", 1), ("stderr", 2)):
        os.dup2((elsewhere or output).fileno(), number)
        # The stream of the process that was forked may take the pipe for a file.
        setattr(sys, name, open(number, "w", closefd=False))  # noqa: SIM115
    if elsewhere is None:
        output.close()
    else:
        elsewhere.close()
    sys.argv = ["sora-bot", "run"]
    main()
