"""What is kept of a member, as a file and in words."""

import gzip
import json

import pytest

from bot.jobs.privacy import Kept
from bot.presentation.privacy import ask_text, export_file, forgotten_text, nothing_text

KEPT = {"prompt": "ein Fest 🎂", "price_credits": 40, "failure": None}


def test_the_file_is_json_in_utf_8() -> None:
    """Readable by people: letters as they are, a line for each value."""
    file = export_file(KEPT, 1_000)
    content = file.fp.read()
    assert file.filename == "my-data.json"
    assert "ein Fest 🎂" in content.decode()
    assert json.loads(content) == KEPT
    assert len(content.splitlines()) == 5


def test_a_file_that_discord_would_not_take_is_compressed() -> None:
    """Whoever has made videos for years gets theirs as well."""
    kept = {"entries": [KEPT] * 1000}
    file = export_file(kept, 10_000)
    content = file.fp.read()
    assert file.filename == "my-data.json.gz"
    assert len(content) < 10_000
    assert json.loads(gzip.decompress(content)) == kept


@pytest.mark.parametrize(
    ("under_way", "words"),
    [
        (0, ""),
        (1, "1 video is still under way and stays until it is over"),
        (2, "2 videos are still under way and stay until they are over"),
    ],
)
def test_what_stays_is_said(under_way: int, words: str) -> None:
    """Before and after; messages in channels are not the bot's to delete."""
    kept = Kept(ended=1, under_way=under_way, drafts=0)
    for text in (ask_text(kept), forgotten_text(kept), nothing_text(kept)):
        assert words in text
        assert bool(words) == ("still under way" in text)
    assert "your 1 video that is over" in ask_text(kept)
    assert "Messages in channels are Discord's" in forgotten_text(kept)
