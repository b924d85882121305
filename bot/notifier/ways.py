"""The ways in which a message can bring what it is to say, and the next once one is refused. Pure.

Discord's filters, and rules of a server, refuse a file or a text, or any file in an edit. Each way
is gone once: a part is left out only when it was refused, and never tried again.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto


class Outcome(Enum):
    """What came of trying a door."""

    DONE = auto()
    TOKEN_DEAD = auto()
    """The interaction's: it opens nothing any more, and is not to be tried again."""
    UNANSWERED = auto()
    """The interaction has no first response, or none yet."""
    MESSAGE_GONE = auto()
    CLOSED = auto()
    """The channel or the server is gone, or the bot may not."""
    UNPROVEN = auto()
    """Nobody can tell whether a message was sent: too much was said since."""
    TOO_LARGE = auto()
    BUSY = auto()
    """Discord or the network has a problem; later it may work."""
    FILE_REFUSED = auto()
    """A filter of Discord's does not take a file."""
    TEXT_REFUSED = auto()
    """A filter, of Discord's or of the server's, does not take a text."""
    REJECTED = auto()
    """Discord does not take this request, and does not say which part of it."""


class Refused(StrEnum):
    """What Discord has refused of a message."""

    EDIT = "edit"
    """Files in an edit."""
    NEW = "new"
    """A new message with the video."""
    VIDEO = "video"
    """The video itself, wherever."""
    PICTURE = "picture"
    """The picture that the video starts from."""
    PROMPT = "prompt"
    LINK = "link"
    """Where the provider has the video."""


@dataclass(frozen=True)
class Way:
    """What is sent: an edit or a new message, and what it carries."""

    anew: bool = False
    video: bool = False
    picture: bool = True
    prompt: bool = True
    link: bool = True
    """Where the video is not carried."""


def read_refused(text: str) -> frozenset[Refused]:
    """Read what a row has kept."""
    return frozenset(Refused(each) for each in text.split())


def write_refused(refused: AbstractSet[Refused]) -> str:
    """Write it for a row."""
    return " ".join(sorted(refused))


def next_way(refused: AbstractSet[Refused], *, video: bool, gone: bool = False) -> Way:
    """Tell how to go on: a file in an edit, in a new message, then without what was refused.

    ``video``: there is one that can be attached. ``gone``: there is no message to be edited.
    """
    by_edit = not gone and Refused.EDIT not in refused
    said = Way(
        anew=gone,
        picture=Refused.PICTURE not in refused and (by_edit or gone),
        prompt=Refused.PROMPT not in refused,
        link=Refused.LINK not in refused,
    )
    if video and Refused.VIDEO not in refused:
        if by_edit:
            return replace(said, video=True)
        if Refused.NEW not in refused:
            return replace(said, anew=True, video=True, picture=Refused.PICTURE not in refused)
    return said


def learn(
    refused: AbstractSet[Refused], way: Way, outcome: Outcome, *, gone: bool = False
) -> frozenset[Refused]:
    """Add what an outcome says of a way; nothing is added where no other way follows from it."""
    found: set[Refused] = set()
    match outcome:
        case Outcome.TEXT_REFUSED if way.prompt:
            found = {Refused.PROMPT}
        case Outcome.TEXT_REFUSED if not way.video:
            found = {Refused.LINK}
        case Outcome.FILE_REFUSED:
            found = {Refused.VIDEO if way.video else Refused.PICTURE}
        case Outcome.REJECTED if not way.video:
            found = {Refused.PICTURE, Refused.PROMPT, Refused.LINK}
        case Outcome.REJECTED | Outcome.TEXT_REFUSED:
            found = {Refused.NEW if way.anew else Refused.EDIT}
        case Outcome.CLOSED if way.anew and way.video and not gone:
            # What it may not say anew it may still say in the message that is there.
            found = {Refused.NEW}
    return frozenset(refused | found)
