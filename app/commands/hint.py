"""`drill hint`."""

from __future__ import annotations

import click

from app.text import show_markdown
from grader.catalogue import open_catalogue


@click.command("hint")
@click.argument("name")
@click.option("--level", type=click.IntRange(1, 3), default=1, show_default=True,
              help="1 is a nudge, 2 the idea, 3 almost the code.")  # fmt: skip
def command(name: str, level: int) -> None:
    """Show one of the three hints of the drill NAME."""
    hints = open_catalogue().find(name).file.hints
    show_markdown(hints[level - 1])
    if level < 3:
        click.echo(f"\nmore: drill hint {name} --level {level + 1}", err=True)
