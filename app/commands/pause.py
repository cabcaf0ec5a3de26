"""`drill pause`."""

from __future__ import annotations

import click

from app.desk import Desk
from app.sitting_text import clock_line


@click.command("pause")
@click.argument("name", required=False)
@click.option("--put-away", is_flag=True, help="End the session without a verdict; the file stays.")
def command(name: str | None, put_away: bool) -> None:
    """Stop the clock of NAME's open session, or of the latest one. `drill start NAME` lets it go on."""
    with Desk() as desk:
        sitting = desk.the_sitting(name)
        if put_away:
            sitting.abandon()
            click.echo(f"{sitting.drill.name}: put away; your file is {sitting.file}")
            return
        sitting.pause()
        click.echo(clock_line(sitting))
