"""Public checks of mla_attention: they help while you write and decide nothing."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_shape


def inputs(draw, b, s, d, h, dh, dv, r):
    shapes = [(h * dh, d), (r, d), (h * dh, r), (h * dv, r), (d, h * dv)]
    return draw.normal(b, s, d), *(draw.normal(*shape, scale=shape[1] ** -0.5) for shape in shapes), h


@pytest.mark.check("numerics")
def test_example_of_the_prompt(submission):
    x = torch.tensor([[[1.0, 0.0], [1.0, 2.0]]])
    w_dkv, w_uk, w_uv = torch.ones(1, 2), torch.tensor([[5.0]]), torch.tensor([[1.0], [2.0]])
    expected = torch.tensor([[[1.0, 2.0], [2.0, 4.0]]])
    assert_close(submission.mla_attention(x, torch.zeros(1, 2), w_dkv, w_uk, w_uv, torch.eye(2), 1), expected)


@pytest.mark.check("shape")
def test_result_has_the_inputs_shape(submission, draw):
    assert_shape(submission.mla_attention(*inputs(draw, 2, 5, 7, 3, 4, 2, 6)), (2, 5, 7))


@pytest.mark.check("numerics")
def test_one_position_keeps_its_own_value(submission, draw):
    # With one position there is nothing to attend to: the result is the latent, expanded and projected.
    x, w_q, w_dkv, w_uk, w_uv, w_o, heads = inputs(draw, 3, 1, 4, 2, 3, 2, 3)
    expected = x @ w_dkv.T @ w_uv.T @ w_o.T
    assert_close(submission.mla_attention(x, w_q, w_dkv, w_uk, w_uv, w_o, heads), expected)


@pytest.mark.check("numerics")
def test_several_heads_match_the_reference(submission, reference, draw):
    given = inputs(draw, 2, 4, 6, 2, 3, 3, 4)
    assert_close(submission.mla_attention(*given), reference.mla_attention(*given))


@pytest.mark.check("contract")
def test_refuses_query_rows_that_the_heads_do_not_divide(submission, draw):
    x, _, w_dkv, w_uk, w_uv, w_o, heads = inputs(draw, 1, 2, 4, 2, 3, 2, 3)
    because = "n_heads = 2 does not divide the 5 rows of w_q"
    assert_refuses(submission.mla_attention, x, draw.normal(5, 4), w_dkv, w_uk, w_uv, w_o, heads, because=because)
