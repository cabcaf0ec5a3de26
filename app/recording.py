"""Keeping what `drill run` and `drill grade` judge, where the file is the answer of an open session."""

from __future__ import annotations

from pathlib import Path

from app.home import Home
from grader.result import Result
from grader.submission import UnusableFile, read_submission


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
    from app.desk import Desk
    from app.sitting_text import clock_line, mark_lines, over_lines

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
        if recorded.session.over:
            return over_lines(sitting, recorded.review)
        return [clock_line(sitting), *mark_lines(sitting)]
