"""The models that members can choose, and the pure functions over them."""

from bot.catalogue.models import Catalogue, Model, load_catalogue
from bot.catalogue.orders import PROMPT_LIMIT, Order, place_order

__all__ = ["PROMPT_LIMIT", "Catalogue", "Model", "Order", "load_catalogue", "place_order"]
