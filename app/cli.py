"""The command line. Commands are imported when they are called, so that none pays for another's imports."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from app.commands import COMMANDS


class LazyGroup(click.Group):
    """A group that knows its commands by name and one line, and imports one when it is used."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"app.commands.{COMMANDS[name].module}")
        command: click.Command = module.command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="drill-trainer", prog_name="drill")
@click.pass_context
def drill(context: click.Context) -> None:
    """Timed, auto-graded coding drills for ML-engineering interviews.

    Write the tensor or resource ledger first, then the code; grade it with hidden checks. Without a command, the app opens.
    """
    if context.invoked_subcommand is None:
        from app.tui import launch

        sys.exit(launch())


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; errors of ours end as one clear message and a documented exit status."""
    from grader.errors import CatalogueError, DrillError, GraderError

    try:
        return drill.main(args=arguments, prog_name="drill", standalone_mode=True)
    except DrillError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(3 if isinstance(error, GraderError) or type(error) is CatalogueError else 2)
    except BrokenPipeError:
        sys.stderr.close()  # the reader is gone; say nothing about it
        sys.exit(1)


if __name__ == "__main__":
    main()
