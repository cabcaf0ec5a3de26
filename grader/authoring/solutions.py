"""A drill's own solutions: how each must be judged, and grading them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec
import tomli

from grader import events
from grader.catalogue import Drill
from grader.client import Engine, Job
from grader.errors import CatalogueError
from grader.events import HIDDEN_SUITE, LOADS
from grader.result import Result, Tally
from grader.toml_file import read_text

OPENING = "# /// wrong"
CLOSING = "# ///"
SUITE_FAILS = "the suite itself fails"

Kind = Literal["reference", "accepted", "wrong", "junk", "mutant", "starter"]


class WrongHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The TOML block at the head of a wrong submission."""

    fails: str
    """The family in which it must fail."""
    message: str
    """What the code does and why that is wrong, in one sentence to the learner."""
    source: str = ""
    """URL of the public bug it comes from."""


@dataclass(frozen=True)
class Solution:
    """One text that the hidden suite must judge in a known way."""

    kind: Kind
    name: str
    source: str
    fails: str = ""
    """The family in which a wrong one must fail; empty where any will do."""

    @property
    def is_right(self) -> bool:
        """Whether it must pass everything."""
        return self.kind in ("reference", "accepted")

    @property
    def place(self) -> str:
        """Kind and name, as reports say it."""
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True)
class Judged:
    """One solution and the verdict it got."""

    solution: Solution
    result: Result
    seed: int
    suite: str = HIDDEN_SUITE
    families: dict[str, str] = field(default_factory=dict)
    """Check -> its family."""
    seconds_by_check: dict[str, float] = field(default_factory=dict)
    arcs: list[tuple[int, int]] = field(default_factory=list)
    """What ran, if it was traced."""
    tolerated: dict[tuple[int, str], float] = field(default_factory=dict)
    """Line of the suite and dtype -> the share of what is expected by which a result may be off; of a reference alone."""

    @property
    def killers(self) -> frozenset[str]:
        """The checks that it failed."""
        checks = self.result.checks
        return frozenset(c.id for c in checks if c.outcome == "failed" and c.family != "ledger" and c.id != LOADS)

    @property
    def problem(self) -> str:
        """Why it was misjudged; empty if it was not."""
        return misjudged(self.solution, self.result)


def read_wrong_header(path: Path) -> WrongHeader:
    """The header of a wrong submission. Raises CatalogueError."""
    lines = read_text(path).splitlines()
    if OPENING not in lines or CLOSING not in lines:
        raise CatalogueError(f"{path}: has no header\nhint: a `{OPENING}` block under the first line, see drills/README.md")
    try:
        start = lines.index(OPENING) + 1
        end = lines.index(CLOSING, start)
        block = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[start:end])
        return msgspec.convert(tomli.loads(block), WrongHeader)
    except (ValueError, msgspec.ValidationError) as error:
        raise CatalogueError(f"{path}: no readable `{OPENING}` block: {error}") from error


def right_solutions(drill: Drill) -> list[Solution]:
    """The reference and every accepted variant."""
    accepted = [Solution("accepted", path.stem, read_text(path)) for path in drill.accepted]
    return [Solution("reference", "reference", read_text(drill.reference)), *accepted]


def wrong_solutions(drill: Drill) -> list[Solution]:
    """Every wrong submission with the family it names. Raises CatalogueError."""
    return [Solution("wrong", path.stem, read_text(path), read_wrong_header(path).fails) for path in drill.wrong]


def judge(
    engine: Engine, drill: Drill, solution: Solution, seed: int, suite: str = HIDDEN_SUITE, *, traced: bool = False,
    until_judged: bool = False,
) -> Judged:  # fmt: skip
    """Grade one of them. Raises GraderError when the engine is lost.

    Args:
        engine, drill, solution, seed, suite: What to grade, and how.
        traced: Whether to note what runs.
        until_judged: Stop a wrong one at the first check of its family that it fails, a mutant at any: that settles it.
    """
    families: dict[str, str] = {}
    tally = Tally(drill, "", seed, "cpu", suite)
    seconds: dict[str, float] = {}
    arcs: list[tuple[int, int]] = []
    tolerated: dict[tuple[int, str], float] = {}
    job = Job(drill, solution.source, seed, suite, watches_tolerances=solution.kind == "reference", traced=traced)
    for event in engine.grade(job):
        tally.add(event)
        match event:
            case events.Collected(checks=checks):
                families = {check.id: check.family for check in checks}
            case events.CheckFinished(id=check, outcome=outcome):
                seconds[check] = event.seconds
                judged = solution.kind == "mutant" or families.get(check) == solution.fails != ""
                if until_judged and outcome == "failed" and judged:
                    tally.add(events.Finished())
                    tally.add(events.Over(0))
                    break  # which cancels the rest
            case events.Covered():
                arcs = event.arcs
            case events.Tolerated():
                tolerated = {(line, kind): share for line, kind, share in event.shares}
    return Judged(solution, tally.result(), seed, suite, families, seconds, arcs, tolerated)


def misjudged(solution: Solution, result: Result) -> str:
    """Why a verdict is not the one this solution must get; empty if it is."""
    if result.verdict == "grader_error":
        return f"{SUITE_FAILS}: {result.message}"
    lost = [c for c in result.checks if c.outcome in ("failed", "not_run")]
    if solution.is_right:
        # Accepted variants need no ledger.
        lost = [c for c in lost if solution.kind == "reference" or c.family != "ledger"]
        if result.verdict == "passed" and not lost:
            return ""
        first = f"{lost[0].id}: {lost[0].message}" if lost else result.message
        return f"must pass everything, but is {result.verdict}: {result.message or first}"
    if solution.kind == "starter" and result.verdict not in ("failed", "passed"):
        return f"must load and fail check by check, but is {result.verdict}: {result.message}"
    failing = {c.family for c in lost if c.family != "ledger"}
    if solution.fails and solution.fails not in failing:
        return f"must fail in {solution.fails}, fails in {', '.join(sorted(failing)) or 'nothing'}"
    if not solution.fails and result.passed:
        return "must not pass, but passes"
    return ""
