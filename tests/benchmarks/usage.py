"""What a process uses, as Linux tells it in /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_RESET_PEAK = "5"
"""Written to clear_refs it sets the peak back to the present size (proc(5))."""


@dataclass(frozen=True)
class Memory:
    """The resident memory of a process, in KiB."""

    all: float
    private: float
    """Without what is mapped from files, which is shared and costs nothing to drop."""
    peak: float


def memory(pid: int) -> Memory:
    """Tell the memory of a process; raise FileNotFoundError where it has ended."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    values = {name: value for name, _, value in (line.partition(":") for line in lines)}
    return Memory(*(float(values[key].split()[0]) for key in ("VmRSS", "RssAnon", "VmHWM")))


def reset_peak(pid: int) -> None:
    """Let the peak of a process begin anew."""
    Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK, encoding="ascii")


def cpu_seconds(pid: int) -> float:
    """Tell the processor time of a process in seconds, its ended children's not counted."""
    # The name may hold blanks; behind its bracket come the numbered fields from the third on.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND
