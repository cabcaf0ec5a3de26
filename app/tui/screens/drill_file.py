"""The half of the drill screen that deals with the person's file: saving, watching, running, editors, two texts at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from textual import work
from textual.app import SuspendNotSupported
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from app.at_zero import AtZero
from app.errors import ChangedOutside, WorkspaceError
from app.settings import Writing
from app.tui.keeper import Keeper
from app.tui.page import Page, aside
from app.tui.screens.dialogs import Choice, Question
from app.tui.widgets.code_pane import WAYS, CodePane
from grader.errors import DrillError
from grader.events import HIDDEN_SUITE, PUBLIC_SUITE

if TYPE_CHECKING:
    from app.sitting import Sitting
    from app.tui.engine import Graded
    from grader.result import Result

AUTOSAVE_S = 0.5


class FileWork(Page):
    """Everything about the file of one sitting."""

    sitting: Sitting
    keeper: Keeper
    file_lock: asyncio.Lock
    """Held until editor and keeper agree again: between the two, the text of one looks like unsaved work of the other."""
    autosave: Timer | None = None
    running = False
    """A public run is under way."""
    run_again = False
    """The file was saved meanwhile."""
    settling = False
    """The person is being asked which of two texts to keep."""

    @property
    def code(self) -> CodePane:
        return self.query_one(CodePane)

    def status(self, text: str) -> None:
        """The line above the footer."""
        self.query_one("#status", Static).update(Content(text), layout=False)

    # ---- saving

    @property
    def unsaved(self) -> str | None:
        """The editor's text where it is not what stands in the file."""
        editor = self.code.editor if self.query(CodePane) else None
        if editor is None or self.keeper.saved_text is None or editor.text == self.keeper.saved_text:
            return None
        return editor.text

    def on_code_pane_edited(self) -> None:
        """Save half a second after the last key."""
        if self.autosave is not None:
            self.autosave.stop()
        self.autosave = self.set_timer(AUTOSAVE_S, self.save_soon)

    @work(group="save", exit_on_error=False, description="save the file")
    async def save_soon(self) -> None:
        await self.save()

    async def save(self) -> bool:
        """Write what the editor holds. False when the file could not be saved; the person has been told then."""
        async with self.file_lock:
            text = self.unsaved
            if text is None:
                return True
            if self.settling:
                return False
            try:
                await aside(self.keeper.save, text)
            except ChangedOutside:
                self.settle()
                return False
            except DrillError as error:
                self.status(f"NOT SAVED: {str(error).splitlines()[0]}")
                self.tell(error)
                return False
            self.status(f"saved {clock_time()}")
            return True

    # ---- the file changed by someone else

    @work(group="watch", exclusive=True, exit_on_error=False, description="watch the file")
    async def watch_file(self) -> None:
        from app.workspace import watch

        await aside(__import__, "watchfiles")  # 60 ms that no key should wait for
        async for _ in watch(self.sitting.file):
            await self.look_at_file()

    async def look_at_file(self) -> None:
        """Take over what another program saved, or ask when the editor holds unsaved text."""
        with self.telling():
            async with self.file_lock:
                if await aside(self.keeper.outside) is None or self.settling:
                    return
                if self.unsaved is not None:
                    self.settle()
                    return
                text, _ = await aside(self.keeper.take_theirs, self.keeper.saved_text or "")
                self.code.show_text(text)
            self.status(f"saved {clock_time()} by another program")
            if self.code.writing != "built_in" and not self.sitting.session.over:
                self.run_public()

    @work(group="settle", exclusive=True, exit_on_error=False, description="ask which text to keep")
    async def settle(self) -> None:
        """Two texts: the person decides, and the other one stays beside the file."""
        if self.settling:
            return
        self.settling = True
        try:
            while not await self.settled():
                pass
        finally:
            self.settling = False

    async def settled(self) -> bool:
        editor = self.code.editor
        mine = editor.text if editor is not None else self.keeper.saved_text or ""
        answer = await self.app.push_screen_wait(Question(
            "Two versions of your file",
            f"{self.sitting.file.name} was changed by another program while the editor here holds text that is not saved.\n\n"
            "Whichever you keep, the other one is put beside it under a dated name.",
            [("mine", "Keep mine"), ("theirs", "Take theirs"), ("diff", "Show diff")],
        ))  # fmt: skip
        if answer == "diff":
            from app.tui.screens.reference import DiffScreen

            answer_now = await aside(self.keeper.outside)
            theirs = answer_now.text if answer_now is not None else self.keeper.saved_text or ""
            await self.app.push_screen_wait(DiffScreen(mine, theirs, ("yours, not saved", "in the file"), ""))
            return False
        if answer is None:
            self.status("NOT SAVED: two versions of the file; save again to decide")
            return True
        with self.telling():
            if answer == "mine":
                aside_path = await aside(self.keeper.keep_mine, mine)
            else:
                text, aside_path = await aside(self.keeper.take_theirs, mine)
                self.code.show_text(text)
            self.status(f"saved {clock_time()}" + (f"; the other text lies in {aside_path.name}" if aside_path else ""))
        return True

    # ---- ways of writing

    def action_writing(self) -> None:
        self.choose_writing()

    @work(group="writing", exclusive=True, exit_on_error=False, description="choose how to write")
    async def choose_writing(self) -> None:
        options = [(way, name, means) for way, (name, means) in WAYS.items()]
        chosen = await self.app.push_screen_wait(Choice("How to write", options, self.code.writing or "built_in"))
        if chosen is None or chosen == self.code.writing or not await self.save():
            return
        self.front.change_setting("writing", chosen)
        await self.use_writing(chosen)  # type: ignore[arg-type]

    async def use_writing(self, writing: Writing) -> None:
        """Show this way of writing the file."""
        with self.telling():
            text = await aside(self.keeper.load)
            await self.code.use(writing, text, self.front.keys_of("drill.open_editor"))
            if self.code.editor is not None:
                self.code.editor.read_only = self.sitting.session.over

    def action_open_editor(self) -> None:
        self.open_editor()

    @work(group="writing", exclusive=True, exit_on_error=False, description="own editor in this terminal")
    async def open_editor(self) -> None:
        if not await self.save():
            return
        from app.tui.engine import Graded

        with self.telling():
            command = [*self.front.settings.editor_command(), str(self.sitting.file)]
            zero = AtZero(self.sitting, lambda text: self.front.engine.judge(text, self.sitting.drill, HIDDEN_SUITE))
            try:
                self.run_editor(command, zero)
            except SuspendNotSupported:
                self.tell(f"There is no terminal to lend to your editor here. Open the file beside:\n{self.sitting.file}")
                return
            except OSError as error:
                hint = "hint: set another editor in Settings"
                raise WorkspaceError(f"{command[0]}: {error.strerror or error}\n{hint}") from error
            await self.look_at_file()
            if zero.result is not None:
                self.show_result(Graded(zero.result, zero.source))
                self.notify("The time was over while your editor was open: what the file held then was submitted.", timeout=12)
            else:
                self.run_public()

    def show_result(self, graded: Graded | None = None) -> None:
        """Show how the session ended."""
        raise NotImplementedError

    def run_editor(self, command: list[str], zero: AtZero) -> None:
        """The app steps aside until the editor ends. The clock is a deadline, so it is right afterwards."""
        with self.app.suspend(), zero:
            interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is the editor's
            try:
                subprocess.run(command, check=False)
            finally:
                signal.signal(signal.SIGINT, interrupt)

    # ---- the public suite

    @work(group="run", exit_on_error=False, description="run the public checks")
    async def run_public(self) -> None:
        """Save, run, show. A save while it runs makes it run once more."""
        if self.running:
            self.run_again = True
            return
        self.running = True
        try:
            self.run_again = True
            while self.run_again:
                self.run_again = False
                await self.run_once()
        finally:
            self.running = False

    async def run_once(self) -> None:
        from app.tui import engine, verdict

        if not await self.save():
            return
        at = clock_time()
        doing = "running the public checks ..." if self.front.engine.warm else "the engine is warming up ..."
        self.status(f"saved {at}, {doing}")
        with contextlib.suppress(engine.Cancelled), self.telling():
            graded = await aside(self.front.engine.grade, self.sitting.file, self.sitting.drill, PUBLIC_SUITE)
            words = verdict.run_words(graded.result)
            if not self.is_mounted:
                return
            self.code.show_run(verdict.public_run(graded.result, self.code.columns), words[0].upper() + words[1:])
            self.status(f"saved {at}, {words}")
            await self.keep_run(graded.result)

    async def keep_run(self, result: Result) -> None:
        if result.verdict != "grader_error" and not self.sitting.session.over:
            await aside(self.sitting.record_run, result)


def clock_time() -> str:
    return time.strftime("%H:%M:%S")
