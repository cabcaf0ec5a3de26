"""What the editor does at a key, as text in and text out; and in the widget, as a person types."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from app.tui import typing_rules as rules
from app.tui.widgets.editor import CodeEditor

LINES = st.lists(st.from_regex(r" {0,8}[a-z#=()\[\] ]{0,12}", fullmatch=True), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("before", "indent"),
    [
        ("def f(x):", 4), ("    if x:  # a remark", 8), ("    y = f(", 8), ("    return y", 0), ("        raise ValueError", 4),
        ("    return f(", 8), ("    x = 1", 4), ("", 0), ('    s = "a:"', 4), ("    # note:", 4),
    ],
)  # fmt: skip
def test_a_new_line_is_indented_as_python_reads_it(before: str, indent: int) -> None:
    assert rules.new_line_indent(before) == " " * indent


@given(LINES)
def test_commenting_twice_changes_nothing(lines: list[str]) -> None:
    if any(line.strip() for line in lines) and not all(line.lstrip().startswith("#") for line in lines if line.strip()):
        assert rules.toggle_comment(rules.toggle_comment(lines).texts).texts == lines


@given(LINES)
def test_dedent_undoes_indent(lines: list[str]) -> None:
    full = [line for line in lines if line.strip()] or ["x"]
    aligned = [" " * (len(line) - len(line.lstrip())) + line.lstrip() for line in full]
    if all((len(line) - len(line.lstrip())) % rules.INDENT == 0 for line in aligned):
        assert rules.dedent(rules.indent(aligned).texts).texts == aligned


def typed(*keys: str, text: str = "") -> str:
    """The editor's text after these keys."""

    class Bare(App[None]):
        def compose(self) -> ComposeResult:
            yield CodeEditor(text)

    async def run() -> str:
        app = Bare()
        async with app.run_test() as pilot:
            editor = app.query_one(CodeEditor)
            editor.focus()
            editor.move_cursor(editor.document.end)
            await pilot.press(*keys)
            return editor.text

    return asyncio.run(run())


def test_enter_indents_and_brackets_close() -> None:
    assert typed("enter", "x", text="def f():") == "def f():\n    x"
    assert typed("left_parenthesis", "a", "right_parenthesis", "b") == "(a)b"
    assert typed("left_square_bracket", "backspace") == ""
    assert typed("left_curly_bracket", "enter", "1") == "{\n    1\n}"
    assert typed("backspace", text="        ") == "    "


def test_a_comment_comes_and_goes_and_undo_takes_it_back() -> None:
    assert typed("ctrl+underscore", text="    x = 1") == "    # x = 1"
    assert typed("ctrl+underscore", "ctrl+underscore", text="    x = 1") == "    x = 1"
    assert typed("ctrl+underscore", "ctrl+z", text="    x = 1") == "    x = 1"
