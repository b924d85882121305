"""How the local Discord says no: Discord's error codes and the body that carries them."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from aiohttp import web

from bot.sandbox.discord.answers import json_answer
from bot.sandbox.discord.problems import Problem, tree


class Reason(Enum):
    """Status, code and message of Discord's errors (Discord's documentation)."""

    UNAUTHORIZED = (401, 0, "401: Unauthorized")
    NOT_FOUND = (404, 0, "404: Not Found")
    METHOD_NOT_ALLOWED = (405, 0, "405: Method Not Allowed")
    UNKNOWN_APPLICATION = (404, 10002, "Unknown Application")
    UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
    UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
    UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
    UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
    UNKNOWN_USER = (404, 10013, "Unknown User")
    UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
    UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
    UNKNOWN_COMMAND = (404, 10063, "Unknown application command")
    EXPLICIT_CONTENT = (400, 20009, "Explicit content cannot be sent to the desired recipient(s)")
    TOO_LARGE = (413, 40005, "Request entity too large")
    ALREADY_ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
    MISSING_ACCESS = (403, 50001, "Missing Access")
    FOREIGN_MESSAGE = (403, 50005, "Cannot edit a message authored by another user")
    EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
    CANNOT_MESSAGE_USER = (403, 50007, "Cannot send messages to this user")
    MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
    INVALID_WEBHOOK_TOKEN = (401, 50027, "Invalid Webhook Token")
    INVALID_FORM = (400, 50035, "Invalid Form Body")
    THREAD_ARCHIVED = (400, 50083, "Thread is archived")
    INVALID_JSON = (400, 50109, "The request body contains invalid JSON.")
    MODERATED = (400, 200000, "Message was blocked by automatic moderation")
    TITLE_MODERATED = (400, 200001, "Title was blocked by automatic moderation")
    HARMFUL_LINK = (400, 240000, "Message blocked by harmful links filter")


RULES = frozenset(
    {Reason.NOT_FOUND, Reason.METHOD_NOT_ALLOWED}
    | {Reason.EMPTY_MESSAGE, Reason.INVALID_FORM, Reason.INVALID_JSON}
)
"""The reasons that only a wrong program meets; the others are part of a bot's life."""


class Refusal(Exception):
    """A request that Discord refuses; a middleware turns it into the answer."""

    def __init__(self, reason: Reason, problems: Sequence[Problem] = ()) -> None:
        super().__init__(reason.value[2])
        self.reason = reason
        self.problems = problems

    @property
    def breaks_a_rule(self) -> bool:
        """Tell whether the request itself was wrong, and not only late or not allowed."""
        return self.reason in RULES

    def __str__(self) -> str:
        told = "; ".join(map(str, self.problems))
        return f"{self.reason.value[2]} ({told})" if told else self.reason.value[2]

    def answer(self) -> web.Response:
        """Make the HTTP answer."""
        status, code, message = self.reason.value
        body: dict[str, Any] = {"message": message, "code": code}
        if self.problems:
            body["errors"] = tree(self.problems)
        return json_answer(body, status=status)


def rate_limited(retry_after_seconds: float, headers: Mapping[str, str]) -> web.Response:
    """Make a 429, with the header and the body without which clients give up at once."""
    everywhere = "X-RateLimit-Global" in headers
    body = {
        "message": "You are being rate limited.",
        "retry_after": retry_after_seconds,
        "global": everywhere,
    }
    carried = {"Via": "1.1 google", "Retry-After": str(max(1, round(retry_after_seconds)))}
    return json_answer(body, status=429, headers={**headers, **carried})
