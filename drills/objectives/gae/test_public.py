"""Public checks of gae: the worked example, shapes and dtypes, and one rollout of every kind of end."""

import pytest
import torch

from grader.suite import assert_close, assert_dtype, assert_shape, describe_value, fail

RESULTS = ("advantages", "returns")


def pair(result):
    if type(result) is not tuple or len(result) != 2:
        fail(f"the result is {describe_value(result)}, expected a tuple (advantages, returns)")
    return result


def example(dones):
    rewards, values = torch.tensor([[1.0, 0.0, 2.0]]), torch.tensor([[0.5, 1.0, 2.0]])
    return rewards, values, torch.tensor([4.0]), torch.tensor([dones]), 0.5, 0.5


@pytest.mark.check("numerics")
def test_worked_example_without_an_end(submission):
    advantages, returns = pair(submission.gae(*example([False, False, False])))
    assert_close(advantages, torch.tensor([[1.125, 0.5, 2.0]]), what="advantages")
    assert_close(returns, torch.tensor([[1.625, 1.5, 4.0]]), what="returns")


@pytest.mark.check("numerics")
def test_worked_example_with_an_end_at_step_1(submission):
    advantages, returns = pair(submission.gae(*example([False, True, False])))
    assert_close(advantages, torch.tensor([[0.75, -1.0, 2.0]]), what="advantages")
    assert_close(returns, torch.tensor([[1.25, 0.0, 4.0]]), what="returns")


@pytest.mark.check("shape")
def test_both_results_have_the_shape_of_the_rewards(submission, draw):
    rewards, values, last_value = draw.normal(3, 5), draw.normal(3, 5), draw.normal(3)
    result = pair(submission.gae(rewards, values, last_value, draw.mask(3, 5), 0.9, 0.8))
    for name, tensor in zip(RESULTS, result, strict=True):
        assert_shape(tensor, (3, 5), name)
        assert_dtype(tensor, torch.float32, name)


@pytest.mark.check("numerics")
def test_one_step_is_its_delta(submission):
    # Two rollouts of one step; the second ends there.
    rewards, values, last_value = torch.tensor([[1.0], [1.0]]), torch.tensor([[0.5], [0.5]]), torch.tensor([2.0, 2.0])
    dones = torch.tensor([[False], [True]])
    advantages, _ = pair(submission.gae(rewards, values, last_value, dones, 0.5, 0.9))
    assert_close(advantages, torch.tensor([[1.5], [0.5]]), what="advantages")


@pytest.mark.check("gradients")
def test_neither_result_requires_grad(submission, draw):
    values = draw.normal(2, 3, requires_grad=True)
    result = pair(submission.gae(draw.normal(2, 3), values, draw.normal(2), draw.mask(2, 3), 0.9, 0.8))
    for name, tensor in zip(RESULTS, result, strict=True):
        assert_shape(tensor, (2, 3), name)
        if tensor.requires_grad:
            fail(f"{name} requires grad: both results must be detached")
