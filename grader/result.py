"""The result of one grade: built by the front from the events alone, and written as one JSON object.

Fail closed: every planned check that did not report an explicit pass has failed. The schema is result.schema.json beside
this file.
"""

from __future__ import annotations

import hashlib
import signal
import time
from typing import Any, Literal

import msgspec

from grader import events
from grader.catalogue import FAMILIES, FULL_SCORE, OPTIONAL_FAMILIES, Drill, Family, Rubric
from grader.errors import CatalogueError
from grader.printable import printable
from grader.sandbox.layers import Layer

SCHEMA_VERSION = 1
Verdict = Literal["passed", "failed", "crashed", "timed_out", "out_of_memory", "rejected", "grader_error"]
EXIT_STATUS: dict[str, int] = {"passed": 0, "rejected": 2, "grader_error": 3}
"""Of `drill grade`; every other verdict is 1."""


class CheckResult(msgspec.Struct, frozen=True):
    id: str
    family: Family
    outcome: Literal["passed", "failed", "skipped", "not_run"]
    message: str
    """Why it failed or was skipped; of a passed check, what was noticed beside (data read on the host)."""
    points: float
    max_points: float


class FamilyResult(msgspec.Struct, frozen=True):
    points: float
    max_points: float
    passed: int
    failed: int
    skipped: int


class LedgerResult(msgspec.Struct, frozen=True):
    name: str
    asks: str
    expression: str | None
    outcome: Literal["passed", "failed"]
    message: str


class Misconception(msgspec.Struct, frozen=True):
    name: str
    message: str
    source: str


class Result(msgspec.Struct, frozen=True):
    """One graded submission, as `--format json` prints it."""

    schema: int
    drill: str
    verdict: Verdict
    passed: bool
    score: int | None
    """0 to `max_score`; null where there is no score (rejected, grader_error)."""
    max_score: int
    message: str
    """Why there is no ordinary verdict: crashed where, rejected why; empty otherwise."""
    families: dict[str, FamilyResult]
    checks: list[CheckResult]
    misconceptions: list[Misconception]
    ledger: list[LedgerResult]
    output: str
    """What the submission printed."""
    isolation: list[Layer]
    device: str
    seed: int | None
    submission_sha256: str
    suite_sha256: str
    seconds: float
    versions: dict[str, str]

    @property
    def exit_status(self) -> int:
        return EXIT_STATUS.get(self.verdict, 1)

    @property
    def counted(self) -> tuple[int, int]:
        """Checks passed, and checks that ran or should have."""
        counting = [check for check in self.checks if check.outcome != "skipped"]
        return sum(check.outcome == "passed" for check in counting), len(counting)

    def to_json(self) -> bytes:
        """One line of JSON."""
        return msgspec.json.encode(self)


class Tally:
    """Gathers the events of one grade and makes the result."""

    def __init__(self, drill: Drill, submission_sha256: str, seed: int, device: str, suite: str) -> None:
        self.drill = drill
        self._sha256 = submission_sha256
        self._seed = seed
        self._device = device
        self._suite = suite
        self._started_s = time.monotonic()
        self._plan: list[events.CheckPlan] = []
        self._reports: dict[str, events.CheckFinished] = {}
        self._rows: list[events.LedgerRowGraded] = []
        self._isolation: list[Layer] = []
        self._running = ""
        self._finished: events.Finished | None = None
        self._over: events.Over | None = None

    def add(self, event: events.GradeEvent) -> None:
        match event:
            case events.Started(isolation=isolation):
                self._isolation = isolation
            case events.Collected(checks=checks):
                self._plan = checks
            case events.CheckStarted(id=running):
                self._running = running
            case events.CheckFinished():
                self._reports[event.id] = msgspec.structs.replace(event, message=printable(event.message))
            case events.LedgerRowGraded(expression=expression, message=message):
                written = None if expression is None else printable(expression)
                self._rows.append(msgspec.structs.replace(event, expression=written, message=printable(message)))
            case events.Finished():
                self._finished = msgspec.structs.replace(event, message=printable(event.message))
            case events.Over():
                self._over = msgspec.structs.replace(event, output=printable(event.output))

    def result(self, versions: dict[str, str] | None = None) -> Result:
        """The result of all events so far."""
        forced, message = self._end()
        if forced in ("rejected", "grader_error"):
            return self._without_score(forced, message, versions or {})
        checks = [self._check(plan) for plan in self._plan]
        required = [check for check in checks if check.family not in OPTIONAL_FAMILIES]
        passed = not forced and bool(required) and all(c.outcome in ("passed", "skipped") for c in required)
        if passed and all(c.outcome == "skipped" for c in required if c.id != events.LOADS):
            return self._without_score("grader_error", "every check was skipped", versions or {})
        verdict: Any = forced or ("passed" if passed else "failed")
        return Result(
            schema=SCHEMA_VERSION, drill=self.drill.name, verdict=verdict, passed=passed,
            score=score_of(checks, self.drill.file.rubric), max_score=FULL_SCORE, message=message,
            families=families_of(checks), checks=checks, misconceptions=[], ledger=self._ledger(),
            output=self._over.output if self._over else "", isolation=self._isolation, device=self._device,
            seed=self._seed, submission_sha256=self._sha256, suite_sha256=suite_sha256(self.drill, self._suite),
            seconds=round(time.monotonic() - self._started_s, 3), versions=versions or {},
        )  # fmt: skip

    def _end(self) -> tuple[str, str]:
        """(verdict that the way it ended forces, message); both empty after an ordinary run."""
        over, finished = self._over, self._finished
        if over is None:
            return "grader_error", "the grade did not end"
        if over.stopped == "cancelled":
            return "grader_error", "cancelled"
        if finished is None:
            why = " (it took too long)" if over.stopped == "overdue" else ""
            return "grader_error", f"the examiner ended without a result{why}"
        if not finished.ended:
            return "", ""
        message = finished.message
        if self._running and finished.ended in ("crashed", "timed_out", "out_of_memory") and self._running != events.LOADS:
            message += f", during the check {self._running}"
        if finished.ended == "crashed" and over.candidate_signal is not None:
            try:
                message += f" ({signal.Signals(over.candidate_signal).name})"
            except ValueError:
                message += f" (signal {over.candidate_signal})"
        return finished.ended, message

    def _check(self, plan: events.CheckPlan) -> CheckResult:
        report = self._reports.get(plan.id)
        if report is None:
            return CheckResult(plan.id, plan.family, "not_run", "did not run", 0.0, plan.points)
        if report.outcome == "skipped":
            return CheckResult(plan.id, plan.family, "skipped", report.message, 0.0, 0.0)
        if report.outcome == "passed":
            return CheckResult(plan.id, plan.family, "passed", "; ".join(report.notes), plan.points, plan.points)
        return CheckResult(plan.id, plan.family, "failed", report.message, 0.0, plan.points)

    def _ledger(self) -> list[LedgerResult]:
        return [
            LedgerResult(row.name, row.asks, row.expression, "passed" if row.outcome == "passed" else "failed", row.message)
            for row in self._rows
        ]

    def _without_score(self, verdict: Any, message: str, versions: dict[str, str]) -> Result:
        return unscored(
            self.drill.name, verdict, message, sha256=self._sha256, seed=self._seed, device=self._device,
            output=self._over.output if self._over else "", isolation=self._isolation, versions=versions,
            suite=suite_sha256(self.drill, self._suite), seconds=time.monotonic() - self._started_s,
        )  # fmt: skip


def unscored(
    drill: str, verdict: Verdict, message: str, *, sha256: str = "", seed: int | None = None, device: str = "cpu",
    output: str = "", isolation: list[Layer] | None = None, versions: dict[str, str] | None = None, suite: str = "",
    seconds: float = 0.0,
) -> Result:  # fmt: skip
    """A result without checks: the file is not gradable, or the grader failed."""
    return Result(
        SCHEMA_VERSION, drill, verdict, False, None, FULL_SCORE, message, {}, [], [], [], output, isolation or [], device,
        seed, sha256, suite, round(seconds, 3), versions or {},
    )  # fmt: skip


def score_of(checks: list[CheckResult], rubric: Rubric) -> int:
    """Points earned of the points that could be (skipped checks count for neither), held down by the gates."""
    possible = sum(check.max_points for check in checks)
    earned = sum(check.points for check in checks)
    score = int(FULL_SCORE * earned / possible + 1e-9) if possible else 0
    broken = {check.family for check in checks if check.outcome in ("failed", "not_run")}
    return min([score, *(cap for family, cap in rubric.gates.items() if family in broken)])


def families_of(checks: list[CheckResult]) -> dict[str, FamilyResult]:
    found: dict[str, FamilyResult] = {}
    for family in FAMILIES:
        mine = [check for check in checks if check.family == family]
        if mine:
            count = {o: sum(c.outcome == o for c in mine) for o in ("passed", "failed", "skipped", "not_run")}
            found[family] = FamilyResult(
                round(sum(c.points for c in mine), 6), round(sum(c.max_points for c in mine), 6),
                count["passed"], count["failed"] + count["not_run"], count["skipped"],
            )  # fmt: skip
    return found


def suite_sha256(drill: Drill, suite: str) -> str:
    """Of everything that decides: the suite, drill.toml, the starter (signatures) and the reference."""
    digest = hashlib.sha256()
    for path in (drill.folder / suite, drill.folder / "drill.toml", drill.folder / "starter.py", drill.reference):
        try:
            digest.update(path.read_bytes())
        except OSError as error:
            raise CatalogueError(f"{path}: {error.strerror or error}") from error
    return digest.hexdigest()
