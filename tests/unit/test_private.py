"""Which files are taken from others, and which are not the bot's."""

from pathlib import Path

import pytest

from bot.private import take_from_others


def made(path: Path) -> Path:
    """Make a file that others may read, in folders that they may enter."""
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir()
            folder.chmod(0o755)
    path.write_text("")
    path.chmod(0o644)
    return path


def modes(*paths: Path) -> list[int]:
    """Tell the modes."""
    return [path.stat().st_mode & 0o777 for path in paths]


def test_the_bot_s_own_files_are_closed(tmp_path: Path) -> None:
    """The database with all beside it, videos whole and half, pictures, and their folders."""
    names = (
        "bot.db",
        "bot.db-wal",
        "bot.db.before-1",
        "v/7.mp4",
        "v/call-0.part",
        "v/pictures/a.jpg",
    )
    files = [made(tmp_path / name) for name in names]
    take_from_others(tmp_path / "bot.db", tmp_path / "v")
    assert modes(*files) == [0o600] * len(files)
    assert modes(tmp_path / "v", tmp_path / "v" / "pictures") == [0o700, 0o700]


def test_what_is_not_the_bot_s_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Videos may lie in the folder where somebody works, who has other files there."""
    others = [made(tmp_path / name) for name in ("bot.dbx", "index.html", "site/7.mp4")]
    linked = made(tmp_path / "elsewhere")
    (tmp_path / "8.mp4").symlink_to(linked)
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path / "site")
    take_from_others(tmp_path / "bot.db", tmp_path)
    assert modes(*others, linked) == [0o644] * 4
    assert modes(tmp_path, tmp_path / "site") == [0o755, 0o755]


def test_nothing_is_there_yet(tmp_path: Path) -> None:
    """A first start finds no folder at all."""
    take_from_others(tmp_path / "none" / "bot.db", tmp_path / "none" / "videos")
