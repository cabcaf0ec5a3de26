"""Where drill keeps what belongs to the person: one folder for the record, the settings and the answers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "DRILL_HOME"
"""Names that folder; else the platform's folder for data of the user."""


@dataclass(frozen=True)
class Home:
    """The folder. It need not exist: whoever writes into it makes it."""

    folder: Path

    @classmethod
    def find(cls) -> Home:
        """By DRILL_HOME, else by the platform."""
        named = os.environ.get(HOME_VARIABLE)
        if named:
            return cls(Path(named).expanduser().absolute())
        import platformdirs

        return cls(platformdirs.user_data_path("drill", appauthor=False))

    @property
    def store_path(self) -> Path:
        return self.folder / "drill.sqlite3"

    @property
    def settings_path(self) -> Path:
        return self.folder / "settings.toml"

    @property
    def answers(self) -> Path:
        return self.folder / "answers"

    def answer_path(self, deck: str, drill: str) -> Path:
        """Where the answer to a drill lies unless the person says otherwise."""
        return self.answers / deck / f"{drill}.py"
