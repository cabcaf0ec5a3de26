"""Two texts compared: the person's file and the reference, or two versions of the file."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static

from app.tui import diff
from app.tui.actions import bindings
from app.tui.page import Page

SIDE_BY_SIDE = 100
"""Columns from which both stand beside each other."""


class DiffScreen(Page):
    """A diff that fits the screen's width."""

    SCOPE = "reference"
    BINDINGS = bindings("reference")

    def __init__(self, left: str, right: str, titles: tuple[str, str], title: str) -> None:
        super().__init__()
        self.left, self.right, self.titles = left, right, titles
        self.heading = title or f"{titles[0]} and {titles[1]}"

    def compose(self) -> ComposeResult:
        yield Static(self.heading, classes="title", markup=False)
        with VerticalScroll(id="diff"):
            yield Static("", id="diff-text")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#diff").focus()

    def on_resize(self, event: events.Resize) -> None:
        columns = event.size.width - 4
        wide = event.size.width >= SIDE_BY_SIDE
        texts = self.left, self.right, self.titles
        self.query_one("#diff-text", Static).update(diff.side_by_side(*texts, columns) if wide else diff.below(*texts))

    def action_back(self) -> None:
        self.dismiss()
