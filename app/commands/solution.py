"""`drill solution`."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import click

from app.desk import Desk
from app.errors import Refused
from app.store.sessions import last_session_of
from grader.catalogue import Drill
from grader.toml_file import read_text


@click.command("solution")
@click.argument("name")
@click.option("--diff", is_flag=True, help="Against your own file, the file first.")
@click.option("--give-up", is_flag=True, help="Give the drill up to see it. It comes back tomorrow.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(name: str, diff: bool, give_up: bool, yes: bool) -> None:
    """Show the reference of the drill NAME: after a pass, after the time is over, or when giving up."""
    with Desk() as desk:
        drill = desk.catalogue.find(name)
        sitting = desk.sitting_of_drill(name) if desk.home.store_path.exists() else None
        if sitting is not None or not desk.may_see_reference(drill):
            if not give_up:
                raise Refused(f"the reference of {name} is shown after a pass\nhint: drill solution {name} --give-up")
            if not yes and sys.stdin.isatty():
                click.confirm(f"Give up {name}?", abort=True, err=True)
            review = sitting.give_up() if sitting is not None else desk.give_up_unstarted(drill)
            if review is not None:
                click.echo(review.text, err=True)
        reference = read_text(drill.reference)
        shown = against_own(desk, drill, reference) if diff else reference
        click.echo(shown, nl=False)
        if not shown:
            click.echo("your file is the reference, letter by letter", err=True)


def against_own(desk: Desk, drill: Drill, reference: str) -> str:
    """A unified diff from the own file to the reference."""
    session = last_session_of(desk.database, drill.name)
    own = Path(session.file) if session else Path()
    text = own.read_text(encoding="utf-8", errors="replace") if own.is_file() else ""
    lines = difflib.unified_diff(text.splitlines(), reference.splitlines(), str(own), "reference", lineterm="")
    return "".join(f"{line}\n" for line in lines)
