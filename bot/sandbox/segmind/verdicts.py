"""Why a submit that was accepted fails in the end."""

from collections.abc import Mapping

from bot.sandbox.moderation import objection_to
from bot.sandbox.pictures import Picture
from bot.sandbox.segmind.engines import ImageField, Order, missing_from


def verdict_on(order: Order, pictures: Mapping[ImageField, Picture]) -> str | None:
    """Tell the text of the error, or None where the request is sound.

    ``pictures`` are what the order's image addresses lead to.
    """
    if missing := missing_from(order):
        return missing
    if objection := objection_to(order.prompt):
        return objection
    verdicts = (_image_verdict(order, field, picture) for field, picture in pictures.items())
    return next((verdict for verdict in verdicts if verdict is not None), None)


def _image_verdict(order: Order, field: ImageField, picture: Picture) -> str | None:
    if picture.path is None:
        return f"The picture in {field.name} could not be fetched"
    if picture.pixels is None:
        return f"The file in {field.name} is not an image"
    if field.fit == "exact" and picture.pixels != (order.shape.width, order.shape.height):
        found = "x".join(map(str, picture.pixels))
        wanted = f"{order.shape.width}x{order.shape.height}"
        return f"The picture in {field.name} is {found}, but the size asked for is {wanted}"
    return None
