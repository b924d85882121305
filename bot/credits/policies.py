"""What a member may spend in a period, by the rules of the server. Pure."""

from collections.abc import Collection
from typing import Literal

Combination = Literal["highest", "sum"]
"""What a member has whose roles have several allowances."""
Decider = Literal["member", "roles", "server", "operator"]
"""Whose rule an allowance follows."""


def allowance_of(
    own: int | None, of_roles: Collection[int], combination: Combination, default: int
) -> int:
    """Choose the allowance: the member's own, else that of the roles, else the default.

    ``of_roles`` are the allowances of those of the member's roles that have one; all in credits.
    """
    if own is not None:
        return own
    if not of_roles:
        return default
    return max(of_roles) if combination == "highest" else sum(of_roles)


def decided_by(own: int | None, of_roles: Collection[int], of_server: int | None) -> Decider:
    """Tell which rule ``allowance_of`` follows; ``of_server`` is the default that admins set."""
    if own is not None:
        return "member"
    if of_roles:
        return "roles"
    return "operator" if of_server is None else "server"
