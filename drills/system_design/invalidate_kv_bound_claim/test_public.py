"""Public checks of invalidate_kv_bound_claim: they help while you write and decide nothing."""

import math

import pytest

from grader.suite import assert_same

STEADY = {
    "hbm_bytes_per_s": 2.7e12,
    "hbm_peak_bytes_per_s": 3.0e12,
    "kv_bytes_per_s": 1.8e12,
    "sm_busy": 0.3,
    "gpu_idle": 0.05,
    "running_requests": 16.0,
}
UNKNOWN = {"verdict": "insufficient", "bottleneck": "unknown"}


def steady(windows, **changes):
    """The same values in every window."""
    return {name: [value] * windows for name, value in {**STEADY, **changes}.items()}


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    telemetry = steady(11)
    telemetry["sm_busy"][5] = math.nan
    expected = {"verdict": "confirmed", "bottleneck": "kv_reads"}
    assert_same(submission.judge_kv_bound(telemetry), expected, what="with 8 usable windows, the answer")
    telemetry["gpu_idle"][6] = math.nan
    assert_same(submission.judge_kv_bound(telemetry), UNKNOWN, what="with 7 usable windows, the answer")


@pytest.mark.check("numerics")
def test_weight_reads_invalidate_the_claim(submission):
    expected = {"verdict": "invalidated", "bottleneck": "weight_reads"}
    assert_same(submission.judge_kv_bound(steady(11, kv_bytes_per_s=0.9e12)), expected, what="the answer")


@pytest.mark.check("numerics")
def test_noisy_windows_match_the_reference(submission, reference, draw):
    for changes in ({"gpu_idle": 0.6}, {"hbm_bytes_per_s": 1.2e12, "sm_busy": 0.9}, {"hbm_bytes_per_s": 1.0e12}):
        telemetry = steady(20, **changes)
        for name in ("hbm_bytes_per_s", "kv_bytes_per_s", "sm_busy", "gpu_idle"):
            telemetry[name] = [value * draw.float(0.98, 1.02) for value in telemetry[name]]
        expected = reference.judge_kv_bound(telemetry)
        assert_same(submission.judge_kv_bound(telemetry), expected, what=f"with {changes}, the answer")


@pytest.mark.check("contract")
def test_a_missing_signal_is_insufficient(submission):
    telemetry = steady(20)
    del telemetry["gpu_idle"]
    assert_same(submission.judge_kv_bound(telemetry), UNKNOWN, what="without gpu_idle, the answer")
