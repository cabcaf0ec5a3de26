"""A session as plain text: clock, costs, ledger, rating."""

from __future__ import annotations

import click

from app.practice import costs
from app.practice.clock import duration_text, left_text
from app.practice.schedule import ReviewDone
from app.practice.session import ASK_AFTER_AWAY_S, NUM_HINTS
from app.report import styled
from app.sitting import Recorded, Sitting
from app.text import count, wrap
from grader.ledger import RowResult


def clock_line(sitting: Sitting) -> str:
    """`gqa_cache: 12:05 left of 25:00, relaxed`."""
    session = sitting.session
    left = session.left_at(sitting.now())
    shown = left_text(left) + (" left" if left > 0 else "")
    state = ", paused" if session.paused else ""
    return f"{session.drill}: {shown} of {duration_text(session.par_s)}, {session.mode}{state}"


def mark_lines(sitting: Sitting) -> list[str]:
    """The practice mark and its costs."""
    mark = sitting.mark()
    if mark.total is None:
        return [f"cost so far: {sum(c.points for c in mark.costs)} points ({bill(mark)})"] if mark.costs else []
    less = f" (score {mark.score}, less {bill(mark)})" if mark.costs else ""
    return [wrap(f"practice mark {mark.total} of 100{less}", "  ")]


def bill(mark: costs.Mark) -> str:
    return ", ".join(f"{cost.points} for {cost.what}" for cost in mark.costs)


def over_lines(sitting: Sitting, review: ReviewDone | None) -> list[str]:
    """What a session that is over comes to."""
    session = sitting.session
    lines = [f"time {duration_text(session.elapsed_s)} of par {duration_text(session.par_s)}", *mark_lines(sitting)]
    if review is not None:
        lines.append(wrap(review.text, "  "))
        lines.append(f"  another rating: drill rate {session.drill} again|hard|good|easy")
    return lines


def attempt_lines(sitting: Sitting, recorded: Recorded) -> list[str]:
    """Where the session stands after an attempt."""
    if recorded.session.over:
        return over_lines(sitting, recorded.review)
    return [clock_line(sitting), *mark_lines(sitting)]


def row_lines(results: list[RowResult]) -> list[str]:
    """PASS or FAIL, row by row."""
    lines = []
    for row in results:
        word, colour = ("PASS", "green") if row.passed else ("FAIL", "red")
        text = row.expression if row.passed else row.message
        lines.append(styled(word, colour) + wrap(f"{row.name}: {text}", "        ", "        ")[8:])
    return lines


def hint_offer(taken: int) -> str:
    """What the next hint costs."""
    if taken >= NUM_HINTS:
        return "no more hints"
    return f"hint {taken + 1} costs {costs.hint_cost(taken, taken + 1)} points"


def ask_ledger(sitting: Sitting) -> None:
    """Ask for the rows one by one, grade them, and let the person mend them or go on."""
    ledger = sitting.drill.file.ledger
    symbols = "; ".join(f"{name} {symbol.means}" for name, symbol in ledger.symbols.items())
    click.secho("\nLedger first", bold=True)
    click.echo(wrap(f"Expressions in {symbols}. Enter keeps what is in brackets; an empty row counts as wrong.", "  ", "  "))
    click.echo(wrap(f"All rows empty: skip it for {costs.LEDGER_COST} points.", "  ", "  "))
    asked = {row.name for row in ledger.rows}
    while not sitting.session.code_open:
        entries = dict(sitting.session.ledger)
        for row in ledger.rows:
            if row.name in asked:
                click.echo(wrap(f"{row.name}: {row.asks}", "    ", "  "))
                before = entries.get(row.name, "")
                entries[row.name] = click.prompt("  >", default=before, show_default=bool(before), prompt_suffix=" ")
                sitting.save_ledger(entries)
        if not any(text.strip() for text in entries.values()):
            sitting.skip_ledger()
            click.echo(f"  skipped: {costs.LEDGER_COST} points")
            return
        results = sitting.grade_ledger(entries)
        click.echo("\n".join(row_lines(results)))
        asked = {row.name for row in results if not row.passed}
        if asked and not click.confirm(f"  {count(len(asked), 'row')} not right. Mend?", default=True):
            sitting.open_code()
            click.echo(f"  {mark_lines(sitting)[0]}")


def ask_about_absence(sitting: Sitting, asks: bool) -> None:
    """After an absence without a pause, leave the time out if the person wants to."""
    away = sitting.away_s()
    if away <= ASK_AFTER_AWAY_S:
        return
    text = f"{duration_text(away)} went by on the clock while nothing showed this session."
    if asks and click.confirm(f"{text} Leave that time out?", default=False):
        sitting.forgive_away()
    elif not asks:
        click.echo(f"{text}\nhint: drill start {sitting.session.drill} --forgive leaves it out", err=True)
