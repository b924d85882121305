"""The README says what is true."""

import re
from pathlib import Path

from bot.jobs.states import TRANSITIONS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_diagram_shows_exactly_the_transitions() -> None:
    """Each arrow of the README's diagram is a transition, and each transition an arrow."""
    diagram = re.search(r"```mermaid\n(.*?)```", README, re.DOTALL)
    assert diagram is not None
    arrows = set(re.findall(r"^\s+(\w+) --> (\w+)", diagram.group(1), re.MULTILINE))

    assert arrows == {
        (str(source), str(target)) for source, targets in TRANSITIONS.items() for target in targets
    }


def test_every_place_that_the_readme_names_exists() -> None:
    """The table of where to look names folders and files that are there."""
    places = re.findall(r"^\| `([^`]+)` \|", README, re.MULTILINE)
    assert places
    assert [place for place in places if not (ROOT / place).exists()] == []
