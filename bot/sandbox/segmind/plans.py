"""What a plan can wish of Segmind in particular."""

from dataclasses import dataclass
from typing import Literal

from bot.sandbox import plans
from bot.sandbox.faults import Gate

OutputShape = Literal["string", "video", "list", "object"]
V1Answer = Literal["bytes", "json", "gateway_timeout", "cut"]
"""What the blocking API answers a generation that completes:

- ``bytes``: the video itself.
- ``json``: its address, in the plan's output shape.
- ``gateway_timeout``: a front proxy's 504 as soon as the work has begun, which goes on.
- ``cut``: half of the video, and then the connection ends.
"""


@dataclass(eq=False)
class Plan(plans.Plan):
    """What the next generations do; ``SegmindSandbox.plan`` makes and queues it."""

    retired: bool = False
    """The submit is refused with 410."""
    status_word: str | None = None
    """What is said in place of QUEUED and PROCESSING."""
    output_shape: OutputShape = "string"
    v1_answer: V1Answer = "bytes"
    halfway: Gate | None = None
    """Holds the blocking API's answer in the middle of the video, until it is released."""


class Plans(plans.Plans[Plan]):
    """The plans that wait for submits to Segmind."""

    def take_retirement(self) -> bool:
        """Tell whether the submit at hand is to be refused with 410; if so, count it."""
        plan = self.peek()
        if plan is None or not plan.retired:
            return False
        self.take()
        return True
