"""The drill screen: prompt, clock, ledger, code. Beside each other where there is room, one at a time where there is not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Markdown, Static

from app.at_zero import late_note
from app.practice.clock import duration_text
from app.practice.costs import LEDGER_COST, hint_cost
from app.practice.session import ASK_AFTER_AWAY_S, NUM_HINTS
from app.tui.actions import bindings
from app.tui.keeper import Keeper
from app.tui.page import aside
from app.tui.screens.dialogs import Question
from app.tui.screens.drill_leaving import Leaving
from app.tui.widgets.clock import ClockLine, Moment
from app.tui.widgets.code_pane import CodePane
from app.tui.widgets.ledger_pane import LedgerPane

if TYPE_CHECKING:
    from app.sitting import Sitting
    from app.tui.engine import Graded
    from app.tui.screens.result import ResultScreen

TICK_S = 0.5
LIFE_EVERY = 30
"""Ticks between two signs of life."""
HIDDEN_WHILE_PAUSED = ("run", "submit", "hint", "card", "turn", "skip", "open_editor", "writing", "give_up")


class DrillScreen(Leaving):
    """One sitting.

    Args:
        sitting: The session, live.
    """

    SCOPE = "drill"
    CSS_PATH = "../styles/drill.tcss"
    BINDINGS = bindings("drill")
    AUTO_FOCUS = ""

    def __init__(self, sitting: Sitting) -> None:
        super().__init__()
        self.sitting = sitting
        self.keeper = Keeper(sitting)
        self.file_lock = asyncio.Lock()
        self.ticks = 0
        self.at_zero_told = False
        self.picked_up = False
        """Whether time away counts is settled; before that, nothing happens at zero."""
        self.card_shown = False
        self.result: ResultScreen | None = None

    def compose(self) -> ComposeResult:
        yield ClockLine()
        yield Static(id="tabs")
        with Horizontal(id="panes"):
            with VerticalScroll(id="prompt-pane"):
                yield Static("", id="hints")
                yield Markdown("", id="prompt")
            yield Vertical(id="work")
        yield Static("", id="curtain")
        yield Static("", id="status")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.show_moment()
        self.set_interval(TICK_S, self.tick)
        self.show_pane("prompt")
        self.begin()

    @work(group="begin", exclusive=True, exit_on_error=False, description="open the session")
    async def begin(self) -> None:
        with self.telling():
            prompt = without_title(await aside(self.sitting.drill.read, "prompt.md"))
            await self.query_one("#prompt", Markdown).update(prompt)
            if self.has_class("-prompt"):
                self.query_one("#prompt-pane").focus()
            await self.pick_up()
            await self.show_phase()
            if self.has_class("-work"):  # turned to before it was there
                self.focus_pane("work")
            self.show_taken_hints()
            self.watch_file()

    async def pick_up(self) -> None:
        """Go on with a session that was paused, or left without a pause."""
        session = self.sitting.session
        if session.paused:
            await aside(self.sitting.resume)
        elif (away_s := await aside(self.sitting.away_s)) > ASK_AFTER_AWAY_S:
            answer = await self.app.push_screen_wait(Question(
                "You were away", f"The app was gone for {duration_text(away_s)} without a pause, and the clock went on.\n"
                "Leave that time out?", [("leave_out", "Leave it out"), ("count", "Count it")],
            ))  # fmt: skip
            if answer == "leave_out":
                await aside(self.sitting.forgive_away)
        await aside(self.sitting.sign_of_life)
        self.picked_up = True

    # ---- what stands where

    async def show_phase(self) -> None:
        """Ledger, or code, as the session says."""
        place = self.query_one("#work", Vertical)
        session = self.sitting.session
        if session.phase == "ledger":
            if not self.query(LedgerPane):
                grade, skip = self.front.keys_of("drill.run"), self.front.keys_of("drill.skip")
                text = f"Write these down first. {grade} grades them by value; {skip} goes on without (-{LEDGER_COST} points)."
                await place.mount(LedgerPane(self.sitting.drill.file.ledger, session.ledger, text))
            self.query_one(LedgerPane).show_outcomes(session.ledger_wrong)
        elif not self.query(CodePane):
            await place.remove_children()
            await place.mount(CodePane(self.sitting.file))
            await self.use_writing(self.front.settings.writing)
            if self.has_class("-work") and self.code.editor is not None:
                self.set_focus(self.code.editor)  # at once: what is typed as soon as it shows must not be lost
            await self.offer_draft()
        self.show_moment()
        self.show_tabs()
        self.refresh_bindings()

    async def offer_draft(self) -> None:
        """Text that was typed and could not be saved, of an app that was killed since."""
        draft = await aside(self.sitting.draft)
        editor = self.code.editor
        if draft is None or editor is None or draft[0] == editor.text:
            return
        text, made_from = draft
        editor.load(text)
        self.status("text that was not saved is back")
        if self.keeper.base is None or self.keeper.base.sha256 != made_from:
            self.settle()

    def show_pane(self, name: str) -> None:
        """On a narrow screen, turn to this pane; on a wide one, both are there."""
        self.set_class(name == "prompt", "-prompt")
        self.set_class(name == "work", "-work")
        self.show_tabs()

    def show_tabs(self) -> None:
        """Which of the two panes is up, clickable."""
        work_name = "Ledger" if self.sitting.session.phase == "ledger" else "Code"
        up = self.has_class("-prompt")
        parts = []
        for name, label, shown in (("prompt", "Prompt", up), ("work", work_name, not up)):
            style = "bold reverse" if shown else "underline"
            parts += [Content.from_markup(f"[@click=screen.pane('{name}')][{style}] {label} [/][/]"), Content("  ")]
        turns = (f"{self.front.keys_of('drill.turn')} turns", "dim")
        self.query_one("#tabs", Static).update(Content.assemble(*parts, turns))

    def action_pane(self, name: str) -> None:
        self.show_pane(name)
        self.focus_pane(name)

    def action_turn(self) -> None:
        work_has_focus = self.focused is not None and self.query_one("#work") in self.focused.ancestors
        if self.has_class("-wide"):
            self.focus_pane("prompt" if work_has_focus else "work")
        else:
            self.action_pane("prompt" if self.has_class("-work") else "work")

    def focus_pane(self, name: str) -> None:
        if name == "prompt":
            self.query_one("#prompt-pane").focus()
        elif self.ledger_pane is not None:
            self.ledger_pane.focus_first_open()
        elif self.query(CodePane) and self.code.editor is not None:
            self.code.editor.focus()
        else:
            self.set_focus(None)

    # ---- the clock

    def show_moment(self) -> None:
        session = self.sitting.session
        notes = f"hints {session.hints}" if session.hints else ""
        over = session.ended.replace("_", " ") if session.over else ""
        self.query_one(ClockLine).moment = Moment(
            self.sitting.drill.file.title, over or session.phase, self.sitting.left_s(), session.paused, session.over,
            ", ".join(part for part in (session.mode, notes) if part),
        )  # fmt: skip

    def tick(self) -> None:
        """Twice a second: show the deadline's distance. Writes nothing but a sign of life now and then."""
        self.show_moment()
        self.ticks += 1
        session = self.sitting.session
        if not session.running or not self.picked_up:
            return
        if self.sitting.left_s() <= 0 and not self.at_zero_told:
            self.at_zero_told = True
            self.act_at_zero()
        elif self.ticks % LIFE_EVERY == 0:
            self.live()

    @work(group="life", exclusive=True, exit_on_error=False, description="note a sign of life")
    async def live(self) -> None:
        """Say that the session is on a screen, and see what another program did to it."""
        with self.telling():
            before = self.sitting.session
            await aside(self.sitting.sign_of_life)
            if (await aside(self.sitting.refresh)).num_events != before.num_events:
                await self.come_back().wait()
                self.show_taken_hints()
                self.show_paused()

    @work(group="zero", exclusive=True, exit_on_error=False, description="what happens at zero")
    async def act_at_zero(self) -> None:
        with self.telling():
            match await aside(self.sitting.tick):
                case "submit":
                    if note := late_note(self.sitting):
                        self.notify(note, severity="warning", timeout=12)
                    self.submit(at_zero=True)
                case "over":
                    self.notify("The time is over. Relaxed mode goes on, and notes it.", severity="warning")

    # ---- actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        session = self.sitting.session
        if action in HIDDEN_WHILE_PAUSED and session.paused:
            return False
        if action == "skip":
            return session.phase == "ledger"
        if action in ("open_editor", "writing"):
            return session.phase != "ledger"
        if action in ("hint", "card", "pause", "give_up", "put_away") and session.kind == "interview":
            return False
        return not (session.over and action in ("hint", "pause", "give_up", "put_away"))

    def action_run(self) -> None:
        if self.sitting.session.phase == "ledger":
            self.grade_ledger()
        else:
            self.run_public()

    def action_submit(self) -> None:
        if self.sitting.session.phase == "ledger":
            self.notify("The code is not open yet: grade the ledger, or skip it.", severity="warning")
        elif self.sitting.session.over:
            self.show_result()
        else:
            self.submit()

    @work(group="submit", exit_on_error=False, description="submit")
    async def submit(self, at_zero: bool = False) -> None:
        """Save, then hand over to the result screen, which grades."""
        if await self.save() or at_zero:
            from app.tui.screens.result import ResultScreen

            self.result = ResultScreen(self.sitting, at_zero=at_zero)
            self.result.begin(self.app)
            self.app.push_screen(self.result, self.after_result)

    def show_result(self, graded: Graded | None = None) -> None:
        from app.tui.screens.result import ResultScreen

        if graded is None and self.result is not None:
            graded = self.result.graded
        self.result = ResultScreen(self.sitting, graded=graded, grade=False)
        self.app.push_screen(self.result, self.after_result)

    def after_result(self, _: None) -> None:
        self.come_back()

    @work(group="begin", exit_on_error=False, description="back from the result")
    async def come_back(self) -> None:
        if self.sitting.session.kind == "interview" and self.sitting.session.over:
            self.front.home()
            return
        await self.show_phase()
        if self.query(CodePane) and self.code.editor is not None:
            self.code.editor.read_only = self.sitting.session.over

    def action_skip(self) -> None:
        self.skip_ledger()

    @work(group="hint", exclusive=True, exit_on_error=False, description="take a hint")
    async def action_hint(self) -> None:
        with self.telling():
            taken = self.sitting.session.hints
            if taken >= NUM_HINTS:
                self.notify("All three hints are above the prompt.")
            else:
                cost = hint_cost(taken, taken + 1)
                answer = await self.app.push_screen_wait(Question(
                    f"Hint {taken + 1} of {NUM_HINTS}", f"It costs {cost} points of the practice mark.",
                    [("take", "Take it"), ("leave", "Go on without")],
                ))  # fmt: skip
                if answer != "take":
                    return
                await aside(self.sitting.hint, taken + 1)
                self.show_taken_hints()
                self.show_moment()
            if not self.has_class("-wide"):
                self.action_pane("prompt")
            self.query_one("#prompt-pane").scroll_home(animate=False)

    def show_taken_hints(self) -> None:
        hints = self.sitting.drill.file.hints[: self.sitting.session.hints]
        lines = [Content.assemble((f"Hint {number}  ", "bold $accent"), text, "\n") for number, text in enumerate(hints, 1)]
        self.query_one("#hints", Static).update(Content("\n").join(lines))

    @work(group="card", exclusive=True, exit_on_error=False, description="show the card")
    async def action_card(self) -> None:
        from app.tui.card_text import card_markdown

        with self.telling():
            self.card_shown = not self.card_shown
            if self.card_shown:
                deck = await aside(self.front.deck_of, self.sitting.drill)
                text = card_markdown(deck.card)
            else:
                text = without_title(await aside(self.sitting.drill.read, "prompt.md"))
            await self.query_one("#prompt", Markdown).update(text)
            self.action_pane("prompt")
            self.query_one("#prompt-pane").scroll_home(animate=False)

    @work(group="pause", exclusive=True, exit_on_error=False, description="pause or go on")
    async def action_pause(self) -> None:
        with self.telling():
            if self.sitting.session.paused:
                await aside(self.sitting.resume)
            elif await self.save():
                await self.save_ledger()
                await aside(self.sitting.pause)
            self.show_paused()

    def show_paused(self) -> None:
        paused = self.sitting.session.paused
        self.set_class(paused, "-hidden")
        left = duration_text(max(0.0, self.sitting.left_s()))
        text = f"{left} left. Prompt and code are hidden meanwhile.\n\n{self.front.keys_of('drill.pause')} goes on."
        self.query_one("#curtain", Static).update(Content.assemble(("Paused\n\n", "bold"), text))
        self.show_moment()
        self.refresh_bindings()


def without_title(prompt: str) -> str:
    """The prompt without its first heading: the title stands in the clock line."""
    first, _, rest = prompt.partition("\n")
    return rest.lstrip("\n") if first.startswith("# ") else prompt
