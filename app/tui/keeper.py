"""Keeps the person's file: loads it, saves it, and notices when another program wrote it. Never loses either text.

Every method may block and is for worker threads; saves come one after another.
"""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ChangedOutside, WorkspaceError
from app.workspace import Answer, FileVersion, free_name, read_answer, save_answer, version_of
from grader.errors import DrillError

if TYPE_CHECKING:
    from app.sitting import Sitting


class Keeper:
    """One file, as the built-in editor sees it.

    Attributes:
        saved_text: What stands in the file as far as we know; None before it was read.
        base: The version of the file that this is.
    """

    def __init__(self, sitting: Sitting) -> None:
        self.path: Path = sitting.file
        self.saved_text: str | None = None
        self.base: FileVersion | None = None
        self._sitting = sitting
        self._lock = threading.Lock()

    def load(self) -> str:
        """The text of the file. Raises WorkspaceError."""
        with self._lock:
            return self._take(read_answer(self.path))

    def _take(self, answer: Answer) -> str:
        self.base, self.saved_text = answer.version, answer.text
        return answer.text

    def save(self, text: str) -> bool:
        """Write the text. True if there was anything to write.

        Raises:
            ChangedOutside: Another program wrote the file; the text is kept in the store until that is settled.
            WorkspaceError: It cannot be written; the text is kept in the store if that can be.
        """
        with self._lock:
            if text == self.saved_text:
                return False
            try:
                self.base = save_answer(self.path, text, self.base)
            except (ChangedOutside, WorkspaceError):
                with contextlib.suppress(DrillError):  # of two reasons the first is the one to tell
                    self._sitting.save_draft(text, self.base)
                raise
            self.saved_text = text
            self._sitting.clear_draft()
            return True

    def outside(self) -> Answer | None:
        """The file, if it is not what we know; None if it is, or is gone."""
        with self._lock:
            version = version_of(self.path)
            if version is None or (self.base is not None and version.sha256 == self.base.sha256):
                return None
            return read_answer(self.path)

    def take_theirs(self, mine: str) -> tuple[str, Path | None]:
        """The file's text wins; ours is put beside it. Returns the text, and where ours lies."""
        with self._lock:
            answer = read_answer(self.path)
            aside = None if mine in (answer.text, self.saved_text) else self._put_beside("mine", mine)
            self._sitting.clear_draft()
            return self._take(answer), aside

    def keep_mine(self, mine: str) -> Path | None:
        """Our text wins; the file's is put beside it. Returns where that lies."""
        with self._lock:
            current = version_of(self.path)
            aside = None
            if current is not None:
                theirs = read_answer(self.path)
                aside = None if theirs.text == mine else self._put_beside("theirs", theirs.text)
                current = theirs.version
            self.base = save_answer(self.path, mine, current)
            self.saved_text = mine
            self._sitting.clear_draft()
            return aside

    def _put_beside(self, whose: str, text: str) -> Path:
        """A dated file in the same folder."""
        path = free_name(self.path, f"{whose}.{time.strftime('%Y-%m-%d-%H%M%S')}")
        save_answer(path, text, None)
        return path
