"""Timed practice as it is met on the command line: start, write, submit, and find it all again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from grader.catalogue import Catalogue


@pytest.fixture
def drill(drill_command: Callable, tmp_path: Path) -> Callable:
    """The command with a home of its own."""
    return lambda *arguments, **options: drill_command(*arguments, env={"DRILL_HOME": str(tmp_path / "home")}, **options)


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    return tmp_path / "home" / "answers" / "decoder" / "swiglu.py"


def test_a_drill_from_start_to_the_reference(drill, answer: Path, reference_of) -> None:
    started = drill("start", "swiglu")
    assert (started.status, answer.is_file()) == (0, True)
    assert "5:00 left of 5:00" in started.out
    assert "Which of the two" in drill("hint", "swiglu").out
    assert drill("solution", "swiglu").status == 2
    assert drill("ledger", "swiglu", "hidden=[N, F]").status == 1
    assert drill("ledger", "swiglu", "parameters=3*D*F", "flops=6*N*D*F", "saved_bytes=6*N*F").status == 0
    assert '"hidden": "[N, F]"' in answer.read_text()

    failed = drill("submit")
    assert failed.status == 1
    assert "left of 5:00" in failed.out
    answer.write_text(reference_of("swiglu"))
    passed = drill("submit", "swiglu")
    assert passed.status == 0
    assert "practice mark 90 of 100" in passed.out
    assert "Hard: passed, but 2 submissions, hints up to level 1; due tomorrow" in " ".join(passed.out.split())

    assert drill("solution", "swiglu").out == reference_of("swiglu")
    assert drill("submit", "swiglu").status == 2
    assert drill("rate", "swiglu", "easy").out.startswith("Easy: your choice")
    assert "(due in 8 days)" in drill("list", "decoder").out
    history = drill("history").out.splitlines()
    assert [line.split()[4] for line in history] == ["PASSED", "FAILED"]
    assert drill("history", "--source", history[0].split()[0]).out == reference_of("swiglu")
    assert "2 attempts at 1 drill, 1 passed" in drill("stats").out


def test_judging_the_sessions_own_file_belongs_to_the_session(drill, answer: Path, tmp_path: Path, reference_of) -> None:
    other = tmp_path / "swiglu.py"
    other.write_text(reference_of("swiglu"))
    assert drill("grade", str(other)).status == 0
    assert not (tmp_path / "home").exists(), "grading alone keeps no record"
    drill("start", "swiglu")
    answer.write_text(reference_of("swiglu"))

    assert "left of 5:00" in drill("run", str(answer)).err
    assert drill("grade", str(other)).err == "", "another file is not the session's"
    graded = drill("grade", "--format", "json", str(answer))
    assert graded.json["passed"]
    assert "ledger rows wrong" in " ".join(graded.err.split())
    assert "no open session" in drill("status").out


def test_watching_judges_each_save(tmp_path: Path, drill, answer: Path, reference_of) -> None:
    drill("start", "swiglu")
    process = pexpect.spawn(
        str(Path(sys.executable).parent / "drill"), ["watch", "--once"], encoding="utf-8", timeout=60, dimensions=(24, 80),
        env={"DRILL_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin", "TERM": "dumb", "LANG": "C.UTF-8"},
    )  # fmt: skip
    process.expect("watching")
    process.expect("left of")
    deadline = 40
    while process.isalive() and deadline:
        answer.write_text(reference_of("swiglu") + f"# {deadline}\n")
        deadline -= 1
        if process.expect([r"(\d+) of \1 public checks pass", pexpect.TIMEOUT], timeout=5) == 0:
            break
    process.expect(pexpect.EOF)
    process.close()

    assert process.exitstatus == 0
    assert "public checks pass" in drill("status").out


def test_pausing_stops_the_clock_and_putting_away_ends_it(drill) -> None:
    drill("start", "swiglu")

    assert ", paused" in drill("pause").out
    assert ", paused" not in drill("start", "swiglu").out
    assert "put away" in drill("pause", "--put-away").out
    assert "no open session" in drill("status").out


def test_a_file_elsewhere_is_the_persons_and_stays(drill, tmp_path: Path) -> None:
    (tmp_path / "swiglu.py").write_text("mine")
    started = drill("start", "swiglu", "--here", "--quiet")

    assert started.out.strip() == str(tmp_path / "swiglu.py")
    assert (tmp_path / "swiglu.py").read_text() == "mine"


def test_the_editor_of_the_settings_is_opened_on_the_file(drill, answer: Path) -> None:
    drill("settings", "editor", "cp /dev/null")
    assert drill("start", "swiglu", "--edit").status == 0
    assert answer.read_text() == ""
    drill("settings", "editor", "no-such-editor")
    assert "hint: drill settings editor" in drill("start", "swiglu", "--edit").err


def test_giving_up_shows_the_reference_and_comes_back(drill, reference_of) -> None:
    given = drill("solution", "gae", "--give-up")

    assert given.out == reference_of("gae")
    assert "Again: given up; due tomorrow" in given.err
    assert "(due tomorrow)" in drill("list", "objectives").out


def test_a_card_is_recalled_and_rated(drill, catalogue: Catalogue) -> None:
    recalled = drill("cards", "6", stdin="latents\nand keys\n\n4\n")
    card = next(deck.card for deck in catalogue.decks if deck.name == "attention")

    assert recalled.status == 0
    assert card.checklist[0] in " ".join(recalled.out.split())
    assert recalled.out.rstrip().endswith("due in 8 days")
    assert "attention" in drill("cards", "--list").out
    exported = drill("export").json
    assert json.loads(exported["reviews"][0]["detail"])["own_answer"] == "latents\nand keys"


def test_the_page_of_statistics_stands_alone(drill, tmp_path: Path) -> None:
    drill("solution", "gae", "--give-up")
    page = tmp_path / "page.html"

    assert drill("stats", "--html", str(page)).status == 0
    text = page.read_text()
    assert "Reviews to come" in text
    assert "prefers-color-scheme: dark" in text
    assert not any(word in text for word in ("http://", "https://", "<script", "@import", "url("))


def test_export_and_import_by_file(drill, drill_command, tmp_path: Path) -> None:
    drill("solution", "gae", "--give-up")
    assert drill("export", str(tmp_path / "out.json")).status == 0
    there = {"DRILL_HOME": str(tmp_path / "there")}

    assert "1 review" in drill_command("import", str(tmp_path / "out.json"), env=there).out
    assert drill_command("export", env=there).out == (tmp_path / "out.json").read_text()
    (tmp_path / "bad.json").write_text("{}")
    assert drill("import", str(tmp_path / "bad.json")).status == 2


def test_settings_are_shown_changed_and_checked(drill, tmp_path: Path) -> None:
    assert drill("settings", "mode", "strict").out == "strict\n"
    assert "'lax' is not allowed" in drill("settings", "mode", "lax").err
    (tmp_path / "home" / "settings.toml").write_text('mode = "lax"\n')
    started = drill("start", "swiglu")

    assert started.status == 0
    assert "warning:" in started.err
    assert "relaxed" in started.out


def test_a_broken_record_is_said_and_left_alone(drill, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "drill.sqlite3").write_text("no database" * 100)
    ran = drill("start", "swiglu")

    assert ran.status == 2
    assert "hint: move it away" in ran.err
    assert drill("list").status == 0
    (tmp_path / "swiglu.py").write_text("x = 1\n")
    graded = drill("grade", "--format", "json", str(tmp_path / "swiglu.py"))
    assert (graded.status, graded.json["verdict"]) == (1, "failed"), "a verdict does not need the record"
    assert "not kept" in graded.err
    assert (tmp_path / "home" / "drill.sqlite3").read_text() == "no database" * 100


@pytest.mark.parametrize("arguments", [
    ["start", "swiglu"], ["status"], ["list"], ["hint", "swiglu"], ["stats"], ["cards", "--list"], ["history"], ["settings"],
    ["submit", "--help"], ["interview", "--help"], ["export"],
])  # fmt: skip
def test_no_command_of_practice_pays_for_the_screen_or_torch(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\nfrom app.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        "print('HEAVY', sorted(m for m in ('torch', 'pytest', 'textual', 'numpy', 'watchfiles') if m in sys.modules))"
    )
    env = {"DRILL_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.splitlines()[-1] == "HEAVY []"
