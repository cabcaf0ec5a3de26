"""Public checks of invalidate_allreduce_bound_claim: they help while you write and decide nothing."""

import math

import pytest

from grader.suite import assert_same

STEADY = {
    "step_ms": 400.0,
    "compute_ms": 260.0,
    "data_wait_ms": 10.0,
    "comm_ms": 250.0,
    "straggler_wait_ms": 20.0,
    "overlapped_comm_ms": 120.0,
}
UNKNOWN = {"verdict": "insufficient", "bottleneck": "unknown"}


def steady(steps, **changes):
    """The same values in every step."""
    return {name: [value] * steps for name, value in {**STEADY, **changes}.items()}


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    telemetry = steady(11)
    telemetry["comm_ms"][5] = math.nan
    expected = {"verdict": "confirmed", "bottleneck": "all_reduce"}
    assert_same(submission.judge_allreduce_bound(telemetry), expected, what="with 8 usable steps, the answer")
    telemetry["step_ms"][6] = math.nan
    assert_same(submission.judge_allreduce_bound(telemetry), UNKNOWN, what="with 7 usable steps, the answer")


@pytest.mark.check("numerics")
def test_a_late_rank_invalidates_the_claim(submission):
    expected = {"verdict": "invalidated", "bottleneck": "straggler"}
    answer = submission.judge_allreduce_bound(steady(11, straggler_wait_ms=120.0))
    assert_same(answer, expected, what="the answer")


@pytest.mark.check("numerics")
def test_noisy_steps_match_the_reference(submission, reference, draw):
    for changes in ({"data_wait_ms": 130.0, "comm_ms": 150.0}, {"comm_ms": 150.0}, {"comm_ms": 260.0}):
        telemetry = steady(20, **changes)
        for name in telemetry:
            telemetry[name] = [value * draw.float(0.99, 1.01) for value in telemetry[name]]
        expected = reference.judge_allreduce_bound(telemetry)
        assert_same(submission.judge_allreduce_bound(telemetry), expected, what=f"with {changes}, the answer")


@pytest.mark.check("contract")
def test_a_missing_signal_is_insufficient(submission):
    telemetry = steady(20)
    del telemetry["compute_ms"]
    assert_same(submission.judge_allreduce_bound(telemetry), UNKNOWN, what="without compute_ms, the answer")
