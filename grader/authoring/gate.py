"""The gate itself: run a drill's solutions and junk, and say what is missing before it may be served."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.authoring.covered import coverage_of
from grader.authoring.files import file_problems
from grader.authoring.junk import junk_solutions
from grader.authoring.load import under_load
from grader.authoring.mutants import MARKS, mutants_of, read_marks
from grader.authoring.report import DrillReport, draw_kill_matrix, weigh
from grader.authoring.solutions import SUITE_FAILS, Judged, Solution, judge, right_solutions, wrong_solutions
from grader.authoring.trials import first_killers
from grader.catalogue import Drill
from grader.client import Engine
from grader.errors import CatalogueError
from grader.events import HIDDEN_SUITE, PUBLIC_SUITE

FULL_SEEDS = 5
SEED_BITS = 63
OTHER_SEEDS = 3
"""With so many more seeds a wrong submission is tried that passes: does the suite miss its mistake, or see it by luck?"""

Listener = Callable[[], None]


def check_drill(
    engine: Engine, drill: Drill, *, quick: bool, listener: Listener | None = None, card: Path | None = None
) -> DrillReport:
    """Prove one drill sound or say what is missing.

    Args:
        engine: A running engine.
        drill: The drill.
        quick: One seed, the wrong submissions all in one process, no junk and no mutants, for continuous integration; else
            five seeds for each right and each wrong solution, the right ones once more under load, every junk, every
            mutant, and the coverage of the reference.
        listener: Called whenever one more solution has been judged.
        card: The card of the drill's deck; by default the one that lies beside the drill, if there is one.

    Raises:
        GraderError: The engine was lost.
    """
    report = DrillReport(drill.name)
    try:
        report.errors.extend(file_problems(drill, card))
        right, wrong = list(planned(drill, quick)), wrong_solutions(drill)
    except CatalogueError as error:
        report.errors.append(str(error))
        return report
    if not (drill.folder / HIDDEN_SUITE).is_file():
        return report
    gate = Gate(engine, drill, report, listener)
    judged = [gate.judge(solution, suite) for solution, suite in right]
    if quick:
        weigh(report, [*judged, *gate.try_wrong(wrong)])
        return report
    judged += [gate.judge(solution) for solution in (*wrong, *junk_solutions(drill))]
    draw_kill_matrix(report, judged)
    for _ in range(FULL_SEEDS - 1):
        judged += gate.try_wrong(wrong)
    weigh(report, judged)
    if not report.errors:
        gate.try_under_load()
        gate.measure_coverage()
        gate.mutate()
    return report


@dataclass
class Gate:
    """One drill at the gate."""

    engine: Engine
    drill: Drill
    report: DrillReport
    listener: Listener | None = None

    def judge(
        self, solution: Solution, suite: str = HIDDEN_SUITE, seed: int | None = None, *, traced: bool = False,
        until_judged: bool = False,
    ) -> Judged:  # fmt: skip
        """Grade one solution; with a fresh seed if none is given."""
        seed = fresh_seed() if seed is None else seed
        judged = judge(self.engine, self.drill, solution, seed, suite, traced=traced, until_judged=until_judged)
        self.count()
        return judged

    def count(self) -> None:
        self.report.num_graded += 1
        if self.listener is not None:
            self.listener()

    def try_all(self, solutions: Sequence[Solution], seed: int) -> list[Solution]:
        """Those that were not failed when all were tried in one candidate: a grade must decide."""
        undecided = []
        for solution, killer in zip(solutions, first_killers(self.engine, self.drill, solutions, seed), strict=True):
            self.count()
            if not killer:
                undecided.append(solution)
        return undecided

    def try_wrong(self, solutions: Sequence[Solution]) -> list[Judged]:
        """Grades of those that were not failed when all were tried with one seed; with more seeds, if they pass indeed."""
        judged = []
        seed = fresh_seed()
        for solution in self.try_all(solutions, seed):
            verdict = self.judge(solution, seed=seed, until_judged=True)
            judged.append(verdict)
            if verdict.problem:
                judged += [self.judge(solution, until_judged=True) for _ in range(OTHER_SEEDS)]
        return judged

    def try_under_load(self) -> None:
        """A right solution passes on a busy machine, too."""
        misjudged: list[Judged] = []
        with under_load():
            for solution in right_solutions(self.drill):
                judged = self.judge(solution)
                if judged.problem:
                    misjudged.append(judged)
        for judged in misjudged:
            # The same seed on a quiet machine tells whether the load or the draw is to blame.
            solution, seed = judged.solution, judged.seed
            place = HIDDEN_SUITE if self.judge(solution, seed=seed).problem else "on a busy machine"
            self.report.errors.append(f"{solution.place} ({place}, seed {seed}): {judged.problem}")

    def measure_coverage(self) -> None:
        """Which lines and branches of the reference the hidden suite runs."""
        reference = right_solutions(self.drill)[0]
        self.report.coverage = coverage_of(reference.source, self.judge(reference, traced=True).arcs)

    def mutate(self) -> None:
        """Grade every mutant of the reference, and hold the survivors against the author's marks."""
        report = self.report
        try:
            marks = {mark.change for mark in read_marks(self.drill)}
        except CatalogueError as error:
            report.errors.append(str(error))
            return
        surviving = set()
        mutants = {f"{number}": mutant for number, mutant in enumerate(mutants_of(self.drill))}
        for solution in self.try_all([mutant.solution(name) for name, mutant in mutants.items()], fresh_seed()):
            mutant, result = mutants[solution.name], self.judge(solution, until_judged=True).result
            if result.verdict == "grader_error":
                report.errors.append(f"mutant of line {mutant.line}: {SUITE_FAILS}: {result.message}")
            elif result.passed:
                surviving.add(mutant.change)
                if mutant.change not in marks:
                    report.survivors.append(f"line {mutant.line}: {mutant.change}")
        report.num_mutants = len(mutants)
        path = self.drill.solution_folder / MARKS
        report.errors.extend(f"{path}: fits no surviving mutant: {change}" for change in sorted(marks - surviving))


def fresh_seed() -> int:
    """Another each time, since no verdict may depend on one."""
    return secrets.randbits(SEED_BITS)


def planned(drill: Drill, quick: bool) -> Iterator[tuple[Solution, str]]:
    """The right solutions and the starter, with the suite to grade each by."""
    starter = Solution("starter", "starter", drill.read("starter.py"))
    for solution in right_solutions(drill):
        yield from [(solution, HIDDEN_SUITE)] * (1 if quick else FULL_SEEDS)
        if (drill.folder / PUBLIC_SUITE).is_file():
            yield solution, PUBLIC_SUITE
    if (drill.folder / PUBLIC_SUITE).is_file():
        yield starter, PUBLIC_SUITE
    yield starter, HIDDEN_SUITE
