"""Why a submit that was accepted fails in the end."""

from pathlib import Path

from PIL import Image

from bot.sandbox.segmind.engines import Order

FORBIDDEN_WORD = "[forbidden]"
"""The moderation stops every prompt that contains it."""


def verdict_on(order: Order, image: Path | None) -> str | None:
    """Tell the text of the error, or None where the request is sound.

    ``image`` is the file behind the order's image address; None where there is none.
    """
    if not order.prompt.strip():
        return "The parameter prompt is required"
    if FORBIDDEN_WORD in order.prompt:
        return "The request was stopped by our content moderation"
    if order.image_url:
        return _image_verdict(order, image)
    return None


def _image_verdict(order: Order, image: Path | None) -> str | None:
    if image is None:
        return "The reference image could not be fetched"
    try:
        with Image.open(image) as picture:
            width, height = picture.size
    except OSError:
        return "The reference file is not an image"
    if (width, height) != (order.shape.width, order.shape.height):
        wanted = f"{order.shape.width}x{order.shape.height}"
        return f"The reference image is {width}x{height}, but the size asked for is {wanted}"
    return None
