"""A real terminal for the real program: a pseudo-terminal whose screen pyte keeps."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pexpect
import pyte

COLUMNS, ROWS = 80, 24
LIMIT_S = 60.0
DRILL = str(Path(sys.executable).parent / "drill")


class Terminal:
    """Runs `drill` in a pseudo-terminal; `screen` is what a person would see."""

    def __init__(self, home: Path, *arguments: str, program: str = DRILL, **environment: str) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        kept = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        kept |= {"HOME": str(home), "DRILL_HOME": str(home)}
        self.process = pexpect.spawn(
            program, list(arguments), env=kept | environment, dimensions=(ROWS, COLUMNS),
            cwd=str(home), timeout=LIMIT_S,
        )  # fmt: skip

    @property
    def screen(self) -> str:
        """The text on the screen now."""
        return "\n".join(self._screen.display)

    def read(self) -> None:
        """Take in what the program wrote."""
        try:
            data = self.process.read_nonblocking(1 << 16, timeout=0.1)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return
        self._stream.feed(without_questions(data))

    def wait_for(self, *texts: str) -> str:
        """Read until all of these stand on the screen. Fails with the screen when they do not come."""
        until = time.monotonic() + LIMIT_S
        while time.monotonic() < until:
            self.read()
            if all(text in self.screen for text in texts):
                return self.screen
        raise AssertionError(f"{texts} did not appear on\n{self.screen}")

    def press(self, keys: str) -> None:
        self.process.send(keys)

    def kill(self) -> None:
        """As `kill -9` does, and wait until it is gone."""
        self.process.kill(9)
        self.process.wait()

    def wait_for_end(self) -> int | None:
        """Read until the program ends; its exit status."""
        until = time.monotonic() + LIMIT_S
        while self.process.isalive() and time.monotonic() < until:
            self.read()
        self.process.close(force=True)
        return self.process.exitstatus


def without_questions(data: bytes) -> bytes:
    """Without what pyte does not know and would show as text: mode questions and the Kitty keyboard protocol."""
    for sequence in (b"\x1b[?2026$p", b"\x1b[?2048$p", b"\x1b[>1u", b"\x1b[<u", b"\x1b[?1u", b"\x1b[>4;1m"):
        data = data.replace(sequence, b"")
    return data
