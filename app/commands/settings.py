"""`drill settings`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from app.home import Home
from app.settings import SETTING_KEYS, change_setting, load_settings


@click.command("settings")
@click.argument("key", required=False, type=click.Choice(SETTING_KEYS))
@click.argument("values", nargs=-1)
def command(key: str | None, values: tuple[str, ...]) -> None:
    """Show the settings, one of them, or change one: drill settings mode strict.

    `drill_folders` takes several values, `keys` takes ACTION=KEYS, and nothing but `""` empties either.
    """
    path = Home.find().settings_path
    if key is not None and values:
        change_setting(path, key, parsed(key, values, load_settings(path)[0].keys))
    settings, problems = load_settings(path)
    for problem in problems:
        click.echo(f"warning: {problem}", err=True)
    for name, value in asdict(settings).items():
        if key in (None, name):
            click.echo(f"{name} = {value!r}" if key is None else value if isinstance(value, str) else repr(value))
    if key is None:
        click.echo(f"in {path}", err=True)


def parsed(key: str, values: tuple[str, ...], keys: dict[str, str]) -> Any:
    """The value as the settings hold it."""
    if key == "drill_folders":
        return [value for value in values if value]
    if key == "keys":
        if values == ("",):
            return {}
        pairs = [value.partition("=") for value in values]
        if wrong := [action for action, equals, _ in pairs if not equals]:
            raise click.BadParameter(f"{wrong[0]!r} is not ACTION=KEYS")
        return keys | {action: chosen for action, _, chosen in pairs}
    return " ".join(values)
