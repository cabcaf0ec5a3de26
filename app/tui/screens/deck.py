"""A deck: its card, its drills and its estimation rounds, with what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from app.tui.actions import bindings
from app.tui.page import Page, aside

if TYPE_CHECKING:
    from app.desk import DrillStatus
    from grader.catalogue import Deck


NAME_COLUMNS = 31


class DeckScreen(Page):
    """What a deck holds; Enter starts what is marked."""

    SCOPE = "deck"
    CSS_PATH = "../styles/deck.tcss"
    BINDINGS = bindings("deck")

    def __init__(self, name: str) -> None:
        super().__init__()
        self.deck_name = name

    def compose(self) -> ComposeResult:
        yield Static("", id="deck-title", classes="title")
        yield OptionList(id="items", classes="box")
        yield Static("", id="about", classes="box")
        yield Footer(compact=True, show_command_palette=False)

    def on_screen_resume(self) -> None:
        self.load()

    @work(group="deck", exclusive=True, exit_on_error=False, description="read the deck")
    async def load(self) -> None:
        with self.telling():
            drills = await aside(self.desk.deck_view, self.deck_name)
            deck = await aside(lambda: next(deck for deck in self.desk.catalogue.decks if deck.name == self.deck_name))
            self.about = {f"drill:{drill.name}": drill.file.summary for drill in deck.drills}
            self.about |= {f"card:{deck.name}": deck.card.question}
            self.show(deck, drills)

    def show(self, deck: Deck, drills: list[DrillStatus]) -> None:
        self.query_one("#deck-title", Static).update(Content(f"Deck {deck.card.number} · {deck.card.title}"))
        items = self.query_one("#items", OptionList)
        marked = items.highlighted or 0
        items.clear_options()
        card = line("Card", "its question, from memory", "then our answer, and a rating")
        items.add_option(Option(card, id=f"card:{deck.name}"))
        for drill in drills:
            items.add_option(Option(drill_line(drill), id=f"drill:{drill.name}"))
        for entry in deck.rounds:
            items.add_option(Option(line("Round", entry.name, "numbers drawn afresh"), id=f"estimation:{entry.name}"))
        items.highlighted = min(marked or 1, items.option_count - 1)
        items.border_title = "Enter starts"
        items.focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        text = self.about.get(event.option.id or "", "An estimation round: fill in quantities with units, within one percent.")
        self.query_one("#about", Static).update(Content(text))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        from app.practice.schedule import Item

        self.front.open_item(Item.parse(event.option.id or ""))

    def action_card(self) -> None:
        from app.practice.schedule import Item

        self.front.open_item(Item("card", self.deck_name))

    def action_back(self) -> None:
        self.front.home()


def line(kind: str, name: str, note: str) -> Content:
    name = name if len(name) <= NAME_COLUMNS else name[: NAME_COLUMNS - 1] + "…"
    return Content.assemble((f"{kind:<6}", "dim"), f"{name:<{NAME_COLUMNS}} ", (note, "dim"))


def drill_line(drill: DrillStatus) -> Content:
    """One line at 80 columns."""
    best = f" {drill.best_score}" if drill.best_score is not None else ""
    state = f"passed{best}" if drill.passed else f"best{best}" if best else "tried" if drill.attempts else "new"
    due = f", due {drill.due:%d %b}" if drill.due else ""
    return line("Drill", drill.title, f"{drill.difficulty:<6} {drill.par_minutes:>3} min  {state}{due}")
