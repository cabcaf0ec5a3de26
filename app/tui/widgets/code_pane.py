"""Where code is written: the built-in editor, or what one's own editor beside or here needs; below it the last run."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from app.settings import Writing
from app.tui.widgets.editor import CodeEditor

WAYS = {
    "built_in": ("Built-in editor", "Python, auto-indent, saved by itself."),
    "own_editor_beside": ("Own editor beside", "every save runs the public checks."),
    "own_editor_here": ("Own editor here", "the app steps aside, in this terminal."),
}  # fmt: skip


class CodePane(Vertical):
    """The code, and how its last public run went."""

    class Edited(Message):
        """The text of the built-in editor changed."""

    def __init__(self, path: Path, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.path = path
        self.writing: Writing | None = None

    def compose(self) -> ComposeResult:
        yield Vertical(id="writing")
        with VerticalScroll(id="run", classes="box") as run:
            run.border_title = "Public checks"
            yield Static("", id="run-text")

    @property
    def editor(self) -> CodeEditor | None:
        """The built-in editor, where it is the way of writing."""
        return next(iter(self.query(CodeEditor)), None)

    @property
    def columns(self) -> int:
        """Of text in the panel of public checks."""
        return self.size.width - 5

    async def use(self, writing: Writing, text: str, key: str) -> None:
        """Show one way of writing.

        Args:
            writing: Which.
            text: What stands in the file.
            key: That opens one's own editor.
        """
        self.writing = writing
        place = self.query_one("#writing", Vertical)
        await place.remove_children()
        if writing == "built_in":
            editor = CodeEditor(text, id="editor")
            editor.border_title = self.path.name
            await place.mount(editor)
        else:
            name, means = WAYS[writing]
            await place.mount(
                Static(Content.assemble(
                    (f"{name}\n", "bold $primary"), f"{means}\n\n", ("The file\n", "bold"), f"{self.path}\n\n",
                    (key, "bold $accent"), " opens it in your editor, in this terminal\n\n", ("What stands in it\n", "bold"),
                ), id="own"),
                VerticalScroll(Static(Content.styled(text, "dim"), id="preview"), classes="box"),
            )  # fmt: skip

    def show_text(self, text: str) -> None:
        """The file was read again."""
        editor = self.editor
        if editor is not None:
            if editor.text != text:
                editor.load(text)
        else:
            self.query_one("#preview", Static).update(Content.styled(text, "dim"))

    def show_run(self, text: Content, title: str) -> None:
        run = self.query_one("#run", VerticalScroll)
        run.border_title = title
        run.query_one("#run-text", Static).update(text)
        run.add_class("-shown")

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(self.Edited())
