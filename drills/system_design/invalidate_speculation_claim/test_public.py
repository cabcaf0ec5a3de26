"""Public checks of invalidate_speculation_claim: they help while you write and decide nothing."""

import pytest

from grader.suite import assert_same

SIGNALS = ("speculative", "batch_size", "tokens_per_s", "acceptance_rate", "draft_share", "greedy_mismatch")
UNKNOWN = {"verdict": "insufficient", "bottleneck": "unknown"}


def example(on=((1, 140.0), (8, 780.0), (32, 500.0)), off=((1, 100.0), (8, 600.0), (32, 1000.0)), **changes):
    """Two warm-up windows, then three rounds over the sizes with both arms."""
    shares = {"acceptance_rate": 0.7, "draft_share": 0.2, "greedy_mismatch": 0.0, **changes}
    rows = [[1.0, float(size), rate, *shares.values()] for size, rate in on]
    rows += [[0.0, float(size), rate, 0.0, 0.0, 0.0] for size, rate in off]
    rows = rows[:2] + rows * 3
    return {name: [row[place] for row in rows] for place, name in enumerate(SIGNALS)}


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    expected = {"verdict": "confirmed", "bottleneck": "none"}
    assert_same(submission.judge_speculation(example()), expected, what="the answer")
    slower = example(on=((1, 140.0), (8, 360.0), (32, 500.0)))
    expected = {"verdict": "invalidated", "bottleneck": "batching"}
    assert_same(submission.judge_speculation(slower), expected, what="with 360 tokens/s on at size 8, the answer")
    other_size = example(on=((1, 140.0), (7, 780.0), (32, 500.0)))
    assert_same(submission.judge_speculation(other_size), UNKNOWN, what="with 6 matched windows on, the answer")


@pytest.mark.check("numerics")
def test_changed_tokens_refute_a_faster_run(submission):
    expected = {"verdict": "invalidated", "bottleneck": "correctness"}
    assert_same(submission.judge_speculation(example(greedy_mismatch=0.01)), expected, what="the answer")


@pytest.mark.check("numerics")
def test_slow_runs_match_the_reference(submission, reference):
    for changes in ({"acceptance_rate": 0.2}, {"draft_share": 0.6}, {"acceptance_rate": 0.2, "draft_share": 0.6}):
        telemetry = example(on=((1, 70.0), (8, 300.0), (32, 500.0)), **changes)
        expected = reference.judge_speculation(telemetry)
        assert_same(submission.judge_speculation(telemetry), expected, what=f"with {changes}, the answer")


@pytest.mark.check("contract")
def test_a_missing_signal_is_insufficient(submission):
    telemetry = example()
    del telemetry["greedy_mismatch"]
    assert_same(submission.judge_speculation(telemetry), UNKNOWN, what="without greedy_mismatch, the answer")
