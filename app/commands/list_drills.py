"""`drill list`."""

from __future__ import annotations

import click

from app.catalogue import open_drills
from app.home import Home
from app.store.due import read_due_days
from app.text import wrap


@click.command("list")
@click.argument("deck", required=False)
@click.option("--names", is_flag=True, help="Only the names of the drills, one a line.")
def command(deck: str | None, names: bool) -> None:
    """Show the decks with their drills and estimation rounds, or those of one DECK."""
    decks = open_drills().decks
    if deck is not None:
        if deck not in {d.name for d in decks}:
            raise click.BadParameter(f"there is no deck {deck!r}\nhint: decks are {', '.join(d.name for d in decks)}")
        decks = tuple(d for d in decks if d.name == deck)
    if names:
        for each in decks:
            for drill in each.drills:
                click.echo(drill.name)
        return
    due = read_due_days(Home.find().store_path)
    width = max((len(drill.name) for each in decks for drill in each.drills), default=0)
    for position, each in enumerate(decks):
        if position:
            click.echo()
        click.secho(f"{each.card.title}  ({each.name}, card {each.card.number})", bold=True)
        for drill in each.drills:
            file = drill.file
            line = f"  {drill.name:<{width}}  {file.difficulty:<6}  {file.par_minutes:>3} min  {file.title}"
            click.echo(line + due_column(due.get(f"drill:{drill.name}")))
        if each.rounds:
            click.echo(wrap(", ".join(entry.name for entry in each.rounds), "          ", "  rounds: "))


def due_column(day: str | None) -> str:
    """When it is to be practised again; empty for what never was."""
    if day is None:
        return ""
    from datetime import date

    from app.practice.schedule import due_text

    return f"  ({due_text(date.fromisoformat(day), date.today())})"
