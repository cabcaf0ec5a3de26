"""The gate itself: run a drill's solutions and junk, and say what is missing before it may be served."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.authoring.covered import coverage_of
from grader.authoring.engines import Engines
from grader.authoring.files import file_problems
from grader.authoring.junk import junk_solutions
from grader.authoring.load import under_load
from grader.authoring.mutants import MARKS, mutants_of, read_marks
from grader.authoring.prompts import prompt_warnings
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

Listener = Callable[[], None]
Task = Callable[[Runner], list[Judged]]
"""Something to do on one engine, and the verdicts it leads to."""


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
        report.warnings.extend(prompt_warnings(drill))
        right, wrong = right_solutions(drill), wrong_solutions(drill)
        starter = Solution("starter", "starter", drill.read("starter.py"))
    except CatalogueError as error:
        report.errors.append(str(error))
        return report
    if not (drill.folder / HIDDEN_SUITE).is_file():
        return report
    gate = Gate(engines, drill, report, listener)
    first = [*map(grading, [*(right[:1] if quick else right), starter])]
    if (drill.folder / PUBLIC_SUITE).is_file():
        first += [grading(starter, PUBLIC_SUITE), trying(right, PUBLIC_SUITE)]
    if quick:
        first += [trying(right[1:]), trying(wrong)]
    judged = gate.run(first)
    gate.measure_tolerances(judged[0])
    if quick:
        weigh(report, judged)
    else:
        gate.check_further(judged, right, wrong)
    return report


@dataclass
class Gate:
    """One drill at the gate."""

    engines: Engines
    drill: Drill
    report: DrillReport
    listener: Listener | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check_further(self, judged: list[Judged], right: Sequence[Solution], wrong: Sequence[Solution]) -> None:
        """All that the full form has more, after these first grades; what needs a sound suite only if all was well."""
        other_seeds = [trying(not_misjudged(right, judged))] * (FULL_SEEDS - 1)
        files = [*wrong, *junk_solutions(self.drill)]
        judged += self.draw_kill_matrix(files, judged[0].families, meanwhile=other_seeds)
        judged += self.run([trying(not_misjudged(wrong, judged))] * (FULL_SEEDS - 1))
        weigh(self.report, judged)
        if not self.report.errors:
            self.try_under_load()
            self.mutate(meanwhile=[self.measure_coverage])

    def run(self, tasks: Sequence[Task]) -> list[Judged]:
        """Do them on whatever engine is free, several at once if there are several."""

        def on(engine: Engine, task: Task) -> list[Judged]:
            engine.wait_ready()  # its start is no part of what a grade costs
            return task(Runner(engine, self.drill, self._count))

        return list(itertools.chain.from_iterable(self.engines.map(on, tasks)))

    def _count(self) -> None:
        with self._lock:
            self.report.num_graded += 1
            if self.listener is not None:
                self.listener()

    def draw_kill_matrix(
        self, solutions: Sequence[Solution], families: Mapping[str, str], meanwhile: Sequence[Task]
    ) -> list[Judged]:
        """Which check fails which of these; grades of those that were not simply failed."""
        killers: dict[Solution, frozenset[str]] = {}

        def trying_to_the_end(some: Sequence[Solution]) -> Task:
            def task(runner: Runner) -> list[Judged]:
                found, graded = runner.try_to_the_end(some)
                killers.update(found)
                return graded

            return task

        judged = self.run([*map(trying_to_the_end, batches(solutions)), *meanwhile])
        draw_kill_matrix(self.report, families, {solution: killers[solution] for solution in solutions})
        return judged

    def measure_tolerances(self, judged: Judged) -> None:
        """How wide the comparisons of the suite are, by a grade of the reference; by more where they look wide, since what
        is expected may be small by chance."""
        shares: dict[tuple[int, str], float] = {}
        for _ in range(SEEDS_FOR_TOLERANCES):
            shares |= {place: min(share, shares.get(place, share)) for place, share in judged.tolerated.items()}
            if not too_wide(shares):
                return
            (judged,) = self.run([grading(judged.solution)])
        suspect_the_tolerances(self.report, shares)

    def try_under_load(self) -> None:
        """A right solution passes on a busy machine, too."""
        with under_load():
            judged_under_load = self.run([grading(solution) for solution in right_solutions(self.drill)])
        for judged in [judged for judged in judged_under_load if judged.problem]:
            # The same seed on a quiet machine tells whether the load or the draw is to blame.
            solution, seed = judged.solution, judged.seed
            (quiet,) = self.run([grading(solution, seed=seed)])
            place = HIDDEN_SUITE if quiet.problem else "on a busy machine"
            self.report.errors.append(f"{solution.place} ({place}, seed {seed}): {judged.problem}")

    def measure_coverage(self, runner: Runner) -> list[Judged]:
        """Which lines and branches of the reference the hidden suite runs."""
        reference = right_solutions(self.drill)[0]
        judged = runner.judge(reference, traced=True)
        self.report.coverage = coverage_of(reference.source, judged.arcs)
        return []

    def mutate(self, meanwhile: Sequence[Task] = ()) -> None:
        """Try every mutant of the reference, and hold the survivors against the author's marks."""
        report = self.report
        try:
            marks = {mark.change for mark in read_marks(self.drill)}
        except CatalogueError as error:
            report.errors.append(str(error))
            self.run(meanwhile)
            return
        surviving = set()
        mutants = {f"{number}": mutant for number, mutant in enumerate(mutants_of(self.drill))}
        solutions = [mutant.solution(name) for name, mutant in mutants.items()]
        for judged in self.run([*map(trying_mutants, batches(solutions)), *meanwhile]):
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


def grading(solution: Solution, suite: str = HIDDEN_SUITE, seed: int | None = None) -> Task:
    return lambda runner: [runner.judge(solution, suite, seed)]


def trying(solutions: Sequence[Solution], suite: str = HIDDEN_SUITE) -> Task:
    return lambda runner: runner.try_together(solutions, suite)


def trying_mutants(mutants: Sequence[Solution]) -> Task:
    return lambda runner: runner.try_mutants(mutants)


def not_misjudged(solutions: Sequence[Solution], judged: Sequence[Judged]) -> list[Solution]:
    """Those of which there is nothing wrong to report yet."""
    misjudged = {verdict.solution for verdict in judged if verdict.problem}
    return [solution for solution in solutions if solution not in misjudged]


def batches(solutions: Sequence[Solution]) -> list[Sequence[Solution]]:
    return [solutions[first : first + BATCH] for first in range(0, len(solutions), BATCH)]
