"""Who may talk to the page: this machine's browser, on the page itself."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.sandbox.faults import Handler

POLICY = "; ".join(
    [
        "default-src 'self'",
        *(f"{each} 'none'" for each in ("base-uri", "form-action", "frame-ancestors")),
        "object-src 'none'",
    ]
)
"""What the browser may load: only what the page's own server gives, and no inline script."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # The next version may be served at the same address.
    "Cache-Control": "no-cache",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_own_host(host: str, port: int) -> bool:
    """Tell whether a Host header names this server; a foreign name that leads here does not."""
    return host in {f"127.0.0.1:{port}", f"localhost:{port}"}


def is_own_origin(origin: str | None, host: str) -> bool:
    """Tell whether a request comes from the page that it was loaded from."""
    return origin == f"http://{host}"


def middleware(port: Callable[[], int]) -> Any:
    """Make the aiohttp middleware that refuses others with 403.

    What changes something, and the WebSocket, must also come from the page.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        acts = request.method not in {"GET", "HEAD"} or "Upgrade" in request.headers
        if not is_own_host(request.host, port()) or (
            acts and not is_own_origin(request.headers.get("Origin"), request.host)
        ):
            return web.Response(status=403, text="This page serves its own machine only.")
        return await handler(request)

    return guard


async def add_headers(_: web.Request, answer: web.StreamResponse) -> None:
    """Tell the browser the policy with every answer."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
