"""Recall of a card: the question, an answer of one's own, then the answer, what a good one names, and a rating."""

from __future__ import annotations

import time

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Footer, Markdown, Static, TextArea

from app.tui.actions import bindings
from app.tui.card_text import answer_markdown
from app.tui.page import Page, aside
from app.tui.widgets.checklist import Checklist
from grader.catalogue import Card

MEANS = {1: "not there", 2: "with gaps", 3: "with effort", 4: "at once"}


class CardScreen(Page):
    """One recall."""

    SCOPE = "card"
    CSS_PATH = "../styles/card.tcss"
    BINDINGS = bindings("card")
    card: Card | None = None

    def __init__(self, deck_name: str) -> None:
        super().__init__()
        self.deck_name = deck_name
        self.started_s = time.monotonic()
        self.answer_shown = False

    def compose(self) -> ComposeResult:
        yield Static("Card", id="card-title", classes="title")
        yield Static("", id="question")
        with Horizontal(id="sides"):
            with Vertical(id="own-side", classes="box") as own:
                own.border_title = "Your answer, typed or spoken"
                yield TextArea(id="own-answer", soft_wrap=True, tab_behavior="focus")
            with VerticalScroll(id="answer-side", classes="box") as side:
                side.border_title = "The answer"
                yield Markdown("", id="answer")
                yield Static(Content.styled("Tick what you named (space), then rate yourself (1 to 4)", "bold"))
                yield Checklist(id="checklist")
        with Horizontal(id="ratings"):
            for number, means in MEANS.items():
                yield Button(f"{number} {means}", id=f"rate-{number}", compact=True)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.load()

    @work(group="card", exclusive=True, exit_on_error=False, description="read the card")
    async def load(self) -> None:
        with self.telling():
            deck = await aside(lambda: next(deck for deck in self.desk.catalogue.decks if deck.name == self.deck_name))
            self.card = deck.card
            self.query_one("#card-title", Static).update(Content(f"Card {deck.card.number} · {deck.card.title}"))
            self.query_one("#question", Static).update(Content(deck.card.question))
            self.query_one("#own-answer", TextArea).focus()

    @work(group="card", exclusive=True, exit_on_error=False, description="show the answer")
    async def action_answer(self) -> None:
        if self.card is None or self.answer_shown:
            return
        self.answer_shown = True
        await self.query_one("#answer", Markdown).update(answer_markdown(self.card))
        checklist = self.query_one(Checklist)
        checklist.show(self.card.checklist)
        self.query_one("#own-answer", TextArea).read_only = True
        self.add_class("-shown")
        checklist.focus(scroll_visible=False)
        self.query_one("#answer-side").scroll_home(animate=False)
        self.refresh_bindings()

    def key_1(self) -> None:
        self.rate(1)

    def key_2(self) -> None:
        self.rate(2)

    def key_3(self) -> None:
        self.rate(3)

    def key_4(self) -> None:
        self.rate(4)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.rate(int((event.button.id or "rate-1").removeprefix("rate-")))

    @work(group="rate", exclusive=True, exit_on_error=False, description="keep the recall")
    async def rate(self, number: int) -> None:
        if not self.answer_shown:
            return
        from app.practice.rating import Rating

        with self.telling():
            done = await aside(
                self.desk.record_recall, self.deck_name, Rating(number),
                own_answer=self.query_one("#own-answer", TextArea).text,
                ticked=sorted(self.query_one(Checklist).ticked), seconds=time.monotonic() - self.started_s,
            )  # fmt: skip
            self.notify(done.text, markup=False)
            self.front.home()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not (action == "answer" and self.answer_shown)

    def action_back(self) -> None:
        self.front.home()
