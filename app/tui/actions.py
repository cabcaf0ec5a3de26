"""Every action of the app, once: its keys, its words and where it applies.

Bindings, footer, command palette, help and the key settings are all made from this table. No default needs a terminal
with the Kitty protocol: function keys, letters where no text field has the focus, and a few ctrl chords that every
terminal passes on. Each action can be had from the palette (ctrl+p) and by mouse in the footer, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from textual.binding import Binding, BindingType


class Action(NamedTuple):
    """One thing that a person can do."""

    id: str
    """Names it in settings (`[keys]`), as `scope.name`. The screen of that scope has a method `action_<name>`."""
    keys: str
    """Default keys, separated by commas."""
    label: str
    """One or two words, for the footer."""
    help: str
    """A sentence, for the help screen and the palette."""
    footer: bool = True
    priority: bool = False
    """Works while a text field has the focus, before the field sees the key."""

    @property
    def scope(self) -> str:
        return self.id.partition(".")[0]

    @property
    def name(self) -> str:
        return self.id.partition(".")[2]


SCOPES = {
    "app": "Everywhere",
    "home": "Home",
    "deck": "A deck",
    "drill": "A drill",
    "editor": "The built-in editor",
    "result": "A result",
    "reference": "The reference",
    "card": "A card",
    "estimation": "An estimation round",
    "statistics": "Statistics",
    "settings": "Settings",
    "interview": "A mock interview",
}

ACTIONS: tuple[Action, ...] = (
    Action("app.help", "f1", "Help", "Show every key of this screen and what it does.", priority=True),
    Action("app.quit", "ctrl+q", "Quit", "Leave. Everything is kept, and a running clock is paused.", False, True),
    Action("home.start", "enter", "Start", "Start the next best thing, or what is marked in the list."),
    Action("home.decks", "d", "Decks", "Go to the list of decks."),
    Action("home.statistics", "s", "Statistics", "Score and time per deck, what costs points, and what comes due."),
    Action("home.interview", "i", "Interview", "Sit a mock interview: one clock, three parts, no hints."),
    Action("home.settings", "comma", "Settings", "Theme, way of writing, mode and keys."),
    Action("home.leave", "q", "Quit", "Leave the app."),
    Action("deck.card", "c", "Card", "Recall this deck's card."),
    Action("deck.back", "escape,q", "Back", "Back to home."),
    Action("drill.turn", "f2", "Turn", "Turn between the prompt and the work, or move between them.", priority=True),
    Action("drill.hint", "f3", "Hint", "Take the next hint. Its cost is shown before.", priority=True),
    Action("drill.card", "f4", "Card", "Show the card of this deck.", priority=True),
    Action("drill.run", "f5,ctrl+r", "Run", "Run the public checks, or grade the ledger.", priority=True),
    Action("drill.pause", "f8", "Pause", "Stop the clock. Prompt and code are hidden meanwhile.", priority=True),
    Action("drill.submit", "f9", "Submit", "Grade with the hidden checks.", priority=True),
    Action("drill.open_editor", "ctrl+o", "Editor", "Open the file in your own editor, in this terminal.", False, True),
    Action("drill.writing", "ctrl+t", "Writing", "Choose how to write: built in, own editor here or beside.", False, True),
    Action("drill.skip", "ctrl+n", "Skip ledger", "Go on to the code without the ledger, at its cost.", False, True),
    Action("drill.give_up", "ctrl+g", "Give up", "End the session and see the reference. Asks first.", True, True),
    Action("drill.put_away", "ctrl+l", "Put away", "End the session without a verdict. Asks first.", False, True),
    Action("drill.back", "escape", "Home", "Pause and go home; from inside the editor, leave the editor first."),
    Action("editor.comment", "ctrl+underscore,ctrl+slash", "Comment", "Comment the lines out, or in again.", False),
    Action("editor.dedent", "shift+tab", "Dedent", "Move the lines one step to the left.", False),
    Action("result.back", "escape", "Back", "Back to the drill; while checks run, stop grading."),
    Action("result.again", "r", "Try again", "Back to the code, or a fresh session when this one is over."),
    Action("result.reference", "d", "Reference", "Your file beside the reference. After a pass or giving up only."),
    Action("result.next", "n", "Next", "Start the next best thing."),
    Action("result.checks", "c", "All checks", "Show every check, or the families again."),
    Action("result.rate", "o", "Rating", "Change the rating that decides when this comes back."),
    Action("result.home", "h", "Home", "Go home.", False),
    Action("reference.back", "escape,q,d", "Back", "Back to the result."),
    Action("card.answer", "f9,ctrl+r", "Answer", "Show the answer, and rate the recall.", priority=True),
    Action("card.back", "escape", "Back", "Leave the card without a rating."),
    Action("estimation.grade", "f9,f5,ctrl+r", "Grade", "Grade the rows, each within one percent.", priority=True),
    Action("estimation.again", "f6", "New numbers", "The same round with fresh numbers.", priority=True),
    Action("estimation.back", "escape", "Back", "Leave the round."),
    Action("statistics.back", "escape,q", "Back", "Back to home."),
    Action("settings.back", "escape", "Back", "Back. Every choice is kept at once."),
    Action("interview.go_on", "enter,f9", "Go on", "Begin, or go on to the next part."),
    Action("interview.stop", "ctrl+g", "End it", "End the interview where it stands. Asks first."),
    Action("interview.back", "escape", "Home", "Home. The interview's clock goes on."),
)
BY_ID = {action.id: action for action in ACTIONS}


def of_scope(*scopes: str) -> Iterator[Action]:
    """The actions of these scopes, in the table's order."""
    return (action for action in ACTIONS if action.scope in scopes)


def bindings(scope: str) -> list[BindingType]:
    """What a screen, a widget or the app binds."""
    return [
        Binding(
            action.keys, action.name, action.label, show=action.footer, priority=action.priority, id=action.id,
            tooltip=action.help,
        )
        for action in of_scope(scope)
    ]  # fmt: skip


def keymap(changes: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Textual's keymap of the person's changes, and in words what cannot be had.

    Args:
        changes: Action id -> keys, separated by commas, as settings.toml has them.
    """
    kept, problems = {}, []
    for name, keys in changes.items():
        if name not in BY_ID:
            problems.append(f"settings name an action {name!r}, which there is not; F1 shows all")
        elif not keys.strip():
            problems.append(f"settings give {name} no key; it keeps {BY_ID[name].keys}")
        else:
            kept[name] = ",".join(part.strip() for part in keys.split(","))
    for one, other, key in clashes(kept):
        problems.append(f"{one} and {other} both want the key {key}; the palette (ctrl+p) has both")
    return kept, problems


def clashes(changes: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Pairs of actions that would meet on one key in one place."""
    taken: dict[tuple[str, str], str] = {}
    for action in ACTIONS:
        for key in changes.get(action.id, action.keys).split(","):
            for scope in SCOPES if action.scope == "app" else (action.scope, "app"):
                holder = taken.get((scope, key))
                if holder is not None and holder != action.id and scope == action.scope:
                    yield holder, action.id, key
            taken[action.scope, key] = action.id
            if action.scope == "app":
                taken.update({(scope, key): action.id for scope in SCOPES})


def key_words(keys: str) -> str:
    """Keys as people write them: `F5 or ctrl+r`."""
    names = {"comma": ",", "ctrl+underscore": "ctrl+/", "ctrl+slash": "ctrl+/", "escape": "esc"}
    shown = [names.get(key, key.upper() if key[:1] == "f" and key[1:].isdigit() else key) for key in keys.split(",")]
    return " or ".join(dict.fromkeys(shown))
