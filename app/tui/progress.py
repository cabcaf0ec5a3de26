"""How far a grade is, from its events: families and counts while the checks come in. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.content import Content

from app.tui.verdict import joined
from grader import events
from grader.catalogue import FAMILIES


@dataclass
class Progress:
    """What the events told so far."""

    family_of: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    running: str = ""
    started: bool = False

    def add(self, event: events.GradeEvent) -> None:
        match event:
            case events.Started():
                self.started = True
            case events.Collected(checks=checks):
                self.family_of = {check.id: check.family for check in checks}
            case events.CheckStarted(id=running):
                self.running = running
            case events.CheckFinished(id=done, outcome=outcome):
                self.outcomes[done] = outcome

    def text(self) -> Content:
        """A line for each family that has checks."""
        if not self.family_of:
            return Content("loading your file ..." if self.started else "waiting for the engine ...")
        now = f", now {self.running}" if self.running else ""
        lines = [Content(f"{len(self.outcomes)} of {len(self.family_of)} checks{now}")]
        for family in FAMILIES:
            mine = [name for name, of in self.family_of.items() if of == family]
            if not mine:
                continue
            done = [self.outcomes[name] for name in mine if name in self.outcomes]
            failed = done.count("failed")
            word, colour = ("FAIL", "$error") if failed else ("PASS", "$success") if len(done) == len(mine) else ("    ", "")
            row = f"  {family:<11} {len(done) - failed} of {len(mine)}" + (f", {failed} failed" if failed else "")
            lines.append(Content.assemble("  ", (word, f"bold {colour}"), row))
        return joined(lines)
