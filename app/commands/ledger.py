"""`drill ledger`."""

from __future__ import annotations

import sys

import click

from app.desk import Desk
from app.sitting_text import ask_ledger, mark_lines, row_lines
from app.text import write_ledger_rows


@click.command("ledger")
@click.argument("name")
@click.argument("rows", nargs=-1, metavar="[ROW=EXPRESSION]...")
@click.option("--skip", is_flag=True, help="Go on to the code without a ledger, at its cost.")
@click.option("--go-on", is_flag=True, help="Go on to the code with rows that are not right yet.")
def command(name: str, rows: tuple[str, ...], skip: bool, go_on: bool) -> None:
    """Fill in the ledger of NAME's open session, and grade it by value.

    Rows named before keep what they hold. Without rows it asks for them on a terminal, and shows them elsewhere. Exit
    status: 0 all right, 1 not all.
    """
    with Desk() as desk:
        sitting = desk.the_sitting(name)
        if skip:
            sitting.skip_ledger()
            click.echo("\n".join(mark_lines(sitting)))
            return
        if not rows and not go_on:
            if sitting.session.code_open or not (sys.stdin.isatty() and sys.stdout.isatty()):
                write_ledger_rows(sitting.drill.file.ledger)
                for row, text in sitting.session.ledger.items():
                    click.echo(f"  {row} = {text}")
            else:
                ask_ledger(sitting)
            return
        right = True
        if rows:
            entries = dict(sitting.session.ledger)
            for row in rows:
                key, equals, text = row.partition("=")
                if not equals:
                    raise click.BadParameter(f"{row!r} is not ROW=EXPRESSION")
                entries[key.strip()] = text.strip()
            results = sitting.grade_ledger(entries)
            click.echo("\n".join(row_lines(results)))
            right = all(result.passed for result in results)
        if go_on and not sitting.session.code_open:
            sitting.open_code()
        if not right and not sitting.session.code_open:
            click.echo(f"mend them, or go on as they are: drill ledger {name} --go-on", err=True)
        click.echo("\n".join(mark_lines(sitting)), nl=bool(mark_lines(sitting)))
    sys.exit(0 if right else 1)
