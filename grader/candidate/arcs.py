"""Which lines of one file run, and in what order: for the author's gate, with the drill's own reference."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any


def trace_arcs(file_name: str) -> set[tuple[int, int]]:
    """Trace the code of this file from now on, in this thread. The set fills as it runs: (line, line that ran next),
    (-first line, line) on the way into a function or module, and (line, -first line) on the way out."""
    arcs: set[tuple[int, int]] = set()

    def on_call(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != file_name:
            return None
        first = frame.f_code.co_firstlineno
        last = -first

        def on_line(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal last
            if event == "line":
                arcs.add((last, frame.f_lineno))
                last = frame.f_lineno
            elif event == "return":
                arcs.add((last, -first))
            return on_line

        return on_line

    sys.settrace(on_call)
    return arcs
