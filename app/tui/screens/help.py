"""Every key of the screen below, from the one table of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from app.tui.actions import SCOPES, of_scope

if TYPE_CHECKING:
    from app.tui.app import DrillApp

WITH = {"drill": ("drill", "editor", "app")}
ALSO = (
    ("tab, shift+tab", "Move between the parts of a screen (escape, then tab, from inside the editor)."),
    ("ctrl+p", "Palette: every action by its name."),
    ("mouse", "Click the footer, a list, a tab; drag to select, ctrl+c copies."),
)


class HelpScreen(ModalScreen[None]):
    """Keys and what they do."""

    BINDINGS = [Binding("escape,q,f1", "dismiss", "Close")]  # noqa: RUF012 - as Textual declares it

    def __init__(self, scope: str) -> None:
        super().__init__(classes="dialog")
        self.scope = scope

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="window") as window:
            window.border_title = "Keys"
            window.border_subtitle = "Escape closes"
            yield Static(self.text())

    def text(self) -> Content:
        front = cast("DrillApp", self.app)
        lines: list[Content] = []
        for scope in WITH.get(self.scope, (self.scope, "app")):
            lines.append(Content.styled(SCOPES.get(scope, scope), "bold $primary"))
            rows = [(front.keys_of(action.id), action.help) for action in of_scope(scope)]
            for keys, words in [*rows, *(ALSO if scope == "app" else ())]:
                lines.append(Content.assemble((f"  {keys:<16} ", "bold"), words))
            lines.append(Content(""))
        lines.append(Content("Keys can be changed in Settings. None of the defaults needs more than a plain terminal."))
        return Content("\n").join(lines)
