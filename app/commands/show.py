"""`drill show`."""

from __future__ import annotations

import click

from app.catalogue import open_drills
from app.text import show_card, show_markdown, write_ledger_rows


@click.command("show")
@click.argument("name")
@click.option("--starter", is_flag=True, help="The starter alone: `drill show NAME --starter > NAME.py`.")
@click.option("--card", is_flag=True, help="The question and answer of its deck's card.")
@click.option("--raw", is_flag=True, help="Markdown as it is written, also on a terminal.")
def command(name: str, starter: bool, card: bool, raw: bool) -> None:
    """Show the prompt and the ledger rows of the drill NAME."""
    catalogue = open_drills()
    drill = catalogue.find(name)
    if starter:
        click.echo(drill.read("starter.py"), nl=False)
        return
    if card:
        show_card(next(deck for deck in catalogue.decks if deck.name == drill.deck).card)
        return
    file = drill.file
    show_markdown(drill.read("prompt.md"), raw=raw)
    write_ledger_rows(file.ledger)
    click.echo(f"\n{file.difficulty}, par {file.par_minutes} minutes. Start with: drill show {name} --starter > {name}.py")
