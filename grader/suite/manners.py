"""What a submission must leave alone, judged over every call that the suite made before. Put these checks last."""

from __future__ import annotations

from grader.examiner.subject import Subject
from grader.suite.compare import fail
from grader.suite.gradients import label


def assert_inputs_left_alone(submission: Subject) -> None:
    """No call modified an input, a list or a callback's result."""
    for call, names in submission.manners.changed.items():
        fail(f"modifies its input: {', '.join(label(name) for name in names)} changed in {call}")


def assert_results_not_aliased(submission: Subject) -> None:
    """No result shares memory with an input."""
    for call, names in submission.manners.aliased.items():
        fail(f"returns memory of its input: the result shares storage with {label(names[0])} in {call}")


def assert_global_random_untouched(submission: Subject) -> None:
    """No call moved the global random state, where the suite did not allow it."""
    for call in submission.manners.drew_globally:
        fail(f"uses the global random state in {call}")


def assert_nothing_forbidden(submission: Subject) -> None:
    """No call reached a framework function that the drill forbids."""
    seen = submission.forbidden_seen()
    if seen:
        fail(f"calls {', '.join(seen)}, which this drill forbids")
