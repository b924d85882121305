"""JSON answers as Discord gives them."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web


def json_answer(
    data: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with JSON under exactly ``application/json``.

    With a charset beside it discord.py takes the body for text (measured on 2.7.1).
    """
    return web.Response(
        status=status,
        body=json.dumps(data).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )
