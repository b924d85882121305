"""Discord's markdown, as the page reads it."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.watcher import Watcher
from tests.sandbox.chat.conftest import Scene

pytestmark = pytest.mark.slow  # a browser for each

READ = "text => import('/static/js/markdown.js').then(({ parse }) => parse(text))"

CASES = {
    "**b** *i* _i_ __u__ ~~s~~ ||x||": "<bold:b> <italic:i> <italic:i> <underline:u> <strike:s>"
    " <spoiler:x>",
    "***both***": "<bold:<italic:both>>",
    "**a *b* c**": "<bold:a <italic:b> c>",
    "__*x*__": "<underline:<italic:x>>",
    "snake_case_word and 2 * 3 * 4": "snake_case_word and 2 * 3 * 4",
    r"\*not\* \_this\_ \`or\` \|\|that\|\|": "*not* _this_ `or` ||that||",
    r"**a\*\*b**": "<bold:a**b>",
    "unclosed **bold and `code": "unclosed **bold and `code",
    "`a **b** \\*`": "<code:a **b** \\*>",
    "``a ` b``": "<code:a ` b>",
    "[shown *so*](https://example.com/a_b)": "<link https://example.com/a_b:shown <italic:so>>",
    "see https://example.com/a_b_c.": "see <link https://example.com/a_b_c:"
    "https://example.com/a_b_c>.",
    "xhttps://example.com": "xhttps://example.com",
    "<https://example.com>": "<link https://example.com:https://example.com>",
    "[no](javascript:alert(1))": "[no](javascript:alert(1))",
    "<@12> <@!12> <@&3> <#4> </sora create:5>": "<user 12> <user 12> <role 3> <channel 4>"
    " <command sora create>",
    "<t:100:R> <t:100> <t:x:R>": "<time 100 R> <time 100 f> <t:x:R>",
    "<:wave:12345> @everyone": ":wave: <everyone>",
    "a\nb": "a\nb",
    "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
}


def text_of(node: dict[str, Any]) -> str:
    """Write a node as the cases do."""
    kind = node["kind"]
    inner = node.get("text") or "".join(text_of(each) for each in node.get("children", ()))
    if kind in {"text", "lines"}:
        return inner
    told = [node[key] for key in ("url", "id", "path", "unix", "style") if key in node]
    head = " ".join(str(each) for each in (kind, *told))
    return f"<{head}:{inner}>" if inner and kind != "everyone" else f"<{head}>"


@pytest.fixture
async def reader(scene: Scene, watcher: Watcher) -> Page:
    """Open the page, whose modules read."""
    await watcher.open(scene.page.url)
    return watcher.page


async def test_marks_within_a_line(reader: Page) -> None:
    """Each mark, nested, escaped and left open; links and mentions; and what is none of them."""
    read = {text: await reader.evaluate(READ, text) for text in CASES}
    assert {text: "".join(map(text_of, nodes)) for text, nodes in read.items()} == CASES


async def test_blocks(reader: Page) -> None:
    """Headings, small print, quotations, lists and code stand on lines of their own."""
    text = "# One\n### Three\n-# small\n> quoted\n> **more**\nplain\n- a\n  - b\n1. c\n"
    text += "```py\nx = '**'\n```\n>>> all\nthe rest"

    nodes = await reader.evaluate(READ, text)

    assert [node["kind"] for node in nodes] == [
        *("heading", "heading", "small", "quote", "lines", "list", "block", "quote")
    ]
    assert [node.get("level") for node in nodes[:2]] == [1, 3]
    assert "".join(map(text_of, nodes[3]["children"])) == "quoted\n<bold:more>"
    assert [(item["depth"], item["number"]) for item in nodes[5]["items"]] == [
        (0, None),
        (1, None),
        (0, 1),
    ]
    assert (nodes[6]["language"], nodes[6]["text"]) == ("py", "x = '**'")
    assert "".join(map(text_of, nodes[7]["children"])) == "all\nthe rest"


async def test_no_text_takes_long(reader: Page) -> None:
    """What opens again and again and never closes is read within the patience of a test."""
    for mark, times in (("*", 4000), ("`", 4000), ("[", 4000), ("||", 2000), ("_*", 2000)):
        assert await reader.evaluate(READ, mark * times), mark
    for mark, times in (("```\n", 1000), ("\\", 4001), ("` `` ", 800), ("__", 2000)):
        assert await reader.evaluate(READ, mark * times), mark
