"""Rate limits: fixed windows for each route and major parameter, and one for all bot routes.

They are counted in real seconds: clients wait in real seconds, too.
"""

import hashlib
import time
from dataclasses import dataclass, field

CHANNEL_MESSAGES = "/api/v10/channels/{channel}/messages"
CHANNEL_MESSAGE = "/api/v10/channels/{channel}/messages/{message}"
CALLBACK = "/api/v10/interactions/{interaction}/{token}/callback"

_MAJOR = ("channel", "guild", "token")
_MANY = 4096


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds."""

    times: int
    seconds: float


@dataclass
class _Window:
    ends: float
    used: int = 0


@dataclass(frozen=True)
class Verdict:
    """What a request is told of its limits; refused where it must come again later."""

    headers: dict[str, str]
    retry_after_seconds: float | None = None


@dataclass
class Limits:
    """The limits of one sandbox, all settable; Discord publishes no figures for its own."""

    enabled: bool = True
    everywhere: Limit = Limit(50, 1.0)
    """All routes with the bot's token together."""
    other: Limit = Limit(50, 1.0)
    """Each route that ``by_route`` does not name."""
    by_route: dict[tuple[str, str], Limit] = field(
        default_factory=lambda: {
            ("POST", CHANNEL_MESSAGES): Limit(5, 5.0),
            ("PATCH", CHANNEL_MESSAGE): Limit(5, 5.0),
        }
    )
    _windows: dict[tuple[str, ...], _Window] = field(default_factory=dict)

    def take(self, method: str, route: str, parameters: dict[str, str], *, by_bot: bool) -> Verdict:
        """Count a request to a route, given as its pattern; ``by_bot``: with the bot's token."""
        if not self.enabled or route == CALLBACK:
            return Verdict({})
        now = time.monotonic()
        if by_bot:
            window = self._window(("everywhere",), self.everywhere, now)
            if window.used >= self.everywhere.times:
                headers = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
                return Verdict(headers, _until(window, now))
            window.used += 1
        limit = self.by_route.get((method, route), self.other)
        major = [parameters[name] for name in _MAJOR if name in parameters]
        window = self._window((method, route, *major), limit, now)
        refused = window.used >= limit.times
        if not refused:
            window.used += 1
        headers = _headers(method, route, limit, window, now)
        if refused:
            return Verdict({**headers, "X-RateLimit-Scope": "user"}, _until(window, now))
        return Verdict(headers)

    def _window(self, key: tuple[str, ...], limit: Limit, now: float) -> _Window:
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            if len(self._windows) > _MANY:
                self._windows = {kept: old for kept, old in self._windows.items() if old.ends > now}
            window = self._windows[key] = _Window(now + limit.seconds)
        return window


def _until(window: _Window, now: float) -> float:
    return round(window.ends - now + 0.001, 3)


def _headers(method: str, route: str, limit: Limit, window: _Window, now: float) -> dict[str, str]:
    wait = _until(window, now)
    bucket = hashlib.sha256(f"{method} {route}".encode()).hexdigest()[:32]
    return {
        "X-RateLimit-Limit": str(limit.times),
        "X-RateLimit-Remaining": str(limit.times - window.used),
        "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
        "X-RateLimit-Reset-After": f"{wait:.3f}",
        "X-RateLimit-Bucket": bucket,
    }
