"""Grading and trying the files of one drill on one engine: what was judged as it must be, and what was not."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from grader import events
from grader.authoring.solutions import Judged, Solution, judge
from grader.authoring.trials import try_each
from grader.catalogue import Drill
from grader.client import Engine
from grader.events import HIDDEN_SUITE, LOADS

SEED_BITS = 63
OTHER_SEEDS = 3
"""With so many more seeds a solution is graded that is misjudged: always, or by luck?"""


@dataclass(frozen=True)
class Runner:
    """Runs a drill's files on one engine."""

    engine: Engine
    drill: Drill
    count: Callable[[], None]
    """Called whenever one more file has been graded or tried."""

    def judge(
        self, solution: Solution, suite: str = HIDDEN_SUITE, seed: int | None = None, *, traced: bool = False,
        until_judged: bool = False,
    ) -> Judged:  # fmt: skip
        """Grade one solution; with a fresh seed if none is given."""
        seed = fresh_seed() if seed is None else seed
        judged = judge(self.engine, self.drill, solution, seed, suite, traced=traced, until_judged=until_judged)
        self.count()
        return judged

    def try_each(
        self, solutions: Sequence[Solution], seed: int, suite: str = HIDDEN_SUITE, *, to_the_end: bool = False
    ) -> list[tuple[Solution, events.Tried | None]]:
        """Try all of them in one candidate."""

        def counted() -> Iterator[events.Tried | None]:
            for tried in try_each(self.engine, self.drill, solutions, seed, suite, to_the_end=to_the_end):
                self.count()
                yield tried

        return list(zip(solutions, counted(), strict=True))

    def try_together(self, solutions: Sequence[Solution], suite: str = HIDDEN_SUITE) -> list[Judged]:
        """Grades of those that came out otherwise than they must when all were tried with one seed."""
        seed = fresh_seed()
        judged = []
        for solution, tried in self.try_each(solutions, seed, suite):
            if tried is None or tried.settled == solution.is_right:
                judged += self._grade_doubtful(solution, seed, suite)
        return judged

    def try_mutants(self, mutants: Sequence[Solution]) -> list[Judged]:
        """Grades of those that nothing failed when all were tried with one seed."""
        tried = self.try_each(mutants, fresh_seed())
        return [self.judge(mutant, until_judged=True) for mutant, outcome in tried if outcome is None or not outcome.settled]

    def try_to_the_end(self, solutions: Sequence[Solution]) -> tuple[dict[Solution, frozenset[str]], list[Judged]]:
        """Which checks fail each of them, and the grades of those for which it took one."""
        seed = fresh_seed()
        killers, graded = {}, []
        for solution, tried in self.try_each(solutions, seed, to_the_end=True):
            if tried is not None and tried.settled:
                killers[solution] = frozenset(tried.failed) - {LOADS}
                continue
            verdict = self.judge(solution, seed=seed)
            killers[solution] = verdict.killers
            graded.append(verdict)
            if verdict.problem and solution.kind == "wrong":
                graded += self._grade_with_other_seeds(solution)
        return killers, graded

    def _grade_doubtful(self, solution: Solution, seed: int, suite: str) -> list[Judged]:
        """Its grade with this seed; with more seeds, if it is misjudged indeed."""
        verdict = self.judge(solution, suite, seed, until_judged=True)
        return [verdict, *(self._grade_with_other_seeds(solution, suite) if verdict.problem else [])]

    def _grade_with_other_seeds(self, solution: Solution, suite: str = HIDDEN_SUITE) -> list[Judged]:
        return [self.judge(solution, suite, until_judged=True) for _ in range(OTHER_SEEDS)]


def fresh_seed() -> int:
    """Another each time, since no verdict may depend on one."""
    return secrets.randbits(SEED_BITS)
