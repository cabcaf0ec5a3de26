"""A graded submission as text for the screen. Outcomes are words; colour only repeats them. Foreign text is never markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from app.report import VERDICT_TEXT, also_failing, points_and_count, printed_lines
from grader.catalogue import FAMILIES
from grader.result import CheckResult, LedgerResult, Result

if TYPE_CHECKING:
    from app.practice.costs import Mark

FAIL = ("FAIL", "$error")
WORDS = {"passed": ("PASS", "$success"), "failed": FAIL, "skipped": ("SKIP", "$warning"), "not_run": FAIL}
EMPTY = Content("")
MIN_COLUMNS = 20


def word(outcome: str) -> Content:
    """PASS, FAIL or SKIP in six columns."""
    text, colour = WORDS[outcome]
    return Content.assemble((text, f"bold {colour}"), "  ")


def joined(lines: Iterable[Content], columns: int = 0) -> Content:
    """Lines below one another; with a width, wrapped so that what follows stands under its own line's indentation."""
    pieces: list[Content] = []
    for line in lines:
        for part in line.split("\n") if columns else [line]:
            pieces += hung(part, columns) if columns else [part]
    return Content("\n").join(pieces)


def hung(line: Content, columns: int, indent: int = 0) -> list[Content]:
    """One line, wrapped behind its indentation: that of the text after PASS or FAIL where it begins with one."""
    text = line.plain
    indent = indent or len(text) - len(text.lstrip(" "))
    if text.lstrip(" ").startswith(("PASS  ", "FAIL  ", "SKIP  ")):
        indent += len("FAIL  ")
    if line.cell_length <= columns or columns - indent < MIN_COLUMNS:
        return [line]
    first, *rest = line[indent:].wrap(columns - indent)
    return [line[:indent] + first.rstrip(), *(Content(" " * indent) + piece.rstrip() for piece in rest)]


def heading(text: str) -> Content:
    return Content.styled(text, "bold $primary")


def headline(result: Result, scored: bool = True) -> Content:
    """Verdict, score and how long it took."""
    colour = "$success" if result.passed else "$error"
    score = f"  {result.score} of {result.max_score} points" if scored and result.score is not None else ""
    return Content.assemble((VERDICT_TEXT[result.verdict], f"bold {colour}"), (score, "bold"), f"  in {result.seconds:.2f} s")


def misconceptions(result: Result) -> list[Content]:
    """The known mistake that explains the failures, in the learner's words."""
    lines = []
    for found in result.misconceptions:
        title = Content.styled("Your results are those of a known mistake", "bold $warning")
        lines += [EMPTY, title, Content("  " + found.message)]
        if found.source:
            lines.append(Content.styled(f"  seen in {found.source}", "dim"))
    return lines


def families(result: Result, *, scored: bool = True) -> list[Content]:
    """One line a family, with its first failing message in full."""
    lines = []
    for family, summary in result.families.items():
        outcome = "failed" if summary.failed else "passed" if summary.passed else "skipped"
        rest = f" {points_and_count(summary, scored)}"
        lines.append(Content.assemble("  ", word(outcome), (f"{family:<11}", "bold"), rest))
        failing = [check for check in result.checks if check.family == family and check.outcome in ("failed", "not_run")]
        if failing and family != "ledger":
            lines += message(failing[0])
            if len(failing) > 1:
                lines.append(Content.styled(f"        {also_failing(failing)}", "dim"))
    return lines


def message(check: CheckResult, indent: str = "        ") -> list[Content]:
    """Why a check failed, and the call that it met."""
    why, _, called = check.message.partition("\ncalled: ")
    lines = [Content.assemble(indent, (check.id, "bold"), ": " + indented(why, indent))]
    if called:
        lines.append(Content.styled(f"{indent}in " + indented(called, indent), "dim"))
    return lines


def indented(text: str, indent: str = "        ") -> str:
    return text.replace("\n", f"\n{indent}")


def all_checks(result: Result) -> list[Content]:
    """Every check, family by family."""
    lines = []
    for family in FAMILIES:
        for check in (check for check in result.checks if check.family == family):
            note = "" if check.outcome == "passed" and not check.message else f": {indented(check.message)}"
            lines.append(Content.assemble("  ", word(check.outcome), f"{family:<11} ", (check.id, "bold"), note))
    return lines


def ledger(rows: Sequence[LedgerResult]) -> list[Content]:
    """Row by row; one line where no row is filled in."""
    if not rows:
        return []
    if all(row.expression is None or not row.expression.strip() for row in rows):
        names = ", ".join(row.name for row in rows)
        return [EMPTY, heading("Ledger"), Content(f"  no row of LEDGER is filled in: {names}")]
    lines = [EMPTY, heading("Ledger")]
    for row in rows:
        text = row.expression if row.outcome == "passed" else row.message
        lines.append(Content.assemble("  ", word(row.outcome), (row.name, "bold"), f": {text or ''}"))
    return lines


def output(result: Result) -> list[Content]:
    """What the file printed, under a heading."""
    printed = printed_lines(result)
    return [EMPTY, heading("Printed by the file"), *map(Content, printed)] if printed else []


def practice_mark(mark: Mark) -> list[Content]:
    """The score less what help and time cost; nothing where nothing cost anything."""
    if mark.score is None or not mark.costs:
        return []
    bill = "  ".join(f"-{cost.points} {cost.what}" for cost in mark.costs)
    return [Content.assemble("practice mark ", (f"{mark.total}", "bold"), f" = {mark.score}  {bill}")]


def public_run(result: Result, columns: int = 0) -> Content:
    """The public suite's outcome, short: it stands under the editor."""
    lines = [headline(result, scored=False)]
    if result.message:
        lines.append(Content("  " + result.message))
    for check in result.checks:
        if check.outcome in ("failed", "not_run"):
            lines += message(check, "  ")
    return joined([*lines, *misconceptions(result), *output(result)], columns)


def run_words(result: Result) -> str:
    """`4 of 5 public checks pass`, or why there is no such number."""
    passed, total = result.counted
    if not total:
        return f"{VERDICT_TEXT[result.verdict].lower()}: {result.message.splitlines()[0] if result.message else 'no check ran'}"
    words = f"{passed} of {total} public checks pass"
    return words if result.verdict in ("passed", "failed") else f"{VERDICT_TEXT[result.verdict].lower()}, {words}"
