"""Files tried one after another in one candidate are judged as if each were alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.authoring.junk import junk_solutions
from grader.authoring.solutions import judge, right_solutions, wrong_solutions
from grader.authoring.trials import try_each
from tests.authoring.broken import NAME


@pytest.mark.parametrize("name", [NAME, "swiglu"])
def test_files_that_are_tried_in_one_process_are_failed_by_the_checks_that_fail_them_alone(engine, catalogue, name) -> None:
    drill = catalogue.find(name)
    files = [*wrong_solutions(drill), *right_solutions(drill), *junk_solutions(drill)]

    for solution, tried in zip(files, try_each(engine, drill, files, 3, to_the_end=True), strict=True):
        alone = judge(engine, drill, solution, 3)
        assert tried is not None
        assert set(tried.failed) == alone.killers, solution.place
        assert tried.settled == bool(alone.killers), solution.place


def test_a_file_is_tried_up_to_the_first_check_of_its_family_that_fails_it(engine, drill) -> None:
    wrong = wrong_solutions(drill)

    for solution, tried in zip(wrong, try_each(engine, drill, wrong, 3), strict=True):
        alone = judge(engine, drill, solution, 3)
        assert tried is not None and tried.settled
        assert tried.failed[-1] in alone.killers
        assert alone.families[tried.failed[-1]] == solution.fails
        assert [alone.families[check] for check in tried.failed].count(solution.fails) == 1


def test_a_file_that_ends_the_process_leaves_those_after_it_to_be_tried(engine, drill) -> None:
    wrong = wrong_solutions(drill)[:3]
    fatal = replace(wrong[1], source="import os\n\n\ndef training_state_bytes(*args, **kwargs):\n    os._exit(1)\n")
    hanging = replace(wrong[1], source="def training_state_bytes(*args, **kwargs):\n    while True: pass\n")

    tried = list(try_each(engine, drill, [wrong[0], fatal, hanging, wrong[2]], 3))

    assert [outcome is not None for outcome in tried] == [True, False, False, True]


def test_files_tried_after_one_that_spoils_the_process_are_left_undecided(engine, drill) -> None:
    wrong = wrong_solutions(drill)[:2]
    spoiling = replace(wrong[0], source="import builtins\n\nbuiltins.ValueError = KeyError\n" + wrong[0].source)

    tried = list(try_each(engine, drill, [spoiling, wrong[1]], 3))

    assert tried == [None, None]
