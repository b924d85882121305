"""What is said where the database cannot be used."""

from bot.errors import (
    DatabaseDamaged,
    ResourcesExhausted,
    StorageBusy,
    StorageFull,
    ToolFailed,
)
from bot.presentation.refusals.explain import explain


@explain.register
def _(_: StorageBusy) -> str:
    return "The bot is too busy to take this down. Nothing was charged; try again in a minute."


@explain.register
def _(_: StorageFull) -> str:
    return (
        "The bot cannot write to its disk, so it takes no work. Nothing was charged; please tell "
        "whoever runs the bot."
    )


@explain.register
def _(_: ResourcesExhausted) -> str:
    return (
        "The bot's machine has too much to do at once just now. Nothing was charged; please try "
        "again in a few minutes."
    )


@explain.register
def _(_: DatabaseDamaged) -> str:
    return (
        "The bot's records are damaged, so it cannot do this. Nothing was charged; please tell "
        "whoever runs the bot."
    )


@explain.register
def _(_: ToolFailed) -> str:
    return (
        "The bot could not get the video ready just now; it is still there. Please try again in a "
        "minute."
    )
