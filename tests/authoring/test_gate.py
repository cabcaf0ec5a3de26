"""The author's gate: a drill broken on purpose, one way each, is reported for what it is."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from grader.authoring.gate import check_drill, trying
from grader.authoring.report import DrillReport, suspect_the_reference, weigh
from grader.authoring.solutions import Judged, judge, right_solutions, wrong_solutions
from grader.catalogue import Drill
from tests.authoring.broken import NAME, edit, gate_of


def errors(engines, drill: Drill, quick: bool = True) -> str:
    fresh = Drill(drill.name, drill.deck, drill.folder, drill.solution_folder)  # drill.toml is read once per object
    return "\n".join(check_drill(engines, fresh, quick=quick).errors)


def test_an_unbroken_drill_is_sound_in_full(engines, drill) -> None:
    report = check_drill(engines, drill, quick=False)

    assert report.errors == []
    assert report.kills
    assert any(name.startswith("junk/") for killed in report.kills.values() for name in killed)


def test_a_stray_file_is_reported(engines, drill) -> None:
    (drill.folder / "notes.txt").write_text("later")
    (drill.solution_folder / "wrong" / "data.csv").write_text("1")

    assert "notes.txt: does not belong here" in errors(engines, drill)
    assert "data.csv: does not belong here" in errors(engines, drill)


def test_a_missing_file_is_reported(engines, drill) -> None:
    (drill.folder / "test_public.py").unlink()

    assert "test_public.py: is missing" in errors(engines, drill)


def test_a_sentence_deleted_from_the_prompt_is_reported(engines, drill) -> None:
    name, (*_, phrase) = next(iter(drill.file.phrases.items()))
    edit(drill.folder / "prompt.md", phrase, "something else")

    assert f"the convention {name} does not stand in it" in errors(engines, drill)


def test_a_sentence_that_could_be_lost_unnoticed_is_reported(engines, drill) -> None:
    edit(drill.folder / "prompt.md", "## Example", "Every result is a multiple of three, whatever was asked.\n\n## Example")
    fresh = Drill(drill.name, drill.deck, drill.folder, drill.solution_folder)

    warnings = "".join(check_drill(engines, fresh, quick=True).warnings)

    assert "may be lost unnoticed, for drill.toml has no phrase of it: 'Every result" in warnings


def test_a_convention_that_no_check_names_is_reported(engines, drill) -> None:
    edit(drill.folder / "drill.toml", "[conventions]\n", '[conventions]\nunheard-of = "Write"\n')

    assert "no check names the convention unheard-of" in errors(engines, drill)


def test_a_check_removed_is_reported_by_the_points(engines, drill) -> None:
    suite = drill.folder / "test_hidden.py"
    text = suite.read_text()
    start = text.rindex("\n@pytest.mark.check(")
    suite.write_text(text[:start] + "\n")

    assert "points, the rubric gives" in errors(engines, drill)


def test_a_wrong_file_that_is_right_is_reported(engines, drill) -> None:
    wrong = drill.wrong[0]
    header = wrong.read_text().split('"""')[0]
    body = drill.reference.read_text().removeprefix(f"# drill: {NAME}\n")
    wrong.write_text(header + body)

    found = errors(engines, drill)

    assert f"wrong/{wrong.stem} (test_hidden.py" in found
    assert "with each of 4 seeds: must fail in " in found
    assert "fails in nothing" in found


def test_a_wrong_file_that_names_another_family_is_reported(engines, drill) -> None:
    wrong = next(path for path in drill.wrong if 'fails = "contract"' in path.read_text())
    edit(wrong, 'fails = "contract"', 'fails = "taste"')

    assert "'taste' is no family of the rubric" in errors(engines, drill)


def test_a_reference_with_a_bug_is_reported(engines, drill) -> None:
    text = drill.reference.read_text()
    drill.reference.write_text(
        text + "\n\n_right = training_state_bytes\n\n\ndef training_state_bytes(*args, **kwargs):\n"
        "    result = _right(*args, **kwargs)\n    result['total'] += 1\n    return result\n"
    )

    found = errors(engines, drill)

    assert "must pass everything" in found
    assert "reference/reference: all accepted variants fail" in found


def test_a_reference_that_alone_fails_is_suspected(engine, drill) -> None:
    wrong = wrong_solutions(drill)[0]
    judged = [judge(engine, drill, solution, 3) for solution in (*right_solutions(drill)[1:], wrong)]
    report = DrillReport(drill.name)
    as_reference = replace(judged[-1], solution=replace(wrong, kind="reference", name="reference"))

    suspect_the_reference(report, [*judged[:-1], as_reference])

    assert "fails where every accepted variant passes" in "".join(report.errors)


def test_a_suite_that_lets_everything_pass_is_reported(engines, drill) -> None:
    suite = drill.folder / "test_hidden.py"
    lines = []
    for line in suite.read_text().splitlines():
        lines.append(line)
        if line.startswith("def test_") and line.endswith(":"):
            lines += ["    if 'submission' in locals():", "        submission.training_state_bytes(10, 2, 1)", "    return"]
    suite.write_text("\n".join(lines) + "\n")

    found = errors(engines, drill, quick=False)

    assert "must fail in" in found
    assert "junk/zeros" in found
    assert "must not pass, but passes" in found


def test_a_verdict_that_depends_on_the_seed_is_reported(engines, drill) -> None:
    suite = drill.folder / "test_hidden.py"
    text = suite.read_text()
    start = text.index("def test_")
    name = text[start:].split("(")[0].removeprefix("def ")
    flaky = f"def {name}(submission, draw):\n    assert draw.float(0, 1) < 0.6, 'the dice fell badly'\n\n\ndef unused_{name}("
    suite.write_text(text.replace(f"def {name}(", flaky, 1))

    found = errors(engines, drill, quick=False)

    assert "the verdict depends on the seed, with " in found
    assert "the dice fell badly" in found


def test_the_command_reports_and_ends_with_the_right_status(drill_command) -> None:
    ran = drill_command("check", NAME, "--quick", "--json")

    assert ran.status == 0
    assert ran.json["errors"] == []
    assert ran.json["kills"] == {}  # the quick form stops each grade once it is judged
    assert "sound" in drill_command("check", NAME, "--quick", "--jobs", "2").out
    assert drill_command("check", "nowhere").status == 2


def test_a_deleted_sentence_on_a_value_error_is_reported(engines, drill) -> None:
    edit(drill.folder / "prompt.md", "`dp < 1`", "it likes")

    assert "does not say what drill.toml lists under `refuses`" in errors(engines, drill)


def test_a_value_error_of_the_reference_that_drill_toml_is_silent_about_is_reported(engines, drill) -> None:
    toml = drill.folder / "drill.toml"
    text = toml.read_text()
    start = text.index("refuses = [")
    toml.write_text(text[:start] + text[text.index("]\n", start) + 2 :])

    assert "the reference raises ValueError, but `refuses` does not say when" in errors(engines, drill)


def test_a_starter_that_ends_while_loading_is_reported(engines, drill) -> None:
    starter = drill.folder / "starter.py"
    starter.write_text(starter.read_text() + "\nraise SystemExit(3)\n")

    assert "must load and fail check by check, but is crashed" in errors(engines, drill)


def test_lines_and_branches_that_the_suite_never_runs_are_named(engines, drill) -> None:
    edit(drill.reference, "\n    shard = ", "\n    if dp == 987654321:\n        dp = 987654321\n    shard = ")
    number = drill.reference.read_text().split("\n").index("        dp = 987654321") + 1
    gate = gate_of(engines, drill)

    gate.run([gate.measure_coverage])

    assert gate.report.coverage.missed == (f"line {number}", f"the way from line {number - 1} to line {number}")


def test_a_mutant_that_passes_unmarked_keeps_a_drill_from_being_sound(engines, drill) -> None:
    edit(drill.reference, "\n    shard = ", "\n    spare = 3\n    shard = ")
    gate = gate_of(engines, drill)

    gate.mutate()

    assert gate.report.errors == []
    assert [survivor for survivor in gate.report.survivors if "spare = 4" in survivor] == gate.report.survivors
    assert not gate.report.sound


def test_the_slowest_checks_are_named(engines, drill) -> None:
    report = check_drill(engines, drill, quick=True)

    assert len(report.slowest) == 5
    assert list(report.slowest.values()) == sorted(report.slowest.values(), reverse=True)


def test_a_verdict_that_flips_on_a_busy_machine_is_reported(engines, drill) -> None:
    hasty = drill.folder / "test_hidden.py"
    text = hasty.read_text()
    start = text.index("\n@pytest.mark.check(")
    # The load is seen itself, not its effect: other tests keep this machine busy, too.
    fixture = '''
from pathlib import Path


def parent(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]


@pytest.fixture(autouse=True)
def in_time():
    front = parent(parent("self"))
    for children in Path(f"/proc/{front}/task").glob("*/children"):
        for pid in children.read_text().split():
            if b"select.select" in Path(f"/proc/{pid}/cmdline").read_bytes():
                fail("too slow")

'''
    hasty.write_text(text[:start] + fixture + text[start:])

    gate = gate_of(engines, drill)

    gate.try_under_load()

    assert any("on a busy machine" in error for error in gate.report.errors)


def test_a_right_answer_that_is_wrong_with_any_load_is_not_blamed_on_the_load(engines, drill) -> None:
    suite = drill.folder / "test_hidden.py"
    start = suite.read_text().index("\n@pytest.mark.check(")
    edit(suite, suite.read_text()[start:], """


@pytest.fixture(autouse=True)
def never():
    fail("never right")
""" + suite.read_text()[start:])
    gate = gate_of(engines, drill)

    gate.try_under_load()

    assert gate.report.errors
    assert all("(test_hidden.py, seed" in error for error in gate.report.errors)


def test_a_wrong_submission_that_some_seed_lets_pass_is_reported(engines, drill) -> None:
    wrong = next(path for path in drill.wrong if 'fails = "numerics"' in path.read_text())
    suite = drill.folder / "test_hidden.py"
    text = suite.read_text()
    start = text.index("\n@pytest.mark.check(")
    check = re.search(r'check\("numerics".*?\ndef (\w+)', text, re.DOTALL)
    assert check
    # One check alone tosses a coin, so that every second seed lets everything pass.
    suite.write_text(text[:start] + f"""

@pytest.fixture(autouse=True)
def by_luck(request, draw):
    if request.node.originalname == "{check[1]}" and draw.int(0, 1):
        fail("by luck")

""" + text[start:])
    gate = gate_of(engines, drill)
    shutil.copy(drill.reference, wrong)
    edit(wrong, f"# drill: {NAME}\n", f"# drill: {NAME}\n# /// wrong\n# fails = \"numerics\"\n# message = \"Right.\"\n# ///\n")

    solution = next(s for s in wrong_solutions(drill) if s.name == wrong.stem)
    judged: list[Judged] = []
    for _ in range(100):
        report = DrillReport(drill.name)
        judged += gate.run([trying([solution])])
        weigh(report, judged)
        if "the verdict depends on the seed, with " in "".join(report.errors):
            return
    pytest.fail("a hundred tosses all fell alike")


def test_a_file_in_the_decks_folder_that_is_no_drill_is_reported(engines, drill) -> None:
    (drill.folder.parent / "notes.txt").write_text("later")
    (drill.folder.parent / "empty").mkdir()
    (drill.solution_folder.parent / "gone").mkdir()

    found = errors(engines, drill)

    assert "notes.txt: does not belong here" in found
    assert "empty: does not belong here, for it has no drill.toml" in found
    assert "gone: does not belong here, for there is no drill of this name" in found


def test_a_card_that_is_missing_or_empty_is_reported(engines, drill, tmp_path: Path) -> None:
    card = tmp_path / "card.toml"
    missing = check_drill(engines, drill, quick=True, card=card).errors
    card.write_text('title = "T"\nnumber = 1\nquestion = ""\nanswer = "TODO: answer"\nchecklist = []\n')
    empty = check_drill(engines, drill, quick=True, card=card).errors

    assert missing == [f"{card}: is missing"]
    assert empty == [f"{card}: question is empty", f"{card}: still to be done: TODO: answer", f"{card}: checklist is empty"]


def test_what_is_still_to_be_done_is_reported_with_its_place(engines, drill) -> None:
    edit(drill.folder / "prompt.md", "## ", "TODO: a sentence\n\n## ")

    assert "still to be done: TODO: a sentence" in errors(engines, drill)


def test_a_check_leaves_no_files_in_the_drills_folder(engines, drill) -> None:
    check_drill(engines, drill, quick=True)

    assert not list(drill.folder.rglob("__pycache__"))
