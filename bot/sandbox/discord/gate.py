"""What every REST request passes: the token, the rate limits, and how a refusal is answered."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.discord.limits import Limits, Verdict
from bot.sandbox.discord.refusals import Reason, Refusal, rate_limited
from bot.sandbox.faults import Handler

PREFIX = "/api/v10"
OPEN = (f"{PREFIX}/interactions/", f"{PREFIX}/webhooks/")
"""Routes whose own token is enough."""


@dataclass
class Gate:
    """The middleware of one sandbox, with the rules that requests broke."""

    token: str
    limits: Limits
    rejections: list[str] = field(default_factory=list)

    def middleware(self) -> Any:
        """Make the aiohttp middleware."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not request.path.startswith(PREFIX):
                return await handler(request)
            verdict = Verdict({})
            try:
                verdict = self._admit(request)
                if verdict.retry_after_seconds is not None:
                    return rate_limited(verdict.retry_after_seconds, verdict.headers)
                answer = await handler(request)
            except Refusal as refusal:
                answer = self._refuse(request, refusal)
            except web.HTTPNotFound:
                answer = self._refuse(request, Refusal(Reason.NOT_FOUND))
            except web.HTTPMethodNotAllowed:
                answer = self._refuse(request, Refusal(Reason.METHOD_NOT_ALLOWED))
            answer.headers.update(verdict.headers)
            return answer

        return guard

    def _admit(self, request: web.Request) -> Verdict:
        by_bot = not request.path.startswith(OPEN)
        if by_bot and request.headers.get("Authorization") != f"Bot {self.token}":
            raise Refusal(Reason.UNAUTHORIZED)
        resource = request.match_info.route.resource
        if resource is None:
            return Verdict({})
        parameters = dict(request.match_info)
        return self.limits.take(request.method, resource.canonical, parameters, by_bot=by_bot)

    def _refuse(self, request: web.Request, refusal: Refusal) -> web.Response:
        if refusal.breaks_a_rule:
            self.rejections.append(f"{request.method} {request.path}: {refusal}")
        return refusal.answer()
