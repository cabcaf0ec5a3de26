"""Home: what is due and why, the decks, the last attempts; Enter starts the next best thing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from app.tui.actions import bindings
from app.tui.page import Page, aside
from grader.errors import DrillError

if TYPE_CHECKING:
    from app.desk import HomeView
    from app.practice.schedule import Item
    from app.practice.session import Session


class NextPanel(Static, can_focus=True):
    """The next best thing; has the focus at first, so that Enter starts it."""


class HomeScreen(Page):
    """The first screen."""

    SCOPE = "home"
    BINDINGS = bindings("home")
    AUTO_FOCUS = "#next"

    view: HomeView | None = None

    def compose(self) -> ComposeResult:
        yield Static("drill", id="headline", classes="title")
        yield NextPanel("Reading your record ...", id="next", classes="box")
        with Horizontal(id="middle"):
            yield OptionList(id="due", classes="box")
            yield OptionList(id="decks", classes="box")
        yield Static(id="last", classes="box")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        for name, title in {"next": "Next", "due": "Due today", "decks": "Decks", "last": "Last attempts"}.items():
            self.query_one(f"#{name}").border_title = title

    def on_screen_resume(self) -> None:
        self.load()

    @work(group="home", exclusive=True, exit_on_error=False, description="read the home view")
    async def load(self) -> None:
        await self.front.opened.wait()
        try:
            view = await aside(self.desk.home_view)
        except DrillError as error:
            self.query_one("#next", NextPanel).border_title = "The record of practice cannot be read"
            self.query_one("#next", NextPanel).update(Content(str(error)))
            self.add_class("-broken")
        else:
            self.remove_class("-broken")
            first = view.first_run and not view.open and self.view is None
            self.view = view
            self.show(view)
            if first:
                from app.tui.screens.first_run import FirstRunScreen

                self.app.push_screen(FirstRunScreen())

    def show(self, view: HomeView) -> None:
        """All that is known."""
        self.query_one("#headline", Static).update(headline(view))
        self.query_one("#next", Static).update(next_text(view, self.front.keys_of("home.start")))
        due = self.query_one("#due", OptionList)
        due.border_title = f"Due today ({len(view.due)})"
        fill(due, [Option(two_lines(item.title, item.why), id=f"item:{item.item}") for item in view.due])
        if not view.due:
            due.add_option(Option(Content.styled("nothing is due", "dim"), disabled=True))
        decks = [Option(deck_line(d.number, d.title, d.passed, d.num_drills, d.due), id=d.name) for d in view.decks]
        fill(self.query_one("#decks", OptionList), decks)
        self.query_one("#last", Static).update(last_text(view))

    def action_start(self) -> None:
        if self.view is None:
            return
        if self.view.open:
            self.resume(self.view.open[0])
        elif self.view.next is not None:
            self.front.open_item(self.view.next.item)

    @work(group="open", exclusive=True, exit_on_error=False, description="go on with an open session")
    async def resume(self, session: Session) -> None:
        with self.telling():
            self.front.sit(await aside(self.desk.sitting, session.id))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_list.id == "decks" and event.option.id:
            from app.tui.screens.deck import DeckScreen

            self.app.push_screen(DeckScreen(event.option.id))
        elif event.option.id and event.option.id.startswith("item:"):
            self.front.open_item(self.item_of(event.option.id.removeprefix("item:")))

    def item_of(self, text: str) -> Item:
        from app.practice.schedule import Item

        return Item.parse(text)

    def on_click(self, event: object) -> None:
        widget = getattr(event, "widget", None)
        if isinstance(widget, NextPanel):
            self.action_start()

    def action_decks(self) -> None:
        self.query_one("#decks").focus()

    def action_statistics(self) -> None:
        from app.tui.screens.statistics import StatisticsScreen  # plotext: 60 ms

        self.app.push_screen(StatisticsScreen())

    def action_interview(self) -> None:
        from app.tui.screens.interview import InterviewScreen

        self.app.push_screen(InterviewScreen())

    def action_settings(self) -> None:
        from app.tui.screens.settings import SettingsScreen

        self.app.push_screen(SettingsScreen())

    async def action_leave(self) -> None:
        await self.front.action_quit()


def fill(options: OptionList, entries: list[Option]) -> None:
    """Replace all entries and keep the mark where it was, at first on the first one."""
    marked = options.highlighted
    options.clear_options()
    options.add_options(entries)
    if entries:
        options.highlighted = min(marked or 0, len(entries) - 1)


def headline(view: HomeView) -> Content:
    days = f"streak {view.streak_days} day{'s' * (view.streak_days != 1)}" if view.streak_days else "no streak yet"
    today = "practised today" if view.practised_today else "not practised today"
    return Content.assemble(("drill", "bold"), f"   {days} · {today}")


def next_text(view: HomeView, key: str) -> Content:
    if view.open:
        session = view.open[0]
        clock = "paused" if session.paused else "its clock is running"
        return Content.assemble(
            (f"{key}  ", "bold $accent"), ("go on with ", ""), (session.drill, "bold"), f"\n{clock}; {session.phase} open"
        )  # fmt: skip
    if view.next is None:
        return Content("Nothing is due. Choose a deck to practise ahead.")
    return Content.assemble((f"{key}  ", "bold $accent"), (view.next.title, "bold"), f"\n{view.next.why}")


def two_lines(title: str, why: str) -> Content:
    return Content.assemble((title, "bold"), "\n", (f"  {why}", "dim"))


def deck_line(number: int, title: str, passed: int, num_drills: int, due: int) -> Content:
    bar = "■" * passed + "·" * (num_drills - passed)
    note = f"{due} due, " if due else ""
    return Content.assemble(f"{number:>2} {title}\n", (f"   {bar} ", "dim"), f"{note}{passed} of {num_drills} passed")


def last_text(view: HomeView) -> Content:
    if not view.last:
        return Content.styled("none yet", "dim")
    lines = []
    for attempt in view.last:
        day = time.strftime("%d %b %H:%M", time.localtime(attempt.wall_s))
        score = "" if attempt.score is None else f"{attempt.score:>3}"
        minutes = f"{attempt.elapsed_s / 60:.0f} of {attempt.par_s / 60:.0f} min"
        lines.append(f"{day}  {attempt.verdict:<13} {score:>3}  {attempt.drill:<26} {minutes}")
    return Content("\n".join(lines))
