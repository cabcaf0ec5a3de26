"""The built-in editor: Textual's code editor with the manners that a coding interview needs."""

from __future__ import annotations

from textual import events
from textual.reactive import reactive
from textual.strip import Strip
from textual.theme import Theme
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult, Selection

from app.tui import typing_rules as rules
from app.tui.actions import bindings
from app.tui.themes import ansi_editor, editor_theme, light_editor


class CodeEditor(TextArea):
    """Python with auto-indent, closing brackets, comment toggle and undo.

    Textual's editor writes all its lines to the terminal at every key; this one writes those that look different.
    """

    BINDINGS = bindings("editor")
    selection = reactive(Selection(), init=False, always_update=True, repaint=False)
    changed = False
    """Lines may look different from what was painted."""

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        super().__init__(
            text, language="python", soft_wrap=False, tab_behavior="indent", show_line_numbers=True, id=id,
            max_checkpoints=200, placeholder="",
        )  # fmt: skip
        self.indent_width = rules.INDENT
        self.painted: dict[int, Strip] = {}
        """Line of the widget -> how it was last painted."""

    def on_mount(self) -> None:
        self.register_theme(light_editor())
        self.register_theme(ansi_editor())
        self.follow_theme(self.app.current_theme)
        self.app.theme_changed_signal.subscribe(self, self.follow_theme)

    def follow_theme(self, app_theme: Theme) -> None:
        """Take the colours that go with the app's theme."""
        self.theme = editor_theme(app_theme)

    def edit(self, edit: Edit) -> EditResult:
        self.changed = True
        return super().edit(edit)

    def watch_selection(self) -> None:
        self.changed = True

    def render_line(self, y: int) -> Strip:
        strip = self.painted[y] = super().render_line(y)
        return strip

    def on_idle(self) -> None:
        """Before Textual paints what is to be painted anew: have it paint the lines that changed."""
        if not self.changed:
            return
        self.changed = False
        top = self.scroll_offset.y
        for y in range(self.scrollable_content_region.height):
            if super().render_line(y) != self.painted.get(y):
                self.refresh_lines(top + y)

    def load(self, text: str) -> None:
        """Show another text, the cursor where it was if there is such a place; undo starts anew."""
        row, column = self.cursor_location
        self.load_text(text)
        row = min(row, self.document.line_count - 1)
        self.move_cursor((row, min(column, len(self.document[row]))))

    async def _on_key(self, event: events.Key) -> None:
        if not self.read_only and self._handled(event):
            event.stop()
            event.prevent_default()
            self._restart_blink()
            return
        await super()._on_key(event)

    def _handled(self, event: events.Key) -> bool:
        """Do what the rules say at this key; False where they say nothing."""
        start, end = sorted((self.selection.start, self.selection.end))
        line = self.document[start[0]]
        before, after = line[: start[1]], self.document[end[0]][end[1] :]
        if event.key == "enter":
            self._replace_via_keyboard(self._line_break(before, after), start, end)
            if before[-1:] in rules.PAIRS and after[:1] == rules.PAIRS[before[-1]]:
                self.move_cursor((start[0] + 1, len(rules.new_line_indent(before))))
            return True
        if event.key == "tab" and start[0] != end[0]:
            self._change_lines(rules.indent)
            return True
        if event.key == "backspace" and start == end and before[-1:] in rules.PAIRS and after[:1] == rules.PAIRS[before[-1]]:
            self.delete((start[0], start[1] - 1), (start[0], start[1] + 1))
            return True
        if event.key == "backspace" and start == end and before and not before.strip(" "):
            self.delete((start[0], (len(before) - 1) // rules.INDENT * rules.INDENT), start)
            return True
        if event.character and start == end and rules.steps_over(event.character, before, after):
            self.move_cursor_relative(columns=1)
            return True
        closing = rules.closes(event.character, after) if event.character else None
        if closing is not None and start == end:
            self._replace_via_keyboard(f"{event.character}{closing}", start, end)
            self.move_cursor((start[0], start[1] + 1))
            return True
        return False

    def _line_break(self, before: str, after: str) -> str:
        indent = rules.new_line_indent(before)
        between = before[-1:] in rules.PAIRS and after[:1] == rules.PAIRS[before[-1]]
        own = before[: len(before) - len(before.lstrip())]
        return f"\n{indent}\n{own}" if between else f"\n{indent}"

    def action_comment(self) -> None:
        self._change_lines(rules.toggle_comment)

    def action_dedent(self) -> None:
        self._change_lines(rules.dedent)

    def _change_lines(self, change: rules.Change) -> None:
        """Change every line that the selection touches, as one step of undo; the selection stays."""
        if self.read_only:
            return
        start, end = sorted((self.selection.start, self.selection.end))
        last = end[0] - 1 if end[1] == 0 and end[0] > start[0] else end[0]
        lines = [self.document[row] for row in range(start[0], last + 1)]
        changed = change(lines)
        if changed.texts == lines:
            return
        anchor, head = self.selection
        self.replace("\n".join(changed.texts), (start[0], 0), (last, len(lines[-1])), maintain_selection_offset=False)

        def moved(place: tuple[int, int]) -> tuple[int, int]:
            row, column = place
            return place if row > last or column == 0 else (row, max(0, column + changed.shifts[row - start[0]]))

        self.selection = Selection(moved(anchor), moved(head))
