"""Public checks of zero_communication_volume: they help while you write, and prove little."""

import pytest

from grader.suite import assert_refuses, assert_same, assert_type, describe_value, fail


@pytest.mark.check("shape")
def test_the_result_is_a_dict_of_ints(submission):
    result = submission.zero_communication_bytes(100, 4, 1)
    keys = ("all_reduce", "reduce_scatter", "all_gather", "total")
    if not isinstance(result, dict) or set(result) != set(keys):
        fail(f"the result is {describe_value(result)}, expected a dict with the keys {', '.join(keys)}")
    for key, value in result.items():
        assert_type(value, int, f'the result["{key}"]')


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    expected = {"all_reduce": 0, "reduce_scatter": 36, "all_gather": 36, "total": 72}
    assert_same(submission.zero_communication_bytes(12, 4, 3, param_bytes=2, grad_bytes=4), expected)


@pytest.mark.check("numerics")
def test_stage_0_reduces_all(submission, reference, draw):
    n = 8 * draw.int(2, 99)
    assert_same(submission.zero_communication_bytes(n, 8, 0), reference.zero_communication_bytes(n, 8, 0))


@pytest.mark.check("contract")
def test_refuses_10_parameters_on_4_ranks(submission):
    assert_refuses(submission.zero_communication_bytes, 10, 4, 1, because="dp = 4 does not divide n_params = 10")
