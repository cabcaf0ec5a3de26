"""Fixtures of the tests of the record: a real database, a clock that is moved by hand, and a desk on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from app.desk import Desk
from app.home import Home
from app.practice.clock import ManualClock
from grader.result import FamilyResult, Misconception, Result, unscored


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def desk(home: Home, clock: ManualClock) -> Iterator[Desk]:
    with Desk(home, clock) as opened:
        yield opened


@pytest.fixture
def result_of() -> Callable[..., Result]:
    """`result_of("gqa_cache", passed=True, score=80)`."""

    def make(drill: str, *, passed: bool = False, score: int | None = 40, verdict: str = "") -> Result:
        base = unscored(drill, "failed", "", sha256=f"{drill}{passed}{score}")
        return msgspec.structs.replace(
            base, verdict=verdict or ("passed" if passed else "failed"), passed=passed, score=score,
            families={"numerics": FamilyResult(float(score or 0), 100.0, 3, 1, 0)},
            misconceptions=[] if passed else [Misconception("off_by_one", "You are off by one.", "")],
        )  # fmt: skip

    return make
