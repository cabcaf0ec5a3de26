# drill: measured_speculation
"""Differs in kind: a dataclass per round that checks itself, and sums of its properties by fsum."""
from dataclasses import dataclass
from math import fsum


@dataclass(frozen=True)
class Round:
    proposed: int
    accepted: int
    draft_ms: float
    verify_ms: float
    rollback_ms: float

    def __post_init__(self):
        if self.accepted not in range(self.proposed + 1):
            raise ValueError(f"accepted = {self.accepted} of {self.proposed}")
        if any(time < 0 for time in self.times):
            raise ValueError(f"negative time among {self.times}")

    @property
    def times(self):
        return self.draft_ms, self.verify_ms, self.rollback_ms

    @property
    def emitted(self):
        return self.accepted + 1


def summarize_speculation(rounds, baseline_ms_per_token):
    names = Round.__dataclass_fields__
    trace = [Round(*(one[name] for name in names)) for one in rounds]
    if not trace:
        raise ValueError("empty trace")
    if not baseline_ms_per_token > 0:
        raise ValueError("baseline must be above 0")
    elapsed = fsum(time for one in trace for time in one.times)
    if not elapsed:
        raise ValueError("total time is 0")
    emitted = sum(one.emitted for one in trace)
    proposed = sum(one.proposed for one in trace)
    return {
        "acceptance_rate": (emitted - len(trace)) / proposed if proposed else 0.0,
        "tokens_per_round": emitted / len(trace),
        "ms_per_token": elapsed / emitted,
        "speedup": baseline_ms_per_token / (elapsed / emitted),
    }
