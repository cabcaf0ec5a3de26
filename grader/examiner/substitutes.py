"""Running files of the drill's own in place of a submission, one after another in one candidate: no fork and no set-up of
pytest for each, so that fifty take a second or two. They are trusted not to disturb each other."""

from __future__ import annotations

import pytest
from _pytest.runner import runtestprotocol

from grader import events
from grader import protocol as p
from grader.events import LOADS
from grader.examiner.failures import CandidateEnded, CheckFailed
from grader.examiner.plugin import SuitePlugin, check_id


class SubstitutePlugin(SuitePlugin):
    """Loads one file after another and runs chosen checks on it, keeping what they say to itself."""

    forbidden: list[str]

    def load_file(self, source: str) -> bool:
        """Put a file in the place of the one before. Whether it loads."""
        self._submission.forget()
        try:
            self._transport.start_check()
            for request in (p.Parse(source), p.Load(self.forbidden)):
                reply, _ = self._transport.request(request)
            return isinstance(reply, p.Loaded)
        except CheckFailed as failure:
            self.ended = failure if isinstance(failure, CandidateEnded) else None
            return False

    def run_check(self, item: pytest.Item) -> tuple[str, str]:
        """(outcome, message) of one check on the file that is loaded."""
        self._latest = ("passed", "")
        self.begin_check()
        item._initrequest()  # type: ignore[attr-defined]  # as pytest does before a function runs, for it has run before
        runtestprotocol(item, log=False, nextitem=None)
        return self._latest

    def report(self, item: pytest.Item, outcome: str, message: str) -> None:
        self._latest = (outcome, message)


class TrialPlugin(SubstitutePlugin):
    """Which checks fail each of the trials."""

    trials: list[events.Trial]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for trial in self.trials:
            self._seed = trial.seed
            own = [item for item in session.items if trial.to_the_end or trial.family in ("", family_of(item))]
            tried = self._try(trial, own)
            if not tried.settled and own != session.items:
                tried = self._try(trial, session.items)  # some checks judge the calls of all checks before them
            if self.ended is not None or self.suite_error:
                break
            self._emit(tried)
        return True

    def _try(self, trial: events.Trial, items: list[pytest.Item]) -> events.Tried:
        if not self.load_file(trial.source):
            return events.Tried(trial.name, [LOADS], not trial.family)
        failed = []
        settled = False
        for item in items:
            outcome, _ = self.run_check(item)
            if self.ended is not None or self.suite_error:
                break
            if outcome == "failed":
                failed.append(check_id(item))
                settled |= trial.family in ("", family_of(item))
            if settled and not trial.to_the_end:
                break
        return events.Tried(trial.name, failed, settled)


def family_of(item: pytest.Item) -> str:
    mark = item.get_closest_marker("check")
    return str(mark.args[0]) if mark is not None and mark.args else ""
