"""Public checks of top_k_filter: the prompt's example and the shape of the answer."""

import pytest
import torch

from grader.suite import assert_dtype, assert_refuses, assert_same, assert_shape

LOWEST = float("-inf")
EXAMPLE = torch.tensor([1.0, 2.0, 2.0, 2.0, 3.0])


@pytest.mark.check("numerics")
@pytest.mark.parametrize(("k", "dropped"), [(1, 4), (3, 1), (5, 0), (9, 0)])
def test_the_example_of_the_prompt(submission, k, dropped):
    expected = torch.cat((torch.full((dropped,), LOWEST), EXAMPLE[dropped:]))
    assert_same(submission.top_k_filter(EXAMPLE, k), expected, what=f"the result for k = {k}")


@pytest.mark.check("numerics")
def test_rows_are_filtered_on_their_own(submission):
    logits = torch.tensor([[0.5, -1.0, 2.0], [-7.0, -5.0, -6.0]])
    expected = torch.tensor([[0.5, LOWEST, 2.0], [LOWEST, -5.0, -6.0]])
    assert_same(submission.top_k_filter(logits, 2), expected, what="the result for k = 2")


@pytest.mark.check("shape")
def test_result_is_shaped_like_the_logits(submission, draw):
    for shape in ((5,), (2, 4), (2, 1, 3)):
        result = submission.top_k_filter(draw.normal(*shape), 2)
        assert_shape(result, shape)
        assert_dtype(result, torch.float32)


@pytest.mark.check("contract")
def test_refuses_k_of_zero(submission):
    assert_refuses(submission.top_k_filter, EXAMPLE, 0, because="k is 0")
