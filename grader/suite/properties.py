"""Rules that need no reference: what is refused, and what a refusal leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.examiner.failures import SubmissionRaised
from grader.examiner.subject import describe_value
from grader.suite.compare import fail


def assert_refuses(
    call: Callable[..., Any], *args: Any, because: str, error: str = "ValueError", **kwargs: Any
) -> None:
    """The call raises ValueError (or a subclass).

    Args:
        call: An entry point or a method.
        because: What is wrong with the arguments, for the message: "beta is 0".
        error: Name of the exception.
    """
    try:
        result = call(*args, **kwargs)
    except SubmissionRaised as failure:
        if failure.is_a(error):
            return
        fail(f"must raise {error} where {because}, but {failure}")
    fail(f"must raise {error} where {because}, but returned {describe_value(result)}")
