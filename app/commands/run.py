"""`drill run`."""

from __future__ import annotations

import sys

import click

from app.catalogue import open_drills
from app.commands.grade import write_out
from app.grading import Progress, grade_file
from app.recording import record
from app.report import render
from grader.client import Engine
from grader.events import PUBLIC_SUITE


@click.command("run")
@click.argument("file")
@click.option("--drill", "named", metavar="NAME", help="The drill; else the file's line `# drill: NAME`, or its name.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="Draw the inputs of an earlier run again.")
def command(file: str, named: str | None, seed: int | None) -> None:
    """Run the public checks of a drill on FILE while you write.

    Exit status: 0 all passed, 1 not all, 2 unusable arguments or file, 3 error of the grader.
    """
    engine = Engine()
    try:
        catalogue = open_drills()
        if named is not None:
            catalogue.find(named)
        result = grade_file(engine, file, catalogue, named=named, suite=PUBLIC_SUITE, seed=seed, listener=Progress(file))
    finally:
        engine.close()
    write_out(render(result, file, scored=False))
    for line in record(file, result, hidden=False):
        click.echo(line, err=True)
    sys.exit(result.exit_status)
