"""A graded submission as text for the terminal. Outcomes are words; colour only repeats them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from app.text import wrap
from grader.catalogue import FAMILIES, Family
from grader.result import CheckResult, FamilyResult, Result

VERDICT_TEXT = {
    "passed": "PASSED",
    "failed": "FAILED",
    "crashed": "CRASHED",
    "timed_out": "TIMED OUT",
    "out_of_memory": "OUT OF MEMORY",
    "rejected": "REJECTED",
    "grader_error": "GRADER ERROR",
}
OUTPUT_LINES = 12


def render(result: Result, path: str, *, scored: bool = True, gates: Mapping[Family, int] | None = None) -> str:
    """The whole report.

    Args:
        result: What was graded.
        path: Of the file, as the person gave it.
        scored: False for the public suite, which has no points.
        gates: The rubric's: family -> the most that the score can be while one of its checks fails.
    """
    lines = [headline(result, path, scored), *held_lines(result, gates or {})]
    if result.message:
        lines.append(wrap(result.message, "  "))
    lines.extend(misconception_lines(result))
    if result.families:
        lines.append("")
        for family, summary in result.families.items():
            lines.extend(family_lines(result, family, summary, scored))
    lines.extend(ledger_lines(result))
    lines.extend(output_lines(result))
    advice = next_step(result, scored)
    if advice:
        lines.extend(["", wrap(advice, "      ", "next: ")])
    if result.seed is not None and result.verdict not in ("rejected", "passed"):
        lines.append(wrap(f"the same inputs again: --seed {result.seed}"))
    return "\n".join(lines) + "\n"


def headline(result: Result, path: str, scored: bool) -> str:
    colour = "green" if result.passed else "red"
    verdict = click.style(VERDICT_TEXT[result.verdict], fg=colour, bold=True)
    score = f"  {result.score} of {result.max_score}" if scored and result.score is not None else ""
    return f"{verdict}{score}  {click.style(result.drill or '?', bold=True)}  {path}  ({result.seconds:.2f} s)"


def held_lines(result: Result, gates: Mapping[Family, int]) -> list[str]:
    """Why the score is less than the points of the families, where it is."""
    earned = int(sum(summary.points for summary in result.families.values()) + 1e-9)
    holding = [family for family, cap in gates.items() if cap == result.score and result.families[family].failed]
    if result.score is None or result.score >= earned or not holding:
        return []
    why = f"the checks that passed are worth {earned}; while a {holding[0]} check fails, {result.score} is the most"
    return [wrap(why, "  ")]


def family_lines(result: Result, family: str, summary: FamilyResult, scored: bool) -> list[str]:
    """PASS or FAIL, points, and the first failing message."""
    word = "FAIL" if summary.failed else "PASS" if summary.passed else "SKIP"
    colour = {"FAIL": "red", "PASS": "green", "SKIP": "yellow"}[word]
    lines = [f"{styled(word, colour)}{family:<11} {points_and_count(summary, scored)}"]
    if family == "ledger":
        return lines  # its rows follow in full
    failing = [check for check in result.checks if check.family == family and check.outcome == "failed"]
    if failing:
        lines.append(check_text(failing[0]))
        if len(failing) > 1:
            lines.append(wrap(also_failing(failing), "        "))
    for check in result.checks:
        if check.family == family and check.outcome == "skipped" and check.message:
            lines.append(wrap(f"{check.id} skipped: {check.message}", "        "))
            break
    return lines


def points_and_count(summary: FamilyResult, scored: bool) -> str:
    """`    39/100  5 of 7 checks, 1 skipped`: what stands behind a family's name."""
    ran = summary.passed + summary.failed
    points = f"{summary.points:g}/{summary.max_points:g}" if scored else ""
    count = f"{summary.passed} of {ran} checks" if ran else "skipped"
    count += f", {summary.skipped} skipped" if summary.skipped and ran else ""
    return f"{points:>9}  {count}"


def also_failing(failing: Sequence[CheckResult]) -> str:
    """The checks behind the first, which is shown in full."""
    return "also failing: " + ", ".join(check.id for check in failing[1:5]) + (", ..." if len(failing) > 5 else "")


def check_text(check: CheckResult) -> str:
    message, _, called = check.message.partition("\ncalled: ")
    text = wrap(f"{check.id}: {message}", "        ")
    return text + ("\n" + wrap(called, "          ", "        in ") if called else "")


def misconception_lines(result: Result) -> list[str]:
    """The known mistake that explains the failures, in the learner's words."""
    lines = []
    for found in result.misconceptions:
        lines += ["", click.style("Your results are those of a known mistake", bold=True), wrap(found.message, "  ")]
        if found.source:
            lines.append(wrap(f"seen in {found.source}", "  "))
    return lines


def ledger_lines(result: Result) -> list[str]:
    """Row by row; one line where no row is filled in."""
    if not result.ledger:
        return []
    if all(row.expression is None for row in result.ledger):
        names = ", ".join(row.name for row in result.ledger)
        return [wrap(f"no row of LEDGER is filled in: {names}", "        ")]
    lines = ["", click.style("Ledger", bold=True)]
    for row in result.ledger:
        word, colour = ("PASS", "green") if row.outcome == "passed" else ("FAIL", "red")
        text = row.expression if row.outcome == "passed" else row.message
        lines.append(styled(word, colour) + wrap(f"{row.name}: {text}", "        ")[8:])
    return lines


def styled(word: str, colour: str) -> str:
    """The eight columns before a row: coloured after wrapping, which would count the colour as text."""
    return f"  {click.style(word, fg=colour)}{' ' * (6 - len(word))}"


def output_lines(result: Result) -> list[str]:
    printed = printed_lines(result)
    return ["", click.style("Printed by the file", bold=True), *printed] if printed else []


def printed_lines(result: Result) -> list[str]:
    """What the file printed, the beginning of it."""
    if not result.output.strip():
        return []
    shown = result.output.rstrip("\n").splitlines()
    more = len(shown) - OUTPUT_LINES
    lines = [f"  | {line[:200]}" for line in shown[:OUTPUT_LINES]]
    return [*lines, f"  | ... {more} more lines"] if more > 0 else lines


def next_step(result: Result, scored: bool) -> str:
    if result.verdict in ("rejected", "grader_error"):
        return ""
    if result.passed:
        if not scored:
            return f"the hidden checks: drill grade FILE --drill {result.drill}"
        missing = [family for family, summary in result.families.items() if summary.failed]
        if missing == ["ledger"] and all(row.expression is None for row in result.ledger):
            return "write the LEDGER rows too; they are worth the points that are missing"
        return f"the {' and '.join(missing)} points are still to be had" if missing else ""
    failing = [check for check in result.checks if check.outcome == "failed" and check.family != "ledger"]
    # A wrong value fails many a check of another thing: what only says that the values are wrong is the plainest.
    first = min(failing, key=lambda check: (check.family != "numerics", FAMILIES.index(check.family)), default=None)
    if first is None or result.verdict != "failed":
        return f"mend that, then grade again; `drill hint {result.drill}` gives a nudge"
    above = any(FAMILIES.index(check.family) < FAMILIES.index(first.family) for check in failing)
    cause = ", for the failures above it may have the same cause" if above else ""
    return f"start with the {first.family} check {first.id}{cause}; `drill hint {result.drill}` gives a nudge"
