"""The app: opens the core after the first paint, owns the engine and the grading that outlives a screen."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from textual import work
from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.worker import Worker

from app.settings import Settings
from app.tui import actions, themes
from app.tui.page import aside
from app.tui.screens.home import HomeScreen
from grader.errors import DrillError

if TYPE_CHECKING:
    from app.desk import Desk
    from app.practice.schedule import Item
    from app.sitting import Sitting
    from app.tui.engine import BackgroundEngine
    from grader.catalogue import Deck, Drill

SWITCH_S = 0.001
"""Threads that grade or read the record give way to the screen this soon; Python's own 5 ms can be felt in the editor."""
WIDE = 110
"""Columns from which prompt and work stand side by side."""


class DrillApp(App[None]):
    """Timed practice in the terminal.

    Args:
        open_desk: Opens the core; called once, in a thread, after the first paint.
        settings: What the person chose; read before the first paint, so that the theme does not jump.
        warm: False leaves the engine for the first grade to start.
        engine: In place of one of the app's own, which it would close at the end.
    """

    # Home's style is the app's: Textual loads no style sheet of a default screen.
    CSS_PATH = ["styles/app.tcss", "styles/home.tcss"]  # noqa: RUF012 - as Textual declares it
    TITLE = "drill"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS = actions.bindings("app")
    NOTIFICATION_TIMEOUT = 6
    desk: Desk

    def __init__(
        self, open_desk: Callable[[], Desk], settings: Settings, *, warm: bool = True, engine: BackgroundEngine | None = None
    ) -> None:
        super().__init__()
        self.settings = settings
        self.opened = asyncio.Event()
        self.key_problems: list[str] = []
        self._open_desk = open_desk
        self._warm = warm
        self._engine = engine
        self._engine_is_ours = engine is None
        for theme in themes.OWN:
            self.register_theme(theme)
        self.apply_settings(settings)
        if settings.animation == "none" or (settings.animation == "auto" and "SSH_CONNECTION" in os.environ):
            self.animation_level = "none"

    @property
    def engine(self) -> BackgroundEngine:
        if self._engine is None:
            from app.tui.engine import BackgroundEngine

            self._engine = BackgroundEngine()
        return self._engine

    def get_default_screen(self) -> Screen[None]:
        return HomeScreen()

    def on_ready(self) -> None:
        """After the first paint."""
        self.call_after_refresh(self.begin)

    @work(group="begin", exit_on_error=False, description="open the core, warm the engine")
    async def begin(self) -> None:
        try:
            self.desk = await aside(self._open_desk)
        except DrillError as error:
            self.notify(str(error), title="The record of practice cannot be opened", severity="error", timeout=60, markup=False)
            return
        self.opened.set()
        for problem in (*self.desk.settings_problems, *self.key_problems):
            self.notify(problem, title="Settings", severity="warning", timeout=15, markup=False)
        if self._warm:
            self.warm_up()

    @work(thread=True, group="engine", exit_on_error=False, description="import torch in the engine's process")
    def warm_up(self) -> None:
        try:
            self.engine.start()
        except DrillError as error:
            self.call_from_thread(self.notify, str(error), title="The grading engine does not start", severity="error")

    def apply_settings(self, settings: Settings) -> None:
        """Theme and keys, now."""
        self.settings = settings
        self.theme = settings.theme if settings.theme in self.available_themes else "drill-dark"
        keys, self.key_problems = actions.keymap(settings.keys)
        if settings.theme not in self.available_themes:
            self.key_problems.append(f"there is no theme {settings.theme!r}; the palette (ctrl+p) lists all")
        self.set_keymap(keys)

    def keys_of(self, action_id: str) -> str:
        """The present keys of an action, in words."""
        return actions.key_words(self.settings.keys.get(action_id) or actions.BY_ID[action_id].keys)

    @work(group="settings", exit_on_error=False, description="keep a setting")
    async def change_setting(self, key: str, value: str | list[str] | Mapping[str, str]) -> None:
        """Keep one setting and apply it."""
        try:
            self.apply_settings(await aside(self.desk.change_setting, key, value))
        except DrillError as error:
            self.notify(str(error), title="The setting was not kept", severity="error", markup=False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: the actions of the screen, then Textual's own."""
        scope = getattr(screen, "SCOPE", "")
        for action in actions.of_scope(scope, "app"):
            target = self if action.scope == "app" else screen
            if target.check_action(action.name, ()) is not False:
                yield SystemCommand(
                    f"{action.label} ({self.keys_of(action.id)})", action.help,
                    lambda node=target, name=action.name: self.call_later(node.run_action, name),
                )  # fmt: skip
        yield SystemCommand("Theme", "Try another theme; Settings keeps one.", self.action_change_theme)
        picture = "Save a picture of the screen as SVG."
        yield SystemCommand("Screenshot", picture, lambda: self.set_timer(0.1, self.deliver_screenshot))

    def action_help(self) -> None:
        from app.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(getattr(self.screen, "SCOPE", "home")))

    async def action_quit(self) -> None:
        """Let every screen keep what it holds, then leave."""
        for screen in reversed(self.screen_stack):
            leave = getattr(screen, "before_leaving", None)
            if leave is not None and not await leave():
                return
        self.exit()

    def on_unmount(self) -> None:
        if self._engine is not None and self._engine_is_ours:
            self._engine.close()

    def deck_of(self, drill: Drill) -> Deck:
        """The deck that a drill belongs to."""
        return next(deck for deck in self.desk.catalogue.decks if deck.name == drill.deck)

    # ---- ways between screens

    def home(self) -> None:
        """Back to home, or to the interview that a part belongs to, whatever lies above it."""
        while len(self.screen_stack) > 1 and not getattr(self.screen, "HOLDS_PARTS", False):
            self.pop_screen()

    @work(group="open", exclusive=True, exit_on_error=False, description="open an item of the schedule")
    async def open_item(self, item: Item, fresh: bool = False) -> None:
        """Start a drill, a card or a round."""
        await self.opened.wait()
        try:
            if item.kind == "drill":
                drill = await aside(self.desk.catalogue.find, item.name)
                self.sit(await aside(self.desk.start, drill, fresh=fresh))
            elif item.kind == "card":
                from app.tui.screens.card import CardScreen

                self.home()
                self.push_screen(CardScreen(item.name))
            else:
                from app.tui.screens.estimation import EstimationScreen

                self.home()
                self.push_screen(EstimationScreen(item.name))
        except DrillError as error:
            self.notify(str(error), title=f"{item.name} cannot be started", severity="error", timeout=15, markup=False)

    def sit(self, sitting: Sitting) -> None:
        """Show a session's drill screen."""
        from app.tui.screens.drill import DrillScreen  # the editor's parser: 60 ms

        self.home()
        self.push_screen(DrillScreen(sitting))

    @work(group="open", exclusive=True, exit_on_error=False, description="start the next best thing")
    async def open_next(self) -> None:
        await self.opened.wait()
        view = await aside(self.desk.home_view)
        if view.next is None:
            self.home()
            self.notify("Nothing is due, and nothing is new. Choose a deck to practise ahead.")
            return
        self.open_item(view.next.item)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A bug in a worker is told, and never takes the app down with a half-written answer."""
        fault = event.worker.error
        if fault is not None:
            title = f"A fault in: {event.worker.description}"
            self.notify(f"{type(fault).__name__}: {fault}", title=title, severity="error", timeout=30, markup=False)


def run() -> int:
    """Run the app. Returns the exit status."""
    from app.home import Home
    from app.settings import load_settings

    def open_desk() -> Desk:
        from app.desk import Desk  # sqlite3 and the scheduler: after the first paint

        return Desk()

    sys.setswitchinterval(SWITCH_S)
    app = DrillApp(open_desk, load_settings(Home.find().settings_path)[0])
    app.run()
    return app.return_code or 0
