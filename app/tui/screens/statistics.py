"""Statistics: score and time per deck over time, what costs points, and what comes due. Pictures in words, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Static
from textual_plotext import PlotextPlot

from app.text import count
from app.tui.actions import bindings
from app.tui.page import Page, aside

if TYPE_CHECKING:
    from app.practice.statistics import Statistics

BAR_COLUMNS = 30


class StatisticsScreen(Page):
    """What the record says."""

    SCOPE = "statistics"
    CSS_PATH = "../styles/statistics.tcss"
    BINDINGS = bindings("statistics")

    def compose(self) -> ComposeResult:
        yield Static("Statistics", id="totals", classes="title")
        with VerticalScroll(id="figures"):
            yield PlotextPlot(id="scores", classes="box")
            yield Static("", id="decks", classes="box")
            yield Static("", id="families", classes="box")
            yield Static("", id="misconceptions", classes="box")
            yield Static("", id="forecast", classes="box")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        titles = {
            "scores": "Mean score per week", "decks": "Decks, week by week", "families": "What costs points",
            "misconceptions": "Known mistakes", "forecast": "What comes due",
        }  # fmt: skip
        for name, title in titles.items():
            self.query_one(f"#{name}").border_title = title
        self.query_one("#figures").focus()
        self.load()

    @work(group="statistics", exclusive=True, exit_on_error=False, description="read the statistics")
    async def load(self) -> None:
        with self.telling():
            figures = await aside(self.desk.statistics)
            titles = {deck.name: deck.card.title for deck in await aside(lambda: self.desk.catalogue.decks)}
            self.show(figures, titles)

    def show(self, figures: Statistics, titles: dict[str, str]) -> None:
        totals = figures.totals
        self.query_one("#totals", Static).update(Content(
            f"Statistics · {count(totals.attempts, 'attempt')}, {totals.passed} passed · {count(totals.drills, 'drill')} · "
            f"{count(totals.days, 'day')} · {totals.hours:.1f} h"
        ))  # fmt: skip
        self.show_scores(figures, titles)
        self.query_one("#decks", Static).update(deck_table(figures, titles))
        self.query_one("#families", Static).update(bars(
            [(cost.family, cost.share, f"{cost.share:.0%} of its points lost") for cost in figures.families if cost.lost]
        ))  # fmt: skip
        mistakes = [f"{mistake.count:>3}x {mistake.drill}: {mistake.message}" for mistake in figures.misconceptions[:8]]
        self.query_one("#misconceptions", Static).update(Content("\n".join(mistakes) or "none met yet"))
        most = max((day.count for day in figures.forecast), default=0) or 1
        self.query_one("#forecast", Static).update(bars(
            [(f"{day.day:%a %d %b}", day.count / most, f"{day.count}") for day in figures.forecast]
        ))  # fmt: skip

    def show_scores(self, figures: Statistics, titles: dict[str, str]) -> None:
        """A line for each deck; a deck of one week is a point."""
        plot = self.query_one("#scores", PlotextPlot)
        weeks = sorted({row.week for row in figures.weeks})
        if not any(row.mean_score is not None for row in figures.weeks):
            plot.display = False
            return
        plot.plt.clear_figure()
        place = {week: number for number, week in enumerate(weeks)}
        for deck in dict.fromkeys(row.deck for row in figures.weeks):
            mine = [row for row in figures.weeks if row.deck == deck and row.mean_score is not None]
            if mine:
                draw = plot.plt.plot if len(mine) > 1 else plot.plt.scatter
                draw([place[row.week] for row in mine], [row.mean_score for row in mine], label=titles.get(deck, deck))
        plot.plt.ylim(0, 100)
        step = max(1, len(weeks) // 6)
        shown = [float(number) for number in range(0, len(weeks), step)]
        plot.plt.xticks(shown, [f"{weeks[int(number)]:%d %b}" for number in shown])
        plot.refresh()

    def action_back(self) -> None:
        self.front.home()


def bars(rows: list[tuple[str, float, str]]) -> Content:
    """Name, a bar for a share of 0 to 1, and words."""
    if not rows:
        return Content("nothing yet")
    width = max(len(name) for name, _, _ in rows)
    lines = []
    for name, share, words in rows:
        lines.append(Content.assemble(f"{name:<{width}}  ", ("█" * round(share * BAR_COLUMNS), "$primary"), f" {words}"))
    return Content("\n").join(lines)


def deck_table(figures: Statistics, titles: dict[str, str]) -> Content:
    """The last weeks in figures: what the picture shows, for those who cannot see it."""
    if not figures.weeks:
        return Content("no attempts yet")
    lines = [f"{'deck':<30} {'week of':<8} {'attempts':>8} {'passed':>7} {'score':>6} {'minutes':>8}"]
    for row in sorted(figures.weeks, key=lambda row: (row.week, row.deck), reverse=True)[:12]:
        score = "-" if row.mean_score is None else f"{row.mean_score:.0f}"
        name = titles.get(row.deck, row.deck)[:30]
        lines.append(f"{name:<30} {row.week:%d %b}   {row.attempts:>8} {row.passed:>7} {score:>6} {row.mean_minutes:>8.1f}")
    return Content("\n".join(lines))
