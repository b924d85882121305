"""The bodies of the answers, made of plain values."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from bot.sandbox.aimlapi.generations import Generation
from bot.sandbox.aimlapi.models import CREDITS_A_DOLLAR
from bot.sandbox.aimlapi.plans import ErrorShape
from bot.sandbox.generations import Look

Body = dict[str, Any]


def accepted(generation: Generation) -> Body:
    """Answer a submit."""
    meta = _meta(generation.price)
    if generation.order.model.tells_dollars:
        meta["usage"]["usd_spent"] = generation.price
    return {"id": generation.generation_id, "status": "queued", "meta": meta}


def state_of(generation: Generation, look: Look, video_url: str) -> Body:
    """Answer a poll; the address is told only of what has completed."""
    plan = generation.plan
    return {
        "id": generation.generation_id,
        "status": _word(generation, look),
        "video": {"url": video_url} if look.state == "COMPLETED" else None,
        "error": None if look.error is None else _error(plan.error_shape, look.error),
        "meta": _meta(look.cost),
    }


def refusal(status: int, message: str, path: str, now: datetime) -> Body:
    """Answer what is refused."""
    return {
        "message": message,
        "path": path,
        "requestId": str(uuid4()),
        "statusCode": status,
        "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z",
    }


def _word(generation: Generation, look: Look) -> str:
    plan = generation.plan
    match look.state:
        case "COMPLETED":
            return plan.completed_word
        case "FAILED":
            return plan.failed_word
    if plan.waiting_words:
        return plan.waiting_words[min(generation.polls, len(plan.waiting_words)) - 1]
    return "queued" if look.state == "QUEUED" else "generating"


def _error(shape: ErrorShape, message: str) -> Body:
    if shape == "detail":
        return {"detail": [{"loc": ["body"], "msg": message, "type": "value_error"}]}
    return {"name": "GenerationError", "message": message}


def _meta(dollars: float) -> Body:
    return {"usage": {"credits_used": round(dollars * CREDITS_A_DOLLAR)}}
