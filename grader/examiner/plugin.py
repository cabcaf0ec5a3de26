"""The pytest plugin: fixtures, the `check` mark, and pytest's reports turned into grade events.

Reports are built here instead of by pytest, so no traceback, no source line of a hidden suite and no rewritten
assertion ever becomes text, and a check costs little beyond itself.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import events
from grader import protocol as p
from grader.catalogue import FAMILIES, Drill
from grader.events import LOADS
from grader.examiner.draw import Draw
from grader.examiner.failures import CandidateEnded, CheckFailed, SimulationUnavailable, SubmissionRaised
from grader.examiner.subject import Manners, Subject
from grader.examiner.transport import RemoteTransport

MARK = "check(family, points=0, conventions=()): what a check is for, what it is worth, and which conventions it relies on"
MAX_NOTES = 5
Emit = Callable[[events.ExaminerEvent], None]


class SubmissionSubject(Subject):
    """The submission as suites see it."""

    def __init__(self, transport: RemoteTransport) -> None:
        super().__init__(transport, "submission")
        self._remote = transport

    def forbidden_seen(self) -> list[str]:
        """Forbidden framework functions that calls have reached so far."""
        reply, _ = self._remote.request(p.Report())
        return reply.forbidden if isinstance(reply, p.Reported) else []

    def begin_check(self) -> None:
        """Forget what only concerned the check before."""
        self._manners.host_syncs.clear()
        self._last_call = ""

    def forget(self) -> None:
        """Start anew with another file behind the same transport."""
        self._manners = Manners()
        self._methods.clear()
        self.begin_check()


class SuitePlugin:
    """Runs one suite against one candidate.

    Args:
        drill: The drill; its rubric is held against the suite's points.
        transport: To the candidate.
        reference: Our solution, in this process.
        load: Waits until the submission has loaded; raises CheckFailed if it did not.
        seed: Of all inputs.
        emit: Takes the events.
        hold_to_rubric: Whether the points must be those of the rubric (the hidden suite's must).
    """

    def __init__(
        self, drill: Drill, transport: RemoteTransport, reference: Subject, load: Callable[[], None], seed: int,
        emit: Emit, *, hold_to_rubric: bool,
    ) -> None:  # fmt: skip
        self._drill = drill
        self._transport = transport
        self._submission = SubmissionSubject(transport)
        self._reference = reference
        self._load = load
        self._seed = seed
        self._emit = emit
        self._hold_to_rubric = hold_to_rubric
        self._started_s = 0.0
        self.suite_error = ""
        """What went wrong with the suite itself, with file and line; empty if nothing did."""
        self.ended: CandidateEnded | None = None
        """Set when the candidate ended before the suite did."""

    @pytest.fixture(scope="session")
    def submission(self) -> Subject:
        return self._submission

    @pytest.fixture(scope="session")
    def reference(self) -> Subject:
        return self._reference

    @pytest.fixture
    def draw(self, request: pytest.FixtureRequest) -> Draw:
        return Draw(self._seed, check_id(request.node))

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", MARK)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if self.suite_error:
            return
        try:
            plans = plan_checks(session.items, self._drill, self._hold_to_rubric)
        except ValueError as error:
            self.suite_error = f"{self._drill.folder}: {error}"
            return
        self._emit(events.Collected(plans))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if self.suite_error:
            return True
        self._emit(events.CheckStarted(LOADS))
        started_s = time.monotonic()
        try:
            self._load()
        except CheckFailed as failure:
            self.ended = failure if isinstance(failure, CandidateEnded) else None
            self._emit(events.CheckFinished(LOADS, "failed", str(failure), time.monotonic() - started_s))
            return True
        self._emit(events.CheckFinished(LOADS, "passed", "", time.monotonic() - started_s))
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.begin_check()
        self._started_s = time.monotonic()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        self._emit(events.CheckStarted(check_id(item)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        outcome, message = "passed", ""
        if call.excinfo is not None:
            outcome, message = self._judge(call.excinfo)
        if call.when == "call" or outcome != "passed":
            if outcome == "error":
                self.suite_error = self.suite_error or f"{error_place(call.excinfo)}: {message}"
                item.session.shouldstop = self.suite_error
            else:
                self.report(item, outcome, message)
        if self.ended is not None:
            item.session.shouldstop = "the candidate ended"
        outcome_for_pytest: Any = "failed" if outcome == "error" else outcome
        longrepr: Any = ("", 0, message) if outcome == "skipped" else (message or None)
        when: Any = call.when
        return pytest.TestReport(item.nodeid, item.location, {}, outcome_for_pytest, longrepr, when)

    def begin_check(self) -> None:
        """Nothing of one check is charged to the next, nor shown in its message."""
        self._transport.start_check()
        self._submission.begin_check()

    def report(self, item: pytest.Item, outcome: str, message: str) -> None:
        """Tell how a check ended."""
        syncs = {place for places in self._submission.manners.host_syncs.values() for place in places}
        notes = [f"reads tensor data on the host: {place}" for place in sorted(syncs)[:MAX_NOTES]]
        self._emit(events.CheckFinished(check_id(item), outcome, message, time.monotonic() - self._started_s, notes))

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
        if isinstance(node, pytest.Collector) and call.excinfo is not None:
            error = call.excinfo.value
            cause = error.__cause__ or error
            self.suite_error = self.suite_error or f"{error_place(call.excinfo)}: {type(cause).__name__}: {cause}"

    def _judge(self, excinfo: pytest.ExceptionInfo[BaseException]) -> tuple[str, str]:
        """(outcome, message) of a check that did not run to its end."""
        match excinfo.value:
            case CandidateEnded() as ended:
                self.ended = ended
                return "failed", f"{ended}{self._input()}"
            case SimulationUnavailable() as gap:
                return "skipped", f"the simulated GPU cannot run this: {gap}"
            case pytest.skip.Exception() as skipped:
                return "skipped", str(skipped.msg or "")
            case SubmissionRaised() | CheckFailed() as failure:
                return "failed", f"{failure}{self._input()}"
            case AssertionError() as failure:
                return "failed", f"{str(failure).splitlines()[0] if str(failure) else 'does not hold'}{self._input()}"
            case error:
                return "error", f"{type(error).__name__}: {str(error)[:500]}"

    def _input(self) -> str:
        call = self._submission.last_call
        return f"\ncalled: {call}" if call and f"in {call}" not in call else ""


def check_id(item: pytest.Item) -> str:
    """`test_values[float32]` -> `values[float32]`."""
    return item.name.removeprefix("test_")


def plan_checks(items: list[pytest.Item], drill: Drill, hold_to_rubric: bool) -> list[events.CheckPlan]:
    """Every check with its family and points; a check's points are split evenly over its parametrisations.

    Raises ValueError when a check has no family, or the points of a family are not those of the rubric.
    """
    siblings = Counter(getattr(item, "originalname", item.name) for item in items)
    plans = [events.CheckPlan(LOADS, "contract", 0.0)]
    totals: Counter[str] = Counter()
    for item in items:
        mark = item.get_closest_marker("check")
        if mark is None or not mark.args or mark.args[0] not in FAMILIES:
            raise ValueError(f"{item.name} needs @pytest.mark.check(family, points=...) with a family of {', '.join(FAMILIES)}")
        points = mark.kwargs.get("points", 0) / siblings[getattr(item, "originalname", item.name)]
        plans.append(events.CheckPlan(check_id(item), mark.args[0], points))
        totals[mark.args[0]] += points
    plans.extend(ledger_plan(drill, hold_to_rubric))
    if hold_to_rubric:
        wanted: dict[str, int] = {family: n for family, n in drill.file.rubric.points.items() if family != "ledger"}
        for family in sorted({*totals, *wanted}):
            if abs(totals[family] - wanted.get(family, 0)) > 1e-6:
                raise ValueError(
                    f"the {family} checks have {totals[family]:g} points, the rubric gives {family} {wanted.get(family, 0)}"
                )
    return plans


def ledger_plan(drill: Drill, scored: bool) -> Iterator[events.CheckPlan]:
    rows = drill.file.ledger.rows
    total = drill.file.rubric.points.get("ledger", 0) if scored else 0
    for row in rows:
        yield events.CheckPlan(f"ledger[{row.name}]", "ledger", total / len(rows) if row.points is None else row.points)


def error_place(excinfo: pytest.ExceptionInfo[BaseException] | None) -> str:
    """File and line where a suite went wrong: the deepest frame in a drill or solution, else the deepest of all."""
    if excinfo is None:
        return "the suite"
    error: BaseException = excinfo.value.__cause__ or excinfo.value
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    place = "the suite"
    trace = error.__traceback__
    ours = False
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        in_data = path.name.startswith("test_") or path.name == "reference.py"
        if in_data or not ours:
            place, ours = f"{path}:{trace.tb_lineno}", ours or in_data
        trace = trace.tb_next
    return place
