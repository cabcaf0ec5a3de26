"""The commands of `drill`, one module each, and the one line that `drill --help` shows of each."""

from typing import NamedTuple


class Entry(NamedTuple):
    module: str
    summary: str


COMMANDS = {
    "list": Entry("list_drills", "Show the decks, their drills and estimation rounds."),
    "show": Entry("show", "Show a drill's prompt, starter, ledger or card."),
    "run": Entry("run", "Run the public checks of a drill on a file."),
    "grade": Entry("grade", "Grade files with the hidden checks."),
    "estimate": Entry("estimate", "Work out quantities against the clock, with fresh numbers each time."),
    "hint": Entry("hint", "Show one of a drill's three hints."),
    "new": Entry("new", "Write the files of a new drill."),
    "check": Entry("check", "Prove drills sound, or say what is missing."),
    "doctor": Entry("doctor", "Show versions, isolation and devices of this machine."),
}
