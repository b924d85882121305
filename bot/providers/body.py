"""The body of a request for a video, as the catalogue describes it. Pure."""

from typing import Any

from bot.catalogue import Order


def build_body(order: Order, image: str | None = None) -> dict[str, Any]:
    """Write the fields that ask for an order; ``image`` is the picture's address or data.

    Duration and size are always sent: a provider's defaults cost money.
    """
    offer = order.offer
    seconds = order.duration_seconds
    body: dict[str, Any] = {
        **offer.extra,
        offer.prompt_field: order.prompt,
        offer.duration.field: str(seconds) if offer.duration.type == "string" else seconds,
    }
    if offer.size is not None and offer.size.field is not None:
        body[offer.size.field] = order.size
    elif offer.size is not None and offer.size.values is not None:
        body |= offer.size.values[order.size]
    if image is None or offer.image is None:
        return body
    kept = {name: value for name, value in body.items() if name not in offer.image.omit}
    return {**kept, offer.image.field: image}
