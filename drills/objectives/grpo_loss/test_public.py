"""Public checks of grpo_loss: the worked example with both means, its gradient, and a refusal."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_shape, gradients


def example():
    """The prompt's: one response token with ratio 1.5, and three with ratios 1.5, 1 and 0.5."""
    old = torch.full((2, 3), -2.0, dtype=torch.float64)
    logps = old + torch.tensor([[1.5, 1.0, 1.0], [1.5, 1.0, 0.5]], dtype=torch.float64).log()
    ref = logps.clone()
    ref[0, 0] -= 0.5
    advantages = torch.tensor([1.0, -1.0], dtype=torch.float64)
    return [logps, old, ref, advantages, torch.tensor([[True, False, False], [True, True, True]])]


@pytest.mark.check("shape")
def test_the_loss_is_a_scalar(submission, draw):
    inputs = [*(draw.normal(3, 4) for _ in range(3)), draw.normal(3), draw.mask(3, 4)]
    for aggregate in ("sequence", "token"):
        assert_shape(submission.grpo_loss(*inputs, aggregate=aggregate), (), f'the loss with aggregate="{aggregate}"')


@pytest.mark.check("numerics")
@pytest.mark.parametrize(("aggregate", "expected"), [("sequence", -0.023367), ("token", 0.538316)])
def test_the_prompts_example(submission, aggregate, expected):
    loss = submission.grpo_loss(*example(), clip_eps=0.2, beta=0.5, aggregate=aggregate)
    wanted = torch.tensor(expected, dtype=torch.float64)
    assert_close(loss, wanted, what=f'the loss with aggregate="{aggregate}"', relative=1e-6, scale=1.0)


@pytest.mark.check("gradients")
def test_the_examples_gradient(submission):
    # A clipped token has the penalty's gradient alone: the first one here, while the last has none.
    logps, *others = example()
    flow = gradients(submission.grpo_loss, logps.requires_grad_(), *others, cotangents=[torch.ones(())], beta=0.5)
    wanted = torch.tensor([[0.098367, 0.0, 0.0], [0.25, 0.166667, 0.0]], dtype=torch.float64)
    assert_close(flow.get("0"), wanted, what="the gradient of logps", relative=1e-5)


@pytest.mark.check("contract")
def test_refuses_an_unknown_aggregate(submission):
    assert_refuses(submission.grpo_loss, *example(), aggregate="mean", because='aggregate is "mean"')
