"""Shared fixtures. Everything here is real: real engines, real confined processes, the installed command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader import events
from grader.authoring.engines import Engines
from grader.catalogue import Catalogue, Drill, open_catalogue
from grader.client import Engine, Job
from grader.result import Result, Tally

LIMIT_S = 120.0
QUICK = events.Limits(load_s=2.0, check_s=2.0, total_s=20.0, memory_bytes=512 << 20)


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return open_catalogue()


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One warm engine for all tests that grade."""
    with Engine() as running:
        running.wait_ready()
        yield running


@pytest.fixture(scope="session")
def engines(engine: Engine) -> Iterator[Engines]:
    """The same, as the author's gate takes it."""
    shared = Engines([engine])
    yield shared
    shared.close()


def grade_source(
    engine: Engine, drill: Drill, source: str, *, seed: int = 7, limits: events.Limits = QUICK, suite: str = "test_hidden.py"
) -> Result:
    """Grade text on a running engine, with limits short enough for tests."""
    tally = Tally(drill, "", seed, "cpu", suite)
    for event in engine.grade(Job(drill, source, seed, suite, limits=limits)):
        tally.add(event)
    return tally.result()


@pytest.fixture
def grade(engine: Engine, catalogue: Catalogue) -> Callable[..., Result]:
    """`grade("dpo_loss", source)` -> the result."""

    def run(name: str, source: str, **options: Any) -> Result:
        return grade_source(engine, catalogue.find(name), source, **options)

    return run


@pytest.fixture
def drill_command(tmp_path: Path) -> Callable[..., Ran]:
    """`drill_command("grade", file)` runs the installed `drill` in an empty folder."""

    def run(*arguments: str, env: dict[str, str] | None = None, stdin: str = "") -> Ran:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "COLUMNS": "80", "LANG": "C.UTF-8"} | (env or {})
        done = subprocess.run(
            [str(Path(sys.executable).parent / "drill"), *arguments], cwd=tmp_path, env=environment, input=stdin,
            capture_output=True, text=True, timeout=LIMIT_S, check=False,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def reference_of(catalogue: Catalogue) -> Callable[[str], str]:
    """The text of a drill's reference."""
    return lambda name: catalogue.find(name).reference.read_text(encoding="utf-8")
