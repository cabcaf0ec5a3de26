"""Public checks of sequence_log_probs: they help while you write. The hidden ones decide."""

import pytest
import torch

from grader.suite import assert_close, assert_shape, fail, gradients


def example():
    """The prompt's: three rows of four tokens, of which one, two and none count."""
    logits = torch.zeros(3, 4, 2, dtype=torch.float64)
    logits[1, 0, 1] = torch.tensor(3.0, dtype=torch.float64).log()
    return logits, torch.tensor([[1, -100, -100, 0], [0, 1, 1, -100], [1, -100, -100, -100]])


@pytest.mark.check("shape")
def test_gives_one_number_a_row(submission, draw):
    for b in (3, 1):
        result = submission.sequence_log_probs(draw.normal(b, 5, 7), draw.integers(b, 5, low=0, high=7))
        assert_shape(result, (b,), f"the result of {b} rows")


@pytest.mark.check("numerics")
def test_the_prompts_example(submission):
    expected = torch.tensor([-0.693147, -0.980829, 0.0], dtype=torch.float64)
    assert_close(submission.sequence_log_probs(*example()), expected, relative=1e-5)


@pytest.mark.check("numerics")
def test_a_constant_added_to_the_logits_changes_nothing(submission, draw):
    logits, labels = draw.normal(2, 4, 5, dtype=torch.float64), draw.integers(2, 4, low=0, high=5)
    before = submission.sequence_log_probs(logits, labels)
    assert_shape(before, (2,))
    after = submission.sequence_log_probs(logits + 3.0, labels)
    assert_close(after, before, what="the result after 3 was added to every logit")


@pytest.mark.check("gradients")
def test_the_last_logits_get_no_gradient(submission):
    logits, labels = example()
    ones = torch.ones(3, dtype=torch.float64)
    flow = gradients(submission.sequence_log_probs, logits.requires_grad_(), labels, cotangents=[ones]).get("0")
    assert_shape(flow, (3, 4, 2), "the gradient of logits")
    if (flow[:, -1] != 0).any():
        fail("the logits at the last position predict nothing, but get a gradient")
