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
    added = [count(getattr(taken, f"{what}s"), what) for what in ("session", "attempt", "review", "interview")]
    click.echo(f"added {', '.join(added)}")
    if taken.kept:
        click.echo(f"left as it is here, since it went on differently: {count(taken.kept, 'session')}", err=True)
