"""A page in the browser, what went wrong in it, and what a visitor does there by keyboard."""

import re
from collections.abc import Sequence

from playwright.async_api import ConsoleMessage, Error, Locator, Page, expect

PATIENCE_MS = 30_000.0


class Watcher:
    """One visitor at a browser."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        """What the console complained of, and what no script caught."""
        page.on("console", self._note)
        page.on("pageerror", self._note_error)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)

    def _note_error(self, error: Error) -> None:
        self.errors.append(str(error))

    @property
    def box(self) -> Locator:
        """The box at the bottom."""
        return self.page.get_by_role("combobox", name="Message, or / for commands")

    @property
    def suggested(self) -> Locator:
        """What is offered to choose from at the moment."""
        return self.page.locator(".suggestions [role=option]")

    @property
    def form(self) -> Locator:
        """The command that is being filled in."""
        return self.page.locator("form.command-form")

    @property
    def last(self) -> Locator:
        """The newest message."""
        return self.page.locator(".message").last

    async def open(self, url: str) -> None:
        """Open the page and wait until it is filled."""
        await self.page.goto(url)
        await expect(self.page.get_by_text("Welcome to #")).to_be_visible(timeout=PATIENCE_MS)

    async def pick(self, path: str) -> None:
        """Pick a command by typing its words."""
        await self.box.press_sequentially(f"/{path}")
        await expect(self.suggested.first).to_contain_text(path)
        await self.page.keyboard.press("Enter")
        await expect(self.form.get_by_role("heading")).to_have_text(f"/{path}")

    async def command(self, path: str, values: Sequence[str] = ()) -> None:
        """Use a command by keyboard; ``values`` are those of the first options, in order."""
        await self.pick(path)
        for number, value in enumerate(values):
            if number:
                await self.page.keyboard.press("Tab")
            await self.page.keyboard.type(value)
        await self.page.keyboard.press("Enter")

    async def be(self, name: str) -> None:
        """Take somebody's place."""
        await self.page.get_by_role("radio", name=re.compile(f"^{name}")).check(force=True)
        await expect(self.page.locator("#you")).to_contain_text(name)

    async def shows(self, text: str, message: Locator | None = None) -> None:
        """Wait until a message, the newest one unless given, has this text."""
        shown = self.last if message is None else message
        await expect(shown).to_contain_text(text, timeout=PATIENCE_MS)
