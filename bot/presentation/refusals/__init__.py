"""Every error in words for people: what happened, and what to do next."""

from bot.presentation.refusals import (  # noqa: F401 - each registers its words
    budgets,
    commands,
    orders,
    storage,
)
from bot.presentation.refusals.explain import explain
from bot.presentation.refusals.terminal import explain_to_operator

__all__ = ["explain", "explain_to_operator"]
