"""`drill check`."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import msgspec

from app.catalogue import open_drills
from app.text import wrap
from grader.authoring.engines import start_engines
from grader.authoring.gate import check_drill
from grader.authoring.report import DrillReport
from grader.authoring.rounds import check_round
from grader.catalogue import CARD_FILE, Catalogue, Drill, RoundEntry, home_of
from grader.errors import UnknownDrill


@click.command("check")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="One seed, no junk, no mutants: for continuous integration.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, metavar="N", help="Engines at work at once.")
@click.option("--json", "as_json", is_flag=True, help="One object a drill and line, with the kill matrix.")
def command(names: tuple[str, ...], quick: bool, jobs: int, as_json: bool) -> None:
    """Prove drills and estimation rounds sound, or say what is missing; all of them, or those that are NAMEd.

    A drill is sound when its files are whole, its reference and accepted variants pass everything, each wrong submission
    fails in the family that it names, and no junk passes. A round is sound when it can be solved from its text, right answers
    are right in any spelling, and each slip is told by its name. In full, mutants of the reference that pass are listed. Exit
    status: 0 sound, 1 not, 3 error of the grader.
    """
    catalogue = open_drills()
    drills, rounds = chosen(catalogue, names)
    rounds_sound = check_rounds(rounds, quick, as_json)
    if not drills:
        sys.exit(0 if rounds_sound else 1)
    progress = Progress(len(drills))
    reports = []
    with ThreadPoolExecutor(jobs) as drills_at_once, start_engines(jobs) as engines:

        def work(drill: Drill) -> DrillReport:
            card = card_of(catalogue, drill)
            return check_drill(engines, drill, quick=quick, listener=lambda: progress.graded(drill.name), card=card)

        for report in drills_at_once.map(work, drills):
            reports.append(report)
            progress.clear()
            click.echo(msgspec.json.encode(report).decode() if as_json else render(report))
            progress.done()
    sys.exit(0 if rounds_sound and all(report.sound for report in reports) else 1)


def card_of(catalogue: Catalogue, drill: Drill) -> Path:
    """Where the card of a drill's deck lies, or should."""
    places = [root / "drills" / drill.deck for root in catalogue.roots]
    return home_of(places, drill.folder.parent) / CARD_FILE


def chosen(catalogue: Catalogue, names: tuple[str, ...]) -> tuple[list[Drill], list[RoundEntry]]:
    """The drills and estimation rounds of these names, or all. Raises UnknownDrill."""
    if not names:
        return catalogue.all_drills(), catalogue.all_rounds()
    drills: list[Drill] = []
    rounds: list[RoundEntry] = []
    for name in names:
        try:
            rounds.append(catalogue.find_round(name))
        except UnknownDrill:
            drills.append(catalogue.find(name))
    return drills, rounds


def check_rounds(rounds: list[RoundEntry], quick: bool, as_json: bool) -> bool:
    """Check and report each; True if all are sound."""
    sound = True
    for entry in rounds:
        report = check_round(entry, quick=quick)
        sound &= report.sound
        word = click.style("sound", fg="green") if report.sound else click.style("NOT SOUND", fg="red")
        lines = [f"{report.round}: {word}, {report.num_draws} draws"]
        lines += [wrap(f"error: {text}", "      ", "  ") for text in report.errors]
        click.echo(msgspec.json.encode(report).decode() if as_json else "\n".join(lines))
    return sound


def render(report: DrillReport) -> str:
    """One line when all is well, else what is not."""
    word = click.style("sound", fg="green") if report.sound else click.style("NOT SOUND", fg="red")
    lines = [f"{report.drill}: {word}, {report.num_graded} grades, {report.median_s:.2f} s each"]
    lines += [wrap(f"error: {text}", "      ", "  ") for text in report.errors]
    lines += [wrap(f"warning: {text}", "      ", "  ") for text in report.warnings]
    if report.coverage is not None:
        covered = report.coverage
        lines.append(f"  coverage of the reference: {covered.num_lines} lines, {covered.num_branches} branches"
                     + ("" if covered.missed else ", all run"))  # fmt: skip
        lines += [wrap(f"never run: {', '.join(covered.missed)}", "      ", "    ")] * bool(covered.missed)
    if report.num_mutants:
        killed = report.num_mutants - len(report.survivors)
        lines.append(f"  mutants of the reference: {killed} of {report.num_mutants} fail or are marked as equivalent")
        lines += [wrap(f"passes: {text}", "      ", "    ") for text in report.survivors]
    if report.idle:
        lines.append(wrap(f"checks that fail nothing here: {', '.join(report.idle)}", "      ", "  "))
    if report.killed_once:
        lines.append(wrap(f"failed by one check only: {', '.join(sorted(report.killed_once))}", "      ", "  "))
    return "\n".join(lines)


class Progress:
    """One line on standard error, where that is a terminal."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._finished = 0
        self._graded = 0

    def graded(self, name: Any) -> None:
        self._graded += 1
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{self._finished} of {self._total} drills, {self._graded} grades, at {name}"[:78])
            sys.stderr.flush()

    def done(self) -> None:
        self._finished += 1

    def clear(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
