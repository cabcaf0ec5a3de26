# drill: exposed_communication
"""Differs in kind: a dataclass whose properties build on one another."""
from dataclasses import dataclass


@dataclass
class Step:
    compute_s: float
    comm_s: float
    overlap: float

    def __post_init__(self):
        if min(self.compute_s, self.comm_s) < 0:
            raise ValueError("a time is negative")
        if not 0 <= self.overlap <= 1:
            raise ValueError("overlap outside [0, 1]")

    @property
    def exposed_comm_s(self):
        left = self.comm_s - self.overlap * self.compute_s
        return left if left > 0 else 0.0

    @property
    def step_s(self):
        return self.compute_s + self.exposed_comm_s

    @property
    def comm_bound_fraction(self):
        return self.exposed_comm_s / self.step_s if self.step_s else 0.0


def step_time_lower_bound(compute_s, comm_s, overlap):
    step = Step(compute_s, comm_s, overlap)
    return {name: getattr(step, name) for name in ("exposed_comm_s", "step_s", "comm_bound_fraction")}
