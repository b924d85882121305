"""What is read while somebody types: one at a time for each, and only the last."""

import asyncio

import pytest

from bot.client.latest import Latest


class Desk:
    """Reads when it is told to."""

    def __init__(self) -> None:
        self.latest = Latest()
        self.begun: list[str] = []
        self.go_on = asyncio.Event()

    def ask(self, whose: str, what: str) -> "asyncio.Task[list[str]]":
        """Ask for something in a member's name."""

        async def read() -> list[str]:
            self.begun.append(what)
            await self.go_on.wait()
            return [what]

        return asyncio.create_task(self.latest.read(whose, read))


async def test_of_many_at_once_the_first_and_the_last_are_read() -> None:
    """Only the last is answered with what was found."""
    desk = Desk()
    asked = []
    for what in "abcd":
        asked.append(desk.ask("ada", what))
        await asyncio.sleep(0)
    desk.go_on.set()
    assert await asyncio.gather(*asked) == [[], [], [], ["d"]]
    assert desk.begun == ["a", "d"]


async def test_members_do_not_wait_for_one_another() -> None:
    """Each has a read of their own; afterwards nothing is kept of them."""
    desk = Desk()
    asked = [desk.ask(whose, whose) for whose in ("ada", "ben")]
    await asyncio.sleep(0)
    assert desk.begun == ["ada", "ben"]
    desk.go_on.set()
    assert await asyncio.gather(*asked) == [["ada"], ["ben"]]
    assert await desk.ask("ada", "again") == ["again"]
    assert desk.latest._asked == {}
    assert desk.latest._reading == {}


async def test_a_read_that_fails_stands_in_nobody_s_way() -> None:
    """The next is read as if nothing had been."""
    desk = Desk()

    async def fail() -> list[str]:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await desk.latest.read("ada", fail)
    desk.go_on.set()
    assert await desk.ask("ada", "next") == ["next"]
