"""`drill stats`."""

from __future__ import annotations

from pathlib import Path

import click

from app.desk import Desk
from app.practice.statistics import Statistics
from app.text import count, wrap

BAR_COLUMNS = 24
NUM_SHOWN = 8
NUM_WEEKS = 16
NAME_COLUMNS = 26
LEVELS = ".:-=+*#%@"
"""From a score of 0 to one of 100, in characters that every terminal has."""


@click.command("stats")
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path), metavar="PATH",
              help="Write one page with pictures there instead.")  # fmt: skip
def command(page: Path | None) -> None:
    """Show scores and times per deck over time, what costs points, and the reviews to come."""
    with Desk() as desk:
        statistics = desk.statistics()
        titles = {deck.name: deck.card.title for deck in desk.catalogue.decks}
        if page is not None:
            from app.files import write_atomically
            from app.stats_page import render_page

            write_atomically(page, render_page(statistics, titles, desk.today()).encode("utf-8"))
            click.echo(page)
            return
        click.echo("\n".join(text_of(statistics, titles)))


def text_of(statistics: Statistics, titles: dict[str, str]) -> list[str]:
    """All sections as lines."""
    totals = statistics.totals
    lines = [
        f"{count(totals.attempts, 'attempt')} at {count(totals.drills, 'drill')}, {totals.passed} passed; "
        f"{totals.hours:.1f} hours on the clock; {count(totals.days, 'day')} of practice, {statistics.streak_days} in a row"
    ]
    if not totals.attempts:
        lines.append("nothing has been submitted yet: drill start NAME")
    return [*(wrap(line) for line in lines), *decks_of(statistics, titles), *costs_of(statistics), *forecast_of(statistics)]


def decks_of(statistics: Statistics, titles: dict[str, str]) -> list[str]:
    """One row a deck: attempts, passes, mean score and time, and the mean score week by week."""
    decks: dict[str, list[str]] = {}
    for name in dict.fromkeys(week.deck for week in statistics.weeks):
        weeks = [week for week in statistics.weeks if week.deck == name]
        attempts, passed = sum(w.attempts for w in weeks), sum(w.passed for w in weeks)
        scores = [w.mean_score for w in weeks if w.mean_score is not None]
        minutes = sum(w.mean_minutes * w.attempts for w in weeks) / attempts
        trend = "".join(LEVELS[min(len(LEVELS) - 1, int(score / 100 * len(LEVELS)))] for score in scores[-NUM_WEEKS:])
        mean = f"{sum(scores) / len(scores):5.0f}" if scores else "    -"
        decks[name] = [titles.get(name, name)[:NAME_COLUMNS], f"{attempts:>8}", f"{passed:>6}", mean, f"{minutes:7.1f}", trend]
    if not decks:
        return []
    head = f"  {'deck':<{NAME_COLUMNS}}  attempts  passed  score  minutes  by week"
    rows = [f"  {row[0]:<{NAME_COLUMNS}}  {'  '.join(row[1:])}" for row in decks.values()]
    return ["", click.style("Decks", bold=True), head, *rows, f"  mean score by week, from low to high: {LEVELS}"]


def costs_of(statistics: Statistics) -> list[str]:
    lines = []
    costly = [cost for cost in statistics.families if cost.lost > 0]
    if costly:
        lines += ["", click.style("What costs points, by family", bold=True)]
        for cost in costly:
            lines.append(f"  {cost.family:<12} {cost.share:>4.0%}  {'#' * max(1, round(cost.share * BAR_COLUMNS))}")
    if statistics.misconceptions:
        lines += ["", click.style("Known mistakes that were met", bold=True)]
        for found in statistics.misconceptions[:NUM_SHOWN]:
            lines.append(wrap(f"{found.count} x {found.drill}: {found.message}", "      ", "  "))
    return lines


def forecast_of(statistics: Statistics) -> list[str]:
    """Reviews to come, day by day."""
    if not any(day.count for day in statistics.forecast):
        return []
    lines = ["", click.style("Reviews to come", bold=True)]
    for number, day in enumerate(statistics.forecast):
        name = "today" if number == 0 else day.day.strftime("%a %d %b")
        lines.append(f"  {name:<10} {day.count:>3}  {'#' * min(day.count, BAR_COLUMNS * 2)}".rstrip())
    return lines
