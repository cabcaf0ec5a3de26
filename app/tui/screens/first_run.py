"""The first visit: three lines on what to do, theme and way of writing, and two minutes of practice."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Select, Static

from app.tui.page import aside
from app.tui.themes import OFFERED
from app.tui.widgets.code_pane import WAYS
from grader.catalogue import Drill, RoundEntry

if TYPE_CHECKING:
    from app.tui.front import Front

LINES = (
    "1  Read the scenario. Type each quantity with its unit: 131 kB.",
    "2  Enter goes to the next row; after the last one it is graded.",
    "3  See which slip a wrong row is. Home says what comes next.",
)
MINUTES = 2


class FirstRunScreen(ModalScreen[None]):
    """Asked once; Settings has all of it later."""

    BINDINGS = [Binding("escape", "dismiss", "Look around")]  # noqa: RUF012 - as Textual declares it
    round: RoundEntry | None = None
    drill: Drill | None = None

    def __init__(self) -> None:
        super().__init__(classes="dialog")
        self.chosen = {"theme": self.present("theme", OFFERED), "writing": self.present("writing", tuple(WAYS))}

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="window", can_focus=False) as window:
            window.border_title = "Welcome to drill"
            yield Static(Content("\n".join(LINES)))
            yield Static("Theme", classes="name")
            themes = [(name, name) for name in OFFERED]
            yield Select(themes, value=self.chosen["theme"], allow_blank=False, id="theme", compact=True)
            yield Static("Where do you want to write?", classes="name")
            ways = [(f"{name}: {means}", way) for way, (name, means) in WAYS.items()]
            yield Select(ways, value=self.chosen["writing"], allow_blank=False, id="writing", compact=True)
            yield Static(f"Start with {MINUTES} minutes", classes="name")
            yield Button("...", id="start", variant="primary", disabled=True)
            yield Button("...", id="code", compact=True, disabled=True)
            yield Static(Content.styled("Enter starts the clock, Tab moves, Escape looks around first", "dim"))

    def present(self, key: str, allowed: tuple[str, ...]) -> str:
        """The present setting, or the first that is offered."""
        value: str = getattr(self.front.settings, key)
        return value if value in allowed else allowed[0]

    @property
    def front(self) -> Front:
        return cast("Front", self.app)

    def on_mount(self) -> None:
        self.find()

    @work(group="first", exclusive=True, exit_on_error=False, description="find the first drill")
    async def find(self) -> None:
        desk = self.front.desk
        self.round, self.drill = await aside(desk.first_round), await aside(desk.first_drill)
        minutes = self.drill.file.par_minutes
        labels = {
            "start": f"Estimate: {self.round.name.replace('_', ' ')}, {MINUTES} minutes",
            "code": f"or write code, ledger first: {self.drill.file.title}, par {minutes} minutes",
        }
        for name, label in labels.items():
            button = self.query_one(f"#{name}", Button)
            button.label, button.disabled = Content(label), False
        self.query_one("#start").focus()

    def on_select_changed(self, event: Select.Changed) -> None:
        key = event.select.id or ""
        if event.value != self.chosen[key]:  # what is shown at first is no choice
            self.chosen[key] = str(event.value)
            self.front.change_setting(key, str(event.value))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        from app.practice.schedule import Item
        from app.tui.screens.estimation import EstimationScreen

        if event.button.id == "code" and self.drill is not None:
            self.front.open_item(Item("drill", self.drill.name))
        elif self.round is not None:
            self.front.home()
            self.app.push_screen(EstimationScreen(self.round.name, minutes=MINUTES))
