"""Checks that help while writing moe_layer. The hidden ones look at more."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_shape


def layer(draw, n, d, f, n_experts):
    """[x, w_router, w_gate, w_up, w_down]."""
    shapes = (n, d), (n_experts, d), (n_experts, f, d), (n_experts, f, d), (n_experts, d, f)
    return [draw.normal(*shape, dtype=torch.float64) for shape in shapes]


@pytest.mark.check("numerics")
def test_example_of_the_prompt(submission):
    x, w_router = torch.tensor([[2.0]]), torch.tensor([[1.0], [-1.0], [0.5]])
    w_gate, w_up, w_down = (torch.tensor(w).reshape(3, 1, 1) for w in ([1.0, 1.0, 0.5], [3.0, 1.0, 1.0], [1.0, 1.0, -2.0]))
    assert_close(submission.moe_forward(x, w_router, w_gate, w_up, w_down, 2), torch.tensor([[6.9405]]))


@pytest.mark.check("shape")
def test_result_is_shaped_like_x(submission, draw):
    assert_shape(submission.moe_forward(*layer(draw, 5, 4, 3, 6), 2), (5, 4))


@pytest.mark.check("numerics")
def test_one_expert_is_a_plain_feed_forward(submission, draw):
    x, w_router, w_gate, w_up, w_down = layer(draw, 4, 3, 5, 1)
    hidden = torch.nn.functional.silu(x @ w_gate[0].T) * (x @ w_up[0].T)
    assert_close(submission.moe_forward(x, w_router, w_gate, w_up, w_down, 1), hidden @ w_down[0].T)


@pytest.mark.check("numerics")
def test_equal_experts_make_the_routing_irrelevant(submission, draw):
    x, w_router, *experts = layer(draw, 4, 3, 5, 4)
    shared = [w[:1].repeat(4, 1, 1) for w in experts]
    hidden = torch.nn.functional.silu(x @ shared[0][0].T) * (x @ shared[1][0].T)
    assert_close(submission.moe_forward(x, w_router, *shared, 3), hidden @ shared[2][0].T)


@pytest.mark.check("contract")
def test_refuses_more_experts_than_there_are(submission, draw):
    assert_refuses(submission.moe_forward, *layer(draw, 3, 4, 2, 4), 5, because="k is 5 with 4 experts")
