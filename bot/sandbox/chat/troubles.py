"""Troubles: what can be made to go wrong by a switch on the page, and made good again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.aimlapi import AimlapiSandbox
from bot.sandbox.discord import DiscordSandbox, Limit
from bot.sandbox.faults import Fault
from bot.sandbox.moderation import MODERATION_TEXTS
from bot.sandbox.segmind import SegmindSandbox

SLOW_SECONDS = 5.0
"""How long a slow provider takes for each answer."""
TIGHT = Limit(1, 4.0)
"""What Discord allows each route while it limits."""

End = Callable[[], None]
Provider = SegmindSandbox | AimlapiSandbox


@dataclass(frozen=True)
class Trouble:
    """Something that goes wrong from ``begin`` on, until what ``begin`` returned is called."""

    title: str
    meaning: str
    begin: Callable[[], End]


@dataclass
class Troubles:
    """Every switch by its key, and which are on."""

    known: Mapping[str, Trouble]
    _ends: dict[str, End] = field(default_factory=dict)

    def switch(self, key: str, *, on: bool) -> None:
        """Begin or end a trouble; nothing happens where it is so already.

        Raises KeyError for an unknown one.
        """
        trouble = self.known[key]
        if on and key not in self._ends:
            self._ends[key] = trouble.begin()
        elif not on and key in self._ends:
            self._ends.pop(key)()

    def view(self) -> list[dict[str, str | bool]]:
        """Render the switches for the page."""
        return [
            {"key": key, "title": each.title, "meaning": each.meaning, "on": key in self._ends}
            for key, each in self.known.items()
        ]


def all_troubles(
    discord: DiscordSandbox, providers: Mapping[str, Provider]
) -> Mapping[str, Trouble]:
    """Name everything that can go wrong, by a key for each."""
    troubles = {
        f"{name}-{key}".lower(): trouble
        for name, provider in providers.items()
        for key, trouble in _of_provider(name, provider).items()
    }
    limiting = "Discord takes one request of a kind in four seconds"
    troubles["discord-limits"] = Trouble("Discord limits", limiting, lambda: _limit(discord))
    return troubles


def _of_provider(name: str, provider: Provider) -> Mapping[str, Trouble]:
    faults = provider.faults

    def ends(fault: Fault) -> End:
        return lambda: faults.planned.remove(fault)

    return {
        "slow": Trouble(
            f"{name} is slow",
            f"Each answer takes {SLOW_SECONDS:.0f} seconds longer",
            lambda: ends(faults.delay("*", "", SLOW_SECONDS, times=None)),
        ),
        "refuses": Trouble(
            f"{name} refuses",
            "Its moderation stops every new video",
            lambda: _refuse(provider),
        ),
        "broke": Trouble(
            f"{name}: out of credits",
            "The operator's account there is empty",
            lambda: _empty(provider),
        ),
        "fails": Trouble(
            f"{name} answers 500",
            "Every call meets an error of the server",
            lambda: ends(faults.answer("*", "", 500, {"error": "Internal error"}, times=None)),
        ),
        "cuts": Trouble(
            f"{name} cuts the connection",
            "Every call ends without an answer",
            lambda: ends(faults.reset("*", "", times=None)),
        ),
    }


def _refuse(provider: Provider) -> End:
    plan = provider.plan(times=None, fail=MODERATION_TEXTS["prompt"][0])
    plans: list[Any] = provider.plans
    return lambda: plans.remove(plan)


def _empty(provider: Provider) -> End:
    taken = {key: account.left for key, account in provider.accounts.items()}
    for key in taken:
        provider.out_of_credits(key)

    def give_back() -> None:
        for key, dollars in taken.items():
            provider.accounts[key].credits += dollars

    return give_back


def _limit(discord: DiscordSandbox) -> End:
    limits = discord.limits
    before = limits.other, limits.by_route
    limits.other, limits.by_route = TIGHT, {}

    def ease() -> None:
        limits.other, limits.by_route = before

    return ease
