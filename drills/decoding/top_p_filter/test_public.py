"""Public checks of top_p_filter: the prompt's example and the shape of the answer."""

import pytest
import torch

from grader.suite import assert_dtype, assert_refuses, assert_same, assert_shape

LOWEST = float("-inf")
EXAMPLE = torch.tensor([4.0, 3.0, 2.0, 1.0]).log()


@pytest.mark.check("numerics")
@pytest.mark.parametrize(("p", "size"), [(0.8, 3), (0.3, 1), (1.0, 4)])
def test_the_example_of_the_prompt(submission, p, size):
    expected = torch.where(torch.arange(4) < size, EXAMPLE, LOWEST)
    assert_same(submission.top_p_filter(EXAMPLE, p), expected, what=f"the result for p = {p}")


@pytest.mark.check("numerics")
def test_the_order_of_the_vocabulary_does_not_matter(submission):
    logits = EXAMPLE[[2, 0, 3, 1]]
    expected = torch.tensor([LOWEST, logits[1], LOWEST, logits[3]])
    assert_same(submission.top_p_filter(logits, 0.6), expected, what="the result for p = 0.6")


@pytest.mark.check("shape")
def test_result_is_shaped_like_the_logits(submission, draw):
    for shape in ((5,), (2, 4), (2, 1, 3)):
        logits = draw.normal(*shape)
        result = submission.top_p_filter(logits, 0.7)
        assert_shape(result, shape)
        assert_dtype(result, torch.float32)


@pytest.mark.check("contract")
def test_refuses_p_of_zero(submission):
    assert_refuses(submission.top_p_filter, EXAMPLE, 0.0, because="p is 0")
