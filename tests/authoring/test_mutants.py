"""Mutants differ from the reference by one change each, and survivors are held against the author's marks."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from grader.authoring.gate import Gate
from grader.authoring.mutants import mutants_of
from grader.authoring.report import DrillReport
from grader.catalogue import Catalogue, Drill

REFERENCE = '''# drill: thing
"""Docstring 1."""
LEDGER = {"x": "1 + 1"}


@decorated
def f(x: "int" = 1, *, wide=True):
    """Docstring 2."""
    if x < 0 and wide:
        raise ValueError(f"{x} + 1")
    y = x.detach().sum(dim=-1, keepdim=True)[1:]
    return -y + 2.0
'''
CHANGES = {
    "@decorated def f(x: 'int'=1, *, wide=True):  =>  def f(x: 'int'=1, *, wide=True):",
    "@decorated def f(x: 'int'=1, *, wide=True):  =>  @decorated def f(x: 'int'=2, *, wide=True):",
    "@decorated def f(x: 'int'=1, *, wide=True):  =>  @decorated def f(x: 'int'=1, *, wide=False):",
    "if x < 0 and wide:  =>  if x < 0 or wide:",
    "if x < 0 and wide:  =>  if x <= 0 and wide:",
    "if x < 0 and wide:  =>  if x < 1 and wide:",
    "raise ValueError(f'{x} + 1')  =>  pass",
    "y = x.detach().sum(dim=-1, keepdim=True)[1:]  =>  y = x.sum(dim=-1, keepdim=True)[1:]",
    "y = x.detach().sum(dim=-1, keepdim=True)[1:]  =>  y = x.detach().sum(keepdim=True)[1:]",
    "y = x.detach().sum(dim=-1, keepdim=True)[1:]  =>  y = x.detach().sum(dim=-1)[1:]",
    "y = x.detach().sum(dim=-1, keepdim=True)[1:]  =>  y = x.detach().sum(dim=1, keepdim=True)[1:]",
    "y = x.detach().sum(dim=-1, keepdim=True)[1:]  =>  y = x.detach().sum(dim=-2, keepdim=True)[1:]",
    "y = x.detach().sum(dim=-1, keepdim=True)[1:]  =>  y = x.detach().sum(dim=-1, keepdim=False)[1:]",
    "y = x.detach().sum(dim=-1, keepdim=True)[1:]  =>  y = x.detach().sum(dim=-1, keepdim=True)[:]",
    "y = x.detach().sum(dim=-1, keepdim=True)[1:]  =>  y = x.detach().sum(dim=-1, keepdim=True)[2:]",
    "return -y + 2.0  =>  return y + 2.0",
    "return -y + 2.0  =>  return -y - 2.0",
    "return -y + 2.0  =>  return -y + 4.0",
}


def test_every_kind_of_change_is_made_once(tmp_path: Path) -> None:
    (tmp_path / "reference.py").write_text(REFERENCE)

    mutants = mutants_of(Drill("thing", "deck", tmp_path, tmp_path))

    assert {mutant.change for mutant in mutants} == CHANGES
    for mutant in mutants:
        ast.parse(mutant.source)
        assert mutant.source.startswith("# drill: thing\n")


def test_mutants_of_every_shipped_reference_are_valid_python(catalogue: Catalogue) -> None:
    for drill in catalogue:
        mutants = mutants_of(drill)
        assert mutants
        for mutant in mutants:
            compile(mutant.source, "mutant.py", "exec")


@pytest.fixture
def drill(catalogue: Catalogue, tmp_path: Path) -> Drill:
    """A copy of a small drill whose suite checks nothing but that the call returns, so that mutants survive."""
    shipped = catalogue.find("zero_training_state")
    shutil.copytree(shipped.folder, tmp_path / "drill")
    shutil.copytree(shipped.solution_folder, tmp_path / "solution")
    (tmp_path / "drill" / "test_hidden.py").write_text(
        "import pytest\n\n\n@pytest.mark.check('contract', points=20)\ndef test_a(submission):\n"
        "    assert submission.training_state_bytes(10, 2, 1)\n\n\n@pytest.mark.check('shape', points=10)\n"
        "def test_b(submission):\n    pass\n\n\n@pytest.mark.check('numerics', points=60)\ndef test_c(submission):\n    pass\n"
    )
    return Drill(shipped.name, shipped.deck, tmp_path / "drill", tmp_path / "solution")


def test_survivors_are_listed_unless_marked_and_stale_marks_are_errors(engines, drill: Drill) -> None:
    first = DrillReport(drill.name)
    Gate(engines, drill, first).mutate()
    assert first.num_mutants > len(first.survivors) > 3
    assert first.errors == []
    change = first.survivors[0].partition(": ")[2]
    (drill.solution_folder / "equivalent.toml").write_text(
        f'[[mutant]]\nchange = {change!r}\nreason = "it is only a test of the tool"\n'
        '[[mutant]]\nchange = "a  =>  b"\nreason = "it was here once upon a time"\n'
    )
    second = DrillReport(drill.name)

    Gate(engines, drill, second).mutate()

    assert first.survivors[0] not in second.survivors
    assert len(second.survivors) == len(first.survivors) - 1
    assert len(second.errors) == 1
    assert "fits no surviving mutant: a  =>  b" in second.errors[0]
