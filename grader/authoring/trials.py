"""Trying many of a drill's own files in one candidate, one after another: which checks fail each of them.

Much faster than a grade each, and on one processor; but a grade is what decides whatever comes out as it should not, and a
file that ends the process. A right solution comes last: if that fails, the files before it left something behind.
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


def try_each(
    engine: Engine, drill: Drill, solutions: Sequence[Solution], seed: int, suite: str = events.HIDDEN_SUITE, *,
    to_the_end: bool = False,
) -> Iterator[events.Tried | None]:  # fmt: skip
    """For each solution the checks that fail it; None where only a grade can tell.

    Args:
        engine, drill, solutions, seed, suite: What to try, and how.
        to_the_end: Name all checks that fail it, not just the first of the family in which it must fail.

    Raises GraderError when the engine is lost.
    """
    rest = [events.Trial(s.name, s.source, seed, s.fails, to_the_end) for s in solutions]
    last = events.Trial("reference", read_text(drill.reference), seed)
    while rest:
        told = try_in_turn(engine, drill, [*rest, last], suite)
        yield from told
        rest = rest[len(told) :]


def try_in_turn(engine: Engine, drill: Drill, trials: Sequence[events.Trial], suite: str) -> list[events.Tried | None]:
    """As `try_each`, for as many as one process lasts: at least one. The last trial must come out unfailed."""
    limits = events.Limits(check_s=CHECK_S, total_s=SECONDS_EACH * len(trials))
    job = Job(drill, "", 0, suite, limits=limits, trials=tuple(trials))
    told = [event for event in engine.grade(job) if isinstance(event, events.Tried)]
    if len(told) == len(trials):
        return [None] * (len(told) - 1) if told[-1].settled else list(told[:-1])
    return [*told, None]
