"""Grading files for the commands: find the drill, run the engine, make results. No text output but progress."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable

from grader import events
from grader.catalogue import Catalogue, Drill
from grader.client import Engine, Job
from grader.diagnosis import diagnose
from grader.errors import DrillError, GraderError, UnknownDrill
from grader.result import Result, Tally, unscored
from grader.submission import Submission, UnusableFile, read_submission

SEED_BITS = 63
DEVICE = "cpu"
Listener = Callable[[events.GradeEvent], None]


def drill_of(submission: Submission, named: str | None, catalogue: Catalogue) -> Drill:
    """By --drill, by the first line, or by the file's name. Raises UnknownDrill with what to do."""
    if named is not None:
        return catalogue.find(named)
    if submission.named_drill is not None:
        return catalogue.find(submission.named_drill)
    try:
        return catalogue.find(submission.stem)
    except UnknownDrill:
        raise UnknownDrill(
            "the file does not say which drill it answers\n"
            "hint: begin it with the line `# drill: NAME`, or pass --drill NAME; `drill list` shows the names"
        ) from None


def grade_file(
    engine: Engine, path: str, catalogue: Catalogue, *, named: str | None, suite: str, seed: int | None,
    required_layers: tuple[str, ...] = (), listener: Listener | None = None,
) -> Result:  # fmt: skip
    """Grade one file. Never raises for what is wrong with the file or the grader: that is a result, too."""
    drill_name, sha256 = named or "", ""
    try:
        submission = read_submission(path)
        sha256 = submission.sha256
        drill = drill_of(submission, named, catalogue)
        drill_name = drill.name
        return grade_submission(
            engine, submission, drill, suite=suite, seed=seed, required_layers=required_layers, listener=listener
        )  # fmt: skip
    except (UnusableFile, UnknownDrill) as error:
        return unscored(drill_name, "rejected", str(error), sha256=sha256)
    except DrillError as error:
        return unscored(drill_name, "grader_error", str(error), sha256=sha256)


def grade_submission(
    engine: Engine, submission: Submission, drill: Drill, *, suite: str, seed: int | None,
    required_layers: tuple[str, ...] = (), listener: Listener | None = None,
) -> Result:  # fmt: skip
    """Grade one submission that has been read. Raises GraderError when the engine is lost."""
    seed = secrets.randbits(SEED_BITS) if seed is None else seed
    tally = Tally(drill, submission.sha256, seed, DEVICE, suite)
    job = Job(drill, submission.source, seed, suite, required_layers=required_layers)
    for event in engine.grade(job):
        tally.add(event)
        if listener is not None:
            listener(event)
    if engine.ready is None:
        raise GraderError("the engine never became ready")
    return diagnose(engine, drill, tally.result(engine.ready.versions), suite)


class Progress:
    """One line on standard error that says how far a grade is; nothing where that is no terminal."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._total = 0
        self._done = 0
        self._shown = sys.stderr.isatty()
        self._write(f"{path}: starting the engine")

    def __call__(self, event: events.GradeEvent) -> None:
        match event:
            case events.Collected(checks=checks):
                self._total = len(checks)
            case events.CheckFinished():
                self._done += 1
            case events.Over():
                self._write("")
                return
        self._write(f"{self._path}: {self._done} of {self._total} checks" if self._total else f"{self._path}: loading")

    def _write(self, text: str) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K" + text[:78])
            sys.stderr.flush()
