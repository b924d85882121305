"""The root of the tree, and what the whole bot shares."""

from dataclasses import dataclass


class BotError(Exception):
    """The root of the tree."""


@dataclass(eq=False)
class ConfigError(BotError):
    """A setting is missing or wrong; ``found`` is never a secret."""

    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        """Name the key, what was found and what is allowed."""
        return f"{self.key}: found {self.found}, allowed is {self.allowed}"


class Refusal(BotError):
    """A request answered with no; nothing is charged."""


@dataclass(eq=False)
class RepeatedInteraction(BotError):
    """Discord delivered the same interaction twice, or to two processes."""

    interaction_id: int


@dataclass(eq=False)
class StaleTransition(BotError):
    """The job was not in a state from which this transition starts, or not its writer's."""

    job_id: int
    wanted: str


@dataclass(eq=False)
class HoldAlreadyEnded(BotError):
    """The job's hold does not exist or has been settled or released before."""

    job_id: int


class StorageError(BotError):
    """The machine cannot do its part just now: no other is at fault, and it is tried again."""


class StorageBusy(StorageError):
    """The database stayed locked by another process."""


class StorageFull(StorageError):
    """The disk is full, or the database cannot be written."""


class ResourcesExhausted(StorageError):
    """The process or the machine has no file handles or memory left."""
