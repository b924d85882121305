"""The root of the tree, and what the whole bot shares."""

from dataclasses import dataclass, field


class BotError(Exception):
    """The root of the tree."""


@dataclass(eq=False)
class ConfigError(BotError):
    """A setting is missing or wrong; nothing that it shows is a secret."""

    key: str
    found: str
    allowed: str
    hint: str = ""
    """What probably was meant, or what to do; a whole sentence."""
    where: str = ""
    """The file and line, or the variable, that it comes from."""
    path: tuple[str | int, ...] = field(default=(), repr=False)
    """The keys that lead to it; not shown, since a secret may stand in the place of one."""

    def __str__(self) -> str:
        """Say where it stands, what was found and what is expected, in whole sentences."""
        where = f"{self.where}: " if self.where else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{where}{self.key}: got {self.found}, expected {self.allowed}.{hint}"


@dataclass(eq=False)
class ConfigErrors(BotError):
    """All that is wrong with a configuration, in the order in which it stands there."""

    mistakes: tuple[ConfigError, ...]

    def __str__(self) -> str:
        """Put each into a line."""
        return "\n".join(map(str, self.mistakes))


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


@dataclass(eq=False)
class DatabaseDamaged(StorageError):
    """What SQLite reads is not what it has written: no other try mends it."""

    path: str
    detail: str
    """What was found, for whoever runs the bot."""
    backup: str
    """The newest copy that the bot has made beside it; empty: there is none."""
