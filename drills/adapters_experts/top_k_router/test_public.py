"""Checks that help while writing top_k_router. The hidden ones look at more."""

import pytest
import torch

from grader.suite import assert_close, assert_dtype, assert_refuses, assert_shape, fail


def route(submission, logits, k):
    result = submission.top_k_router(logits, k)
    if not isinstance(result, tuple) or len(result) != 2:
        fail("the result is not a tuple (weights, experts)")
    return result


@pytest.mark.check("numerics")
def test_example_of_the_prompt(submission):
    weights, experts = route(submission, torch.tensor([[1.0, -1.0, 3.0, 0.0]]), 2)
    assert_close(experts, torch.tensor([[2, 0]]), what="experts")
    assert_close(weights, torch.tensor([[0.8808, 0.1192]]), what="weights", relative=1e-3)


@pytest.mark.check("shape")
def test_results_have_k_columns(submission, draw):
    for n, n_experts, k in ((5, 4, 2), (3, 5, 1)):
        weights, experts = route(submission, draw.normal(n, n_experts), k)
        assert_shape(weights, (n, k), "weights")
        assert_shape(experts, (n, k), "experts")
        assert_dtype(experts, torch.int64, "experts")


@pytest.mark.check("numerics")
def test_weights_of_a_row_sum_to_one(submission, draw):
    weights, _ = route(submission, draw.normal(4, 6, dtype=torch.float64), 3)
    assert_shape(weights, (4, 3), "weights")
    assert_close(weights.sum(dim=1), torch.ones(4, dtype=torch.float64), what="the sum of each row of weights")


@pytest.mark.check("contract")
def test_refuses_more_experts_than_there_are(submission, draw):
    assert_refuses(submission.top_k_router, draw.normal(3, 4), 5, because="k is 5 with 4 experts")
