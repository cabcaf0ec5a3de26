"""The mock interview: begins, leads from part to part under one clock, and reports at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Input, Static

from app.practice.clock import duration_text
from app.practice.interview import TITLES
from app.tui.actions import bindings
from app.tui.page import Page, aside
from app.tui.screens.dialogs import Question
from app.tui.widgets.clock import ClockLine, Moment

if TYPE_CHECKING:
    from app.interviewing import Interviewing
    from app.practice.interview import Interview
    from app.sitting import Sitting

MINUTES = 45
ABOUT = (
    "An estimation round, a code drill and a design drill. One clock for all three, no hints, no pause. "
    "Each part is advice in minutes; only the whole has a deadline."
)


class InterviewScreen(Page):
    """The hub between the parts."""

    SCOPE = "interview"
    HOLDS_PARTS = True
    CSS_PATH = "../styles/interview.tcss"
    BINDINGS = bindings("interview")

    def __init__(self) -> None:
        super().__init__()
        self.holding: Interviewing | None = None
        self.sitting: Sitting | None = None

    def compose(self) -> ComposeResult:
        yield ClockLine()
        with VerticalScroll(id="interview"):
            yield Static("", id="interview-text")
            yield Input(str(MINUTES), id="minutes", type="integer", max_length=3, compact=True)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)

    def on_screen_resume(self) -> None:
        self.catch_up()

    @work(group="interview", exclusive=True, exit_on_error=False, description="where the interview stands")
    async def catch_up(self) -> None:
        """Take in the part that just ended, then show where it stands."""
        from app.interviewing import Interviewing

        with self.telling():
            if self.sitting is not None and self.holding is not None:
                ended, self.sitting = self.sitting, None
                await aside(self.holding.finish_drill, ended)
            if self.holding is None:
                self.holding = await aside(Interviewing.take_up, self.desk)
            if self.holding is not None and self.holding.part is not None and self.holding.left_s() <= 0:
                await aside(self.holding.stop)
            self.show()

    def show(self) -> None:
        holding = self.holding
        minutes = self.query_one("#minutes", Input)
        minutes.display = holding is None
        key = self.front.keys_of("interview.go_on")
        if holding is None:
            text = Content.assemble(("Mock interview\n\n", "bold"), ABOUT, f"\n\n{key} begins. Minutes:")
            minutes.focus()
        elif holding.part is not None:
            part = holding.part
            lines = [*self.parts(holding.interview), Content("")]
            what = f" begins the part: {TITLES[part.kind]}, about {part.minutes:.0f} minutes"
            lines.append(Content.assemble((key, "bold $accent"), what))
            text = Content("\n").join(lines)
        else:
            text = self.report(holding.interview)
        self.query_one("#interview-text", Static).update(text)
        self.tick()
        self.refresh_bindings()

    def parts(self, interview: Interview) -> list[Content]:
        """Done, now, and to come."""
        lines = [Content.styled("Mock interview", "bold"), Content("")]
        for number, part in enumerate(interview.parts):
            if number < len(interview.done):
                done = interview.done[number]
                state = f"{done.score:>3} of 100  {duration_text(done.seconds)}  {done.note}"
            else:
                now = number == len(interview.done)
                state = "not reached" if interview.ended else "now" if now else "to come"
            lines.append(Content.assemble(f"{number + 1}  ", (f"{TITLES[part.kind]:<11}", "bold"), f" {state}"))
        return lines

    def report(self, interview: Interview) -> Content:
        head = Content.assemble(("Report  ", "bold $primary"), (f"{interview.mark} of 100", "bold"))
        lines = [head, *self.parts(interview)[1:]]
        lines += [Content(""), Content("Every part is in the record: what failed comes back when it is due.")]
        names = ", ".join(part.name for part in interview.parts)
        return Content("\n").join([*lines, Content.styled(f"asked: {names}", "dim")])

    def tick(self) -> None:
        holding = self.holding
        if holding is None:
            moment = Moment("Mock interview", "not begun", 0.0, over=True)
        else:
            over = holding.part is None
            moment = Moment("Mock interview", "over" if over else "between parts", holding.left_s(), over=over)
            if not over and holding.left_s() <= 0 and self.is_current:
                self.catch_up()
        self.query_one(ClockLine).moment = moment

    def on_input_submitted(self) -> None:
        self.action_go_on()

    @work(group="go_on", exclusive=True, exit_on_error=False, description="begin, or go on")
    async def action_go_on(self) -> None:
        from app.interviewing import Interviewing

        with self.telling():
            if self.holding is None:
                minutes = int(self.query_one("#minutes", Input).value or MINUTES)
                self.holding = await aside(Interviewing.start, self.desk, minutes)
                self.show()
                return
            part = self.holding.part
            if part is None:
                self.dismiss()
            elif part.kind == "estimation":
                from app.tui.screens.estimation import EstimationScreen

                self.app.push_screen(EstimationScreen(part.name, interview=self.holding))
            else:
                from app.tui.screens.drill import DrillScreen

                self.sitting = await aside(self.holding.sitting)
                self.app.push_screen(DrillScreen(self.sitting))

    @work(group="go_on", exclusive=True, exit_on_error=False, description="end the interview")
    async def action_stop(self) -> None:
        if self.holding is None:
            return
        answers = [("stay", "Go on"), ("end", "End it")]
        question = Question("End the interview?", "The parts that are left count nothing.", answers)
        if await self.app.push_screen_wait(question) == "end":
            with self.telling():
                await aside(self.holding.stop)
                self.show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not (action == "stop" and (self.holding is None or self.holding.part is None))

    def action_back(self) -> None:
        self.dismiss()
