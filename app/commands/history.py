"""`drill history`."""

from __future__ import annotations

import time

import click

from app.desk import Desk
from app.practice.clock import duration_text
from app.report import VERDICT_TEXT
from app.store import sessions


@click.command("history")
@click.argument("name", required=False)
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="The latest so many.")
@click.option("--source", metavar="ID", help="Print the text that was submitted in this attempt.")
@click.option("--result", metavar="ID", help="Print its result as JSON.")
def command(name: str | None, limit: int, source: str | None, result: str | None) -> None:
    """List the latest attempts, or those of the drill NAME; or print one of them."""
    with Desk() as desk:
        if source or result:
            text, body = sessions.read_attempt(desk.database, sessions.full_id(desk.database, source or result or ""))
            click.echo(text if source else body.decode(), nl=not source)
            return
        drill = desk.catalogue.find(name).name if name else None
        lines = sessions.last_attempts(desk.database, limit, drill)
        if not lines:
            click.echo("no attempts yet\nhint: drill start NAME begins one", err=True)
        width = max((len(line.drill) for line in lines), default=0)
        for line in lines:
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(line.wall_s))
            score = "  -" if line.score is None else f"{line.score:>3}"
            clock = f"{duration_text(line.elapsed_s):>7} of {duration_text(line.par_s)}"
            click.echo(f"{line.id[:8]}  {when}  {line.drill:<{width}}  {VERDICT_TEXT[line.verdict]:<13}  {score}  {clock}")
