"""The part of the drill screen that deals with the ledger: keeping, grading and skipping it."""

from __future__ import annotations

from textual import on, work
from textual.timer import Timer

from app.practice.costs import LEDGER_COST
from app.tui.page import aside
from app.tui.screens.dialogs import Question
from app.tui.screens.drill_file import FileWork
from app.tui.widgets.ledger_pane import LedgerPane


class LedgerWork(FileWork):
    """Ledger first, then code."""

    ledger_timer: Timer | None = None

    @property
    def ledger_pane(self) -> LedgerPane | None:
        """The ledger, once it can be used."""
        return next((pane for pane in self.query(LedgerPane) if pane.ready), None)

    async def show_phase(self) -> None:
        """Show ledger or code, as the session says."""
        raise NotImplementedError

    def action_pane(self, name: str) -> None:
        """Turn to a pane."""
        raise NotImplementedError

    @on(LedgerPane.Changed)
    def keep_ledger_soon(self) -> None:
        if self.ledger_timer is not None:
            self.ledger_timer.stop()
        self.ledger_timer = self.set_timer(0.5, self.keep_ledger)

    @work(group="ledger", exit_on_error=False, description="keep the ledger")
    async def keep_ledger(self) -> None:
        with self.telling():
            await self.save_ledger()

    async def save_ledger(self) -> None:
        pane = self.ledger_pane
        if pane is not None and self.sitting.session.phase == "ledger":
            entries = pane.entries
            if entries != self.sitting.session.ledger:
                await aside(self.sitting.save_ledger, entries)

    @on(LedgerPane.GradeRequested)
    def grade_ledger_on_enter(self) -> None:
        self.grade_ledger()

    @work(group="ledger", exit_on_error=False, description="grade the ledger")
    async def grade_ledger(self) -> None:
        pane = self.ledger_pane
        if pane is None:
            return
        with self.telling():
            rows = await aside(self.sitting.grade_ledger, pane.entries)
            wrong = [row for row in rows if not row.passed]
            if wrong:
                skip = self.front.keys_of("drill.skip")
                self.status(f"{len(rows) - len(wrong)} of {len(rows)} rows are right; mend the others, or {skip} to go on")
            else:
                self.status(f"all {len(rows)} rows are right: the code is open")
            await self.show_phase()
            if not wrong:
                self.action_pane("work")

    @work(group="ledger", exit_on_error=False, description="on to the code")
    async def skip_ledger(self) -> None:
        with self.telling():
            await self.save_ledger()
            session = self.sitting.session
            if session.ledger_wrong is not None:
                await aside(self.sitting.open_code)
            else:
                answer = await self.app.push_screen_wait(Question(
                    "Skip the ledger?", f"Going on without it costs {LEDGER_COST} points of the practice mark.\n"
                    "Shapes and bytes first is the habit that interviews reward.",
                    [("stay", "Fill it in"), ("skip", "Skip it")],
                ))  # fmt: skip
                if answer != "skip":
                    return
                await aside(self.sitting.skip_ledger)
            await self.show_phase()
            self.action_pane("work")
