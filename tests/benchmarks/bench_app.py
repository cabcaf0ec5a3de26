"""How fast the app is, measured side by side in one run: `python -m tests.benchmarks.bench_app`.

The real program in a real pseudo-terminal, driven by keys and read off a terminal emulator. Both sides of a ratio
alternate. Medians unless it says otherwise. Exit status 1 when a bound is exceeded. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from app.desk import Desk
from app.home import Home
from grader.catalogue import Drill, open_catalogue
from grader.client import Engine
from tests.benchmarks.bench_grading import alternate, grade, show
from tests.store.filling import fill
from tests.tui.terminal import DRILL as PROGRAM
from tests.tui.terminal import Terminal

DRILL = "dpo_loss"
NUM_ATTEMPTS = 20_000
NUM_STARTS = 9
"""A start of 0.3 s differs by half from one to the next; a median of two or three says nothing."""
NUM_KEYS, KEYS_A_LINE = 200, 40
RUNNING = "running the public checks"
F2, F5, F9, END = "\x1bOQ", "\x1b[15~", "\x1b[20~", "\x1b[F"
BARE = """
from textual.app import App
from textual.widgets import Footer, Header, OptionList, Static
class Bare(App):
    def compose(self):
        yield Header()
        yield Static("painted")
        yield OptionList("one", "two")
        yield Footer()
Bare().run()
"""


def shown_after(home: Path, text: str, *arguments: str, program: str = PROGRAM) -> float:
    """Seconds from the start of a program until the text stands on the screen."""
    started_s = time.perf_counter()
    terminal = Terminal(home, *arguments, program=program)
    try:
        terminal.wait_for(text)
        return time.perf_counter() - started_s
    finally:
        terminal.process.close(force=True)


def practised(folder: Path, drills: list[Drill], num_attempts: int) -> Path:
    """A home whose first run is over."""
    folder.mkdir()
    with Desk(Home(folder)) as desk:
        fill(desk.database, [(drill.name, drill.deck) for drill in drills], num_attempts, time.time() - 3 * 86_400)
    return folder


def open_drill(home: Path, drill: Drill) -> Terminal:
    """The app, with the drill's code open in the built-in editor and the engine warm."""
    with Desk(Home(home)) as desk:
        sitting = desk.start(drill)
        sitting.skip_ledger()
        sitting.file.write_text(drill.reference.read_text(encoding="utf-8"))
    terminal = Terminal(home)
    terminal.process.delaybeforesend = None  # pexpect would hold every key back for 50 ms
    terminal.wait_for(f"go on with {drill.name}")
    terminal.press("\r")
    terminal.wait_for("left", "Prompt")
    terminal.press(F2)
    terminal.wait_for("# drill: ")
    time.sleep(6.0)  # the engine warms up
    return terminal


def submit_s(terminal: Terminal) -> float:
    """Seconds from F9 to the verdict on the screen; then back to the code."""
    started_s = time.perf_counter()
    terminal.press(F9)
    terminal.wait_for("PASSED")
    return time.perf_counter() - started_s


def run(terminal: Terminal) -> None:
    """Have the public suite run; it may be over before it was seen to begin."""
    while RUNNING not in terminal.screen:
        terminal.press(F5)
        until = time.monotonic() + 0.5
        while RUNNING not in terminal.screen and time.monotonic() < until:
            terminal.read()


def key_s(terminal: Terminal) -> list[float]:
    """Seconds from each key to its letter on the screen, typed in a comment as fast as letters appear.

    Only keys that are pressed while the public suite runs count. The comment keeps the file gradable, and no six letters
    come twice, so that none is taken for another.
    """
    source = random.Random(1)
    seconds: list[float] = []
    terminal.press(END)
    time.sleep(0.5)
    while len(seconds) < NUM_KEYS:
        terminal.press("\r")
        time.sleep(0.5)  # keys in one burst may overtake one that is bound to an action
        typed = ""
        terminal.press("# ")
        for _ in range(KEYS_A_LINE):
            run(terminal)
            letter = source.choice("acegjkmqrsuvwxyz")
            typed += letter
            started_s = time.perf_counter()
            terminal.press(letter)
            terminal.wait_for(typed[-6:])
            if RUNNING in terminal.screen:  # it ran before the key and after it
                seconds.append(time.perf_counter() - started_s)
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each alternating pair")
    rounds = parser.parse_args().rounds
    catalogue = open_catalogue()
    drill = catalogue.find(DRILL)
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = practised(folder / "small", [drill], 1)
        full = practised(folder / "full", list(catalogue), NUM_ATTEMPTS)

        python = sys.executable
        app, bare = alternate(
            lambda: shown_after(small, "Next"), lambda: shown_after(small, "painted", "-c", BARE, program=python), rounds
        )
        good &= show("first paint : that of a bare Textual app", app / bare, 1.5, f"{app:.2f} s : {bare:.2f} s")
        starts = max(rounds, NUM_STARTS)
        many, few = alternate(lambda: shown_after(full, "streak"), lambda: shown_after(small, "streak"), starts)
        good &= show(f"home with {NUM_ATTEMPTS} attempts : with one", many / few, 1.3, f"{many:.2f} s : {few:.2f} s")
        end = "Reviews to come"
        many, few = alternate(lambda: shown_after(full, end, "stats"), lambda: shown_after(small, end, "stats"), starts)
        good &= show(f"`drill stats` with {NUM_ATTEMPTS} attempts : with one", many / few, 1.3, f"{many:.2f} s : {few:.2f} s")

        terminal = open_drill(small, drill)
        try:
            keys = key_s(terminal)
            slowest, median = statistics.quantiles(keys, n=20)[-1], statistics.median(keys)
            good &= show("a key while a grade runs, 95th percentile, seconds", slowest, 0.050, f"median {median:.3f} s")
        finally:
            terminal.process.close(force=True)
        with Engine() as engine:
            engine.wait_ready()
            source = drill.reference.read_text(encoding="utf-8")
            shown, warm = [], []
            for number in range(rounds):
                terminal = open_drill(practised(folder / f"round{number}", [drill], 1), drill)
                shown.append(submit_s(terminal))
                terminal.process.close(force=True)
                warm.append(grade(engine, drill, source, number))
        more = statistics.median(shown) - statistics.median(warm)
        detail = f"{statistics.median(shown):.3f} s - {statistics.median(warm):.3f} s"
        good &= show("submit to verdict on screen, beyond a warm verdict, seconds", more, 0.150, detail)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
