"""The gate itself: run a drill's solutions and junk, and say what is missing before it may be served."""

from __future__ import annotations

import secrets
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from grader.authoring.covered import Coverage, coverage_of
from grader.authoring.files import file_problems
from grader.authoring.junk import changed_nothing, junk_solutions
from grader.authoring.load import under_load
from grader.authoring.mutants import MARKS, mutants_of, read_marks
from grader.authoring.solutions import (
    SUITE_FAILS,
    Judged,
    Solution,
    judge,
    right_solutions,
    wrong_solutions,
)
from grader.catalogue import Drill
from grader.client import Engine
from grader.errors import CatalogueError
from grader.events import HIDDEN_SUITE, PUBLIC_SUITE

FULL_SEEDS = 5
SEED_BITS = 63
BUDGET_S = 0.3
NUM_SLOWEST = 5

Listener = Callable[[Judged], None]


@dataclass
class DrillReport:
    """What the gate found about one drill."""

    drill: str
    errors: list[str] = field(default_factory=list)
    """Each keeps the drill from being sound."""
    warnings: list[str] = field(default_factory=list)
    kills: dict[str, list[str]] = field(default_factory=dict)
    """Check -> the wrong and junk submissions that it fails: the kill matrix by rows. Empty in the quick form, which stops
    each grade as soon as it is judged."""
    killed_once: dict[str, str] = field(default_factory=dict)
    """Wrong submission -> the only check that fails it: were the check gone, it would pass."""
    idle: list[str] = field(default_factory=list)
    """Checks that fail nothing here."""
    num_mutants: int = 0
    """Of the reference; none are made in the quick form."""
    survivors: list[str] = field(default_factory=list)
    """Mutants that pass and are not marked as equivalent: line and change."""
    num_graded: int = 0
    median_s: float = 0.0
    """Of a right solution's grade."""
    slowest: dict[str, float] = field(default_factory=dict)
    """The checks that take longest -> seconds, medians over the right solutions."""
    coverage: Coverage | None = None
    """Of the reference by the hidden suite; None in the quick form."""

    @property
    def sound(self) -> bool:
        return not self.errors and not self.survivors


def check_drill(engine: Engine, drill: Drill, *, quick: bool, listener: Listener | None = None) -> DrillReport:
    """Prove one drill sound or say what is missing.

    Args:
        engine: A running engine.
        drill: The drill.
        quick: One seed, no junk and no mutants, for continuous integration; else five seeds for the right solutions and
            one more under load, every junk and every mutant, and the coverage of the reference.
        listener: Told of every solution as it is judged.

    Raises:
        GraderError: The engine was lost.
    """
    report = DrillReport(drill.name)
    try:
        report.errors.extend(file_problems(drill))
        solutions = list(planned(drill, quick))
    except CatalogueError as error:
        report.errors.append(str(error))
        return report
    if not (drill.folder / HIDDEN_SUITE).is_file():
        return report
    gate = Gate(engine, drill, report, listener)
    judged = [(gate.judge(solution, suite, seed, until_judged=quick), suite) for solution, suite, seed in solutions]
    weigh(report, judged)
    if quick:
        return report
    draw_kill_matrix(report, judged)
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
        seed = secrets.randbits(SEED_BITS) if seed is None else seed
        judged = judge(self.engine, self.drill, solution, seed, suite, traced=traced, until_judged=until_judged)
        self.report.num_graded += 1
        if self.listener is not None:
            self.listener(judged)
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
            self.report.errors.append(f"{solution.kind}/{solution.name} ({place}, seed {seed}): {judged.problem}")

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
        mutants = mutants_of(self.drill)
        for mutant in mutants:
            result = self.judge(mutant.solution()).result
            if result.verdict == "grader_error":
                report.errors.append(f"mutant of line {mutant.line}: the suite itself fails: {result.message}")
            elif result.passed:
                surviving.add(mutant.change)
                if mutant.change not in marks:
                    report.survivors.append(f"line {mutant.line}: {mutant.change}")
        report.num_mutants = len(mutants)
        path = self.drill.solution_folder / MARKS
        report.errors.extend(f"{path}: fits no surviving mutant: {change}" for change in sorted(marks - surviving))


def planned(drill: Drill, quick: bool) -> Iterator[tuple[Solution, str, int]]:
    """Everything to grade: (solution, suite, seed). Fresh seeds each time, since no verdict may depend on one."""
    right = right_solutions(drill)
    for _ in range(1 if quick else FULL_SEEDS):
        seed = secrets.randbits(SEED_BITS)
        for solution in right:
            yield solution, HIDDEN_SUITE, seed
    if (drill.folder / PUBLIC_SUITE).is_file():
        for solution in right:
            yield solution, PUBLIC_SUITE, secrets.randbits(SEED_BITS)
        yield Solution("starter", "starter", drill.read("starter.py")), PUBLIC_SUITE, 0
    if (drill.folder / HIDDEN_SUITE).is_file():
        yield Solution("starter", "starter", drill.read("starter.py")), HIDDEN_SUITE, 0
    for solution in wrong_solutions(drill):
        yield solution, HIDDEN_SUITE, secrets.randbits(SEED_BITS)
    if not quick:
        for solution in junk_solutions(drill):
            yield solution, HIDDEN_SUITE, secrets.randbits(SEED_BITS)


def weigh(report: DrillReport, judged: list[tuple[Judged, str]]) -> None:
    """Turn verdicts into errors and warnings, and say what a grade costs."""
    seconds = []
    seconds_by_check: dict[str, list[float]] = defaultdict(list)
    found: dict[str, list[str]] = defaultdict(list)
    for verdict, suite in judged:
        solution, result = verdict.solution, verdict.result
        if solution.kind == "junk" and result.passed and changed_nothing(result.output):
            continue
        if problem := verdict.problem:
            found[problem].append(f"{solution.kind}/{solution.name} ({suite}, seed {verdict.seed})")
        if suite == HIDDEN_SUITE and solution.kind in ("reference", "accepted"):
            seconds.append(result.seconds)
            for check, check_s in verdict.seconds_by_check.items():
                seconds_by_check[check].append(check_s)
            skipped = [c for c in result.checks if c.outcome == "skipped"]
            report.warnings.extend(f"{solution.kind}/{solution.name}: {c.id} was skipped: {c.message}" for c in skipped)
    for problem, places in found.items():
        # A suite that fails by itself fails alike with everything, and is said once; each misjudged solution is named.
        if problem.startswith(SUITE_FAILS) and len(places) > 1:
            report.errors.append(f"{places[0]} and {len(places) - 1} more grades: {problem}")
        else:
            report.errors.extend(f"{place}: {problem}" for place in places)
    medians = {check: statistics.median(values) for check, values in seconds_by_check.items()}
    report.slowest = dict(sorted(medians.items(), key=lambda item: -item[1])[:NUM_SLOWEST])
    if seconds:
        report.median_s = statistics.median(seconds)
        if report.median_s > BUDGET_S:
            slowest = ", ".join(f"{check} {1000 * check_s:.0f} ms" for check, check_s in report.slowest.items())
            report.warnings.append(f"a grade takes {report.median_s:.2f} s, the budget is {BUDGET_S} s; slowest: {slowest}")


def draw_kill_matrix(report: DrillReport, judged: list[tuple[Judged, str]]) -> None:
    """Which check fails which wrong and junk submission, from grades that ran to their end."""
    kills: dict[str, list[str]] = defaultdict(list)
    checks: set[str] = set()
    for verdict, suite in judged:
        solution = verdict.solution
        if suite != HIDDEN_SUITE:
            continue
        if solution.kind in ("reference", "accepted"):
            checks.update(c.id for c in verdict.result.checks if c.family != "ledger" and c.id != "loads")
        elif solution.kind in ("wrong", "junk"):
            for check in verdict.killers:
                kills[check].append(f"{solution.kind}/{solution.name}")
            if len(verdict.killers) == 1 and solution.kind == "wrong":
                report.killed_once[solution.name] = next(iter(verdict.killers))
    report.kills = dict(sorted(kills.items()))
    report.idle = sorted(checks - set(kills))
