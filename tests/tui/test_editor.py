"""The built-in editor on the screen: it paints what changed, all of it and nothing else."""

from __future__ import annotations

import pytest
from textual.strip import Strip

from app.desk import Desk
from app.settings import Settings
from app.tui.widgets.editor import CodeEditor
from tests.tui.conftest import DRILL, Runner, press, settle, until

TEXT = "# drill: swiglu\n" + "".join(f"def function_{n}(x):\n    return [x, ({n})]\n\n" for n in range(30))


async def open_editor(app, pilot, desk: Desk) -> CodeEditor:
    sitting = desk.start(desk.catalogue.find(DRILL))
    sitting.skip_ledger()
    sitting.file.write_text(TEXT)
    app.sit(sitting)
    await settle(app, pilot)
    await press(app, pilot, "f2")
    editor = app.screen.query_one("#editor", CodeEditor)
    editor.cursor_blink = False
    await until(lambda: editor.has_focus, pilot)
    await pilot.pause()
    return editor


def strips_of(editor: CodeEditor) -> list[Strip]:
    """The screen's lines where the editor is, as they were painted."""
    top, bottom = editor.region.y, editor.region.bottom
    return editor.screen._compositor.render_strips()[top:bottom]


def test_a_key_repaints_its_own_line_alone(run_app: Runner, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[int] = []
    paint = CodeEditor.render_line

    def noted(self: CodeEditor, y: int) -> Strip:
        painted.append(y)
        return paint(self, y)

    monkeypatch.setattr(CodeEditor, "render_line", noted)

    async def script(app, pilot) -> None:
        editor = await open_editor(app, pilot, desk)
        editor.move_cursor((4, 4))
        await settle(app, pilot)
        painted.clear()
        await pilot.press("q")
        await pilot.pause()

    run_app(script)

    assert set(painted) == {4}


@pytest.mark.parametrize(
    "keys",
    [
        ["enter", "enter", "up"],
        ['"', '"', '"', "down", "down"],
        ["shift+down", "shift+down", "shift+right", "left", "up"],
        ["shift+down", "shift+down", "delete", "ctrl+z"],
        ["pagedown", "x", "pageup", "y", "pagedown"],
        ["end", "left", "left", "backspace", "(", ")"],
        ["tab", "shift+tab", "ctrl+underscore", "ctrl+k"],
    ],
    ids=" ".join,
)
def test_what_is_painted_bit_by_bit_is_what_is_painted_at_once(run_app: Runner, desk: Desk, keys: list[str]) -> None:
    async def script(app, pilot) -> None:
        editor = await open_editor(app, pilot, desk)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
            bit_by_bit = strips_of(editor)
            editor.refresh()
            await pilot.pause()

            assert strips_of(editor) == bit_by_bit

    run_app(script)


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
def test_code_is_coloured_by_the_terminal_alone_in_its_own_themes(run_app: Runner, desk: Desk, theme: str) -> None:
    """A fixed colour may be unreadable on the ground of the person's terminal."""
    run_app.settings = Settings(theme=theme)

    async def script(app, pilot) -> None:
        editor = await open_editor(app, pilot, desk)
        colours = [segment.style.color for y in range(8) for segment in editor.render_line(y) if segment.style]
        names = {colour.name for colour in colours if colour is not None}

        assert {"magenta", "blue", "bright_black"} <= names
        assert not any(name.startswith("#") for name in names)

    run_app(script)
