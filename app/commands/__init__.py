"""The commands of `drill`, one module each, and the one line that `drill --help` shows of each."""

from typing import NamedTuple


class Entry(NamedTuple):
    module: str
    summary: str


COMMANDS = {
    "list": Entry("list_drills", "Show the decks, their drills and estimation rounds."),
    "show": Entry("show", "Show a drill's prompt, starter, ledger or card."),
    "start": Entry("start", "Start the clock on a drill, or take up its open session."),
    "ledger": Entry("ledger", "Fill in the ledger of an open session."),
    "status": Entry("status", "Show open sessions, what is due and what comes next."),
    "run": Entry("run", "Run the public checks of a drill on a file."),
    "watch": Entry("watch", "Run the public checks at every save."),
    "submit": Entry("submit", "Grade the open session's file with the hidden checks."),
    "grade": Entry("grade", "Grade files with the hidden checks."),
    "estimate": Entry("estimate", "Work out quantities against the clock, with fresh numbers each time."),
    "hint": Entry("hint", "Show one of a drill's three hints."),
    "pause": Entry("pause", "Stop the clock of an open session."),
    "solution": Entry("solution", "Show the reference, after a pass or giving up."),
    "rate": Entry("rate", "Give the last practice of a drill or card another rating."),
    "interview": Entry("interview", "A mock interview: estimation, code, design; one clock, a report."),
    "cards": Entry("cards", "Recall a card: question, your answer, ours, a rating."),
    "stats": Entry("stats", "Show scores and times, what costs points, reviews to come."),
    "history": Entry("history", "List the attempts, or print one."),
    "settings": Entry("settings", "Show or change the settings."),
    "export": Entry("export", "Write the record of practice as JSON."),
    "import": Entry("import_record", "Merge an export into the record of practice."),
    "new": Entry("new", "Write the files of a new drill."),
    "check": Entry("check", "Prove drills sound, or say what is missing."),
    "serve": Entry("serve", "Serve the app to a browser on this machine."),
    "doctor": Entry("doctor", "Show versions, isolation and devices of this machine."),
}
