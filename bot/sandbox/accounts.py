"""Accounts: what an API key may spend, and how often it may ask."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.sandbox.generations import Generation


@dataclass
class Account:
    """One API key."""

    credits: float
    """In US dollars, without what failures since the last look have given back."""
    revoked: bool = False
    """The key is refused like one that never was."""
    capped: bool = False
    """Its spend cap is reached: nothing more is accepted, whatever the credits."""
    charged: list[Generation] = field(default_factory=list)
    """What has been paid for and may still fail."""
    _minute: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)
    _requests: int = field(default=0, init=False)

    @property
    def left(self) -> float:
        """What may still be spent, in US dollars, to a millionth."""
        charged, self.charged = self.charged, []
        for generation in charged:
            look = generation.look()
            if look.state == "FAILED":
                self.credits += generation.price
            elif not look.is_over:
                self.charged.append(generation)
        return round(self.credits, 6)

    def can_pay(self, price: float) -> bool:
        """Tell whether the key may spend so many US dollars."""
        # What may come back from failures is only looked for where it matters: thousands may be
        # under way.
        return self.credits >= price or self.left >= price

    def charge(self, generation: Generation) -> None:
        """Take the price of a generation, to be given back should it fail."""
        self.credits -= generation.price
        self.charged.append(generation)

    def admit(self, now: datetime, requests_per_minute: int | None) -> datetime | None:
        """Count a request; tell when to come again if it is one too many, else None."""
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute, self._requests = minute, 0
        if requests_per_minute is not None and self._requests >= requests_per_minute:
            return minute + timedelta(minutes=1)
        self._requests += 1
        return None
