"""What can be had in place of a job that came to nothing. Pure."""

from bot.catalogue import Menu, Wish, alternatives, once_served
from bot.errors import Suggestion
from bot.jobs.job import Job
from bot.jobs.states import OPERATORS, Failure

MOST = 3

_ANY = {
    Failure.PROVIDER_FAILED,
    Failure.UNREACHABLE,
    Failure.GIVEN_UP,
    Failure.ENDED_BY_HAND,
    Failure.WAITED_TOO_LONG,
    Failure.VIDEO_MODERATED,
    # Where the model is still on the menu, it is another provider's, at another price.
    Failure.MODEL_RETIRED,
    # Lost, or made and not to be had: what was ordered may still be wanted.
    Failure.OUTCOME_UNKNOWN,
    Failure.FORGOTTEN,
    Failure.NO_VIDEO,
    Failure.UNUSABLE_VIDEO,
    Failure.ADDRESS_REFUSED,
    Failure.VIDEO_GONE,
}
_OTHER_MODELS = {
    Failure.MODERATED,
    Failure.PROMPT_MODERATED,
    Failure.PICTURE_MODERATED,
    Failure.REQUEST_REJECTED,
}
REWORDED = frozenset(
    {
        Failure.MODERATED,
        Failure.PROMPT_MODERATED,
        Failure.VIDEO_MODERATED,
        Failure.REQUEST_REJECTED,
        Failure.PROVIDER_FAILED,
    }
)
"""Where another prompt may help."""


def wish_of(job: Job) -> Wish:
    """Tell what the member asked for."""
    pictured = job.picture is not None
    return Wish(job.prompt, job.model, job.duration_seconds, job.size, pictured)


def remedies(menu: Menu, job: Job) -> tuple[Suggestion, ...]:
    """List what the member may want now, the likeliest first.

    A job is never sent again by itself: each of these is a new one, with a price of its own.
    """
    if job.failure in OPERATORS:
        offered = alternatives(menu, wish_of(job))
        if any(each.model == job.model for each in offered):  # another provider makes it now
            return offered[:MOST]
        # The same works once the operator has put it right.
        dish = menu.get(job.model)
        same = once_served(dish, wish_of(job)) if dish else None
        return (*filter(None, [same]), *offered)[:MOST]
    if job.failure in _ANY:
        return alternatives(menu, wish_of(job))[:MOST]
    if job.failure in _OTHER_MODELS:
        left = {name: dish for name, dish in menu.items() if name != job.model}
        return alternatives(left, wish_of(job))[:MOST]
    return ()
