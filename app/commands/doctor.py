"""`drill doctor`."""

from __future__ import annotations

import sys
import tempfile

import click

from app.catalogue import open_drills
from app.text import wrap
from grader.client import Engine
from grader.errors import DrillError
from grader.events import Limits
from grader.sandbox.confine import Policy, default_readable, probe


@click.command("doctor")
def command() -> None:
    """Show what is installed, which isolation holds here and why a layer does not, and which devices there are.

    Exit status: 0 when submissions can be graded, 3 when they cannot.
    """
    problems = 0
    with Engine() as engine:
        problems += show_catalogue()
        problems += show_isolation()
        problems += show_engine(engine)
    sys.exit(3 if problems else 0)


def show_catalogue() -> int:
    click.secho("Catalogue", bold=True)
    try:
        catalogue = open_drills()
        count = len([drill.file for drill in catalogue])
        click.echo(f"  ok    {count} drills in {len(catalogue.decks)} decks, from {', '.join(map(str, catalogue.roots))}")
    except DrillError as error:
        click.echo(wrap(str(error), "        ", "  BAD   "))
        return 1
    return 0


def show_isolation() -> int:
    click.secho("\nIsolation of a submission", bold=True)
    limits = Limits()
    with tempfile.TemporaryDirectory(prefix="drill-") as scratch:
        try:
            layers = probe(Policy(
                default_readable(), scratch, limits.memory_bytes, limits.total_s, limits.file_bytes,
                limits.scratch_bytes, 256,
            ))  # fmt: skip
        except DrillError as error:
            click.echo(wrap(str(error), "        ", "  BAD   "))
            return 1
    for layer in layers:
        text = wrap(f"{layer.name}: {layer.reason}", "           ")[11:]
        word = click.style("ok     ", fg="green") if layer.in_force else click.style("MISSING", fg="yellow")
        click.echo(f"  {word}  {text}")
    if not all(layer.in_force for layer in layers):
        click.echo("  hint: grade only files that you trust, or pass --require-isolation to refuse")
    return 0


def show_engine(engine: Engine) -> int:
    click.secho("\nEngine", bold=True)
    try:
        ready = engine.wait_ready()
    except DrillError as error:
        click.echo(wrap(str(error), "        ", "  BAD   "))
        return 1
    click.echo("  ok    " + ", ".join(f"{name} {version}" for name, version in ready.versions.items()))
    click.secho("\nDevices", bold=True)
    click.echo("  ok    GPU checks run on the simulated GPU; a real one is not used")
    return 0
