"""Public checks of causal_attention: they help while writing, the hidden ones decide."""

import math

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_shape


def example():
    q = torch.tensor([0.0, 1.0]).reshape(1, 1, 2, 1)
    k = torch.tensor([0.0, math.log(3), math.log(2)]).reshape(1, 1, 3, 1)
    v = torch.tensor([[6.0, 0.0], [0.0, 6.0], [6.0, 6.0]]).reshape(1, 1, 3, 2)
    return q, k, v


@pytest.mark.check("shape")
def test_result_has_a_row_for_each_query(submission, draw):
    q, k, v = draw.normal(2, 3, 4, 5), draw.normal(2, 3, 6, 5), draw.normal(2, 3, 6, 7)
    assert_shape(submission.causal_attention(q, k, v), (2, 3, 4, 7))


@pytest.mark.check("numerics")
def test_the_prompts_example(submission):
    assert_close(submission.causal_attention(*example()), torch.tensor([[[[3.0, 3.0], [3.0, 5.0]]]]))


@pytest.mark.check("numerics")
def test_the_prompts_example_with_padding(submission):
    real = torch.tensor([[False, False, True]])
    result = submission.causal_attention(*example(), key_padding=real)
    assert_close(result, torch.tensor([[[[0.0, 0.0], [6.0, 6.0]]]]))


@pytest.mark.check("causality")
def test_the_first_query_of_a_square_sees_the_first_key_alone(submission, draw):
    q, k, v = (draw.normal(1, 2, 3, 4) for _ in range(3))
    result = submission.causal_attention(q, k, v)
    assert_shape(result, (1, 2, 3, 4))
    assert_close(result[:, :, 0], v[:, :, 0], what="the result of query 0")


@pytest.mark.check("contract")
def test_refuses_more_queries_than_keys(submission, draw):
    q, k = draw.normal(1, 1, 3, 2), draw.normal(1, 1, 2, 2)
    assert_refuses(submission.causal_attention, q, k, k.clone(), because="S=3 exceeds T=2")
