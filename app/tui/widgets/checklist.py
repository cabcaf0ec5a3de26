"""Points to tick: each in full, over as many lines as it needs, and ticked in a way that needs no colour."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class Checklist(OptionList):
    """Space, Enter or a click ticks a point, or takes the tick away."""

    BINDINGS = [Binding("space", "select", "Tick")]  # noqa: RUF012 - as Textual declares it

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.points: list[str] = []
        self.ticked: set[int] = set()
        """Numbers of the points that are ticked, from 0."""

    def show(self, points: Sequence[str]) -> None:
        """Other points, none of them ticked."""
        self.points, self.ticked = list(points), set()
        self.clear_options()
        self.add_options(Option(self.line(number)) for number in range(len(self.points)))
        self.highlighted = 0 if self.points else None

    def line(self, number: int) -> Content:
        return Content(f"[{'x' if number in self.ticked else ' '}] {self.points[number]}")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.ticked ^= {event.option_index}
        self.replace_option_prompt_at_index(event.option_index, self.line(event.option_index))
