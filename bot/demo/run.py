"""The demo from its beginning to its end."""

import asyncio
import contextlib
import webbrowser
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from bot.catalogue import load_catalogue
from bot.demo.play import DemoFailed, Play
from bot.demo.process import DemoBot, demo_bot
from bot.demo.stage import Say, Stage, set_stage
from bot.demo.terminal import perform
from bot.sandbox.chat import ChatPage, Person
from bot.sandbox.discord import ClientRefusal, NoResponse
from bot.sandbox.films.drawing import Scene, draw_background
from bot.supervision import stop_at_signals

T = TypeVar("T")

PATIENCE_SECONDS = 120.0
TEXT_BROWSERS = ("GenericBrowser", "Elinks")
"""The library's classes of browsers that would take the terminal over."""


async def run_demo(play: Play, say: Say, *, page: bool, speed: float) -> Path:
    """Play one member's command, then serve the page until Ctrl-C, where it is wanted.

    Tells the video's path. Raises DemoFailed.
    """
    async with set_stage(say, speed, play.provider) as stage:
        if play.image is None and _needs_picture(play.model):
            play = replace(play, image=await asyncio.to_thread(_draw, stage.folder / "start.png"))
        local = stage.provider_title
        stage.tell(f"A local Discord and a local {local} are running; the bot starts.")
        stage.tell(f"(The time of this {local} runs {speed:.0f} times as fast as yours.)")
        log = stage.folder / "bot.log"
        async with demo_bot(stage.config, log) as bot:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    video = await unless_it_ends(bot, perform(stage, play))
                    if page:
                        await _empty_a_budget(stage)
            except TimeoutError:
                raise DemoFailed(
                    f"it took over {PATIENCE_SECONDS:.0f} s\nThe bot's log is {log}"
                ) from None
            except (ClientRefusal, NoResponse, DemoFailed) as failure:
                raise DemoFailed(f"{failure}\nThe bot's log is {log}") from None
            if page:
                await _serve(stage, bot)
            return video


async def unless_it_ends(bot: DemoBot, work: Coroutine[Any, Any, T]) -> T:
    """Do this work with the bot; raise DemoFailed where the bot's process ends before it."""
    working, ending = asyncio.ensure_future(work), asyncio.ensure_future(bot.ended())
    try:
        await asyncio.wait({working, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise DemoFailed("the bot ended by itself")
        return working.result()
    finally:
        working.cancel()
        ending.cancel()


def _needs_picture(model: str) -> bool:
    offers = load_catalogue()[model].offers
    return all(offer.image is not None and offer.image.required for offer in offers)


def _draw(file: Path) -> Path:
    """Draw a picture for a model that starts from one."""
    draw_background(Scene("A picture", "to start from", 1280, 720, 1)).save(file)
    return file


async def _empty_a_budget(stage: Stage) -> None:
    """Leave one of the people with nothing to spend."""
    nothing = {"member": stage.broke, "amount": "0"}
    use = await stage.discord.use(stage.admin, stage.channel, "budget set", nothing)
    await use.responded()


async def _serve(stage: Stage, bot: DemoBot) -> None:
    """Serve the page until Ctrl-C."""
    people = [
        Person(stage.member, "a member"),
        Person(stage.moderator, "a moderator"),
        Person(stage.admin, "an admin, manages the server"),
        Person(stage.broke, "a member with an empty budget"),
    ]
    page = ChatPage(
        discord=stage.discord,
        people=people,
        bot=bot,
        providers={stage.provider_title: stage.provider},
        underneath=stage.database,
    )
    stop = asyncio.Event()
    stop_at_signals(stop)
    async with page:
        stage.say(f"\nTry it yourself: {page.url}   (Ctrl-C ends it)")
        await asyncio.to_thread(_open_browser, page.url)
        await stop.wait()
    stage.say("\nThe demo is over; nothing is left running.")


def _open_browser(url: str) -> None:
    """Open a browser of this machine's desktop, where there is one."""
    with contextlib.suppress(webbrowser.Error):
        browser = webbrowser.get()
        if type(browser).__name__ not in TEXT_BROWSERS:
            browser.open(url)
