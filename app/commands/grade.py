"""`drill grade`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.catalogue import open_drills
from app.grading import Progress, grade_file
from app.recording import record
from app.report import render
from grader.client import Engine
from grader.events import HIDDEN_SUITE
from grader.result import Result
from grader.sandbox.layers import LAYER_NAMES


def refuse_cuda(context: click.Context, parameter: click.Parameter, device: str) -> str:
    if device == "cuda":
        raise click.BadParameter(
            "a real GPU cannot be used yet, because the confinement of submissions keeps it away\n"
            "hint: the GPU checks run on the simulated GPU; leave the option out"
        )
    return device


@click.command("grade")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--drill", "named", metavar="NAME", help="The drill; else the file's line `# drill: NAME`, or its name.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="json is one object a line, in the order of the files.")  # fmt: skip
@click.option("--output", type=click.Path(dir_okay=False), metavar="PATH", help="Write there and not to standard output.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="Draw the inputs of an earlier grade again.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True,
              callback=refuse_cuda, expose_value=False,
              help="Where the GPU checks run: on the simulated GPU (cpu); a real one cannot be used yet.")  # fmt: skip
@click.option("--require-isolation", is_flag=True, help="Do not run a file unless every layer of isolation holds.")
def command(
    files: tuple[str, ...], named: str | None, form: str, output: str | None, seed: int | None,
    require_isolation: bool,
) -> None:  # fmt: skip
    """Grade FILE with the hidden checks of its drill.

    Exit status: 0 passed, 1 not passed, 2 unusable arguments or file, 3 error of the grader.
    """
    engine = Engine()  # first, so that it warms up while the rest is read
    try:
        catalogue = open_drills()
        if named is not None:
            catalogue.find(named)
        results = []
        texts = []
        for path in files:
            result = grade_file(
                engine, path, catalogue, named=named, suite=HIDDEN_SUITE, seed=seed,
                required_layers=LAYER_NAMES if require_isolation else (), listener=Progress(path),
            )  # fmt: skip
            results.append(result)
            for line in record(path, result, hidden=True):
                click.echo(line, err=True)
            gates = catalogue.find(result.drill).file.rubric.gates if result.families else {}
            texts.append(result.to_json().decode() + "\n" if form == "json" else render(result, path, gates=gates))
            if output is None:
                write_out(texts[-1] if form == "json" or len(files) == 1 or path == files[-1] else texts[-1] + "\n")
        if output is not None:
            write_file(output, "".join(texts))
    finally:
        engine.close()
    sys.exit(exit_status(results))


def exit_status(results: list[Result]) -> int:
    """The worst of all: 3 over 2 over 1 over 0."""
    return max(result.exit_status for result in results)


def write_out(text: str) -> None:
    click.echo(text, nl=False)
    sys.stdout.flush()


def write_file(path: str, text: str) -> None:
    try:
        Path(path).write_text(click.unstyle(text), encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"cannot write {path}: {error.strerror or error}") from error
