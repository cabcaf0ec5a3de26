"""`drill new`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from app.catalogue import open_drills, own_folders
from grader.authoring.scaffold import parse_signature, scaffold
from grader.catalogue import PATH_VARIABLE


@click.command("new")
@click.argument("where", metavar="DECK/NAME")
@click.option("--from-signature", "signature", metavar="TEXT", help='"def f(x: Tensor) -> Tensor": fills in what it can.')
@click.option("--in", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help=f"Where drills/ and solutions/ are or shall be; else the first of {PATH_VARIABLE}, else here.")  # fmt: skip
def command(where: str, signature: str | None, folder: Path | None) -> None:
    """Write the files of a new drill, complete but for its substance. Nothing is ever overwritten."""
    deck, slash, name = where.partition("/")
    if not slash:
        raise click.BadParameter(f"{where!r} is not DECK/NAME")
    own = [part for part in os.environ.get(PATH_VARIABLE, "").split(os.pathsep) if part]
    root = folder or (Path(own[0]).expanduser() if own else Path.cwd())
    taken = {drill.name: drill for drill in open_drills(coming=root)}
    if name in taken:
        raise click.BadParameter(f"there is a drill {name} already, in {taken[name].folder}")
    written = scaffold(root, deck, name, parse_signature(signature) if signature else None)
    for path in written:
        click.echo(path)
    known = str(root) in own or root.expanduser().absolute() in own_folders() or root == open_drills().roots[0]
    hint = "" if known else f"{PATH_VARIABLE}={root} "
    click.echo(f"\nnext: write its substance, then {hint}drill check {name}", err=True)
