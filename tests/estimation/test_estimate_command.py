"""`drill estimate` as people meet it: a real process, a real terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from grader.catalogue import open_catalogue
from grader.estimation.draw import draw
from grader.estimation.template import load
from tests.estimation.conftest import GOOD

RIGHT = "stage_0: 72 GB\nstage_1 = 19.69  # GB\n\n# stage 2\nstage_2: 10.97e9 B\nstage_3: 2.25\n"


def test_right_answers_from_a_file_end_with_0(drill_command, tmp_path: Path) -> None:
    (tmp_path / "answers").write_text(RIGHT)

    ran = drill_command("estimate", "zero_stages", "--seed", "3", "--answers", "answers")

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("PASSED  4 of 4 right  zero_stages")
    assert "\x1b" not in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_wrong_answers_end_with_1_and_are_explained(drill_command) -> None:
    answers = json.dumps({"stage_0": "54 GB", "stage_1": "12 ms", "stage_3": 2.25})

    ran = drill_command("estimate", "zero_stages", "--seed", "3", "--answers", "-", stdin=answers)

    assert ran.status == 1
    assert ran.out.startswith("NOT YET  1 of 4 right")
    for words in ("WRONG   stage_0: 54 GB; you left out the fp32 master copy", "UNIT    stage_1", "BLANK   stage_2",
                  "RIGHT   stage_3", "16 * 4.5e9 B", "--seed 3"):  # fmt: skip
        assert words in ran.out


def test_json_is_one_object_on_one_line(drill_command) -> None:
    asked = ("estimate", "zero_stages", "--seed", "3", "--answers", "-", "--format", "json")
    ran = drill_command(*asked, stdin=RIGHT.replace("72", "54"))

    result = ran.json
    assert ran.out.count("\n") == 1
    assert {key: result[key] for key in ("schema", "round", "deck", "seed", "score", "max_score", "passed")} == {
        "schema": 1, "round": "zero_stages", "deck": "training_state", "seed": 3, "score": 3, "max_score": 4, "passed": False,
    }  # fmt: skip
    first = result["rows"][0]
    assert {key: first[key] for key in ("name", "answer", "outcome", "slip", "expected", "unit", "question")} == {
        "name": "stage_0", "answer": "54 GB", "outcome": "wrong", "slip": "master_copy_forgotten", "expected": 72.0,
        "unit": "GB", "question": "Stage 0 (plain data parallelism)",
    }  # fmt: skip
    assert result["rows"][3]["slip"] is None
    assert result["seconds"] == 0


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (["zero_stage"], "", "did you mean zero_stages"), (["zero_stages", "--seed", "-1"], "", "--seed"),
        (["zero_stages", "--answers", "-"], "stage_0: 1", "pass its --seed"),
        (["zero_stages", "--seed", "3", "--answers", "nowhere"], "", "nowhere"),
        (["zero_stages", "--seed", "3", "--answers", "-"], "what is this", "write `row: answer`"),
        (["zero_stages", "--seed", "3", "--answers", "-"], "stage_9: 1", "the rows are stage_0"),
        (["zero_stages", "--seed", "3", "--answers", "-"], "stage_0: 1\nstage_0: 2", "again"),
        (["zero_stages", "--seed", "3", "--answers", "-"], "{not json", "no JSON object"),
        (["zero_stages", "--seed", "3", "--answers", "-"], "#" * 70_000, "65536"),
    ],
)  # fmt: skip
def test_unusable_arguments_end_with_2(drill_command, arguments: list[str], stdin: str, words: str) -> None:
    ran = drill_command("estimate", *arguments, stdin=stdin)

    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err


def test_list_and_show_give_away_no_answer(drill_command) -> None:
    listed = drill_command("estimate", "--list")
    shown = drill_command("estimate", "zero_stages", "--seed", "3", "--show")
    as_json = drill_command("estimate", "zero_stages", "--seed", "3", "--show", "--format", "json").json

    assert all(entry.name in listed.out for entry in open_catalogue().rounds)
    assert "stage_1: Stage 1 [in GB]" in shown.out
    assert "seed 3" in shown.out
    assert "19.69" not in shown.out + json.dumps(as_json)
    assert "rounds: " in drill_command("list").out


def test_without_a_name_the_seed_picks_the_round(drill_command) -> None:
    def picked(seed: int) -> str:
        return drill_command("estimate", "--seed", str(seed), "--show", "--format", "json").json["round"]

    assert picked(1) == picked(1)
    assert len({picked(seed) for seed in range(1, 6)}) > 1


def test_a_broken_round_of_ones_own_is_reported_and_hides_no_other(drill_command, write_round, tmp_path: Path) -> None:
    entry = write_round(GOOD.replace("par_minutes = 3", 'par_minutes = "three"'))
    env = {"DRILL_PATH": str(tmp_path / "own")}

    ran = drill_command("estimate", "small", env=env)
    listed = drill_command("estimate", "--list", env=env)

    assert ran.status == 3
    assert f"{entry.path}: par_minutes = 'three'" in ran.err
    assert (listed.status, "zero_stages" in listed.out, "broken" in listed.out) == (0, True, True)


def talk(tmp_path: Path) -> pexpect.spawn[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "COLUMNS": "80", "LANG": "C.UTF-8"}
    program = str(Path(sys.executable).parent / "drill")
    return pexpect.spawn(program, ["estimate", "zero_stages", "--seed", "3"], env=environment, cwd=str(tmp_path),
                         encoding="utf-8", timeout=60)  # fmt: skip


def test_a_terminal_is_asked_row_by_row_and_again_after_what_cannot_be_read(tmp_path: Path) -> None:
    child = talk(tmp_path)
    for row, answers in ((1, ["72 apples", "72 GB"]), (2, ["19.69"]), (3, [""]), (4, ["2.25"])):
        child.expect(f"{row} of 4")
        for answer in answers:
            child.expect("> ")
            child.sendline(answer)
    child.expect("NOT YET.*3 of 4 right")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 1


@pytest.mark.parametrize("key", ["c", "d"])
def test_ctrl_c_and_ctrl_d_grade_what_is_filled_in(tmp_path: Path, key: str) -> None:
    child = talk(tmp_path)
    child.expect("1 of 4.*> ")
    child.sendline("72")
    child.expect("2 of 4.*> ")
    child.sendcontrol(key)
    child.expect("1 of 4 right")
    rest = child.read()
    child.close()

    assert child.exitstatus == 1
    assert "Traceback" not in rest


def test_no_estimate_pays_for_torch_or_a_screen(tmp_path: Path) -> None:
    heavy = ("torch", "pytest", "textual", "numpy", "rich", "asyncio")
    code = (
        "import sys\nfrom app.cli import main\n"
        "try:\n    main(['estimate', 'zero_stages', '--show'])\nexcept SystemExit:\n    pass\n"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_the_answers_used_here_are_those_of_the_round() -> None:
    drawn = draw(load(open_catalogue().find_round("zero_stages")), 3)

    assert [round(float(row.value), 4) for row in drawn.rows] == [72, 19.6875, 10.9688, 2.25]
