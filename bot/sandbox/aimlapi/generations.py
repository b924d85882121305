"""What was asked of AI/ML API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox import generations
from bot.sandbox.aimlapi.models import Order, Pixels
from bot.sandbox.aimlapi.plans import Plan


@dataclass(eq=False, kw_only=True)
class Generation(generations.Generation):
    """One submit that AI/ML API accepted."""

    generation_id: str
    order: Order
    plan: Plan
    pixels: Pixels
    """Of the video."""

    @property
    def model(self) -> str:
        """The name of the model it was submitted to."""
        return self.order.model.name

    @property
    def body(self) -> Mapping[str, Any]:
        """What was submitted, as received."""
        return self.order.body

    @property
    def price(self) -> float:
        """What it costs where it does not fail, in US dollars."""
        return self.order.price
