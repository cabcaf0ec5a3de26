"""The real program in a real pseudo-terminal, as a person meets it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.desk import Desk
from app.home import Home
from tests.tui.conftest import DRILL
from tests.tui.terminal import Terminal

F2, F9 = "\x1bOQ", "\x1b[20~"
CTRL_N, CTRL_O, CTRL_Q, TAB = "\x0e", "\x0f", "\x11", "\t"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def terminals(home: Path) -> Iterator[list[Terminal]]:
    """Whatever a test starts is gone after it."""
    started: list[Terminal] = []
    yield started
    for terminal in started:
        terminal.process.close(force=True)


def start_first_drill(home: Path, terminals: list[Terminal]) -> Terminal:
    """A first visit, and the code drill that it offers."""
    terminal = Terminal(home)
    terminals.append(terminal)
    terminal.wait_for("Welcome to drill", "SwiGLU, par")
    terminal.press(TAB + "\r")
    terminal.wait_for("left", "gated feed-forward")
    return terminal


def go_on(home: Path, terminals: list[Terminal], *also_shown: str) -> Terminal:
    """Another visit, and the session that home offers to go on with."""
    terminal = Terminal(home)
    terminals.append(terminal)
    terminal.wait_for("go on with swiglu", *also_shown)
    terminal.press("\r")
    terminal.wait_for("left", "gated feed-forward")
    return terminal


def skip_ledger(terminal: Terminal) -> None:
    terminal.press(CTRL_N)
    terminal.wait_for("costs 10 points")
    terminal.press(TAB + "\r")


def test_a_drill_survives_an_edit_outside_a_kill_and_a_new_start(home: Path, terminals: list[Terminal], catalogue) -> None:
    """Start, fill in a row, edit the file from outside, submit, read the verdict, kill -9, come back, find everything."""
    (home / "settings.toml").write_text('writing = "own_editor_beside"\n')
    file = Home(home).answer_path(catalogue.find(DRILL).deck, DRILL)
    first = start_first_drill(home, terminals)
    skip_ledger(first)
    first.wait_for("Own editor beside", "ctrl+o")
    file.write_text("# drill: swiglu\ndef swiglu(x, w_gate, w_up, w_down):\n    return x\n")
    first.wait_for("saved ", "public checks pass")
    first.press(F9)
    first.wait_for("FAILED", "points")
    first.kill()

    second = go_on(home, terminals, "failed")
    file.write_text(catalogue.find(DRILL).reference.read_text())
    second.press(F9)
    second.wait_for("PASSED", "practice mark")
    second.press(CTRL_Q)

    assert second.wait_for_end() == 0
    with Desk(Home(home)) as desk:
        attempts = desk.home_view().last
        assert [attempt.passed for attempt in attempts] == [True, False]
        assert desk.open_sittings() == []


def test_typed_code_ledger_and_clock_survive_kill_9(home: Path, terminals: list[Terminal], catalogue) -> None:
    first = start_first_drill(home, terminals)
    first.press(F2)
    first.wait_for("Write these down first")
    first.press("[N, F]")
    first.wait_for("[N, F]")
    with Desk(Home(home)) as desk:
        while desk.open_sittings()[0].session.ledger != {"hidden": "[N, F]"}:
            first.read()
    first.kill()
    second = go_on(home, terminals)
    second.press(F2)
    second.wait_for("[N, F]")
    skip_ledger(second)
    second.wait_for("# drill: swiglu")
    second.press("typed_here")
    second.wait_for("typed_here", "saved ")
    with Desk(Home(home)) as desk:
        while "typed_here" not in desk.open_sittings()[0].file.read_text():
            second.read()
    second.kill()

    with Desk(Home(home)) as desk:
        (sitting,) = desk.open_sittings()
        assert "typed_here" in sitting.file.read_text()
        assert sitting.session.ledger == {"hidden": "[N, F]"}
        assert sitting.session.running  # a crash stops no clock


def test_the_own_editor_gets_the_terminal_and_gives_it_back(home: Path, terminals: list[Terminal]) -> None:
    editor = home / "editor.sh"
    editor.write_text('#!/bin/sh\necho "EDITING, press enter"\nread answer\necho "marked = \'$answer\'" >> "$1"\n')
    editor.chmod(0o755)
    (home / "settings.toml").write_text(f'writing = "own_editor_here"\neditor = "{editor}"\n')
    terminal = start_first_drill(home, terminals)
    skip_ledger(terminal)
    terminal.wait_for("Own editor here")
    terminal.press(CTRL_O)
    terminal.wait_for("EDITING, press enter")
    terminal.press("by hand\r")
    terminal.wait_for("saved ", "public checks pass")

    with Desk(Home(home)) as desk:
        (sitting,) = desk.open_sittings()
        assert sitting.file.read_text().endswith("marked = 'by hand'\n")
        assert sitting.session.runs == 1


def test_without_a_terminal_it_says_so(drill_command) -> None:
    ran = drill_command()

    assert ran.status == 2
    assert ran.out == ""
    assert "needs a terminal" in ran.err and "hint:" in ran.err


def test_no_colour_and_no_kitty_keys_are_no_trouble(home: Path, terminals: list[Terminal]) -> None:
    terminal = Terminal(home, NO_COLOR="1", TEXTUAL_DISABLE_KITTY_KEY="1", SSH_CONNECTION="a 1 b 2")
    terminals.append(terminal)
    terminal.wait_for("Welcome to drill", "SwiGLU, par")
    terminal.press("\x1b")
    terminal.wait_for("Due today", "Training state")
    terminal.press("q")

    assert terminal.wait_for_end() == 0
