"""Public checks of multi_query_attention: they help while you write and decide nothing."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_shape


def inputs(draw, b, s, d, heads):
    w_q, w_k, w_v, w_o = (draw.normal(rows, d, scale=d**-0.5) for rows in (d, d // heads, d // heads, d))
    return draw.normal(b, s, d), w_q, w_k, w_v, w_o, heads


@pytest.mark.check("numerics")
def test_example_of_the_prompt(submission):
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    w_k, w_v, w_o = torch.ones(1, 2), torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 1.0], [0.0, 1.0]])
    expected = torch.tensor([[[2.0, 1.0], [4.0, 2.0]]])
    assert_close(submission.multi_query_attention(x, torch.zeros(2, 2), w_k, w_v, w_o, 2), expected)


@pytest.mark.check("shape")
def test_result_has_the_inputs_shape(submission, draw):
    assert_shape(submission.multi_query_attention(*inputs(draw, 2, 5, 6, 3)), (2, 5, 6))


@pytest.mark.check("numerics")
def test_one_position_keeps_its_own_value(submission, draw):
    # With one position there is nothing to attend to: every head gives x @ w_v.T.
    x, w_q, w_k, w_v, w_o, heads = inputs(draw, 3, 1, 4, 2)
    expected = (x @ w_v.T).repeat(1, 1, heads) @ w_o.T
    assert_close(submission.multi_query_attention(x, w_q, w_k, w_v, w_o, heads), expected)


@pytest.mark.check("numerics")
def test_several_heads_match_the_reference(submission, reference, draw):
    given = inputs(draw, 2, 4, 6, 2)
    assert_close(submission.multi_query_attention(*given), reference.multi_query_attention(*given))


@pytest.mark.check("contract")
def test_refuses_heads_that_do_not_divide_the_width(submission, draw):
    given = inputs(draw, 1, 2, 6, 4)
    assert_refuses(submission.multi_query_attention, *given, because="n_heads = 4 does not divide D = 6")
