"""An error's words: each kind registers its own."""

from functools import singledispatch

from bot.errors import BotError


@singledispatch
def explain(error: BotError) -> str:  # noqa: ARG001 - the words for what has none of its own
    """Put an error into words for the member who met it."""
    return (
        "Something went wrong inside the bot. Nothing was charged; before you try again, please "
        "look whether it was done all the same, and tell whoever runs the bot if it stays."
    )
