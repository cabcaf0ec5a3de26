"""The gate itself: run a drill's solutions and junk, and say what is missing before it may be served."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from grader.authoring.covered import coverage_of
from grader.authoring.engines import Engines
from grader.authoring.files import file_problems
from grader.authoring.junk import junk_solutions
from grader.authoring.load import under_load
from grader.authoring.mutants import MARKS, mutants_of, read_marks
from grader.authoring.report import DrillReport, draw_kill_matrix, suspect_the_tolerances, too_wide, weigh
from grader.authoring.runner import Runner
from grader.authoring.solutions import SUITE_FAILS, Judged, Solution, right_solutions, wrong_solutions
from grader.catalogue import Drill
from grader.client import Engine
from grader.errors import CatalogueError
from grader.events import HIDDEN_SUITE, PUBLIC_SUITE

FULL_SEEDS = 5
SEEDS_FOR_TOLERANCES = 8
BATCH = 30
"""Files that are tried in one process: few enough to share them among engines, many enough to save what a process costs."""

Item = TypeVar("Item")
Found = TypeVar("Found")
Listener = Callable[[], None]


def check_drill(
    engines: Engines, drill: Drill, *, quick: bool, listener: Listener | None = None, card: Path | None = None
) -> DrillReport:
    """Prove one drill sound or say what is missing.

    Args:
        engines: Running engines, which may serve other drills at the same time.
        drill: The drill.
        quick: One seed, no junk and no mutants, for continuous integration; else five seeds for each right and each wrong
            solution, the right ones once more under load, every junk, every mutant, and the coverage of the reference.
        listener: Called whenever one more solution has been judged.
        card: The card of the drill's deck; by default the one that lies beside the drill, if there is one.

    Raises:
        GraderError: An engine was lost.
    """
    report = DrillReport(drill.name)
    try:
        report.errors.extend(file_problems(drill, card))
        right, wrong = right_solutions(drill), wrong_solutions(drill)
        starter = Solution("starter", "starter", drill.read("starter.py"))
    except CatalogueError as error:
        report.errors.append(str(error))
        return report
    if not (drill.folder / HIDDEN_SUITE).is_file():
        return report
    gate = Gate(engines, drill, report, listener)
    judged = gate.judge([*(right[:1] if quick else right), starter])
    gate.measure_tolerances(judged[0])
    if (drill.folder / PUBLIC_SUITE).is_file():
        judged += [*gate.judge([starter], PUBLIC_SUITE), *gate.try_right(right, PUBLIC_SUITE)]
    if quick:
        weigh(report, [*judged, *gate.try_right(right[1:]), *gate.try_wrong(wrong)])
        return report
    judged += gate.draw_kill_matrix([*wrong, *junk_solutions(drill)], judged[0].families)
    judged += gate.try_right(not_misjudged(right, judged), times=FULL_SEEDS - 1)
    judged += gate.try_wrong(not_misjudged(wrong, judged), times=FULL_SEEDS - 1)
    weigh(report, judged)
    if not report.errors:
        gate.try_under_load()
        gate.measure_coverage()
        gate.mutate()
    return report


@dataclass
class Gate:
    """One drill at the gate."""

    engines: Engines
    drill: Drill
    report: DrillReport
    listener: Listener | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spread(self, work: Callable[[Runner, Item], Found], items: Iterable[Item]) -> list[Found]:
        """Work done on whatever engine is free, on several at once if there are several."""

        def on(engine: Engine, item: Item) -> Found:
            engine.wait_ready()  # its start is no part of what a grade costs
            return work(Runner(engine, self.drill, self._count), item)

        return self.engines.map(on, items)

    def _count(self) -> None:
        with self._lock:
            self.report.num_graded += 1
            if self.listener is not None:
                self.listener()

    def judge(self, solutions: Sequence[Solution], suite: str = HIDDEN_SUITE, seed: int | None = None) -> list[Judged]:
        """A grade of each; with a fresh seed if none is given."""
        return self.spread(lambda runner, solution: runner.judge(solution, suite, seed), solutions)

    def try_right(self, solutions: Sequence[Solution], suite: str = HIDDEN_SUITE, times: int = 1) -> list[Judged]:
        """Grades of right solutions that were failed when all were tried so many times, each with its own seed."""
        return joined(self.spread(lambda runner, _: runner.try_right(solutions, suite), range(times)))

    def try_wrong(self, solutions: Sequence[Solution], times: int = 1) -> list[Judged]:
        """Grades of wrong submissions that were not failed when all were tried so many times, each with its own seed."""
        return joined(self.spread(lambda runner, _: runner.try_wrong(solutions), range(times)))

    def draw_kill_matrix(self, solutions: Sequence[Solution], families: dict[str, str]) -> list[Judged]:
        """Which check fails which of these; grades of those that were not simply failed."""
        killers: dict[Solution, frozenset[str]] = {}
        graded: list[Judged] = []
        for killers_of_some, graded_of_some in self.spread(Runner.try_to_the_end, batches(solutions)):
            killers |= killers_of_some
            graded += graded_of_some
        draw_kill_matrix(self.report, families, killers)
        return graded

    def measure_tolerances(self, judged: Judged) -> None:
        """How wide the comparisons of the suite are, by a grade of the reference; by more where they look wide, since what
        is expected may be small by chance."""
        shares: dict[tuple[int, str], float] = {}
        for _ in range(SEEDS_FOR_TOLERANCES):
            shares |= {place: min(share, shares.get(place, share)) for place, share in judged.tolerated.items()}
            if not too_wide(shares):
                return
            judged = self.judge([judged.solution])[0]
        suspect_the_tolerances(self.report, shares)

    def try_under_load(self) -> None:
        """A right solution passes on a busy machine, too."""
        with under_load():
            misjudged = [judged for judged in self.judge(right_solutions(self.drill)) if judged.problem]
        for judged in misjudged:
            # The same seed on a quiet machine tells whether the load or the draw is to blame.
            solution, seed = judged.solution, judged.seed
            place = HIDDEN_SUITE if self.judge([solution], seed=seed)[0].problem else "on a busy machine"
            self.report.errors.append(f"{solution.place} ({place}, seed {seed}): {judged.problem}")

    def measure_coverage(self) -> None:
        """Which lines and branches of the reference the hidden suite runs."""
        reference = right_solutions(self.drill)[0]
        (judged,) = self.spread(lambda runner, solution: runner.judge(solution, traced=True), [reference])
        self.report.coverage = coverage_of(reference.source, judged.arcs)

    def mutate(self) -> None:
        """Try every mutant of the reference, and hold the survivors against the author's marks."""
        report = self.report
        try:
            marks = {mark.change for mark in read_marks(self.drill)}
        except CatalogueError as error:
            report.errors.append(str(error))
            return
        surviving = set()
        mutants = {f"{number}": mutant for number, mutant in enumerate(mutants_of(self.drill))}
        solutions = [mutant.solution(name) for name, mutant in mutants.items()]
        for judged in joined(self.spread(Runner.try_mutants, batches(solutions))):
            mutant = mutants[judged.solution.name]
            if judged.result.verdict == "grader_error":
                report.errors.append(f"mutant of line {mutant.line}: {SUITE_FAILS}: {judged.result.message}")
            elif judged.result.passed:
                surviving.add(mutant.change)
                if mutant.change not in marks:
                    report.survivors.append(f"line {mutant.line}: {mutant.change}")
        report.num_mutants = len(mutants)
        path = self.drill.solution_folder / MARKS
        report.errors.extend(f"{path}: fits no surviving mutant: {change}" for change in sorted(marks - surviving))


def not_misjudged(solutions: Sequence[Solution], judged: Sequence[Judged]) -> list[Solution]:
    """Those of which there is nothing wrong to report yet."""
    misjudged = {verdict.solution for verdict in judged if verdict.problem}
    return [solution for solution in solutions if solution not in misjudged]


def batches(solutions: Sequence[Solution]) -> list[Sequence[Solution]]:
    return [solutions[first : first + BATCH] for first in range(0, len(solutions), BATCH)]


def joined(found: Iterable[list[Judged]]) -> list[Judged]:
    return list(itertools.chain.from_iterable(found))
