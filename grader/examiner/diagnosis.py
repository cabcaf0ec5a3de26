"""Which known mistake a failed submission matches: the drill's wrong submissions run on the very inputs of its failing checks.

A check's message is a fingerprint: with the same seed and inputs, the same mistake is off by the same amount at the same
place. Numbers are compared to a few digits, since another order of operations rounds otherwise. A mistake is named only
when its submission gives the same message in every failing check, passes every other check as the learner's did, is alone
in that, and the messages say enough to tell one mistake from another. Anything less is silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pytest

from grader import events
from grader.examiner.plugin import check_id
from grader.examiner.substitutes import SubstitutePlugin

NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?")
WHERE = re.compile(r" at line \d+: `.*?`")
CLOSE = 2e-3
FEW_CHECKS = 3
"""So many failing checks tell enough together even where each one's message is a mere word."""
SIDE_EFFECTS = ("modifies its input", "shares storage with", "uses the global random state", "which this drill forbids")
"""Of checks that judge the calls of all checks before them: running one alone says nothing."""


class DiagnosisPlugin(SubstitutePlugin):
    """Runs wrong submissions instead of the submission, on chosen checks."""

    known: list[events.KnownMistake]
    failing: dict[str, str]
    found: events.KnownMistake | None = None

    def prepare(self, known: Iterable[events.KnownMistake], failing: Mapping[str, str]) -> None:
        """Set what to look for: the known mistakes, and check id -> message of the checks that the learner failed."""
        self.known, self.failing = list(known), dict(failing)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {check_id(item): item for item in session.items}
        telling = [items[name] for name, message in self.failing.items() if name in items and tells(message)]
        if evident([self.failing[check_id(item)] for item in telling]) and not self.suite_error:
            rest = [item for name, item in items.items() if name not in self.failing]
            matching = [known for known in self.known if self._matches(known, telling, rest)]
            if len(matching) == 1 and self.ended is None:
                self.found = matching[0]
        return True

    def _matches(self, known: events.KnownMistake, telling: list[pytest.Item], rest: list[pytest.Item]) -> bool:
        """Whether this mistake explains every failing check and no more."""
        if self.ended is not None or not self.load_file(known.source):
            return False
        for item in telling:
            outcome, message = self.run_check(item)
            if outcome != "failed" or not same_fingerprint(message, self.failing[check_id(item)]):
                return False
        return all(self.run_check(item)[0] != "failed" for item in rest)


def tells(message: str) -> bool:
    return not any(words in message for words in SIDE_EFFECTS)


def evident(messages: list[str]) -> bool:
    """Whether the messages say enough. Many a mistake gives the wrong one of two words, or 3 for 4; a number of three digits,
    or what came back in place of a ValueError, is seldom the same by chance."""
    texts = [message.split("\ncalled: ")[0] for message in messages]
    digits = max((len(number.lstrip("-0.").replace(".", "")) for text in texts for number in NUMBER.findall(text)), default=0)
    return digits >= 3 or len(texts) >= FEW_CHECKS or any(text.startswith("must raise ") for text in texts)


def same_fingerprint(left: str, right: str) -> bool:
    """The same words, and numbers that agree to a few digits. Where in the file it happened does not matter."""
    left, right = (WHERE.sub("", text).split("\ncalled: ")[0] for text in (left, right))
    if NUMBER.sub("#", left) != NUMBER.sub("#", right):
        return False
    pairs = zip(NUMBER.findall(left), NUMBER.findall(right), strict=True)
    return all(a == b or close(a, b) for a, b in pairs)


def close(left: str, right: str) -> bool:
    """Floats to a few digits. Whole numbers are counts and bytes: those that differ at all come from another mistake."""
    if left.replace(",", "").lstrip("-").isdigit() and right.replace(",", "").lstrip("-").isdigit():
        return False
    try:
        a, b = float(left.replace(",", "")), float(right.replace(",", ""))
    except ValueError:
        return False
    return abs(a - b) <= CLOSE * max(abs(a), abs(b))
