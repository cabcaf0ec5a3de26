"""Keeping what `drill run` and `drill grade` judge, where the file is the answer of an open session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import Refused, StoreError
from app.home import Home
from grader.result import Result
from grader.submission import UnusableFile, read_submission

if TYPE_CHECKING:
    from grader.estimation.grading import RoundResult


def record(path: str, result: Result, *, hidden: bool) -> list[str]:
    """Note the judgement in the file's open session.

    Args:
        path: Of the judged file.
        result: The judgement.
        hidden: By the hidden suite: then it is an attempt.

    Returns:
        Lines for the person; empty where no session has this file, and nothing is opened where there is no record.
    """
    if not Home.find().store_path.exists() or result.verdict == "grader_error" or not result.drill:
        return []
    try:
        return keep(path, result, hidden)
    except (StoreError, Refused) as error:  # the verdict stands, whatever becomes of the record
        return [f"warning: not kept: {error}"]


def keep(path: str, result: Result, hidden: bool) -> list[str]:
    """Raises StoreError and Refused."""
    from app.desk import Desk
    from app.sitting_text import attempt_lines, clock_line

    with Desk() as desk:
        sitting = desk.sitting_of_file(Path(path))
        if sitting is None or sitting.drill.name != result.drill:
            return []
        if not hidden:
            sitting.record_run(result)
            return [clock_line(sitting)]
        try:
            submission = read_submission(path)
        except UnusableFile:
            return []
        if submission.sha256 != result.submission_sha256:
            return ["the file changed while it was judged, so this attempt is not kept"]
        recorded = sitting.record_attempt(result, submission.source, at_zero=sitting.tick() == "submit")
        return attempt_lines(sitting, recorded)


def record_round(result: RoundResult, seconds: float, par_s: float) -> str:
    """Keep an estimation round that was sat with fresh numbers. Returns what it does to the schedule, in one line."""
    from app.desk import Desk

    with Desk() as desk:
        return desk.record_round(result, seconds, par_s, seconds=round(seconds, 1)).text
