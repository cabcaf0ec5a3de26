"""Trying many of a drill's own files in one candidate, one after another: which check fails each of them first.

Much faster than a grade each, but a grade is what decides: a file that nothing failed here, or that ended the process, is
undecided and has to be graded by itself. A right solution comes last; if that fails, the files before it left something
behind, and all are undecided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader import events
from grader.authoring.solutions import Solution
from grader.catalogue import Drill
from grader.client import Engine, Job
from grader.toml_file import read_text

SECONDS_EACH = 10.0
CHECK_S = 3.0
"""Wall-clock seconds that one check may wait for a file: one that hangs is undecided soon."""


def first_killers(engine: Engine, drill: Drill, solutions: Sequence[Solution], seed: int) -> Iterator[str]:
    """For each solution the first check, of the family in which it must fail, that fails it; empty where that is undecided.

    Raises GraderError when the engine is lost.
    """
    rest = list(solutions)
    while rest:
        told = try_in_turn(engine, drill, rest, seed)
        yield from told
        rest = rest[len(told) :]


def try_in_turn(engine: Engine, drill: Drill, solutions: Sequence[Solution], seed: int) -> list[str]:
    """As `first_killers`, for as many as one process lasts: at least one."""
    trials = [events.Trial(s.name, s.source, s.fails) for s in solutions]
    trials.append(events.Trial("reference", read_text(drill.reference)))
    limits = events.Limits(check_s=CHECK_S, total_s=SECONDS_EACH * len(trials))
    job = Job(drill, "", seed, limits=limits, trials=tuple(trials))
    told = [event.failed for event in engine.grade(job) if isinstance(event, events.Tried)]
    if len(told) == len(trials):
        return [""] * len(solutions) if told[-1] else told[:-1]
    return [*told, ""]
