"""What the gate found about one drill, and what its verdicts add up to."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.authoring.covered import Coverage
from grader.authoring.junk import FAR_OFF, SLIGHTLY_OFF, changed_nothing
from grader.authoring.solutions import SUITE_FAILS, Judged, Solution
from grader.events import HIDDEN_SUITE, LOADS
from grader.result import CheckResult

BUDGET_S = 0.3
NUM_SLOWEST = 5
VALUED = ("numerics", "gradients")
"""Families whose checks compare values."""
WIDE = {"float64": 0.01, "float32": 0.1, "float": 0.01, "unchanged": 0.01}
WIDE_IN_HALF = 0.25
"""A comparison that lets an error of this share of the expected size pass may be too wide."""
HALF_OF_IT = 0.5
"""One that lets this pass sees nothing."""


@dataclass
class DrillReport:
    """What the gate found about one drill."""

    drill: str
    errors: list[str] = field(default_factory=list)
    """Each keeps the drill from being sound."""
    warnings: list[str] = field(default_factory=list)
    kills: dict[str, list[str]] = field(default_factory=dict)
    """Check -> the wrong and junk submissions that it fails: the kill matrix by rows. Empty in the quick form, which stops
    with each as soon as it is judged."""
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


def weigh(report: DrillReport, judged: Sequence[Judged]) -> None:
    """Turn verdicts into errors and warnings, and say what a grade costs."""
    by_solution: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for verdict in judged:
        if not (verdict.solution.kind == "junk" and verdict.result.passed and changed_nothing(verdict.result.output)):
            by_solution[verdict.solution.place, verdict.suite].append(verdict)
    found: dict[str, list[str]] = defaultdict(list)
    for (place, suite), verdicts in by_solution.items():
        problems = [verdict.problem for verdict in verdicts if verdict.problem]
        if not problems:
            continue
        seed = next(verdict.seed for verdict in verdicts if verdict.problem)
        flips = ""
        if len(problems) < len(verdicts):
            flips = f"the verdict depends on the seed, with {len(problems)} of {len(verdicts)} it is wrong: "
        elif len(verdicts) > 1:
            flips = f"with each of {len(verdicts)} seeds: "
        found[flips + problems[0]].append(f"{place} ({suite}, seed {seed})")
    for problem, places in found.items():
        # A suite that fails by itself fails alike with everything, and is said once; each misjudged solution is named.
        if problem.startswith(SUITE_FAILS) and len(places) > 1:
            report.errors.append(f"{places[0]} and {len(places) - 1} more grades: {problem}")
        else:
            report.errors.extend(f"{place}: {problem}" for place in places)
    suspect_the_reference(report, judged)
    count_the_cost(report, judged)


def too_wide(shares: Mapping[tuple[int, str], float]) -> dict[tuple[int, str], float]:
    """Those of (line, dtype) -> share of the expected size that passes which hardly see a wrong result."""
    return {place: share for place, share in sorted(shares.items()) if share >= WIDE.get(place[1], WIDE_IN_HALF)}


def suspect_the_tolerances(report: DrillReport, shares: Mapping[tuple[int, str], float]) -> None:
    """Name each line of the hidden suite whose tolerance is too wide."""
    for (line, kind), share in too_wide(shares).items():
        found = report.errors if share >= HALF_OF_IT else report.warnings
        passes = f"what is off by {100 * share:,.3g}% of its size passes ({kind})"
        found.append(f"{HIDDEN_SUITE}, line {line}: {passes}: is its tolerance too wide?")


def suspect_the_reference(report: DrillReport, judged: Sequence[Judged]) -> None:
    """Where the reference and the accepted variants disagree, say which of them is likely to be wrong."""
    failed: dict[str, set[str]] = defaultdict(set)
    lost: dict[str, set[str]] = {}
    for verdict in judged:
        if verdict.suite == HIDDEN_SUITE and verdict.solution.is_right:
            failed[verdict.solution.place] |= verdict.killers
            lost.setdefault(verdict.solution.kind, set()).add(verdict.solution.place)
    accepted = [failed[place] for place in lost.get("accepted", ())]
    reference = failed["reference/reference"]
    if len(accepted) < 2:
        return
    common = set.intersection(*accepted) - reference
    if common:
        report.errors.append(
            f"reference/reference: all accepted variants fail {', '.join(sorted(common))}, which the reference passes; "
            "either all of them are wrong, or the reference they are held against is"
        )
    elif reference and not any(accepted):
        report.errors.append("reference/reference: fails where every accepted variant passes, so the mistake is likely its own")


def count_the_cost(report: DrillReport, judged: Sequence[Judged]) -> None:
    """Seconds of a grade and of its checks, and which checks did not run."""
    seconds = []
    seconds_by_check: dict[str, list[float]] = defaultdict(list)
    skipped: dict[str, CheckResult] = {}
    for verdict in judged:
        if verdict.suite == HIDDEN_SUITE and verdict.solution.is_right:
            seconds.append(verdict.result.seconds)
            for check, check_s in verdict.seconds_by_check.items():
                seconds_by_check[check].append(check_s)
            skipped |= {f"{verdict.solution.place}: {c.id}": c for c in verdict.result.checks if c.outcome == "skipped"}
    report.warnings.extend(f"{place} was skipped: {check.message}" for place, check in skipped.items())
    medians = {check: statistics.median(values) for check, values in seconds_by_check.items()}
    report.slowest = dict(sorted(medians.items(), key=lambda item: -item[1])[:NUM_SLOWEST])
    if seconds:
        report.median_s = statistics.median(seconds)
        if report.median_s > BUDGET_S:
            slowest = ", ".join(f"{check} {1000 * check_s:.0f} ms" for check, check_s in report.slowest.items())
            report.warnings.append(f"a grade takes {report.median_s:.2f} s, the budget is {BUDGET_S} s; slowest: {slowest}")


def draw_kill_matrix(
    report: DrillReport, families: Mapping[str, str], killers: Mapping[Solution, frozenset[str]]
) -> None:  # fmt: skip
    """Which check fails which wrong and junk submission.

    Args:
        report: Gets the matrix, and what it shows.
        families: Check -> its family, of all checks of the hidden suite.
        killers: Of each wrong and junk submission, all checks that fail it.
    """
    kills: dict[str, list[str]] = {}
    for check, family in families.items():
        if family == "ledger" or check == LOADS:
            continue
        kills[check] = [solution.place for solution, failed in killers.items() if check in failed]
        if family in VALUED and f"junk/{FAR_OFF}" in kills[check] and f"junk/{SLIGHTLY_OFF}" not in kills[check]:
            report.warnings.append(f"{check} fails results that are twice as large and passes those that are off by a little: "
                                   "is its tolerance too wide?")  # fmt: skip
    report.kills = {check: places for check, places in sorted(kills.items()) if places}
    report.idle = sorted(set(kills) - set(report.kills))
    for solution, failed in killers.items():
        if solution.kind == "wrong" and len(failed) == 1:
            report.killed_once[solution.name] = next(iter(failed))
