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
from app.tui.verdict import hung

if TYPE_CHECKING:
    from app.tui.front import Front

KEY_COLUMNS = 14
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
            yield Static(id="help")

    def on_resize(self) -> None:
        self.query_one("#help", Static).update(self.text(self.query_one(".window").scrollable_content_region.width))

    def text(self, columns: int) -> Content:
        front = cast("Front", self.app)
        lines: list[Content] = []
        for scope in WITH.get(self.scope, (self.scope, "app")):
            lines.append(Content.styled(SCOPES.get(scope, scope), "bold $primary"))
            rows = [(front.keys_of(action.id), action.help) for action in of_scope(scope)]
            for keys, words in [*rows, *(ALSO if scope == "app" else ())]:
                lines += hung(Content.assemble((f"  {keys:<{KEY_COLUMNS}} ", "bold"), words), columns, KEY_COLUMNS + 3)
            lines.append(Content(""))
        lines.append(Content("Keys can be changed in Settings. None of the defaults needs more than a plain terminal."))
        return Content("\n").join(lines)
