"""Interactions: what a member did, its token, its deadline and its messages."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.discord.changes import Change
from bot.sandbox.discord.channel import Channel
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.message import Message
from bot.sandbox.discord.refusals import Reason, Refusal
from bot.sandbox.discord.user import User

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
"""Types of interactions."""

RESPOND, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
"""Types of first responses."""

ALLOWED_RESPONSES = {
    COMMAND: frozenset({RESPOND, DEFER, MODAL}),
    COMPONENT: frozenset({RESPOND, DEFER, DEFER_UPDATE, UPDATE, MODAL}),
    AUTOCOMPLETE: frozenset({CHOICES}),
    MODAL_SUBMIT: frozenset({RESPOND, DEFER, DEFER_UPDATE, UPDATE}),
}


class NoResponse(Exception):
    """What the member sees where the bot did not respond in time."""

    def __init__(self) -> None:
        super().__init__("The application did not respond")


@dataclass(eq=False)
class Interaction:
    """A command, a press, an autocompletion or a submitted modal, and what became of it."""

    hub: Hub
    interaction_id: int
    token: str
    kind: int
    channel: Channel
    user: User
    data: dict[str, Any]
    """What INTERACTION_CREATE carried."""
    attachment_limit_bytes: int
    deadline: float
    """The loop's time at which the first response comes too late."""
    dies_at: datetime
    """The sandbox's time at which the token dies."""
    source: Message | None = None
    """The message whose component was used."""
    response_type: int | None = None
    original: Message | None = None
    """What @original means; a deferred response from its deferral on."""
    followups: list[Message] = field(default_factory=list)
    choices: list[dict[str, Any]] = field(default_factory=list)
    """The answer to an autocompletion."""
    modal: dict[str, Any] | None = None
    """The modal that the bot opened."""
    _answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def message(self) -> Message | None:
        """The present @original, or None where there is none to see."""
        shown = self.original
        return None if shown is None or shown.loading or shown.deleted else shown

    @property
    def alive(self) -> bool:
        """Whether the token still works."""
        return self.hub.clock.now() < self.dies_at

    def expire(self) -> None:
        """Let the token die now."""
        self.dies_at = self.hub.clock.now()

    async def responded(self) -> Message | None:
        """Wait for the first response: its message, or None for a deferral or a modal.

        Raises NoResponse at the deadline, as the member's client does.
        """
        try:
            async with asyncio.timeout_at(self.deadline):
                await self._answered.wait()
        except TimeoutError:
            if not self._answered.is_set():
                raise NoResponse from None
        return self.message

    def check_open(self) -> None:
        """Refuse a first response that comes too late or is not the first."""
        if self.response_type is not None:
            raise Refusal(Reason.ALREADY_ACKNOWLEDGED)
        if asyncio.get_running_loop().time() > self.deadline or not self.alive:
            raise Refusal(Reason.UNKNOWN_INTERACTION)

    def acknowledge(self, response_type: int) -> None:
        """Note the first response and wake who waits for it."""
        self.response_type = response_type
        self._answered.set()
        if response_type == DEFER:
            self.hub.show(Change("thinking", self.original, self))
        elif response_type == MODAL:
            self.hub.show(Change("modal", interaction=self))

    def give_up(self) -> None:
        """Show the failure where there has been no response; called at the deadline."""
        if self.response_type is None:
            self.hub.show(Change("failed", interaction=self))

    def own(self, message_id: str) -> Message:
        """Find one of this token's messages by its id or ``@original``; refuse others."""
        if self.response_type is None:
            raise Refusal(Reason.UNKNOWN_WEBHOOK)
        for message in (self.original, *self.followups):
            if message is None or message.deleted:
                continue
            if message_id == str(message.id) or (
                message_id == "@original" and message is self.original
            ):
                return message
        raise Refusal(Reason.UNKNOWN_MESSAGE)

    def metadata(self) -> dict[str, Any]:
        """Render what a response's ``interaction_metadata`` tells."""
        return {
            "id": str(self.interaction_id),
            "type": self.kind,
            "user": self.user.to_json(),
            "authorizing_integration_owners": self.data["authorizing_integration_owners"],
        }


class Interactions:
    """Every interaction of one sandbox."""

    def __init__(self) -> None:
        self._by_token: dict[str, Interaction] = {}

    def add(self, interaction: Interaction) -> None:
        """Know this interaction from now on."""
        self._by_token[interaction.token] = interaction

    def by_id(self, interaction_id: int) -> Interaction | None:
        """Find an interaction by its id, whether or not its token still works."""
        everyone = self._by_token.values()
        return next((each for each in everyone if each.interaction_id == interaction_id), None)

    def to_acknowledge(self, interaction_id: int, token: str) -> Interaction:
        """Find the interaction that a callback names; refuse it where it is late or not first."""
        interaction = self._by_token.get(token)
        if interaction is None or interaction.interaction_id != interaction_id:
            raise Refusal(Reason.UNKNOWN_INTERACTION)
        interaction.check_open()
        return interaction

    def by_token(self, token: str) -> Interaction:
        """Find an interaction whose token still works; refuse others."""
        interaction = self._by_token.get(token)
        if interaction is None or not interaction.alive:
            raise Refusal(Reason.INVALID_WEBHOOK_TOKEN)
        return interaction
