"""The statistics as one HTML page with pictures: no scripts, no network, light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.practice.statistics import DeckWeek, Statistics
from app.text import count

WIDTH, HEIGHT, MARGIN = 320.0, 120.0, 22.0
"""Of a picture, in its own units."""


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Curve:
    """A deck over time: mean scores and minutes by week."""

    title: str
    summary: str
    scores: list[Point]
    minutes: list[Point]
    most_minutes: float
    first: str
    last: str

    @staticmethod
    def path(points: list[Point]) -> str:
        return " ".join(f"{point.x:.1f},{point.y:.1f}" for point in points)


def render_page(statistics: Statistics, titles: dict[str, str], today: date) -> str:
    """The page.

    Args:
        statistics: What to show.
        titles: Deck -> title.
        today: The day on which it is made.
    """
    import jinja2

    template = Path(__file__).with_name("stats_page.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(template).render(
        statistics=statistics, curves=curves_of(statistics, titles), today=today, width=WIDTH, height=HEIGHT, margin=MARGIN,
        costly=[cost for cost in statistics.families if cost.lost > 0], count=count,
        most_due=max((day.count for day in statistics.forecast), default=0),
    )  # fmt: skip


def curves_of(statistics: Statistics, titles: dict[str, str]) -> list[Curve]:
    """One curve a deck, all over the same weeks."""
    if not statistics.weeks:
        return []
    first = min(week.week for week in statistics.weeks)
    last = max(week.week for week in statistics.weeks)
    return [
        curve(titles.get(name, name), [week for week in statistics.weeks if week.deck == name], first, last)
        for name in dict.fromkeys(week.deck for week in statistics.weeks)
    ]


def curve(title: str, weeks: list[DeckWeek], first: date, last: date) -> Curve:
    span = max(1, (last - first).days)
    most = max(1.0, *(week.mean_minutes for week in weeks))

    def x(week: DeckWeek) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * ((week.week - first).days / span if last > first else 0.5)

    def y(share: float) -> float:
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share

    scores = [
        Point(x(week), y(week.mean_score / 100), f"{week.week}: score {week.mean_score:.0f}, {count(week.attempts, 'attempt')}")
        for week in weeks if week.mean_score is not None
    ]  # fmt: skip
    minutes = [
        Point(x(week), y(week.mean_minutes / most), f"week of {week.week}: {week.mean_minutes:.1f} minutes") for week in weeks
    ]
    attempts = sum(week.attempts for week in weeks)
    summary = f"{count(attempts, 'attempt')}, {sum(week.passed for week in weeks)} passed"
    return Curve(title, summary, scores, minutes, most, str(first), str(last))
