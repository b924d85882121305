"""Talks: the conversations with the browsers that have the page open."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.chat.acts import Acts, Answer
from bot.sandbox.chat.asks import Ask, Malformed, read_ask
from bot.sandbox.chat.feed import Feed
from bot.sandbox.chat.panel import Panel
from bot.sandbox.chat.people import Person
from bot.sandbox.chat.viewer import Viewer
from bot.sandbox.chat.views import command_views, person_view, place_view
from bot.sandbox.discord import ClientRefusal, NoResponse

REFRESH_SECONDS = 0.3
"""How often it is looked whether something beside the messages has changed, while somebody has
the page open."""
MOST_ASKED_BYTES = 1024 * 1024
HEARTBEAT_SECONDS = 20.0
_GOING_AWAY = 1001


@dataclass
class Talks:
    """Every open WebSocket; each is told all, as its visitor may see it."""

    people: Sequence[Person]
    feed: Feed
    acts: Acts
    panel: Panel

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Talk to one browser until it goes; ``?as=`` names whom its visitor is."""
        socket = web.WebSocketResponse(max_msg_size=MOST_ASKED_BYTES, heartbeat=HEARTBEAT_SECONDS)
        await socket.prepare(request)
        viewer = Viewer(socket, self._person(request.query.get("as")) or self.people[0])
        self.feed.viewers.add(viewer)
        try:
            await self._become(viewer, viewer.person)
            async with asyncio.TaskGroup() as tasks:
                under_way = {tasks.create_task(viewer.write())}
                async for frame in socket:
                    if frame.type is WSMsgType.TEXT:
                        # One ask may wait for the bot; the next ones do not wait with it.
                        task = tasks.create_task(self._hear(viewer, frame.data))
                        under_way.add(task)
                        task.add_done_callback(under_way.discard)
                for task in under_way:
                    task.cancel()
        finally:
            self.feed.viewers.discard(viewer)
        return socket

    async def watch(self) -> None:
        """Tell the browsers of every change from now on, apart from the messages."""
        while True:
            if self.feed.viewers:
                await self.refresh()
            await asyncio.sleep(REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Tell every browser what has changed since it was told last."""
        parts = await self.panel.parts()
        for viewer in self.feed.viewers:
            for part, value in (parts | self._surroundings(viewer.person)).items():
                viewer.show(part, value)

    async def close(self) -> None:
        """Say goodbye to every browser."""
        for viewer in list(self.feed.viewers):
            await viewer.socket.close(code=_GOING_AWAY)

    async def _hear(self, viewer: Viewer, text: str) -> None:
        try:
            ask = read_ask(text)
        except Malformed as malformed:
            viewer.send("answer", number=0, refused=str(malformed))
            return
        viewer.send("answer", number=ask.number, **await self._answer(viewer, ask))
        await self.refresh()

    async def _answer(self, viewer: Viewer, ask: Ask) -> Answer:
        """Do what was asked; tell whether it was ``refused`` before it began, or ``failed``."""
        act = {**self.acts.table(), **self.panel.table()}.get(ask.kind)
        try:
            if act is not None:
                return await act(viewer.person, ask)
            if ask.kind == "be" and (person := self._person(ask.text("person"))) is not None:
                await self._become(viewer, person)
                return {}
        except (ClientRefusal, Malformed) as refusal:
            return {"refused": str(refusal)}
        except NoResponse as failure:
            return {"failed": str(failure)}
        return {"refused": f"the page can't do {ask.kind!r}"}

    async def _become(self, viewer: Viewer, person: Person) -> None:
        """Show everything as this person sees it."""
        viewer.person = person
        viewer.show("people", [person_view(each) for each in self.people])
        viewer.show("you", person.id)
        await self.refresh()
        seen = self.feed.seen_by(viewer.person)
        viewer.send("messages", value=[self.feed.render(message) for message in seen])

    def _person(self, person_id: str | None) -> Person | None:
        return next((person for person in self.people if person.id == person_id), None)

    def _surroundings(self, person: Person) -> dict[str, Any]:
        discord, guild = self.feed.discord, person.member.guild
        return {
            "place": place_view(guild, discord.hub.bot, person.channels(discord)),
            "commands": command_views(person.commands(discord)),
        }
