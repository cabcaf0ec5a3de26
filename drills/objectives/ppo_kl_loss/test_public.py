"""Public checks of ppo_kl_loss: the worked example, on-policy tokens, and what padding must not do."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_shape, describe_value, fail, gradients

METRICS = ("kl", "clip_fraction", "ratio")


def parts(result):
    if type(result) is not tuple or len(result) != 2 or type(result[1]) is not dict or set(result[1]) != set(METRICS):
        fail(f"the result is {describe_value(result)}, expected (loss, metrics with {', '.join(METRICS)})")
    return result


def example():
    """The prompt's: ratios 1.5, 1.5, 0.5 and NaN, the last one masked."""
    old = torch.full((1, 4), -2.0, dtype=torch.float64)
    logps = old + torch.tensor([[1.5, 1.5, 0.5, float("nan")]], dtype=torch.float64).log()
    ref = logps - torch.tensor([[0.5, 0.0, 0.0, 0.0]], dtype=torch.float64)
    advantages = torch.tensor([[1.0, -1.0, -1.0, 7.0]], dtype=torch.float64)
    return [logps, old, ref, advantages, torch.tensor([[True, True, True, False]])]


@pytest.mark.check("shape")
def test_loss_and_metrics_are_scalars(submission, draw):
    loss, metrics = parts(submission.ppo_kl_loss(*(draw.normal(2, 3) for _ in range(4)), draw.mask(2, 3), kl_coef=0.1))
    assert_shape(loss, (), "the loss")
    for name in METRICS:
        assert_shape(metrics[name], (), f'metrics["{name}"]')


@pytest.mark.check("numerics")
def test_the_prompts_example(submission):
    loss, metrics = parts(submission.ppo_kl_loss(*example(), clip_eps=0.2, kl_coef=0.5))
    assert_close(loss, torch.tensor(0.384422, dtype=torch.float64), what="the loss", relative=1e-5)
    for name, value in (("kl", 0.035510), ("clip_fraction", 2 / 3), ("ratio", 3.5 / 3)):
        wanted = torch.tensor(value, dtype=torch.float64)
        assert_close(metrics[name], wanted, what=f'metrics["{name}"]', relative=2e-5)


@pytest.mark.check("numerics")
def test_on_policy_the_loss_is_minus_the_mean_advantage(submission, draw):
    logps, advantages = draw.normal(3, 5, mean=-2.0), draw.normal(3, 5, mean=0.5)
    everything = torch.ones(3, 5, dtype=torch.bool)
    loss, _ = parts(submission.ppo_kl_loss(logps, logps.clone(), logps.clone(), advantages, everything, kl_coef=0.3))
    assert_close(loss, -advantages.mean(), what="the loss where all three policies are the same", scale=1.0)


@pytest.mark.check("gradients")
def test_the_examples_gradient(submission):
    # Only token 1 is not clipped; the penalty pulls at token 0 alone.
    logps, *others = example()
    weights = [torch.ones(()), torch.zeros(()), torch.zeros(()), torch.zeros(())]
    flow = gradients(submission.ppo_kl_loss, logps.requires_grad_(), *others, cotangents=weights, kl_coef=0.5)
    wanted = torch.tensor([[0.065578, 0.5, 0.0, 0.0]], dtype=torch.float64)
    assert_close(flow.get("0"), wanted, what="the gradient of logps", relative=1e-5)


@pytest.mark.check("contract")
def test_refuses_a_clip_eps_of_zero(submission):
    assert_refuses(submission.ppo_kl_loss, *example(), clip_eps=0.0, because="clip_eps is 0")
