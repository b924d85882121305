"""What the filters of Discord, and of a server, refuse of a message; tests fill them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.discord.refusals import Reason, Refusal


@dataclass
class Filters:
    """The filters of one sandbox."""

    words: dict[str, Reason] = field(default_factory=dict)
    """What no text may have in it, and how it is refused; alternative texts of files count."""
    files: set[str] = field(default_factory=set)
    """Names of files that are taken for explicit."""

    def check(self, said: Mapping[str, Any], filenames: Iterable[str]) -> None:
        """Raise Refusal where a message is not let through."""
        if self.files & set(filenames):
            raise Refusal(Reason.EXPLICIT_CONTENT)
        texts = "\n".join(_texts(said))
        for word, reason in self.words.items():
            if word in texts:
                raise Refusal(reason)


def _texts(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        for value in said.values():
            yield from _texts(value)
    elif isinstance(said, list):
        for value in said:
            yield from _texts(value)
