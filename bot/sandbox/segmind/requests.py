"""What every route asks of a request, and how it is refused."""

from typing import Any

from aiohttp import web

from bot.sandbox.data_urls import parse_data_url
from bot.sandbox.faults import Handler
from bot.sandbox.server import CALL


class Refusal(Exception):
    """A request is refused, with an HTTP status and the text of an error."""

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn a ``Refusal`` into its answer."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return web.json_response(
            {"error": refusal.text}, status=refusal.status, headers=refusal.headers
        )


async def read_json_object(request: web.Request) -> dict[str, Any]:
    """Read the body and note it in the record of calls.

    Raises Refusal: 406 where it is not declared as JSON, 400 where it is no JSON object.
    """
    if request.content_type != "application/json":
        raise Refusal(406, "Content-Type must be application/json")
    try:
        body = await request.json()
    except ValueError as broken:
        raise Refusal(400, "The body is not valid JSON") from broken
    request[CALL].body = body
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be a JSON object")
    return body


async def read_files(request: web.Request) -> list[tuple[str, bytes]]:
    """Read what an upload brings: for each file its extension and its bytes.

    Raises Refusal as ``read_json_object`` does, and 400 for anything but data URLs of media.
    """
    urls = (await read_json_object(request)).get("data_urls")
    if not isinstance(urls, list) or not urls or not all(isinstance(url, str) for url in urls):
        raise Refusal(400, "data_urls must be a list of data URLs")
    try:
        return [parse_data_url(url) for url in urls]
    except ValueError as broken:
        raise Refusal(400, str(broken)) from broken
