"""Breaking a copy of a drill, and bringing it to the gate."""

from __future__ import annotations

from pathlib import Path

from grader.authoring.gate import Gate
from grader.authoring.report import DrillReport
from grader.catalogue import Drill

NAME = "zero_training_state"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def gate_of(engines, drill: Drill) -> Gate:
    fresh = Drill(drill.name, drill.deck, drill.folder, drill.solution_folder)
    return Gate(engines, fresh, DrillReport(drill.name))
