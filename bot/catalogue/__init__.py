"""The models that members can choose, and the pure functions over them."""

from bot.catalogue.models import DEFAULT_DEADLINE_SECONDS, Catalogue, Model, load_catalogue
from bot.catalogue.offers import Offer
from bot.catalogue.orders import PROMPT_LIMIT, Dish, Menu, Order, Wish, alternatives, place_order

__all__ = [
    "DEFAULT_DEADLINE_SECONDS",
    "PROMPT_LIMIT",
    "Catalogue",
    "Dish",
    "Menu",
    "Model",
    "Offer",
    "Order",
    "Wish",
    "alternatives",
    "load_catalogue",
    "place_order",
]
