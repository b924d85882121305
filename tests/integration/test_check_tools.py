"""`sora-bot check` tries the programs that the bot runs, and says what to do about them."""

from pathlib import Path

import pytest

from bot.check.findings import Finding, Verdict
from bot.check.tools import check_ffmpeg, check_readers
from tests.tools import spoilt_ffmpeg, spoilt_python


async def test_what_is_installed_is_found_to_work() -> None:
    """Ffmpeg with all that conversions take, and both readers."""
    assert await check_ffmpeg() == Finding(Verdict.OK, "ffmpeg runs.")
    assert await check_readers() == Finding(Verdict.OK, "Videos and pictures can be read.")


@pytest.mark.parametrize("script", ["exit 8", "kill -9 $$", None])
async def test_an_ffmpeg_that_cannot_convert_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None
) -> None:
    """One that lacks a filter ends with a code; there are words for it."""
    spoilt_ffmpeg(monkeypatch, tmp_path, script)

    finding = await check_ffmpeg()

    assert finding.verdict is Verdict.WRONG
    assert "Reinstall imageio-ffmpeg" in finding.text


@pytest.mark.parametrize("script", ["exit 1", "echo nonsense", None])
async def test_a_reader_that_cannot_be_loaded_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None
) -> None:
    """Else every video would wait for it without an end."""
    spoilt_python(monkeypatch, tmp_path, script)

    finding = await check_readers()

    assert finding.verdict is Verdict.WRONG
    assert "Reinstall av" in finding.text
