"""Public checks of grpo_advantages: the worked example, the sum of a group, and two refusals."""

import pytest
import torch

from grader.suite import assert_close, assert_dtype, assert_refuses, assert_shape

REWARDS = [1.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.5, 0.5]


@pytest.mark.check("shape")
def test_the_result_is_like_the_rewards(submission, draw):
    for dtype in (torch.float32, torch.bfloat16):
        result = submission.grpo_advantages(draw.normal(6, dtype=dtype), 3)
        assert_shape(result, (6,))
        assert_dtype(result, dtype)


@pytest.mark.check("numerics")
def test_the_prompts_example(submission):
    result = submission.grpo_advantages(torch.tensor(REWARDS, dtype=torch.float64), 4)
    expected = torch.tensor([1.499700, -0.499900, -0.499900, -0.499900, 0, 0, 0, 0], dtype=torch.float64)
    assert_close(result, expected, what="the advantages", relative=2e-6)


@pytest.mark.check("numerics")
def test_the_prompts_example_without_scale(submission):
    result = submission.grpo_advantages(torch.tensor(REWARDS), 4, scale=False)
    assert_close(result, torch.tensor([0.75, -0.25, -0.25, -0.25, 0, 0, 0, 0]), what="the advantages")


@pytest.mark.check("numerics")
def test_the_advantages_of_a_group_sum_to_zero(submission, draw):
    rewards = draw.normal(4, 3, dtype=torch.float64) + 10 * draw.normal(4, 1, dtype=torch.float64)
    result = submission.grpo_advantages(rewards.reshape(-1), 3)
    assert_shape(result, (12,))
    sums = result.reshape(4, 3).sum(dim=1)
    assert_close(sums, torch.zeros(4, dtype=torch.float64), what="the sum of each group's advantages", scale=1.0)


@pytest.mark.check("contract")
def test_refuses_groups_that_do_not_come_out_even(submission):
    assert_refuses(submission.grpo_advantages, torch.tensor(REWARDS), 3, because="group_size 3 does not divide 8")
