"""Settings: theme, way of writing, editor, mode, animation and keys. Every choice is kept at once."""

from __future__ import annotations

import os

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, OptionList, Select, Static
from textual.widgets.option_list import Option

from app.tui.actions import ACTIONS, SCOPES, bindings, clashes, key_words
from app.tui.page import Page
from app.tui.themes import OFFERED
from app.tui.widgets.code_pane import WAYS

MODES = (("relaxed: at zero it goes on, and notes it", "relaxed"), ("strict: at zero it submits what is there", "strict"))
ANIMATIONS = (("auto: none over ssh", "auto"), ("full", "full"), ("none", "none"))


class SettingsScreen(Page):
    """All of settings.toml."""

    SCOPE = "settings"
    CSS_PATH = "../styles/settings.tcss"
    BINDINGS = bindings("settings")

    def compose(self) -> ComposeResult:
        settings = self.front.settings
        themes = list(dict.fromkeys((*OFFERED, *self.app.available_themes)))
        yield Static("Settings", classes="title")
        with VerticalScroll(id="all", can_focus=False):
            yield from self.choice("theme", "Theme", [(name, name) for name in themes], self.app.theme)
            ways = [(f"{name}: {means}", way) for way, (name, means) in WAYS.items()]
            yield from self.choice("writing", "Way of writing", ways, settings.writing)
            yield Static("Your editor (empty: $VISUAL, then $EDITOR)", classes="name")
            yield Input(settings.editor, id="editor", placeholder="for example: code -w", compact=True)
            yield Static(f"Folders with drills of your own, {os.pathsep} between them", classes="name")
            folders = os.pathsep.join(settings.drill_folders)
            yield Input(folders, id="drill_folders", placeholder="for example: ~/my-drills", compact=True)
            yield from self.choice("mode", "When the time is over", list(MODES), settings.mode)
            yield from self.choice("animation", "Animation", list(ANIMATIONS), settings.animation)
            yield Static("Keys (Enter on an action takes a new key)", classes="name")
            yield OptionList(id="keys")
        yield Footer(compact=True, show_command_palette=False)

    def choice(self, key: str, title: str, options: list[tuple[str, str]], value: str) -> ComposeResult:
        yield Static(title, classes="name")
        yield Select(options, value=value, allow_blank=False, id=key, compact=True)

    def on_mount(self) -> None:
        self.show_keys()
        # The first field is scrolled to when it gets the focus, and its name would be scrolled out of sight.
        self.call_after_refresh(self.query_one("#all").scroll_home, animate=False)
        if self.front.opened.is_set():
            self.sub_title = str(self.desk.home.settings_path)

    def show_keys(self) -> None:
        keys = self.query_one("#keys", OptionList)
        marked = keys.highlighted
        keys.clear_options()
        for action in ACTIONS:
            own = "  (yours)" if action.id in self.front.settings.keys else ""
            scope = (f"{SCOPES[action.scope]:<21} ", "dim")
            text = Content.assemble(scope, f"{action.label:<13} ", (self.front.keys_of(action.id), "bold"), own)
            keys.add_option(Option(text, id=action.id.replace(".", "-")))
        if marked is not None:
            keys.highlighted = marked

    def on_select_changed(self, event: Select.Changed) -> None:
        key = event.select.id or ""
        present = self.app.theme if key == "theme" else getattr(self.front.settings, key)
        if event.value != present:
            self.front.change_setting(key, str(event.value))

    def on_input_blurred(self) -> None:
        self.keep_fields()

    def on_input_submitted(self) -> None:
        self.keep_fields()

    def keep_fields(self) -> None:
        """Keep what was written and is not kept yet."""
        settings = self.front.settings
        command = self.query_one("#editor", Input).value
        written = self.query_one("#drill_folders", Input).value
        folders = [part.strip() for part in written.split(os.pathsep) if part.strip()]
        if command != settings.editor:
            self.front.change_setting("editor", command)
        if folders != settings.drill_folders:
            self.front.change_setting("drill_folders", folders)

    @work(group="keys", exclusive=True, exit_on_error=False, description="take a new key")
    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        action_id = (event.option.id or "").replace("-", ".", 1)
        key = await self.app.push_screen_wait(KeyQuestion(action_id))
        if key is None:
            return
        keys = {name: value for name, value in self.front.settings.keys.items() if name != action_id}
        if key:
            keys[action_id] = key
        clash = next((pair for pair in clashes(keys) if action_id in pair[:2]), None)
        if clash is not None:
            other = clash[0] if clash[1] == action_id else clash[1]
            self.tell(f"{key_words(clash[2])} is the key of {other} already; nothing was changed")
            return
        await self.front.change_setting("keys", keys).wait()
        self.show_keys()

    def action_back(self) -> None:
        self.keep_fields()
        self.front.home()


class KeyQuestion(ModalScreen[str | None]):
    """Waits for one key. Answers the key, an empty text for the default, None to leave it."""

    def __init__(self, action_id: str) -> None:
        super().__init__(classes="dialog")
        self.action_id = action_id

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = f"A new key for {self.action_id}"
            yield Static(Content("Press it now.\nBackspace brings the default back, Escape leaves it as it is."))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self.dismiss({"escape": None, "backspace": ""}.get(event.key, event.key))
