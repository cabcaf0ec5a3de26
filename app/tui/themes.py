"""The app's own themes. `ansi-dark` and `ansi-light` of Textual use the terminal's sixteen colours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.style import Style
from textual.theme import Theme

if TYPE_CHECKING:
    from textual.widgets.text_area import TextAreaTheme

DARK = Theme(
    name="drill-dark", primary="#7aa2f7", secondary="#9ece6a", accent="#e0af68", success="#9ece6a", warning="#e0af68",
    error="#f7768e", foreground="#d5d9e8", background="#16181f", surface="#1c1f29", panel="#262a37", dark=True,
    variables={"footer-key-foreground": "#e0af68", "input-cursor-background": "#d5d9e8"},
)  # fmt: skip
LIGHT = Theme(
    name="drill-light", primary="#2257c4", secondary="#3d6b21", accent="#8a5200", success="#2f6b1b", warning="#8a5200",
    error="#b3261e", foreground="#1d2129", background="#fbfaf7", surface="#f2f0ea", panel="#e6e3da", dark=False,
    variables={"footer-key-foreground": "#8a5200", "input-cursor-background": "#1d2129"},
)  # fmt: skip
OWN = (DARK, LIGHT)
ANSI_SYNTAX = {
    "magenta": ("keyword", "conditional", "repeat", "exception", "include", "operator"), "green": ("string",),
    "bright_black": ("comment",), "blue": ("function", "method", "tag"), "cyan": ("type", "class", "constant", "boolean"),
    "red": ("number", "float"),
}  # fmt: skip
"""Colour of the terminal -> beginnings of names of syntax; readable on dark and on light ground."""
OFFERED = ("drill-dark", "drill-light", "ansi-dark", "ansi-light")
"""What the first run and the settings offer; settings.toml may name any theme of Textual's."""
DARK_EDITOR, LIGHT_EDITOR, ANSI_EDITOR = "vscode_dark", "drill_light", "drill_ansi"


def editor_theme(app_theme: Theme) -> str:
    """The name of the editor's theme that goes with a theme of the app."""
    if app_theme.name.startswith("ansi"):
        return ANSI_EDITOR
    return DARK_EDITOR if app_theme.dark else LIGHT_EDITOR


def light_editor() -> TextAreaTheme:
    """Textual's light editor theme with type names that can be read: its own are light grey on white."""
    from textual.widgets.text_area import TextAreaTheme

    theme = TextAreaTheme.get_builtin_theme("github_light")
    assert theme is not None
    readable = dict.fromkeys(("type", "type.class", "type.builtin"), Style(color="#8a5200"))
    return replace(theme, name=LIGHT_EDITOR, syntax_styles=theme.syntax_styles | readable)


def ansi_editor() -> TextAreaTheme:
    """In the terminal's sixteen colours: Textual's theme for that has the syntax colours of its dark one, on any ground."""
    from textual.widgets.text_area import TextAreaTheme

    theme = TextAreaTheme.get_builtin_theme("css")
    assert theme is not None
    colour_of = {name: colour for colour, names in ANSI_SYNTAX.items() for name in names}
    syntax = {
        name: Style(color=colour_of[first]) if (first := name.partition(".")[0]) in colour_of else Style()
        for name in theme.syntax_styles
    }
    return replace(theme, name=ANSI_EDITOR, syntax_styles=syntax)
