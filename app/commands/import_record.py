"""`drill import`."""

from __future__ import annotations

from typing import BinaryIO

import click

from app.desk import Desk
from app.store.transfer import import_record
from app.text import count


@click.command("import")
@click.argument("file", type=click.File("rb"))
def command(file: BinaryIO) -> None:
    """Merge an export into the record of practice. What is there already stays; doing it twice changes nothing more."""
    with Desk() as desk:
        taken = import_record(desk.database, file.read())
    added = (("session", taken.sessions), ("attempt", taken.attempts), ("review", taken.reviews), ("interview", taken.interviews))
    click.echo("added " + ", ".join(count(number, what) for what, number in added))
    if taken.kept:
        click.echo(f"left as it is here, since it went on differently: {count(taken.kept, 'session')}", err=True)
