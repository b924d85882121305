"""The page serves the browser of its own machine, and nobody who only leads it there."""

import aiohttp
import pytest

from tests.sandbox.chat.conftest import Scene

FOREIGN = "http://elsewhere.example"


async def test_a_foreign_host_name_is_refused(scene: Scene, session: aiohttp.ClientSession) -> None:
    """A name that somebody has led to 127.0.0.1 opens neither the page nor its files."""
    for path in ("", "static/js/main.js", "socket"):
        headers = {"Host": f"elsewhere.example:{scene.page.port}"}
        async with session.get(scene.page.url + path, headers=headers) as answer:
            assert answer.status == 403


async def test_both_names_of_this_machine_open_the_page(
    scene: Scene, session: aiohttp.ClientSession
) -> None:
    """127.0.0.1 and localhost are the same machine, at the page's port only."""
    for host, status in {
        f"127.0.0.1:{scene.page.port}": 200,
        f"localhost:{scene.page.port}": 200,
        "localhost": 403,
        f"localhost:{scene.page.port + 1}": 403,
    }.items():
        async with session.get(scene.page.url, headers={"Host": host}) as answer:
            assert answer.status == status, host


@pytest.mark.parametrize("origin", [None, "null", FOREIGN, "http://127.0.0.1:1"])
async def test_the_socket_opens_for_the_page_alone(
    scene: Scene, session: aiohttp.ClientSession, origin: str | None
) -> None:
    """A page from elsewhere can't talk to the sandbox through the visitor's browser."""
    headers = {} if origin is None else {"Origin": origin}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await session.ws_connect(f"{scene.page.url}socket", headers=headers)
    assert refusal.value.status == 403


@pytest.mark.parametrize("origin", [None, FOREIGN])
async def test_files_are_taken_from_the_page_alone(
    scene: Scene, session: aiohttp.ClientSession, origin: str | None
) -> None:
    """An upload needs the page's own Origin."""
    headers = {} if origin is None else {"Origin": origin}
    async with session.post(f"{scene.page.url}uploads", data=b"x", headers=headers) as answer:
        assert answer.status == 403


async def test_every_answer_tells_the_browser_to_load_from_here_only(
    scene: Scene, session: aiohttp.ClientSession
) -> None:
    """The policy stands on the page, on its files and on refusals."""
    for path in ("", "static/css/base.css", "nowhere", "attachments/1/2/x.html"):
        async with session.get(scene.page.url + path) as answer:
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-cache"


async def test_the_page_asks_for_nothing_from_elsewhere(
    scene: Scene, session: aiohttp.ClientSession
) -> None:
    """Every address in the page is its own, and no script or style stands in it."""
    async with session.get(scene.page.url) as answer:
        text = await answer.text()
    assert "http" not in text
    assert "<style" not in text
    assert text.count("<script") == text.count('<script type="module" src="/static/')
