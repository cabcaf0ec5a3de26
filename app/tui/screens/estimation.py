"""An estimation round: a scenario with fresh numbers, quantities to fill in with units, graded row by row."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Input, Static

from app.practice.clock import duration_text
from app.tui.actions import bindings
from app.tui.page import Page, aside
from app.tui.widgets.clock import ClockLine, Moment

if TYPE_CHECKING:
    from app.interviewing import Interviewing
    from grader.estimation.draw import Round
    from grader.estimation.grading import RoundResult

WORDS = {
    "right": ("RIGHT", "$success"), "wrong": ("WRONG", "$error"), "blank": ("BLANK", "$warning"),
    "unreadable": ("UNREADABLE", "$warning"), "wrong_unit": ("WRONG UNIT", "$error"),
}  # fmt: skip
SEED_BITS = 31


class EstimationScreen(Page):
    """One round.

    Args:
        name: Of the round.
        seed: Draws these numbers again; fresh ones without it.
        interview: The mock interview that the round is a part of; its clock counts, and it keeps the result.
        minutes: Asks only as many of its first rows as fit into these.
    """

    SCOPE = "estimation"
    CSS_PATH = "../styles/estimation.tcss"
    BINDINGS = bindings("estimation")

    def __init__(
        self, name: str, seed: int | None = None, interview: Interviewing | None = None, minutes: float | None = None
    ) -> None:
        super().__init__()
        self.minutes = minutes
        self.num_rows = 0
        """Of the whole round."""
        self.interview = interview
        self.round_name = name
        self.seed = seed
        self.round: Round | None = None
        self.result: RoundResult | None = None
        self.started_s = time.monotonic()
        self.took_s = 0.0

    def compose(self) -> ComposeResult:
        yield ClockLine()
        with VerticalScroll(id="round", can_focus=False):
            yield Static("", id="round-result")
            yield Static("", id="scenario")
            yield VerticalScroll(id="rows", can_focus=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.draw()
        self.set_interval(0.5, self.tick)

    @work(group="round", exclusive=True, exit_on_error=False, description="draw the round")
    async def draw(self) -> None:
        from grader.estimation.draw import draw
        from grader.estimation.template import load

        with self.telling():
            if self.interview is not None:
                self.round = await aside(self.interview.round)
            else:
                entry = await aside(self.desk.catalogue.find_round, self.round_name)
                seed = secrets.randbits(SEED_BITS) if self.seed is None else self.seed
                drawn = await aside(draw, await aside(load, entry), seed)
                self.num_rows = len(drawn.rows)
                self.round = drawn if self.minutes is None else first_rows(drawn, self.minutes)
            self.result = None
            self.query_one("#round").can_focus = False
            self.query_one("#scenario", Static).update(Content(self.round.scenario))
            self.remove_class("-graded")
            rows = self.query_one("#rows")
            await rows.remove_children()
            for row in self.round.rows:
                unit = (f"  [in {row.unit.text}]", "dim")
                question = Content.assemble((row.name, "bold"), f"  {row.question}", unit)
                await rows.mount(
                    Static(question, classes="question"),
                    Input(id=f"answer-{row.name}", placeholder=f"a number and its unit, as 1.2 {row.unit.text}", compact=True),
                    Static("", id=f"outcome-{row.name}", classes="outcome"),
                )
            self.started_s = time.monotonic()
            self.query(Input).first().focus()
            self.tick()
            self.refresh_bindings()

    def tick(self) -> None:
        if self.round is None:
            return
        elapsed_s = self.took_s if self.result else time.monotonic() - self.started_s
        over = self.result is not None
        step = f"{self.result.score} of {self.result.max_score} right in {duration_text(elapsed_s)}" if self.result else "round"
        left_s = self.round.par_s - elapsed_s if self.interview is None else self.interview.left_s()
        notes = "" if over else f"seed {self.round.seed}" if self.interview is None else "interview"
        if self.minutes is not None and not over:
            step, notes = f"{len(self.round.rows)} of its {self.num_rows} rows", ""
        self.query_one(ClockLine).moment = Moment(self.round.title, step, left_s, over=over, notes=notes)
        if self.interview is not None and left_s <= 0 and not over:
            self.action_grade()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        fields = list(self.query(Input))
        place = fields.index(event.input)
        if place + 1 < len(fields):
            fields[place + 1].focus()
        else:
            self.action_grade()

    @work(group="round", exclusive=True, exit_on_error=False, description="grade the round")
    async def action_grade(self) -> None:
        from grader.estimation.grading import grade

        if self.round is None or self.result is not None:
            return
        with self.telling():
            self.took_s = time.monotonic() - self.started_s
            answers = {row.name: self.query_one(f"#answer-{row.name}", Input).value for row in self.round.rows}
            self.result = await aside(grade, self.round, answers)
            for row in self.result.rows:
                self.query_one(f"#answer-{row.name}", Input).disabled = True
                word, colour = WORDS[row.outcome]
                why = f"  {row.message}" if row.message else ""
                self.query_one(f"#outcome-{row.name}", Static).update(
                    Content.assemble((word, f"bold {colour}"), why, "\n", (row.explanation, "dim"))
                )
            await self.keep(answers)
            self.tick()
            self.refresh_bindings()

    async def keep(self, answers: dict[str, str]) -> None:
        """Into the schedule, or into the interview."""
        if self.round is None or self.result is None:
            return
        right = f"{self.result.score} of {self.result.max_score} right."
        if self.interview is not None:
            await aside(self.interview.finish_round, self.result)
            text = f"{right}\n{self.front.keys_of('estimation.back')} goes on to the next part."
        else:
            text = await self.keep_review(right, answers)
        self.query_one("#round-result", Static).update(Content.styled(text, "bold"))
        self.add_class("-graded")
        scenario = self.query_one("#round")
        scenario.can_focus = True  # the rows take no more keys; now it is for reading
        scenario.focus()
        scenario.scroll_home(animate=False)

    async def keep_review(self, right: str, answers: dict[str, str]) -> str:
        """Rate the round. Returns what that means, in words."""
        if self.round is None or self.result is None:
            return right
        done = await aside(
            self.desk.record_round, self.result, self.took_s, self.round.par_s, whole=self.minutes is None, answers=answers,
            score=self.result.score, seconds=round(self.took_s, 1),
        )  # fmt: skip
        rest = "" if self.minutes is None else f", for all {self.num_rows} rows"
        again, back = self.front.keys_of("estimation.again"), self.front.keys_of("estimation.back")
        return f"{right} {done.text}\n{again} draws new numbers{rest}; {back} goes home."

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "again":
            return self.result is not None and self.interview is None
        return not (action == "grade" and self.result is not None)

    def action_again(self) -> None:
        self.seed = self.minutes = None
        self.draw()

    def action_back(self) -> None:
        self.front.home()


def first_rows(whole: Round, minutes: float) -> Round:
    """The round with as many of its first rows as fit into these minutes of its par time; at least one."""
    par_s = round(min(minutes * 60, whole.par_s))
    return replace(whole, par_s=par_s, rows=whole.rows[: max(1, par_s * len(whole.rows) // whole.par_s)])
