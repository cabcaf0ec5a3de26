"""The part of the drill screen that deals with leaving: giving up, putting away, going home with everything kept."""

from __future__ import annotations

from collections.abc import Callable

from textual import work

from app.tui.page import aside
from app.tui.screens.dialogs import Question
from app.tui.screens.drill_ledger import LedgerWork
from grader.errors import DrillError


class Leaving(LedgerWork):
    """Ways out of a sitting."""

    @work(group="end", exclusive=True, exit_on_error=False, description="give up")
    async def action_give_up(self) -> None:
        text = "The session ends, the reference is shown, and the drill comes back tomorrow."
        await self.end_by("Give up?", text, "Give up", self.sitting.give_up)
        if self.sitting.session.over:
            self.show_result()

    @work(group="end", exclusive=True, exit_on_error=False, description="put away")
    async def action_put_away(self) -> None:
        text = "The session ends without a verdict. The schedule stays as it is, and so does your file."
        await self.end_by("Put it away?", text, "Put away", self.sitting.abandon)
        if self.sitting.session.over:
            self.front.home()

    async def end_by(self, title: str, text: str, label: str, end: Callable[[], object]) -> None:
        with self.telling():
            answer = await self.app.push_screen_wait(Question(title, text, [("stay", "Go on"), ("end", label)]))
            if answer == "end":
                await self.save()
                await aside(end)
                await self.show_phase()

    @work(group="leave", exclusive=True, exit_on_error=False, description="home")
    async def action_back(self) -> None:
        if self.sitting.session.kind == "interview" and not self.sitting.session.over:
            text = "There is no way back to it. What was submitted counts."
            question = Question("Finish this part?", text, [("stay", "Stay"), ("end", "Finish")])
            if await self.app.push_screen_wait(question) != "end":
                return
        if await self.before_leaving():
            self.front.home()

    async def before_leaving(self) -> bool:
        """Keep everything and pause. Asks when something cannot be kept; True to leave."""
        try:
            await self.save_ledger()
            kept = await self.save()
            if self.sitting.session.running and self.sitting.session.kind == "practice":
                await aside(self.sitting.pause)
        except DrillError as error:
            self.tell(error)
            kept = False
        if kept:
            return True
        question = Question("Not everything is saved", "Leave all the same?", [("stay", "Stay"), ("leave", "Leave")])
        return await self.ask_from_anywhere(question) == "leave"

    async def ask_from_anywhere(self, question: Question) -> str | None:
        worker = self.app.run_worker(self.app.push_screen_wait(question), exit_on_error=False)
        await worker.wait()
        return worker.result
