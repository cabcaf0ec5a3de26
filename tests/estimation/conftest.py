"""Fixtures of the estimation tests: a small template, and a way to write one into a catalogue of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.catalogue import Catalogue, RoundEntry
from grader.estimation.template import Template, load

GOOD = '''
title = "A small round"
difficulty = "easy"
par_minutes = 3
scenario = "{{ gpu }} with {{ size }} GB at {{ speed }} GB/s, {{ share }} of it used, over {{ ranks }} ranks."
requires = ["1 < size / speed < 1000"]

[variables]
size = { range = [100, 900], step = 10 }
speed = { choices = [2, 4.5, 8] }
share = { range = [0.3, 0.7], step = 0.05 }
ranks = { range = [2, 4096], log = true }
seconds = { value = "size / speed" }

[[cases.gpu]]
gpu = "One"
[[cases.gpu]]
gpu = "Two"

[[rows]]
name = "time"
question = "Time to read {{ size }} GB"
unit = "s"
value = "seconds"
explanation = "{{ size }} / {{ speed }} = {{ value }}"
[[rows.slips]]
name = "read_five_times"
message = "you read it five times, not {{ value }}"
value = "5 * seconds"

[[rows]]
name = "used"
question = "Used"
unit = "GB"
value = "share * size"
explanation = "{{ value }}"

[[rows]]
name = "used_share"
question = "Used share"
unit = "%"
value = "100 * share"
explanation = "{{ value }} of {{ ranks }}"
'''
CARD = 'title = "Deck"\nnumber = 1\nquestion = "?"\nanswer = "!"\nchecklist = []\n'


@pytest.fixture
def write_round(tmp_path: Path) -> Callable[..., RoundEntry]:
    """`write_round(text)` -> the entry of a round of this text, in a catalogue of its own."""

    def write(text: str, name: str = "small", deck: str = "deck") -> RoundEntry:
        folder = tmp_path / "own" / "drills" / deck / "rounds"
        folder.mkdir(parents=True, exist_ok=True)
        (tmp_path / "own" / "solutions").mkdir(exist_ok=True)
        (folder.parent / "card.toml").write_text(CARD)
        (folder / f"{name}.toml").write_text(text)
        return Catalogue(tmp_path / "own").find_round(name)

    return write


@pytest.fixture
def small(write_round) -> Template:
    return load(write_round(GOOD))
