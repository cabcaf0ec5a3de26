"""Whether a drill's suite judges its own solutions rightly: reference and accepted pass, each wrong one fails where it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import tomli

from grader.catalogue import Drill, read_text
from grader.client import Engine, Job
from grader.errors import CatalogueError
from grader.result import Result, Tally

OPENING = "# /// wrong"
CLOSING = "# ///"


class WrongHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The TOML block at the head of a wrong submission."""

    fails: str
    """The family in which it must fail."""
    message: str
    """What the code does and why that is wrong, in one sentence to the learner."""
    source: str = ""
    """URL of the public bug it comes from."""


@dataclass(frozen=True)
class Finding:
    """One solution that was judged otherwise than it must be."""

    path: Path
    problem: str


def read_wrong_header(path: Path) -> WrongHeader:
    """The header of a wrong submission. Raises CatalogueError."""
    lines = read_text(path).splitlines()
    try:
        start = lines.index(OPENING) + 1
        end = lines.index(CLOSING, start)
        block = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[start:end])
        return msgspec.convert(tomli.loads(block), WrongHeader)
    except (ValueError, msgspec.ValidationError) as error:
        raise CatalogueError(f"{path}: no readable `{OPENING}` block: {error}") from error


def judge_file(engine: Engine, drill: Drill, path: Path, seed: int, suite: str = "test_hidden.py") -> Result:
    """Grade one of the drill's own files. Raises GraderError."""
    tally = Tally(drill, "", seed, "cpu", suite)
    for event in engine.grade(Job(drill, read_text(path), seed, suite)):
        tally.add(event)
    return tally.result()


def findings(
    engine: Engine, drill: Drill, seed: int, listener: Callable[[Path, Result], None] | None = None
) -> Iterator[Finding]:
    """Every solution of the drill that the hidden suite misjudges."""
    for path in [drill.reference, *drill.accepted]:
        result = judge_file(engine, drill, path, seed)
        if listener is not None:
            listener(path, result)
        if problem := not_flawless(result, is_reference=path == drill.reference):
            yield Finding(path, problem)
    for path in drill.wrong:
        header = read_wrong_header(path)
        result = judge_file(engine, drill, path, seed)
        if listener is not None:
            listener(path, result)
        family = result.families.get(header.fails)
        if result.verdict == "grader_error":
            yield Finding(path, f"grader error: {result.message}")
        elif family is None or not family.failed:
            failing = ", ".join(name for name, summary in result.families.items() if summary.failed and name != "ledger")
            yield Finding(path, f"must fail in {header.fails}, fails in: {failing or 'nothing'} (seed {seed})")


def not_flawless(result: Result, is_reference: bool) -> str:
    """Why a right solution is not judged right; empty if it is. Accepted ones need no ledger."""
    if result.verdict != "passed":
        first = next((c for c in result.checks if c.outcome in ("failed", "not_run") and c.family != "ledger"), None)
        return f"{result.verdict}: {result.message or (first and f'{first.id}: {first.message}')} (seed {result.seed})"
    lost = [c for c in result.checks if c.outcome == "failed" and (is_reference or c.family != "ledger")]
    return f"loses points: {lost[0].id}: {lost[0].message}" if lost else ""
