"""The first visit: three lines on what to do, theme and way of writing, and a first drill."""

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
from grader.catalogue import Drill

if TYPE_CHECKING:
    from app.tui.front import Front

LINES = (
    "1  Read the prompt; fill in its ledger (shapes, bytes) before code.",
    "2  Write the code. F5 runs the public checks, F9 submits.",
    "3  Mend what was wrong. Home says when each drill is due again.",
)


class FirstRunScreen(ModalScreen[None]):
    """Asked once; Settings has all of it later."""

    BINDINGS = [Binding("escape", "dismiss", "Look around")]  # noqa: RUF012 - as Textual declares it
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
            yield Static("Start with a short one", classes="name")
            yield Button("...", id="start", variant="primary", disabled=True)
            yield Static(Content.styled("Enter starts its clock; Escape looks around first", "dim"))

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
        self.drill = await aside(self.front.desk.first_drill)
        start = self.query_one("#start", Button)
        start.label = f"{self.drill.file.title}, par {self.drill.file.par_minutes} minutes"
        start.disabled = False
        start.focus()

    def on_select_changed(self, event: Select.Changed) -> None:
        key = event.select.id or ""
        if event.value != self.chosen[key]:  # what is shown at first is no choice
            self.chosen[key] = str(event.value)
            self.front.change_setting(key, str(event.value))

    def on_button_pressed(self) -> None:
        from app.practice.schedule import Item

        if self.drill is not None:
            self.front.open_item(Item("drill", self.drill.name))
