"""Why a submit that was accepted fails in the end."""

from bot.sandbox.aimlapi.models import Order
from bot.sandbox.moderation import objection_to
from bot.sandbox.pictures import Picture


def verdict_on(order: Order, picture: Picture | None) -> str | None:
    """Tell the text of the error, or None where the request is sound.

    ``picture`` is what the order's image address leads to; None where it has none.
    """
    if objection := objection_to(order.prompt):
        return objection
    wanted = order.size(picture)
    if picture is None or picture.pixels == wanted:
        return None
    if picture.path is None:
        return "The file in image_url could not be downloaded"
    if picture.pixels is None:
        return "The file in image_url is not an image"
    found, made = ("x".join(map(str, pixels)) for pixels in (picture.pixels, wanted))
    return f"The image is {found}, but the video is to be {made}"
