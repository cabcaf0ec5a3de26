"""`drill export`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.desk import Desk
from app.files import write_atomically
from app.store.transfer import export_record


@click.command("export")
@click.argument("path", required=False, type=click.Path(dir_okay=False, path_type=Path))
def command(path: Path | None) -> None:
    """Write the whole record of practice as JSON to PATH, or to standard output. Settings and files are not in it."""
    with Desk() as desk:
        data = export_record(desk.database)
    if path is None:
        sys.stdout.buffer.write(data)
    else:
        write_atomically(path, data)
        click.echo(path)
