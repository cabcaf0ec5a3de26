"""The terminal app: thin Textual screens over `app.desk`. Nothing here knows a rule of practice, and nothing imports torch."""

from __future__ import annotations

import os
import sys


def launch() -> int:
    """Open the app. Returns the exit status. Raises DrillError where there is no terminal to draw on."""
    # textual-serve sets TEXTUAL_DRIVER: a browser stands for the terminal. Textual draws on standard error.
    if "TEXTUAL_DRIVER" not in os.environ and not (sys.stdin.isatty() and sys.stdout.isatty()):
        from grader.errors import DrillError

        raise DrillError(
            "the app needs a terminal on standard input and output\n"
            "hint: `drill --help` shows the commands, which work without one; `drill list` shows the drills"
        )
    from app.tui.app import run  # Textual: 200 ms

    return run()
