"""The result: check by check while it is graded, then the verdict, what it costs, and what to do next."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual import work
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Footer, Static

from app.practice.clock import duration_text
from app.tui import verdict
from app.tui.actions import bindings
from app.tui.page import Page, aside
from app.tui.progress import Progress
from app.tui.screens.dialogs import Choice
from grader.events import HIDDEN_SUITE

if TYPE_CHECKING:
    from app.practice.schedule import ReviewDone
    from app.sitting import Sitting
    from app.tui.engine import Graded
    from grader import events
    from grader.catalogue import DrillFile

REFRESH_S = 0.05
"""Streamed checks reach the screen at most this often: a key typed meanwhile must not wait for them."""


class ResultScreen(Page):
    """One submission, from the first check to the next step.

    Args:
        sitting: The session that it belongs to.
        at_zero: Strict mode submitted it.
        graded: A submission that was graded before.
        grade: False only shows what there is (after giving up, or again).
    """

    SCOPE = "result"
    CSS_PATH = "../styles/result.tcss"
    BINDINGS = bindings("result")

    def __init__(self, sitting: Sitting, *, at_zero: bool = False, graded: Graded | None = None, grade: bool = True) -> None:
        super().__init__()
        self.sitting = sitting
        self.at_zero = at_zero
        self.graded = graded
        self.grading = grade
        self.review: ReviewDone | None = None
        self.all_checks = False
        self.progress = Progress()
        self.incoming: deque[events.GradeEvent] = deque()
        self.timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static(f"Result · {self.sitting.drill.file.title}", classes="title")
        with VerticalScroll(id="report"):
            yield Static("", id="text")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#report").focus()
        if self.grading:
            self.timer = self.set_interval(REFRESH_S, self.flow)
        else:
            self.show_end()

    # ---- grading

    def begin(self, app: App[object]) -> None:
        """Start the grade. It need not wait for this screen, which takes some 50 ms to be there.

        The worker is the app's: a verdict is recorded also when this screen is left before it comes.
        """
        app.run_worker(self.grade(), group="grade", exit_on_error=False, description="grade the submission")

    async def grade(self) -> None:
        from app.tui import engine

        submitted = self.sitting.now()
        try:
            graded = await aside(
                self.front.engine.grade, self.sitting.file, self.sitting.drill, HIDDEN_SUITE, self.incoming.append
            )
        except engine.Cancelled:
            return
        finally:
            self.grading = False
            if self.timer is not None:
                self.timer.stop()
        self.graded = graded
        if self.is_mounted:
            self.show_report()  # the verdict waits for no disk
        if graded.result.verdict != "grader_error":
            with self.telling():
                recorded = await aside(
                    self.sitting.record_attempt, graded.result, graded.source, at_zero=self.at_zero, at=submitted
                )
                self.review = recorded.review
        if self.is_mounted:
            self.show_report()
            self.refresh_bindings()

    def flow(self) -> None:
        """Take in what came since the last time."""
        while self.incoming:
            self.progress.add(self.incoming.popleft())
        self.query_one("#text", Static).update(self.progress.text())

    # ---- what is shown

    @work(group="show", exclusive=True, exit_on_error=False, description="read the review")
    async def show_end(self) -> None:
        with self.telling():
            self.review = await aside(lambda: self.sitting.review)
        self.show_report()
        self.refresh_bindings()

    def show_report(self) -> None:
        columns = self.query_one("#report").scrollable_content_region.width
        self.query_one("#text", Static).update(verdict.joined(self.report(), columns))

    def on_resize(self) -> None:
        if not self.grading:
            self.call_after_refresh(self.show_report)

    def report(self) -> list[Content]:
        """All of it, top to bottom."""
        session = self.sitting.session
        lines: list[Content] = []
        if self.graded is not None:
            result = self.graded.result
            lines += [verdict.headline(result), *([Content("  " + result.message)] if result.message else [])]
            lines += [self.time_line(), *verdict.practice_mark(self.sitting.mark()), *self.review_lines()]
            lines += verdict.misconceptions(result)
            lines += [verdict.EMPTY, *(verdict.all_checks(result) if self.all_checks else verdict.families(result))]
            lines += [*verdict.ledger(result.ledger), *rubric_notes(self.sitting.drill.file), *verdict.output(result)]
        else:
            words = {"gave_up": "GIVEN UP", "out_of_time": "OUT OF TIME", "passed": "PASSED", "abandoned": "PUT AWAY"}
            lines += [Content.styled(words.get(session.ended, "NOT GRADED"), "bold"), self.time_line(), *self.review_lines()]
        return [*lines, verdict.EMPTY, *self.next_lines()]

    def time_line(self) -> Content:
        session = self.sitting.session
        took, par = session.elapsed_s if session.over else self.sitting.elapsed_s(), session.par_s
        over = f", over by {duration_text(took - par)}" if took - par >= 1 else ""
        return Content(f"time {duration_text(took)} of par {duration_text(par)}{over}")

    def review_lines(self) -> list[Content]:
        if self.review is None:
            return []
        return [Content.assemble(f"{self.review.text}  ", (f"({self.front.keys_of('result.rate')} changes it)", "dim"))]

    def next_lines(self) -> list[Content]:
        session = self.sitting.session
        steps = [("result.again", "a fresh session" if session.over else "back to the code")]
        if session.reference_shown:
            steps.append(("result.reference", "your file beside the reference"))
        steps.append(("result.next", "the next best thing"))
        words = "   ".join(f"{self.front.keys_of(name)} {what}" for name, what in steps)
        lines = [Content.assemble(("Next  ", "bold"), words)]
        failed = self.graded is not None and not self.graded.result.passed and not session.over and session.kind == "practice"
        if failed and session.hints < 3:
            key = self.front.keys_of("drill.hint")
            lines.append(Content.styled(f"      stuck? {key} in the drill gives a nudge", "dim"))
        return lines

    # ---- actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "back":
            return True
        if self.grading:
            return False
        if action == "reference":
            return self.sitting.session.reference_shown
        if action == "rate":
            return self.review is not None
        if action == "checks":
            return self.graded is not None
        return not (self.sitting.session.kind == "interview" and action in ("again", "next", "home"))

    def action_back(self) -> None:
        if self.grading:
            self.front.engine.cancel()
            self.notify("Grading was stopped. Nothing was counted.")
        self.dismiss()

    def action_again(self) -> None:
        if self.sitting.session.over:
            from app.practice.schedule import Item

            self.front.open_item(Item("drill", self.sitting.drill.name))
        else:
            self.dismiss()

    def action_next(self) -> None:
        self.front.open_next()

    def action_home(self) -> None:
        self.front.home()

    def action_checks(self) -> None:
        self.all_checks = not self.all_checks
        self.show_report()

    @work(group="reference", exclusive=True, exit_on_error=False, description="show the reference")
    async def action_reference(self) -> None:
        from app.tui.screens.reference import DiffScreen
        from app.workspace import read_answer

        with self.telling():
            mine = self.graded.source if self.graded is not None else (await aside(read_answer, self.sitting.file)).text
            reference = await aside(self.sitting.drill.reference.read_text, "utf-8")
            title = f"{self.sitting.drill.file.title}: yours and the reference"
            self.app.push_screen(DiffScreen(mine, reference, ("yours", "reference"), title))

    @work(group="rate", exclusive=True, exit_on_error=False, description="change the rating")
    async def action_rate(self) -> None:
        from app.practice.rating import Rating

        if self.review is None:
            return
        with self.telling():
            days = await aside(self.desk.next_days, self.review.item)
            options = [(str(int(rating)), rating.word, f"again in {days_text(days.get(rating))}") for rating in Rating]
            chosen = await self.app.push_screen_wait(Choice("How well do you know it?", options, str(int(self.review.rating))))
            if chosen is not None:
                self.review = await aside(self.desk.override, self.review.review_id, Rating(int(chosen)))
                self.show_report()


def days_text(days: int | None) -> str:
    return "?" if days is None else f"{days} day{'s' * (days != 1)}"


def rubric_notes(file: DrillFile) -> list[Content]:
    """The gates: what holds the score down whatever the other points are."""
    gates = [f"{family} broken: at most {cap}" for family, cap in file.rubric.gates.items()]
    return [verdict.EMPTY, Content.styled("gates  " + "; ".join(gates), "dim")] if gates else []
