"""How a check ends other than by passing. These are data about the submission, never errors of the grader."""

from __future__ import annotations

from grader import protocol as p


class CheckFailed(AssertionError):
    """The submission broke the contract; the message is for the learner."""


class SubmissionRaised(CheckFailed):
    """The submission raised where a value was expected."""

    def __init__(self, raised: p.Raised, called: str) -> None:
        self.raised = raised
        where = f" at line {raised.line}: `{raised.text}`" if raised.line else ""
        text = f": {raised.message}" if raised.message else ""
        super().__init__(f"raised {raised.type_name}{text}{where}")
        self.called = called

    def is_a(self, type_name: str) -> bool:
        return type_name in self.raised.ancestors


class CandidateEnded(CheckFailed):
    """The candidate's process is gone or silent; no further check can run. `verdict` says which way."""

    def __init__(self, verdict: str, message: str) -> None:
        self.verdict = verdict
        super().__init__(message)


class SimulationUnavailable(Exception):
    """The simulated GPU cannot run this submission's operators: the check is skipped, never failed."""
