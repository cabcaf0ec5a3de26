"""The gate itself: run a drill's solutions and junk, and say what is missing before it may be served."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader import events
from grader.authoring.covered import coverage_of
from grader.authoring.files import file_problems
from grader.authoring.junk import junk_solutions
from grader.authoring.load import under_load
from grader.authoring.mutants import MARKS, mutants_of, read_marks
from grader.authoring.report import DrillReport, draw_kill_matrix, suspect_the_tolerances, too_wide, weigh
from grader.authoring.solutions import LOADS, SUITE_FAILS, Judged, Solution, judge, right_solutions, wrong_solutions
from grader.authoring.trials import try_each
from grader.catalogue import Drill
from grader.client import Engine
from grader.errors import CatalogueError
from grader.events import HIDDEN_SUITE, PUBLIC_SUITE

FULL_SEEDS = 5
SEED_BITS = 63
OTHER_SEEDS = 3
"""With so many more seeds a solution is graded that is misjudged: always, or by luck?"""

SEEDS_FOR_TOLERANCES = 8

Listener = Callable[[], None]


def check_drill(
    engine: Engine, drill: Drill, *, quick: bool, listener: Listener | None = None, card: Path | None = None
) -> DrillReport:
    """Prove one drill sound or say what is missing.

    Args:
        engine: A running engine.
        drill: The drill.
        quick: One seed, no junk and no mutants, for continuous integration; else five seeds for each right and each wrong
            solution, the right ones once more under load, every junk, every mutant, and the coverage of the reference.
        listener: Called whenever one more solution has been judged.
        card: The card of the drill's deck; by default the one that lies beside the drill, if there is one.

    Raises:
        GraderError: The engine was lost.
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
    engine.wait_ready()  # its start is no part of what a grade costs
    gate = Gate(engine, drill, report, listener)
    graded_alone, tried_together = (right[:1], right[1:]) if quick else (right, [])
    judged = [gate.judge(solution) for solution in (*graded_alone, starter)]
    gate.measure_tolerances(judged[0])
    if (drill.folder / PUBLIC_SUITE).is_file():
        judged += [gate.judge(starter, PUBLIC_SUITE), *gate.try_right(right, PUBLIC_SUITE)]
    if quick:
        weigh(report, [*judged, *gate.try_right(tried_together), *gate.try_wrong(wrong)])
        return report
    killers, graded = gate.try_to_the_end([*wrong, *junk_solutions(drill)])
    draw_kill_matrix(report, judged[0].families, killers)
    judged += graded
    for _ in range(FULL_SEEDS - 1):
        judged += gate.try_right(not_misjudged(right, judged))
        judged += gate.try_wrong(not_misjudged(wrong, judged))
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

    def measure_tolerances(self, judged: Judged) -> None:
        """How wide the comparisons of the suite are, by a grade of the reference; by more where they look wide, since what
        is expected may be small by chance."""
        shares: dict[tuple[int, str], float] = {}
        for _ in range(SEEDS_FOR_TOLERANCES):
            shares |= {place: min(share, shares.get(place, share)) for place, share in judged.tolerated.items()}
            if not too_wide(shares):
                return
            judged = self.judge(judged.solution)
        suspect_the_tolerances(self.report, shares)

    def try_each(
        self, solutions: Sequence[Solution], seed: int, suite: str = HIDDEN_SUITE, *, to_the_end: bool = False
    ) -> Iterator[tuple[Solution, events.Tried | None]]:
        """Try all of them in one candidate."""
        tried = try_each(self.engine, self.drill, solutions, seed, suite, to_the_end=to_the_end)
        for solution, outcome in zip(solutions, tried, strict=True):
            self.count()
            yield solution, outcome

    def try_right(self, solutions: Sequence[Solution], suite: str = HIDDEN_SUITE) -> list[Judged]:
        """Grades of those that something failed when all were tried with one seed."""
        seed = fresh_seed()
        doubtful = [solution for solution, tried in self.try_each(solutions, seed, suite) if not tried or tried.settled]
        return [verdict for solution in doubtful for verdict in self.grade_doubtful(solution, seed, suite)]

    def try_wrong(self, solutions: Sequence[Solution]) -> list[Judged]:
        """Grades of those that nothing (of their family) failed when all were tried with one seed."""
        seed = fresh_seed()
        doubtful = [solution for solution, tried in self.try_each(solutions, seed) if not tried or not tried.settled]
        return [verdict for solution in doubtful for verdict in self.grade_doubtful(solution, seed)]

    def grade_doubtful(self, solution: Solution, seed: int, suite: str = HIDDEN_SUITE) -> list[Judged]:
        """Its grade with this seed; with more seeds, if it is misjudged indeed."""
        verdict = self.judge(solution, suite, seed, until_judged=True)
        others = OTHER_SEEDS if verdict.problem else 0
        return [verdict, *(self.judge(solution, suite, until_judged=True) for _ in range(others))]

    def try_to_the_end(self, solutions: Sequence[Solution]) -> tuple[dict[Solution, frozenset[str]], list[Judged]]:
        """Which checks fail each of them, and the grades of those for which it took one."""
        seed = fresh_seed()
        killers, graded = {}, []
        for solution, tried in list(self.try_each(solutions, seed, to_the_end=True)):
            if tried is not None and tried.settled:
                killers[solution] = frozenset(tried.failed) - {LOADS}
            else:
                verdict = self.judge(solution, seed=seed)
                killers[solution] = verdict.killers
                graded.append(verdict)
                if verdict.problem and solution.kind == "wrong":
                    graded += [self.judge(solution, until_judged=True) for _ in range(OTHER_SEEDS)]
        return killers, graded

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
        tried = list(self.try_each([mutant.solution(name) for name, mutant in mutants.items()], fresh_seed()))
        for solution in [solution for solution, outcome in tried if not outcome or not outcome.settled]:
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


def not_misjudged(solutions: Sequence[Solution], judged: Sequence[Judged]) -> list[Solution]:
    """Those of which there is nothing wrong to report yet."""
    misjudged = {verdict.solution for verdict in judged if verdict.problem}
    return [solution for solution in solutions if solution not in misjudged]


def fresh_seed() -> int:
    """Another each time, since no verdict may depend on one."""
    return secrets.randbits(SEED_BITS)
