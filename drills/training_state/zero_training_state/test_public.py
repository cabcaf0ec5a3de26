"""Public checks of zero_training_state: they help while you write, and prove little."""

import pytest

from grader.suite import assert_refuses, assert_same, assert_type, describe_value, fail


@pytest.mark.check("shape")
def test_the_result_is_a_dict_of_ints(submission):
    result = submission.training_state_bytes(100, 4, 1)
    if not isinstance(result, dict) or set(result) != {"params", "grads", "optimizer", "total"}:
        fail(f"the result is {describe_value(result)}, expected a dict with the keys params, grads, optimizer, total")
    for key, value in result.items():
        assert_type(value, int, f'the result["{key}"]')


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    expected = {"params": 20, "grads": 6, "optimizer": 36, "total": 62}
    assert_same(submission.training_state_bytes(10, 4, 2), expected)


@pytest.mark.check("numerics")
def test_stage_0_shards_nothing(submission, reference, draw):
    n = draw.int(10, 1000)
    assert_same(submission.training_state_bytes(n, 8, 0), reference.training_state_bytes(n, 8, 0))


@pytest.mark.check("contract")
def test_refuses_stage_7(submission):
    assert_refuses(submission.training_state_bytes, 10, 4, 7, because="stage is 7")
