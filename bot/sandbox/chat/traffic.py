"""The calls that the bot makes, as the page lists them. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from bot.sandbox.chat.views import moment_view
from bot.sandbox.server import Call, SandboxServer

CALLS_SHOWN = 60

_TOKEN = re.compile(r"(/(?:interactions|webhooks)/\d+/)[^/]+")
_ID = re.compile(r"\d{12,}(\d{4})\b")
_FILES = re.compile(r"^/attachments/")


def calls_view(servers: Mapping[str, SandboxServer]) -> list[dict[str, Any]]:
    """Render the latest calls to all servers, newest first; those for files are the page's own."""
    latest = []
    for name, server in servers.items():
        first = max(0, len(server.calls) - 2 * CALLS_SHOWN)
        latest += [
            (call.real_at, name, number, call)
            for number, call in enumerate(server.calls[first:], first)
            if not _FILES.match(call.path)
        ]
    latest.sort(key=lambda each: each[:3], reverse=True)
    return [call_view(name, number, call) for _, name, number, call in latest[:CALLS_SHOWN]]


def call_view(server: str, number: int, call: Call) -> dict[str, Any]:
    """Render one call; tokens are left out of its path and ids cut short, to keep it readable."""
    return {
        "id": f"{server}-{number}",
        "to": server,
        "at": moment_view(call.real_at),
        "method": call.method,
        "path": _ID.sub(r"…\1", _TOKEN.sub(r"\1…", call.path)),
        "status": call.status,
        "milliseconds": None if call.seconds is None else round(call.seconds * 1000),
    }
