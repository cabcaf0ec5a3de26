"""Public checks of exposed_communication: they help while you write, and prove little."""

import pytest

from grader.suite import assert_close, assert_refuses, assert_type, describe_value, fail

KEYS = ("exposed_comm_s", "step_s", "comm_bound_fraction")


@pytest.mark.check("shape")
def test_the_result_is_a_dict_of_numbers(submission):
    result = submission.step_time_lower_bound(1.0, 0.5, 0.1)
    if not isinstance(result, dict) or not set(KEYS) <= set(result):
        fail(f"the result is {describe_value(result)}, expected a dict with the keys {', '.join(KEYS)}")
    for key in KEYS:
        assert_type(result[key], float, key)


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    expected = {"exposed_comm_s": 0.3, "step_s": 1.1, "comm_bound_fraction": 0.3 / 1.1}
    assert_close(submission.step_time_lower_bound(0.8, 0.5, 0.25), expected, relative=1e-6)


@pytest.mark.check("numerics")
def test_without_overlap_the_times_add_up(submission, reference, draw):
    compute, comm = draw.float(1.0, 2.0), draw.float(1.0, 2.0)
    expected = reference.step_time_lower_bound(compute, comm, 0.0)
    assert_close(submission.step_time_lower_bound(compute, comm, 0.0), expected, relative=1e-6)


@pytest.mark.check("contract")
def test_refuses_an_overlap_of_3(submission):
    assert_refuses(submission.step_time_lower_bound, 1.0, 1.0, 3.0, because="overlap is 3")
