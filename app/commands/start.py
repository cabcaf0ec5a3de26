"""`drill start`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

from app.at_zero import AtZero, late_note
from app.desk import Desk
from app.errors import Refused, SettingsError
from app.practice.costs import LEDGER_COST
from app.report import render
from app.settings import Settings
from app.sitting import Sitting
from app.sitting_text import ask_about_absence, ask_ledger, clock_line, hint_offer, over_lines
from app.text import show_markdown, write_ledger_rows
from app.workspace import canonical
from grader.errors import DrillError
from grader.events import HIDDEN_SUITE
from grader.result import Result, unscored
from grader.submission import Submission


@click.command("start")
@click.argument("name")
@click.option("--here", is_flag=True, help="Write the answer file into this folder.")
@click.option("--dir", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="D", help="Write it into D.")
@click.option("--fresh/--keep", default=None,
              help="Begin with the starter (an earlier file is kept beside it), or go on with it.")  # fmt: skip
@click.option("--strict", "mode", flag_value="strict", help="At zero the file is submitted as it is.")
@click.option("--relaxed", "mode", flag_value="relaxed", help="At zero it goes on, and that is noted.")
@click.option("--forgive", is_flag=True, help="Leave out the time since the session was last seen, where that was no pause.")
@click.option("--edit", is_flag=True, help="Open your editor on the file, here; `drill settings editor COMMAND` names it.")
@click.option("--quiet", is_flag=True, help="Print the path of the file alone, and ask nothing.")
def command(
    name: str, here: bool, folder: Path | None, fresh: bool | None, mode: str | None, forgive: bool, edit: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Start the clock on the drill NAME, or take up its open session: writes the starter, asks for the ledger.

    A file of yours is never overwritten. Then write in your editor, with `drill watch` beside it, and `drill submit`.
    """
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not quiet
    with Desk() as desk:
        tell_problems(desk)
        drill = desk.catalogue.find(name)
        where = Path.cwd() if here else folder
        file = where / f"{name}.py" if where is not None else None
        sitting = desk.start(drill, file=file, fresh=fresh, mode=mode)  # type: ignore[arg-type]
        if forgive and sitting.away_s() > 0:
            sitting.forgive_away()
        ask_about_absence(sitting, asks)
        sitting.sign_of_life()
        if quiet:
            click.echo(sitting.file)
            return
        if sitting.tick() == "submit":
            click.echo(f"{late_note(sitting) or 'The time is over.'}\n", err=True)
            with AtZero(sitting, lambda text: judge(text, sitting)) as zero:
                zero.wait()
            tell_end(sitting, zero)
            return
        if file is not None and canonical(file) != sitting.file:
            click.echo(f"this session's file is {sitting.file}, where it was begun", err=True)
        show_markdown(drill.read("prompt.md"))
        created = desk.created
        if created and created.kept:
            click.echo(f"\nyour earlier answer is kept as {created.kept}")
        session = sitting.session
        if session.phase == "ledger" and asks:
            ask_ledger(sitting)
        elif session.phase == "ledger":
            write_ledger_rows(drill.file.ledger)
            click.echo(f"  fill in: drill ledger {name} ROW=EXPRESSION ...")
            click.echo(f"  or skip it for {LEDGER_COST} points: drill ledger {name} --skip")
        click.secho(f"\n{clock_line(sitting)}", bold=True)
        click.echo(f"file    {sitting.file}{'  (as you left it)' if created and created.resumed else ''}")
        click.echo(f"watch   drill watch {name}      public checks at every save")
        click.echo(f"hint    drill hint {name}       {hint_offer(session.hints)}")
        click.echo(f"submit  drill submit {name}     pause: drill pause; give up: drill solution {name} --give-up")
        if edit:
            open_editor(sitting, desk.settings)


def open_editor(sitting: Sitting, settings: Settings) -> None:
    """Wait for the person's editor; the clock goes on, also when that cannot be started. At zero strict mode submits."""
    editor = settings.editor_command()
    try:
        with AtZero(sitting, lambda text: judge(text, sitting)) as zero:
            subprocess.run([*editor, str(sitting.file)], check=False)
    except OSError as error:
        raise SettingsError(f"the editor {editor[0]!r} cannot be started: {error.strerror}\n"
                            "hint: drill settings editor COMMAND") from error  # fmt: skip
    if zero.result is None:
        click.echo(clock_line(sitting))
        return
    click.echo("The time was over while your editor was open: what the file held then was submitted.\n", err=True)
    tell_end(sitting, zero)


def judge(submission: Submission, sitting: Sitting) -> Result:
    """The hidden suite on a text."""
    from app.grading import grade_submission
    from grader.client import Engine

    try:
        with Engine() as engine:
            return grade_submission(engine, submission, sitting.drill, suite=HIDDEN_SUITE, seed=None)
    except DrillError as error:
        return unscored(sitting.drill.name, "grader_error", str(error))


def tell_end(sitting: Sitting, zero: AtZero) -> None:
    """How strict mode ended the session. Raises Refused where it could not."""
    if zero.result is None or zero.recorded is None:
        raise Refused(f"nothing was judged\nhint: drill submit {sitting.drill.name}")
    click.echo(render(zero.result, str(sitting.file)))
    click.echo("\n".join(over_lines(sitting, zero.recorded.review)))
    click.echo(f"  the reference: drill solution {sitting.drill.name} --diff")


def tell_problems(desk: Desk) -> None:
    """Say what is wrong with the settings; the defaults hold there."""
    for problem in desk.settings_problems:
        click.echo(f"warning: {problem}", err=True)
