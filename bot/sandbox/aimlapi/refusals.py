"""What every route asks of a request, and how it is refused."""

from typing import Any

from aiohttp import web

from bot.sandbox.aimlapi import answers
from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Handler
from bot.sandbox.server import CALL


class Refusal(Exception):
    """A request is refused, with an HTTP status and a message."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def refusals(clock: SandboxClock) -> Any:
    """Make the middleware that turns a ``Refusal`` into its answer."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as it:
            body = answers.refusal(it.status, it.message, request.path, clock.now())
            return web.json_response(body, status=it.status, headers=it.headers)

    return answer


async def read_json_object(request: web.Request) -> dict[str, Any]:
    """Read the body and note it in the record of calls; raise Refusal where it is no object."""
    if request.content_type != "application/json":
        raise Refusal(400, "The body must be sent as application/json")
    try:
        body = await request.json()
    except ValueError as broken:
        raise Refusal(400, "The body is not valid JSON") from broken
    request[CALL].body = body
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be a JSON object")
    return body
