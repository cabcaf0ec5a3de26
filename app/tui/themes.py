"""The app's own themes. `ansi-dark` and `ansi-light` of Textual use the terminal's sixteen colours."""

from __future__ import annotations

from textual.theme import Theme

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
OFFERED = ("drill-dark", "drill-light", "ansi-dark", "ansi-light")
"""What the first run and the settings offer; settings.toml may name any theme of Textual's."""
EDITOR_THEMES = {"drill-dark": "vscode_dark", "drill-light": "github_light"}


def editor_theme(app_theme: str) -> str:
    """The TextArea theme that goes with an app theme: `css` follows the app's colours."""
    if app_theme in EDITOR_THEMES:
        return EDITOR_THEMES[app_theme]
    return "github_light" if "light" in app_theme or app_theme.endswith(("latte", "dawn")) else "css"
