"""Every error in words for people: what happened, and what to do next."""

from bot.presentation.refusals import (  # noqa: F401 - each registers its words
    budgets,
    commands,
    orders,
    storage,
)
from bot.presentation.refusals.explain import explain

__all__ = ["explain"]
