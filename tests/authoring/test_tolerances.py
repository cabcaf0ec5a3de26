"""A comparison whose tolerance is too wide is pointed out by its line."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from grader.authoring.gate import check_drill, grading
from grader.authoring.solutions import right_solutions
from grader.catalogue import Drill
from tests.authoring.broken import edit, gate_of


def test_a_tolerance_that_is_blown_up_is_reported(engines, catalogue, tmp_path: Path) -> None:
    shipped = catalogue.find("rms_norm")
    folders = [tmp_path / kind / shipped.deck / shipped.name for kind in ("drills", "solutions")]
    shutil.copytree(shipped.folder, folders[0])
    shutil.copytree(shipped.solution_folder, folders[1])
    drill = Drill(shipped.name, shipped.deck, *folders)
    suite = drill.folder / "test_hidden.py"
    text = suite.read_text()
    place = text.index("assert_close(submission.rms_norm(x, weight), exactly(")
    name = text[:place].rsplit("def test_", 1)[1].split("(")[0]
    line = text[:place].count("\n") + 1
    edit(suite, text[place:], text[place:].replace("relative=1e-12", "relative=0.3", 1))

    wide = check_drill(engines, drill, quick=False)
    edit(suite, "relative=0.3", "relative=3.0")
    blown_up = check_drill(engines, drill, quick=True)

    assert any(f"{name} fails results that are twice as large" in warning for warning in wide.warnings)
    assert f"test_hidden.py, line {line}: what is off by 30% of its size passes" in "".join(wide.warnings)
    assert f"test_hidden.py, line {line}: what is off by 300% of its size passes" in "".join(blown_up.errors)


@pytest.mark.parametrize(("name", "before", "after"), [
    ("dpo_loss", "relative=1e-9, names=PLACES", "relative=1e3, names=PLACES"),  # gradients
    ("gqa_cache", "0.05, scale=1.0", "0.05, scale=1e9"),
    ("moe_layer", "exact, reference.moe_forward(*inputs, 3))", "exact, reference.moe_forward(*inputs, 3), slack=1e3)"),
])  # fmt: skip
def test_one_wide_comparison_among_others_is_reported(engines, catalogue, tmp_path: Path, name, before, after) -> None:
    shipped = catalogue.find(name)
    folder = tmp_path / "drills" / shipped.deck / shipped.name
    shutil.copytree(shipped.folder, folder)
    suite = folder / "test_hidden.py"
    assert before in suite.read_text()
    suite.write_text(suite.read_text().replace(before, after))

    gate = gate_of(engines, Drill(name, shipped.deck, folder, shipped.solution_folder))
    gate.measure_tolerances(*gate.run([grading(right_solutions(shipped)[0])]))

    assert "of its size passes" in "".join(gate.report.errors)


def test_a_comparison_whose_expected_value_is_small_by_chance_is_not_called_wide(engines, catalogue) -> None:
    gate = gate_of(engines, catalogue.find("gqa_cache"))
    (judged,) = gate.run([grading(right_solutions(gate.drill)[0])])
    unlucky = replace(judged, tolerated=dict.fromkeys(judged.tolerated, 5.0))

    gate.measure_tolerances(unlucky)

    assert gate.report.errors == gate.report.warnings == []
