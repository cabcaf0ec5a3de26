"""`drill rate`."""

from __future__ import annotations

import click

from app.desk import Desk
from app.errors import Refused
from app.practice.rating import Rating
from app.practice.schedule import Item
from app.store.reviews import last_review_of


@click.command("rate")
@click.argument("name")
@click.argument("rating", type=click.Choice([rating.name.lower() for rating in Rating]))
def command(name: str, rating: str) -> None:
    """Give the last practice of NAME (a drill, or card:DECK) another rating; the schedule follows it."""
    item = Item.parse(name) if ":" in name else Item("drill", name)
    with Desk() as desk:
        last = last_review_of(desk.database, item)
        if last is None:
            raise Refused(f"{name} has not been practised\nhint: drill history shows what was")
        click.echo(desk.override(last.review_id, Rating[rating.upper()]).text)
