"""`drill submit`."""

from __future__ import annotations

import sys

import click

from app.commands.grade import write_out
from app.grading import Progress, grade_submission
from app.report import render
from grader.client import Engine
from grader.events import HIDDEN_SUITE
from grader.submission import read_submission


@click.command("submit")
@click.argument("name", required=False)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="Draw the inputs of an earlier grade again.")
def command(name: str | None, seed: int | None) -> None:
    """Grade the open session of NAME, or the latest one, with the hidden checks, and keep the attempt.

    A pass ends the session and rates it. Exit status: 0 passed, 1 not passed, 2 unusable arguments or file, 3 error of the
    grader.
    """
    engine = Engine()  # first, so that it warms up while the rest is read
    try:
        from app.at_zero import late_note
        from app.desk import Desk
        from app.sitting_text import attempt_lines

        with Desk() as desk:
            sitting = desk.the_sitting(name)
            if sitting.session.phase == "ledger":
                click.echo(f"the ledger is still open: drill ledger {sitting.drill.name}", err=True)
            submission = read_submission(str(sitting.file))
            at = sitting.now()
            if note := late_note(sitting):
                click.echo(note, err=True)
            at_zero = sitting.tick() == "submit"
            result = grade_submission(
                engine, submission, sitting.drill, suite=HIDDEN_SUITE, seed=seed, listener=Progress(str(sitting.file))
            )  # fmt: skip
            write_out(render(result, str(sitting.file), gates=sitting.drill.file.rubric.gates))
            recorded = sitting.record_attempt(result, submission.source, at_zero=at_zero, at=at)
            lines = attempt_lines(sitting, recorded)
            if recorded.session.over:
                lines.append(f"  the reference: drill solution {sitting.drill.name} --diff")
            write_out("\n" + "\n".join(lines) + "\n")
    finally:
        engine.close()
    sys.exit(result.exit_status)
