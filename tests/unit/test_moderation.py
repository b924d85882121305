"""Content filters' refusals, told from technical failures by their texts alone."""

import pytest

from bot.errors import RefusedPart
from bot.providers.moderation import refused_part
from bot.sandbox.moderation import MODERATION_TEXTS

PROMPT = (
    "Your prompt was flagged",
    "Your prompt was flagged. Repeated violations may cost you your account.",
    "The prompt breaks off: it violates our usage guidelines",
    "Prompt contains prohibited words",
    "Prompt contains forbidden content",
    "The request failed because the text of the prompt may contain sensitive information.",
    "InputTextSensitiveContentDetected",
    "Your request was stopped by our moderation system.",
    "Your prompt asks for a video that violates the content policy",
    "The prompt mentions a public figure",
    "content_policy_violation in body.prompt",
    "{'loc': ['body', 'prompt'], 'msg': 'Refused', 'type': 'content_policy_violation'}",
)
PICTURE = (
    "The input image may contain sensitive information",
    "InputImageSensitiveContentDetected.PrivacyInformation",
    "Reference image was rejected: it shows a real person",
    "The uploaded photo depicts a celebrity",
    "input_reference was stopped by moderation",
    "The first frame image violates our safety policy. Please try another prompt.",
    "{'loc': ['body', 'image_url'], 'msg': 'Refused', 'type': 'content_policy_violation'}",
    "Image rejected: NSFW",
)
VIDEO = (
    "The output video may contain sensitive information",
    "The output audio may be related to copyright restrictions",
    "OutputVideoSensitiveContentDetected",
    "The generated video was held back by the safety filter. Try a different prompt.",
    "All generated videos were filtered out: they violated our usage guidelines",
    "Result withheld by content filter",
)
UNTOLD = (
    "Request was rejected by the moderation system",
    "This violates our content policy",
    "Blocked by our safety system",
    "NSFW content detected. Please try a different prompt.",
    "Blocked: third-party likeness",
    "Stopped for safety reasons",
    "moderation_blocked",
    "input new_sensitive",
    "Failed to pass the risk control system",
    "Suspected copyright infringement",
)
TECHNICAL = (
    "",
    "Internal pipeline error",
    "CUDA out of memory",
    "image size does not match 1280x720",
    "The picture in input_reference is 64x64, but the size asked for is 1280x720",
    "Insufficient safety margin",
    "safety_tolerance must be from 1 to 6",
    "enable_safety_checker is not allowed by schema",
    "The safety checker could not be loaded",
    "Moderation service unavailable",
    "The content filter timed out",
    "Names of fields are case-sensitive",
    "duration is sensitive to the model: use 4, 8 or 12",
    "Additional properties are not allowed by the schema",
    "The body violates the schema at /duration",
    "Unique constraint violation",
    "Inappropriate value for resolution",
    "disallowed value for size",
    "Method prohibited",
    "moderate load, come back later",
    "The worker was flagged unhealthy",
    "Your account was suspended for violating our usage policies",
    "This API key was flagged for prohibited content",
    "Rate limit policy violated: the rate limit is 60 a minute",
    "prompt is required",
    "The file in image_url could not be downloaded",
)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        *((RefusedPart.PROMPT, text) for text in (*PROMPT, *MODERATION_TEXTS["prompt"])),
        *((RefusedPart.PICTURE, text) for text in (*PICTURE, *MODERATION_TEXTS["image"])),
        *((RefusedPart.VIDEO, text) for text in (*VIDEO, *MODERATION_TEXTS["video"])),
        *((RefusedPart.UNTOLD, text) for text in UNTOLD),
    ],
)
def test_a_refusal_tells_which_part_was_refused(part: RefusedPart, text: str) -> None:
    """The part is the one the text speaks of, whatever it advises to change; else it is untold."""
    assert refused_part(text) is part
    assert refused_part(text.upper()) is part


@pytest.mark.parametrize("text", TECHNICAL)
def test_a_technical_failure_is_not_taken_for_a_filters(text: str) -> None:
    """A member is not told that their picture or prompt was refused when a machine had a fault."""
    assert refused_part(text) is None
