"""Public checks of grouped_query_attention: they help while you write and decide nothing."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_shape


@pytest.mark.check("numerics")
def test_example_of_the_prompt(submission):
    q, k = torch.zeros(1, 2, 2, 1), torch.tensor([1.0, -2.0, 5.0]).reshape(1, 1, 3, 1)
    v = torch.tensor([2.0, 4.0, 9.0]).reshape(1, 1, 3, 1)
    expected = torch.tensor([3.0, 5.0, 3.0, 5.0]).reshape(1, 2, 2, 1)
    assert_close(submission.grouped_query_attention(q, k, v), expected)


@pytest.mark.check("shape")
def test_result_has_the_queries_shape(submission, draw):
    q, k, v = draw.normal(2, 6, 4, 5), draw.normal(2, 3, 7, 5), draw.normal(2, 3, 7, 5)
    assert_shape(submission.grouped_query_attention(q, k, v), (2, 6, 4, 5))


@pytest.mark.check("numerics")
def test_one_key_gives_its_value(submission, draw):
    # With one key the result is the value itself, so it tells which key/value head each query head reads.
    v = torch.tensor([10.0, 20.0]).reshape(1, 2, 1, 1)
    result = submission.grouped_query_attention(draw.normal(1, 4, 1, 1), draw.normal(1, 2, 1, 1), v)
    assert_close(result, torch.tensor([10.0, 10.0, 20.0, 20.0]).reshape(1, 4, 1, 1))


@pytest.mark.check("numerics")
def test_a_chunk_after_a_prefix_matches_the_reference(submission, reference, draw):
    q, k, v = draw.normal(2, 4, 3, 4), draw.normal(2, 2, 5, 4), draw.normal(2, 2, 5, 4)
    assert_close(submission.grouped_query_attention(q, k, v), reference.grouped_query_attention(q, k, v))


@pytest.mark.check("contract")
def test_refuses_heads_that_cannot_be_grouped(submission, draw):
    q, k, v = draw.normal(1, 3, 1, 4), draw.normal(1, 2, 2, 4), draw.normal(1, 2, 2, 4)
    assert_refuses(submission.grouped_query_attention, q, k, v, because="G = 2 does not divide H = 3")
