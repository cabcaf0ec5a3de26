"""Settings of the person: one TOML file. A value that is not allowed is told in words and falls back to its default."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

import tomli

from app.errors import SettingsError
from app.files import write_atomically

Writing = Literal["own_editor_beside", "own_editor_here", "built_in"]
ModeSetting = Literal["strict", "relaxed"]
Animation = Literal["auto", "full", "none"]
EDITORS = ("nano", "vim", "vi")


@dataclass(frozen=True)
class Settings:
    """All settings.

    Attributes:
        theme: Name of the app's theme.
        writing: Where code is written: in one's own editor beside the app, in it in this terminal, or in the app.
        editor: Command of one's own editor; empty for $VISUAL, then $EDITOR.
        mode: At zero, `strict` submits what is there, `relaxed` goes on and notes it.
        drill_folders: Folders with drills of one's own, each with `drills` and `solutions` in it.
        keys: Action -> keys, separated by commas, in place of its own.
        animation: `auto` is without animation over ssh.
    """

    theme: str = "drill-dark"
    writing: Writing = "built_in"
    editor: str = ""
    mode: ModeSetting = "relaxed"
    drill_folders: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    animation: Animation = "auto"

    def editor_command(self) -> list[str]:
        """The editor and its arguments. Raises SettingsError where there is none."""
        text = self.editor or os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
        if text.strip():
            try:
                return shlex.split(text)
            except ValueError as error:
                raise SettingsError(f"the editor command {text!r} cannot be read: {error}") from error
        for name in EDITORS:
            if shutil.which(name):
                return [name]
        raise SettingsError("no editor is known\nhint: set $EDITOR, or run `drill settings editor COMMAND`")


def one_of(allowed: tuple[str, ...]) -> Callable[[Any], str]:
    return lambda value: "" if value in allowed else f"allowed: {', '.join(allowed)}"


def text(value: Any) -> str:
    return "" if isinstance(value, str) else "must be text"


def texts(value: Any) -> str:
    return "" if isinstance(value, list) and all(isinstance(item, str) for item in value) else "must be a list of texts"


def key_map(value: Any) -> str:
    good = isinstance(value, dict) and all(isinstance(name, str) and isinstance(keys, str) for name, keys in value.items())
    return "" if good else 'must be a table of texts, as in `submit = "f5"`'


CHECKS: dict[str, Callable[[Any], str]] = {
    "theme": lambda value: text(value) or ("" if value.strip() else "must not be empty"),
    "writing": one_of(get_args(Writing)),
    "editor": text,
    "mode": one_of(get_args(ModeSetting)),
    "drill_folders": texts,
    "keys": key_map,
    "animation": one_of(get_args(Animation)),
}
"""Key -> what is wrong with a value; empty when it is fine."""


def load_settings(path: Path) -> tuple[Settings, list[str]]:
    """Read the settings. Never raises.

    Returns:
        The settings, with the default where a value is missing or not allowed; and what is wrong with the file, in words.
    """
    try:
        data = read_table(path)
    except SettingsError as error:
        return Settings(), [str(error)]
    good: dict[str, Any] = {}
    problems = []
    for key, value in data.items():
        if key not in CHECKS:
            problems.append(f"{path}: unknown key {key!r}\nhint: known keys are {', '.join(CHECKS)}")
        elif wrong := CHECKS[key](value):
            problems.append(f"{path}: {key} = {value!r} is not allowed\nhint: {wrong}")
        else:
            good[key] = value
    return Settings(**good), problems


def read_table(path: Path) -> dict[str, Any]:
    """The file as it stands; empty where there is none. Raises SettingsError."""
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except tomli.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not TOML: {error}\nhint: mend it, or move it away to begin with the defaults") from error


def save_settings(path: Path, settings: Settings) -> None:
    """Write those that the file has already and those that differ from the defaults; remarks and order stay.

    Raises SettingsError for a file that is not whole, WorkspaceError where it cannot be written.
    """
    import tomlkit  # 40 ms

    read_table(path)
    document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    default = asdict(Settings())
    for key, value in asdict(settings).items():
        present = document.get(key)
        if isinstance(present, tomlkit.items.Table):
            put(present, value)
        elif present != value and (key in document or value != default[key]):
            document[key] = value
    write_atomically(path, tomlkit.dumps(document).encode("utf-8"))


def put(table: MutableMapping[str, Any], values: Mapping[str, Any]) -> None:
    """Make a table hold these values, touching no others."""
    for key in [key for key in table if key not in values]:
        del table[key]
    for key, value in values.items():
        if table.get(key) != value:
            table[key] = value


def change_setting(path: Path, key: str, value: Any) -> Settings:
    """Change one and save. Raises SettingsError for an unknown key or value, or a file that is not whole: it stays as it is."""
    if key not in CHECKS:
        raise SettingsError(f"unknown setting {key!r}\nhint: settings are {', '.join(CHECKS)}")
    if wrong := CHECKS[key](value):
        raise SettingsError(f"{key} = {value!r} is not allowed\nhint: {wrong}")
    settings, problems = load_settings(path)
    if others := [problem for problem in problems if f": {key} = " not in problem]:
        raise SettingsError(others[0])
    changed = replace(settings, **{key: value})
    save_settings(path, changed)
    return changed


SETTING_KEYS = tuple(each.name for each in fields(Settings))
