"""The clock line: what is sat, how far it is, and the time that is left. Shows a moment it is given; counts nothing."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from app.practice.clock import left_text

SOON_S = 60.0


@dataclass(frozen=True)
class Moment:
    """What the clock line tells."""

    title: str
    step: str
    """`ledger`, `code`, `passed` ..."""
    left_s: float
    paused: bool = False
    over: bool = False
    """The session has ended."""
    notes: str = ""


class ClockLine(Static):
    """One line: title on the left, clock on the right, in words."""

    moment: reactive[Moment | None] = reactive(None, layout=False)

    def watch_moment(self, moment: Moment | None) -> None:
        if moment is not None:
            self.update(self.line(moment), layout=False)  # one line, whatever it says

    def on_resize(self) -> None:
        self.watch_moment(self.moment)

    def line(self, moment: Moment) -> Content:
        """The line at the present width; the clock is never cut off."""
        right = clock_words(moment)
        style = "bold" if moment.left_s > SOON_S or moment.over else "bold $warning" if moment.left_s > 0 else "bold $error"
        parts = [moment.title] if moment.over else [moment.title, moment.step, moment.notes]
        left = " · ".join(part for part in parts if part)
        space = max(10, (self.size.width or 80) - len(right) - 2)
        if len(left) > space:
            left = left[: space - 1] + "…"
        return Content.assemble((left, ""), " " * (space - len(left) + 1), (right, style))


def clock_words(moment: Moment) -> str:
    if moment.over:
        return moment.step
    text = left_text(moment.left_s)
    words = text if text.startswith("over") else f"{text} left"
    return f"paused, {words}" if moment.paused else words
