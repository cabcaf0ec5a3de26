"""Public checks of batch_divergence: they help while you write, and prove little."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_type, describe_value, fail

KEYS = ("ragged_tokens", "lockstep_tokens", "lockstep_efficiency", "wasted_draft_fraction")


def figures(submission, accepted, gamma):
    result = submission.batch_divergence(accepted, gamma)
    if not isinstance(result, dict) or not set(KEYS) <= set(result):
        fail(f"the result is {describe_value(result)}, expected a dict with the keys {', '.join(KEYS)}")
    return result


@pytest.mark.check("shape")
def test_the_result_is_a_dict_of_numbers(submission):
    result = figures(submission, torch.tensor([[1, 2, 0], [2, 2, 1]]), 2)
    for key in KEYS:
        assert_type(result[key], float, key)


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    result = figures(submission, torch.tensor([[3, 1], [4, 4]]), 4)
    for key, expected in zip(KEYS, (4.0, 3.5, 0.875, 0.375), strict=True):
        assert_close(result[key], expected, what=key, relative=1e-6)


@pytest.mark.check("numerics")
def test_three_rounds_of_four_sequences(submission, reference, draw):
    accepted = draw.integers(3, 4, low=0, high=6)
    result, expected = figures(submission, accepted, 5), reference.batch_divergence(accepted, 5)
    for key in KEYS:
        assert_close(result[key], float(expected[key]), what=key, relative=1e-6)


@pytest.mark.check("contract")
def test_refuses_more_accepted_than_drafted(submission):
    assert_refuses(submission.batch_divergence, torch.tensor([[3, 1]]), 2, because="accepted holds 3 and gamma is 2")
