"""`drill hint`."""

from __future__ import annotations

import click

from app.catalogue import open_drills
from app.home import Home
from app.text import show_markdown


@click.command("hint")
@click.argument("name")
@click.option("--level", type=click.IntRange(1, 3), help="1 is a nudge, 2 the idea, 3 almost the code; else the next one.")
def command(name: str, level: int | None) -> None:
    """Show one of the three hints of the drill NAME. In an open session it costs points, once."""
    hints = open_drills().find(name).file.hints
    if Home.find().store_path.exists() and session_hint(name, level):
        return
    level = level or 1
    show_markdown(hints[level - 1])
    if level < len(hints):
        click.echo(f"\nmore: drill hint {name} --level {level + 1}", err=True)


def session_hint(name: str, level: int | None) -> bool:
    """Take the hint in the drill's open session; False where there is none."""
    from app.desk import Desk
    from app.practice.costs import hint_cost
    from app.sitting_text import hint_offer

    with Desk() as desk:
        sitting = desk.sitting_of_drill(name)
        if sitting is None:
            return False
        taken = sitting.session.hints
        level = level or min(taken + 1, 3)
        text = sitting.hint(level)
        show_markdown(text)
        cost = f"that cost {hint_cost(taken, level)} points" if level > taken else "paid for already"
        click.echo(f"\n{cost}; {hint_offer(max(taken, level))}", err=True)
    return True
