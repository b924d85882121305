"""What Discord's answers to a request mean."""

import asyncio
from collections.abc import Awaitable, Callable

import discord
import structlog

from bot.errors import ResourcesExhausted
from bot.exhaustion import is_exhaustion
from bot.notifier.taken import listening
from bot.notifier.ways import Outcome

log = structlog.get_logger()

_BY_CODE = {
    50027: Outcome.TOKEN_DEAD,  # invalid webhook token
    10015: Outcome.UNANSWERED,  # unknown webhook
    40005: Outcome.TOO_LARGE,
    10003: Outcome.CLOSED,  # unknown channel
    10004: Outcome.CLOSED,  # unknown guild
    160005: Outcome.CLOSED,  # a locked thread
    50083: Outcome.MESSAGE_GONE,  # an archived thread: a new message opens it again
    20009: Outcome.FILE_REFUSED,  # explicit content
    200000: Outcome.TEXT_REFUSED,  # automatic moderation
    200001: Outcome.TEXT_REFUSED,  # the same, of a title
    240000: Outcome.TEXT_REFUSED,  # the filter of harmful links
    # Paces, and what Discord has switched off for a while.
    **dict.fromkeys((20016, 20022, 20028, 20029, 30046), Outcome.BUSY),
    **dict.fromkeys((40004, 40006, 40062, 130000), Outcome.BUSY),
}
_BY_STATUS = {
    401: Outcome.TOKEN_DEAD,
    403: Outcome.CLOSED,
    404: Outcome.MESSAGE_GONE,
    413: Outcome.TOO_LARGE,
    429: Outcome.BUSY,
}


def classify(error: discord.HTTPException) -> Outcome:
    """Tell what a refusal by Discord means (codes: Discord's documentation)."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if error.status >= 500:  # noqa: PLR2004 - a server's fault
        return Outcome.BUSY
    return _BY_STATUS.get(error.status, Outcome.REJECTED)


def by_bot(outcome: Outcome) -> Outcome:
    """Read a refusal of the bot's own token: that is the operator's to mend, nothing is closed."""
    return Outcome.BUSY if outcome is Outcome.TOKEN_DEAD else outcome


def busy(error: Exception) -> Outcome:
    """Take a failure for one that may pass; raise ResourcesExhausted where it is our own."""
    if is_exhaustion(error):
        raise ResourcesExhausted from error
    return Outcome.BUSY


async def attempt(
    act: Callable[[], Awaitable[object]],
    seconds: float | None,
    *,
    unread: bool = False,
    by_token: bool = False,
) -> Outcome:
    """Ask something of Discord, and tell what came of it; None: it has a limit of its own.

    ``by_token``: it is an interaction's that is used, and not the bot's.
    ``unread``: it is one request whose answer nobody needs; that Discord took it is enough.
    Never raises but ResourcesExhausted, where it is our own machine that cannot.
    """
    with listening() as taken:
        try:
            async with asyncio.timeout(seconds):
                await act()
        except discord.HTTPException as error:
            outcome = classify(error)
            return outcome if by_token else by_bot(outcome)
        except Exception as error:  # noqa: BLE001 - a list of types would miss one
            log.warning("door.failed", kind=type(error).__name__, taken=taken.yes)
            return Outcome.DONE if unread and taken.yes else busy(error)
    return Outcome.DONE
