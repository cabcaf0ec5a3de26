"""Checks that help while writing load_balancing_loss. The hidden ones look at more."""

import pytest
import torch

from grader.suite import assert_close, assert_dtype, assert_shape, gradients

PROBS = torch.tensor([[0.5, 0.3, 0.2], [0.6, 0.1, 0.3]], dtype=torch.float64)
EXPERTS = torch.tensor([[0, 1], [0, 2]])


@pytest.mark.check("numerics")
def test_example_of_the_prompt(submission):
    assert_close(submission.load_balancing_loss(PROBS, EXPERTS), torch.tensor(1.1625, dtype=torch.float64))


@pytest.mark.check("gradients")
def test_gradient_of_the_example(submission):
    one = torch.ones((), dtype=torch.float64)
    flow = gradients(submission.load_balancing_loss, PROBS.clone().requires_grad_(), EXPERTS, cotangents=[one])["0"]
    expected = torch.tensor([[0.75, 0.375, 0.375]] * 2, dtype=torch.float64)
    assert_close(flow, expected, what="the gradient of router_probs")


@pytest.mark.check("shape")
def test_result_is_a_float32_scalar(submission):
    loss = submission.load_balancing_loss(PROBS.bfloat16(), EXPERTS)
    assert_shape(loss, ())
    assert_dtype(loss, torch.float32)


@pytest.mark.check("numerics")
def test_a_uniform_router_gives_one(submission, draw):
    n_experts = draw.int(3, 6)
    experts = draw.permutation(n_experts)[:, None]
    assert_close(submission.load_balancing_loss(torch.full((n_experts, n_experts), 1 / n_experts), experts), torch.tensor(1.0))
