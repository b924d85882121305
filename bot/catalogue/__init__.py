"""The models that members can choose, and the pure functions over them."""

from bot.catalogue.choices import Wish, affordable, alternatives, once_served
from bot.catalogue.menus import (
    Absence,
    DefaultModel,
    Dish,
    Menu,
    Retired,
    Why,
    default_model,
    find_served,
)
from bot.catalogue.models import DEFAULT_DEADLINE_SECONDS, Catalogue, Model, load_catalogue
from bot.catalogue.offers import Offer
from bot.catalogue.orders import PROMPT_LIMIT, Order, free_models, place_order

__all__ = [
    "DEFAULT_DEADLINE_SECONDS",
    "PROMPT_LIMIT",
    "Absence",
    "Catalogue",
    "DefaultModel",
    "Dish",
    "Menu",
    "Model",
    "Offer",
    "Order",
    "Retired",
    "Why",
    "Wish",
    "affordable",
    "alternatives",
    "default_model",
    "find_served",
    "free_models",
    "load_catalogue",
    "once_served",
    "place_order",
]
