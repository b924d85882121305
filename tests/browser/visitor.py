"""A visitor who uses what the page has: at a phone's width its sides are opened first."""

import re
from pathlib import Path

from playwright.async_api import Locator, expect

from tests.browser.readable import SIZES, assert_readable
from tests.browser.watcher import PATIENCE_MS, Watcher


class Visitor:
    """One who meets refusals, and looks at each."""

    def __init__(self, watcher: Watcher, size: str) -> None:
        self.watcher = watcher
        self.page = watcher.page
        self.size = size
        self.seen = 0
        """How many refusals were looked at."""

    async def open(self, url: str) -> None:
        """Open the page."""
        await self.page.set_viewport_size(SIZES[self.size])
        await self.watcher.open(url)

    async def be(self, name: str) -> None:
        """Take somebody's place, unless one has it already."""
        if name in (await self.page.locator("#you").text_content() or ""):
            return
        sides = self.page.get_by_role("button", name="Channels and people")
        if await sides.is_visible():
            await sides.click()
        # Chosen, the side goes, and with it what could be asked whether it is checked.
        await self.page.get_by_role("radio", name=re.compile(f"^{name}")).click(force=True)
        await expect(self.page.locator("#you")).to_contain_text(name)

    async def enter(self, channel: str) -> None:
        """Go to another channel."""
        sides = self.page.get_by_role("button", name="Channels and people")
        if await sides.is_visible():
            await sides.click()
        await self.page.locator("#channels").get_by_role("button", name=f"# {channel}").click()
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(f"# {channel}")

    async def use(self, path: str, **options: str | Path) -> None:
        """Use a command with these options."""
        await self.watcher.pick(path)
        for name, value in options.items():
            field = self.watcher.form.get_by_label(re.compile(f"^{name} (required|optional)"))
            if isinstance(value, Path):
                async with self.page.expect_file_chooser() as chooser:
                    await field.click()
                await (await chooser.value).set_files(value)
                await expect(field).to_contain_text(value.name)
            elif await field.evaluate("field => field.tagName") == "SELECT":
                await field.select_option(label=value)
            elif value.startswith(("@", "#")):
                await field.fill(value)
                await self.watcher.suggested.first.click()
            else:
                await field.fill(value)
        await self.watcher.form.get_by_role("button", name="Send").click()
        await expect(self.watcher.form).to_have_count(0)

    async def press(self, button: str, message: Locator | None = None) -> None:
        """Press a button of a message, the newest one unless given."""
        shown = self.watcher.last if message is None else message
        await shown.get_by_role("button", name=button).first.click()

    async def meets(self, text: str, name: str, message: Locator | None = None) -> Locator:
        """Wait for a refusal, as the newest message unless given, and look at it."""
        shown = self.watcher.last if message is None else message
        await expect(shown).to_contain_text(text, timeout=PATIENCE_MS)
        await assert_readable(self.page, shown, name, self.size)
        # The bot makes what is a command of its own into one that can be clicked.
        codes = await shown.locator("code").all_text_contents()
        assert [each for each in codes if re.fullmatch("/[a-z -]+", each)] == []
        self.seen += 1
        return shown
