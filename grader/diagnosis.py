"""The front's side of a diagnosis: ask an engine which known mistake a failed submission matches, and put it into words."""

from __future__ import annotations

import msgspec

from grader import events
from grader.authoring.solutions import read_wrong_header
from grader.catalogue import Drill
from grader.client import Engine, Job
from grader.result import Misconception, Result
from grader.toml_file import read_text

DIAGNOSIS_S = 20.0
"""Wall-clock seconds that all wrong submissions together may be waited for."""


def diagnose(engine: Engine, drill: Drill, result: Result, suite: str) -> Result:
    """The result with the misconception that explains it, if exactly one does. Only failed results are looked at.

    Raises GraderError when the engine is lost.
    """
    failing = {check.id: check.message for check in result.checks if check.outcome == "failed" and check.family != "ledger"}
    if result.verdict != "failed" or not failing or events.LOADS in failing or result.seed is None:
        return result
    mistakes = tuple(events.KnownMistake(path.stem, read_text(path)) for path in drill.wrong)
    if not mistakes:
        return result
    limits = events.Limits(total_s=DIAGNOSIS_S)
    job = Job(drill, "", result.seed, suite, limits, mistakes, failing)
    names = [event.name for event in engine.grade(job) if isinstance(event, events.MistakeRecognised)]
    headers = {path.stem: read_wrong_header(path) for path in drill.wrong if path.stem in names}
    found = [Misconception(name, headers[name].message, headers[name].source) for name in names]
    return msgspec.structs.replace(result, misconceptions=found)
