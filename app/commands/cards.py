"""`drill cards`."""

from __future__ import annotations

import sys
import time

import click

from app.desk import Desk
from app.errors import Refused
from app.practice.rating import Rating
from app.practice.schedule import due_text
from app.text import show_card, wrap
from grader.catalogue import Deck


@click.command("cards")
@click.argument("name", required=False, metavar="[DECK]")
@click.option("--list", "listing", is_flag=True, help="Show the cards and when they are due.")
def command(name: str | None, listing: bool) -> None:
    """Recall a card: the question, your answer, then ours with its table and checklist, and a rating from 1 to 4.

    DECK is a deck's name or the number of its card; without it the card that is due longest, or the next new one.
    """
    with Desk() as desk:
        if listing:
            show_cards(desk)
            return
        deck = find_deck(desk, name)
        card = deck.card
        click.secho(f"Card {card.number}: {card.title}\n", bold=True)
        click.echo(wrap(card.question))
        click.echo("\nSay or type your answer; an empty line ends it.", err=True)
        started_s = time.monotonic()
        own = "\n".join(iter(read_line, ""))
        seconds = time.monotonic() - started_s
        click.echo()
        show_card(card)
        question = "\nHow well did you know it? 1 again, 2 hard, 3 good, 4 easy"
        number = click.prompt(question, type=click.IntRange(1, 4), err=True)
        click.echo(desk.record_recall(deck.name, Rating(number), own_answer=own, seconds=seconds).text)


def read_line() -> str:
    """A line of the person's answer; empty at its end."""
    return sys.stdin.readline().rstrip("\n")


def find_deck(desk: Desk, name: str | None) -> Deck:
    """By name, by number, or the best one to recall now. Raises Refused."""
    decks = desk.catalogue.decks
    if name is None:
        due = desk.due_of("card")
        return min(decks, key=lambda deck: (deck.name not in due, due.get(deck.name, desk.today()), deck.card.number))
    for deck in decks:
        if name in (deck.name, str(deck.card.number)):
            return deck
    raise Refused(f"there is no card {name!r}\nhint: cards are {', '.join(deck.name for deck in decks)}")


def show_cards(desk: Desk) -> None:
    due = desk.due_of("card")
    width = max(len(deck.name) for deck in desk.catalogue.decks)
    for deck in desk.catalogue.decks:
        when = due_text(due[deck.name], desk.today()) if deck.name in due else "new"
        click.echo(f"  {deck.card.number:>2}  {deck.name:<{width}}  {deck.card.title}  ({when})")


