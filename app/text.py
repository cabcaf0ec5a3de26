"""Text for people on standard output: Markdown, cards and ledgers. Good at 80 columns and without colour."""

from __future__ import annotations

import shutil
import sys
import textwrap

import click

from grader.catalogue import Card, Ledger

MAX_WIDTH = 100


def width() -> int:
    """Columns to write in: the terminal's, at most 100."""
    return min(shutil.get_terminal_size((80, 24)).columns, MAX_WIDTH)


def count(number: int, what: str) -> str:
    """`1 attempt`, `2 attempts`."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def wrap(text: str, indent: str = "", first: str | None = None) -> str:
    """Paragraph text at the terminal's width; lines of the text stay lines."""
    lines = []
    for number, line in enumerate(text.splitlines() or [""]):
        lead = first if first is not None and number == 0 else indent
        lines.append(textwrap.fill(line, width(), initial_indent=lead, subsequent_indent=indent,
                                   break_long_words=False, break_on_hyphens=False))  # fmt: skip
    return "\n".join(lines)


def show_markdown(text: str, raw: bool = False) -> None:
    """Rendered on a terminal, as written elsewhere."""
    if raw or not sys.stdout.isatty():
        click.echo(text.rstrip("\n"))
        return
    from rich.console import Console  # 50 ms
    from rich.markdown import Markdown

    Console(width=width()).print(Markdown(text, code_theme="ansi_dark"))


def write_ledger_rows(ledger: Ledger) -> None:
    """What the person should write down first."""
    if not ledger.rows:
        return
    click.secho("\nLedger (write these down first, as expressions in LEDGER)", bold=True)
    name_width = max(len(row.name) for row in ledger.rows)
    for row in ledger.rows:
        click.echo(wrap(row.asks, " " * (name_width + 4), f"  {row.name:<{name_width}}  "))
    symbols = "; ".join(f"{name} {symbol.means}" for name, symbol in ledger.symbols.items())
    click.echo(wrap(symbols, "    ", "  with "))


def show_card(card: Card) -> None:
    click.secho(f"Card {card.number}: {card.title}\n", bold=True)
    click.echo(wrap(card.question) + "\n")
    click.echo(wrap(card.answer))
    if card.table is not None:
        from rich.console import Console  # 50 ms
        from rich.table import Table

        table = Table(*card.table.columns, title_justify="left")
        for row in card.table.rows:
            table.add_row(*row)
        click.echo()
        Console(width=width()).print(table)
    click.secho("\nA good answer names", bold=True)
    for item in card.checklist:
        click.echo(wrap(item, "      ", "  [ ] "))
