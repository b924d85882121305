"""Which HTTP statuses prove that a request for a video was not acted on, whoever answered. Pure.

A repeat of a submit cannot be undone, and every POST is a new billed job. So only what is
documented counts as a no; each provider adds its own forms to what stands here.
"""

TOO_MANY_REQUESTS = 429
"""Documented by every provider: nothing was taken; it may be tried again."""
_REFUSING = frozenset(
    {301, 307, 308}  # to be sent elsewhere; 302 and 303 may follow a request that was carried out
    | {400, 401, 402, 403, 405, 406, 410, 411, 413, 414, 415, 417, 422, 431}
)
"""They speak of the request itself, and are told before it is worked on or handed on."""
_TIMED_OUT = frozenset({408, 499})
"""Somebody on the way gave up waiting: what lies behind may have begun."""


def is_refusal(status: int, *, own_form: bool) -> bool:
    """Tell whether an answer is a definite no; ``own_form``: it is in the API's own form."""
    if status in _REFUSING:
        return True
    return own_form and 400 <= status < 500 and status not in _TIMED_OUT  # noqa: PLR2004 - client errors
