"""The bodies of the answers, made of plain values."""

from typing import Any

from bot.sandbox.generations import Look
from bot.sandbox.segmind.generations import Generation
from bot.sandbox.segmind.plans import OutputShape, Plan

Body = dict[str, Any]


def accepted(base_url: str, request_id: str) -> Body:
    """Answer a submit."""
    result_url = f"{base_url}/v2/requests/{request_id}"
    return {
        "request_id": request_id,
        "status": "QUEUED",
        "poll_url": f"{result_url}/status",
        "status_url": f"{result_url}/status",
        "response_url": result_url,
    }


def status_of(generation: Generation, look: Look) -> Body:
    """Answer the question for the status."""
    error = {} if look.error is None else {"error": look.error}
    return {
        "status": _word(generation.plan, look),
        **error,
        "request_id": generation.request_id,
        "metrics": _metrics(look),
    }


def progress_of(generation: Generation, look: Look) -> Body:
    """Answer the question for the result before the end."""
    return {"status": _word(generation.plan, look)}


def failure_of(look: Look) -> Body:
    """Answer the question for the result of a generation that has failed."""
    return {"status": "FAILED", "error": look.error, "metrics": _metrics(look)}


def result_of(generation: Generation, look: Look, video_url: str, remaining_credits: float) -> Body:
    """Answer the question for the result of a generation that has completed."""
    return {
        "status": "COMPLETED",
        **_output(generation.plan.output_shape, video_url),
        "metrics": {**_metrics(look), "remaining_credits": remaining_credits},
    }


def v1_headers_of(generation: Generation, remaining_credits: float) -> dict[str, str]:
    """Tell about a blocking call what its body does not."""
    return {
        "x-request-id": generation.request_id,
        "x-cost": str(generation.cost),
        "x-remaining-credits": str(remaining_credits),
    }


def v1_result_of(generation: Generation, video_url: str) -> Body:
    """Answer a blocking call with the video's address."""
    return _output(generation.plan.output_shape, video_url)


def _word(plan: Plan, look: Look) -> str:
    return look.state if look.is_over or plan.status_word is None else plan.status_word


def _output(shape: OutputShape, video_url: str) -> Body:
    shapes: dict[OutputShape, Body] = {
        "string": {"output": video_url, "video": {"url": video_url}},
        "video": {"video": {"url": video_url}},
        "list": {"output": [video_url]},
        "object": {"output": {"url": video_url}},
    }
    return shapes[shape]


def _metrics(look: Look) -> Body:
    return {
        "cost": look.cost,
        "queue_time": round(look.queue_seconds, 3),
        "inference_time": round(look.processing_seconds, 3),
        "total_time": round(look.queue_seconds + look.processing_seconds, 3),
    }
