"""`drill watch`."""

from __future__ import annotations

import sys
import time

import click

from app.commands.grade import write_out
from app.grading import grade_submission
from app.report import render
from grader.client import Engine
from grader.events import HIDDEN_SUITE, PUBLIC_SUITE
from grader.result import Result
from grader.submission import UnusableFile, read_submission

LIFE_EVERY_S = 15.0


@click.command("watch")
@click.argument("name", required=False)
@click.option("--once", is_flag=True, help="End after the first save.")
def command(name: str | None, once: bool) -> None:
    """Run the public checks at every save of the file of NAME's open session, or of the latest one. Ctrl-C ends it.

    In a strict session the file is submitted when the time is over. The clock goes on after Ctrl-C; `drill pause` stops it.
    """
    engine = Engine()
    try:
        from app.at_zero import late_note
        from app.desk import Desk
        from app.sitting import Sitting
        from app.sitting_text import clock_line, over_lines
        from app.workspace import watch_sync

        def judge(sitting: Sitting, suite: str) -> Result | None:
            try:
                submission = read_submission(str(sitting.file))
                result = grade_submission(engine, submission, sitting.drill, suite=suite, seed=None)
            except UnusableFile as error:
                click.echo(f"{time.strftime('%H:%M:%S')}  {error}", err=True)
                return None
            if suite == PUBLIC_SUITE:
                sitting.record_run(result)
            else:
                recorded = sitting.record_attempt(result, submission.source, at_zero=True)
                report = render(result, str(sitting.file), gates=sitting.drill.file.rubric.gates)
                write_out(report + "\n".join(over_lines(sitting, recorded.review)) + "\n")
            return result

        with Desk() as desk:
            sitting = desk.the_sitting(name)
            click.echo(f"watching {sitting.file}\n{clock_line(sitting)}", err=True)
            alive = 0.0
            for version in watch_sync(sitting.file):
                sitting.refresh()
                if sitting.session.over:
                    click.echo("the session is over", err=True)
                    break
                if time.monotonic() - alive > LIFE_EVERY_S:
                    sitting.sign_of_life()
                    alive = time.monotonic()
                match sitting.tick():
                    case "submit":
                        click.echo(late_note(sitting) or "the time is over: submitting what is there", err=True)
                        if judge(sitting, HIDDEN_SUITE) is None:
                            break
                        continue
                    case "over":
                        click.echo(f"\a{clock_line(sitting)}", err=True)
                if version is None or (result := judge(sitting, PUBLIC_SUITE)) is None:
                    continue
                report = "" if result.passed else render(result, sitting.file.name, scored=False)
                write_out(f"{summary(result)}\n{report}{clock_line(sitting)}\n")
                if once:
                    break
    except KeyboardInterrupt:
        click.echo(err=True)
    finally:
        engine.close()
    sys.exit(0)


def summary(result: Result) -> str:
    """`saved 12:01:07, 4 of 5 public checks pass`."""
    passed, total = result.counted
    count = f"{passed} of {total} public checks pass" if total else result.verdict
    return f"saved {time.strftime('%H:%M:%S')}, {count}"


