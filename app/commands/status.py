"""`drill status`."""

from __future__ import annotations

import click

from app.desk import Desk
from app.sitting_text import clock_line, mark_lines

STARTS = {"drill": "start", "card": "cards", "estimation": "estimate"}


@click.command("status")
def command() -> None:
    """Show the open sessions with their clocks and costs, what is due, and what to do next."""
    with Desk() as desk:
        view = desk.home_view()
        for sitting in desk.open_sittings():
            click.secho(clock_line(sitting), bold=True)
            session = sitting.session
            run = session.last_run
            if run is not None:
                click.echo(f"  last run: {run.passed} of {run.total} public checks pass")
            click.echo(f"  {session.phase}, {session.submissions} submissions, hints up to level {session.hints}")
            for line in mark_lines(sitting):
                click.echo(f"  {line.strip()}")
            click.echo(f"  {sitting.file}")
        if not view.open:
            click.echo("no open session")
        for item in view.due:
            click.echo(f"{item.why}: {item.item.name}  {item.title}")
        if view.next is not None:
            click.echo(f"next: {view.next.title}, {view.next.why}  (drill {STARTS[view.next.item.kind]} {view.next.item.name})")
        click.echo(f"streak: {view.streak_days} days" + ("" if view.practised_today else ", today is still to come"))
