"""`drill interview`."""

from __future__ import annotations

import sys

import click

from app.estimating import ask, result_text, scenario_text
from app.grading import Progress, grade_submission
from app.interviewing import Interviewing
from app.practice.clock import duration_text, left_text
from app.practice.interview import SHARES, TITLES, Interview
from app.report import render
from app.text import show_markdown, wrap
from grader.client import Engine
from grader.events import HIDDEN_SUITE
from grader.submission import UnusableFile, read_submission


@click.command("interview")
@click.option("--minutes", type=int, default=45, show_default=True, help="Of the whole.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="Ask what an earlier interview asked.")
@click.option("--stop", is_flag=True, help="End the interview that is on, and show its report.")
def command(minutes: int, seed: int | None, stop: bool) -> None:
    """A mock interview: an estimation round, a code drill, a design drill; one clock, no hints, a report at the end.

    The clock never stops. Called again it takes up the interview that is on. Write the code in your own editor; Enter
    submits it.
    """
    from app.desk import Desk

    engine = Engine()
    try:
        with Desk() as desk:
            holding = Interviewing.take_up(desk)
            if holding is None:
                if stop:
                    raise click.UsageError("no interview is on\nhint: drill interview begins one")
                holding = Interviewing.start(desk, minutes, seed)
            while holding.part is not None and not stop:
                if holding.left_s() <= 0:
                    break
                if not hold_part(holding, engine):
                    click.echo("\nthe clock goes on; `drill interview` goes on, `drill interview --stop` ends it", err=True)
                    return
            click.echo("\n".join(report_lines(holding.stop())))
    finally:
        engine.close()


def hold_part(holding: Interviewing, engine: Engine) -> bool:
    """One part; False when the person leaves."""
    part = holding.part
    assert part is not None
    number = len(holding.interview.done) + 1
    click.secho(
        f"\nPart {number} of {len(holding.interview.parts)}: {TITLES[part.kind]}, about {part.minutes:.0f} minutes; "
        f"{left_text(holding.left_s())} left of all\n", bold=True,
    )  # fmt: skip
    if part.kind == "estimation":
        from grader.estimation.grading import grade

        drawn = holding.round()
        click.echo(scenario_text(drawn), err=True)
        filled = ask(drawn, lambda text: click.echo(text, err=True))
        result = grade(drawn, filled.answers)
        click.echo("\n" + result_text(result, drawn, filled))
        holding.finish_round(result)
        return True
    return hold_drill(holding, engine)


def hold_drill(holding: Interviewing, engine: Engine) -> bool:
    sitting = holding.sitting()
    show_markdown(sitting.drill.read("prompt.md"))
    click.echo(f"\nyour file: {sitting.file}")
    while not sitting.session.over:
        click.echo(f"{left_text(holding.left_s())}; Enter submits, n goes on to the next part, q leaves > ", nl=False, err=True)
        line = sys.stdin.readline()
        over = holding.left_s() <= 0
        if not line or (line.strip() == "q" and not over):
            return False
        if line.strip() == "n" and not over:
            break
        if over:
            click.echo("the time is over: submitting what is there", err=True)
        try:
            at = sitting.now()
            submission = read_submission(str(sitting.file))
            result = grade_submission(
                engine, submission, sitting.drill, suite=HIDDEN_SUITE, seed=None, listener=Progress(str(sitting.file))
            )  # fmt: skip
            click.echo(render(result, str(sitting.file), gates=sitting.drill.file.rubric.gates))
            sitting.record_attempt(result, submission.source, at_zero=over, at=at)
        except UnusableFile as error:
            click.echo(str(error), err=True)
            if over:
                break
    holding.finish_drill(sitting)
    return True


def report_lines(interview: Interview) -> list[str]:
    """The report."""
    lines = ["", click.style(f"Interview: {interview.mark} of 100", bold=True)]
    for number, part in enumerate(interview.parts):
        if number < len(interview.done):
            done = interview.done[number]
            word = "PASS" if done.passed else "FAIL"
            spent = f"{duration_text(done.seconds):>7} of {part.minutes:.0f} min"
            text = f"{word}  {done.score:>3}  {spent}  {part.name}: {done.note}"
        else:
            text = f"----    0  not reached  {part.name}"
        lines.append(wrap(f"{TITLES[part.kind]:<11}{text}", " " * 24, "  "))
    shares = ", ".join(f"{TITLES[part.kind].lower()} {SHARES[part.kind]:.0%}" for part in interview.parts)
    lines.append(wrap(f"weights: {shares}; the same parts again: --seed {interview.seed}", "  ", "  "))
    return lines
