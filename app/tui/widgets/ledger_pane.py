"""The ledger: a field for each row, graded by value. Shows what the session says of each row."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from grader.catalogue import Ledger


class LedgerPane(VerticalScroll, can_focus=False):
    """Rows to fill in before the code opens."""

    class Changed(Message):
        """The person wrote something."""

    class GradeRequested(Message):
        """Enter in the last row."""

    def __init__(self, ledger: Ledger, entries: Mapping[str, str], help_text: str, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="box")
        self.ledger = ledger
        self.first_entries = entries
        self.help_text = help_text
        self.border_title = "Ledger"

    def compose(self) -> ComposeResult:
        yield Static(Content(self.help_text), id="ledger-help")
        for row in self.ledger.rows:
            with Vertical(classes="row"):
                yield Static(Content.assemble((row.name, "bold"), f"  {row.asks}"), classes="asks")
                written = self.first_entries.get(row.name, "")
                yield Input(written, id=f"row-{row.name}", placeholder="an expression", compact=True)
                yield Static("", id=f"outcome-{row.name}", classes="outcome")
        symbols = "\n".join(f"  {name:<4} {symbol.means}" for name, symbol in self.ledger.symbols.items())
        yield Static(Content.assemble(("Symbols\n", "bold"), symbols), id="symbols")

    @property
    def ready(self) -> bool:
        """All its fields are there; a key may come before that."""
        return len(self.query(Input)) == len(self.ledger.rows)

    @property
    def entries(self) -> dict[str, str]:
        """What stands in the rows now."""
        return {row.name: self.query_one(f"#row-{row.name}", Input).value for row in self.ledger.rows}

    def show_outcomes(self, wrong: Mapping[str, str] | None) -> None:
        """PASS or FAIL with the reason behind each row; nothing before the first grading."""
        for row in self.ledger.rows:
            outcome = self.query_one(f"#outcome-{row.name}", Static)
            outcome.display = wrong is not None
            if wrong is None:
                continue
            if row.name in wrong:
                outcome.update(Content.assemble(("FAIL  ", "bold $error"), wrong[row.name]))
            else:
                outcome.update(Content.assemble(("PASS", "bold $success")))

    def focus_first_open(self) -> None:
        """To the first row that is empty, else the first."""
        fields = list(self.query(Input))
        next((field for field in fields if not field.value.strip()), fields[0]).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        fields = list(self.query(Input))
        place = fields.index(event.input)
        if place + 1 < len(fields):
            fields[place + 1].focus()
        else:
            self.post_message(self.GradeRequested())
