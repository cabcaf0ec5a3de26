"""What a call does beside returning is seen, at every call and also before a refusal."""

from __future__ import annotations

import random
import types

import numpy
import pytest
import torch

from grader import protocol as p
from grader.candidate.calls import Executor

SEEDERS = {
    "torch": lambda: torch.manual_seed(0), "random": lambda: random.seed(0), "numpy": lambda: numpy.random.seed(0),
}  # fmt: skip


def executor(**functions: object) -> Executor:
    module = types.ModuleType("subject")
    module.__dict__.update(functions)
    return Executor(module)


def call(subject: Executor, name: str, *args: object) -> bool:
    """Whether the call is seen to have used the global random state."""
    return subject.invoke(p.Target("module", path=name), args, {}, p.CallOptions()).drew_globally


@pytest.mark.parametrize("name", SEEDERS)
def test_seeding_to_the_same_state_is_seen_at_every_call(name: str) -> None:
    subject = executor(seed=lambda: SEEDERS[name]() and None, rest=lambda: None)

    assert call(subject, "seed")
    assert call(subject, "seed")
    assert not call(subject, "rest")
    assert call(subject, "seed")


@pytest.mark.parametrize("name", SEEDERS)
def test_seeding_first_seen_before_a_refusal_is_seen_later(name: str) -> None:
    def seed(wrong: bool) -> None:
        SEEDERS[name]()
        if wrong:
            raise ValueError

    subject = executor(seed=seed)
    with pytest.raises(ValueError):
        call(subject, "seed", True)

    assert call(subject, "seed", False)


def test_what_only_computes_is_never_blamed() -> None:
    subject = executor(double=lambda x: 2 * x)

    assert not any(call(subject, "double", torch.ones(3)) for _ in range(3))
