"""The line of each key in a TOML text."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.lines import lines_of

TEXT = '''\
# A comment, and [brackets] in it.
[discord]
token = """
[not a section]
"""
guilds = [
  1, # [2]
  2,
]

[models."veo-3.1"]
title = "Veo"
dotted.key = 1
[[models.cam.offers]]
slug = "first"
[[models.cam.offers]] # the second
slug = "second"
size = { field = "size" }
[models.cam.offers.duration]
type = "string"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("discord",), 2),
        (("discord", "token"), 3),
        (("discord", "guilds"), 6),
        (("models",), 11),
        (("models", "veo-3.1"), 11),
        (("models", "veo-3.1", "title"), 12),
        (("models", "veo-3.1", "dotted"), 13),
        (("models", "veo-3.1", "dotted", "key"), 13),
        (("models", "cam", "offers", 0), 14),
        (("models", "cam", "offers", 0, "slug"), 15),
        (("models", "cam", "offers", 1), 16),
        (("models", "cam", "offers", 1, "slug"), 17),
        (("models", "cam", "offers", 1, "size", "field"), 18),
        (("models", "cam", "offers", 1, "duration", "type"), 20),
    ],
)
def test_each_key_has_the_line_on_which_it_begins(path: tuple[str | int, ...], line: int) -> None:
    """Also after values of several lines, and in lists of tables."""
    assert lines_of(TEXT)[path] == line


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_ends_of_lines_are_either_systems(end: str) -> None:
    """Windows' editors end lines in two characters."""
    assert lines_of(TEXT.replace("\n", end)) == lines_of(TEXT)


KEYS = st.text(min_size=1, max_size=6)
VALUES = st.sampled_from(["1", '"a"', "'''\n\n[a]'''", "[\n1,\n\n2]", "{ a = 1, b = { c = 2 } }"])


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=4))
def test_every_key_of_a_file_is_found(sections: dict[str, dict[str, str]]) -> None:
    """Whatever the names and values, each line that is told begins with its key."""

    def quoted(name: str) -> str:
        escaped = "".join(f"\\U{ord(each):08x}" for each in name)
        return f'"{escaped}"'

    text = ""
    for section, keys in sections.items():
        text += f"[{quoted(section)}]\n\n"
        text += "".join(f"{quoted(key)} = {value}\n" for key, value in keys.items())
    tables = tomllib.loads(text)

    found, lines = lines_of(text), text.split("\n")

    for section, keys in tables.items():
        assert lines[found[section,] - 1].startswith(f"[{quoted(section)}")
        for key in keys:
            assert lines[found[section, key] - 1].startswith(quoted(key))
