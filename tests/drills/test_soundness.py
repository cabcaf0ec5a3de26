"""Every drill judges its own solutions rightly: reference and accepted pass, each wrong one fails in the family it names."""

from __future__ import annotations

import random

import pytest

from grader.catalogue import open_catalogue
from grader.client import Engine
from grader.soundness import findings, judge_file, read_wrong_header

CATALOGUE = open_catalogue()
DRILLS = [drill for drill in CATALOGUE if (drill.folder / "test_hidden.py").is_file()]
LEAST_ACCEPTED = 3
LEAST_WRONG = 8


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.name)
def test_every_solution_gets_the_verdict_it_deserves(engine: Engine, drill) -> None:
    seed = random.randrange(2**63)  # a fresh one each time: a verdict may not depend on it

    found = list(findings(engine, drill, seed))

    assert found == []


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.name)
def test_the_public_suite_passes_the_right_and_fails_the_starter_cleanly(engine: Engine, drill, tmp_path) -> None:
    for path in (drill.reference, *drill.accepted):
        result = judge_file(engine, drill, path, 1, "test_public.py")
        assert result.verdict == "passed", (path.name, result.message, [c for c in result.checks if c.outcome == "failed"])
    starter = judge_file(engine, drill, drill.folder / "starter.py", 1, "test_public.py")
    assert starter.verdict == "failed"
    assert 3 <= len([check for check in starter.checks if check.family != "ledger" and check.id != "loads"]) <= 12


@pytest.mark.parametrize("drill", list(CATALOGUE), ids=lambda drill: drill.name)
def test_there_are_enough_solutions_and_their_headers_are_whole(drill) -> None:
    assert len(drill.accepted) >= LEAST_ACCEPTED
    assert len(drill.wrong) >= LEAST_WRONG
    for path in drill.wrong:
        header = read_wrong_header(path)
        assert header.fails in drill.file.rubric.points, path
        assert len(header.message) > 20, path
        assert not header.source or header.source.startswith("https://"), path
    for path in (drill.reference, *drill.accepted, *drill.wrong):
        assert path.read_text(encoding="utf-8").startswith(f"# drill: {drill.name}\n"), path


def test_every_drill_has_both_suites() -> None:
    missing = [d.name for d in CATALOGUE for s in ("test_hidden.py", "test_public.py") if not (d.folder / s).is_file()]

    assert missing == []
