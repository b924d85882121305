"""What was asked of Segmind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox import generations
from bot.sandbox.segmind.engines import Order
from bot.sandbox.segmind.plans import Plan


@dataclass(eq=False, kw_only=True)
class Generation(generations.Generation):
    """One submit that Segmind accepted."""

    request_id: str
    order: Order
    plan: Plan

    @property
    def slug(self) -> str:
        """The engine it was submitted to."""
        return self.order.engine.slug

    @property
    def body(self) -> Mapping[str, Any]:
        """What was submitted, as received."""
        return self.order.body

    @property
    def price(self) -> float:
        """What it costs where it does not fail, in US dollars."""
        return self.order.price
