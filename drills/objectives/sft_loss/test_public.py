"""Public checks of sft_loss: they help while you write. The hidden ones decide."""

import pytest
import torch

from grader.suite import assert_close, assert_finite, assert_shape, fail, gradients


def example():
    """The prompt's: two rows of four tokens, four counted labels."""
    logits = torch.zeros(2, 4, 2, dtype=torch.float64)
    logits[1, 0, 1] = torch.tensor(3.0, dtype=torch.float64).log()
    return logits, torch.tensor([[1, -100, -100, 0], [0, 1, 1, 1]])


@pytest.mark.check("shape")
def test_loss_is_a_scalar(submission, draw):
    assert_shape(submission.sft_loss(draw.normal(2, 5, 7), draw.integers(2, 5, low=0, high=7)), (), "the loss")


@pytest.mark.check("numerics")
def test_the_prompts_example(submission):
    expected = torch.tensor(0.591781, dtype=torch.float64)
    assert_close(submission.sft_loss(*example()), expected, what="the loss", relative=1e-5)


@pytest.mark.check("numerics")
def test_equal_logits_cost_the_log_of_the_vocabulary(submission, draw):
    labels = draw.integers(3, 6, low=0, high=5)
    expected = torch.tensor(5.0).log()
    assert_close(submission.sft_loss(torch.zeros(3, 6, 5), labels), expected, what="the loss of equal logits, V = 5,")


@pytest.mark.check("finiteness")
def test_no_labels_cost_nothing(submission, draw):
    loss = submission.sft_loss(draw.normal(2, 3, 4), torch.full((2, 3), -100))
    assert_finite(loss, "the loss where every label is ignored")
    assert_close(loss, torch.zeros(()), what="the loss where every label is ignored")


@pytest.mark.check("gradients")
def test_the_last_logits_get_no_gradient(submission):
    logits, labels = example()
    one = torch.ones((), dtype=torch.float64)
    flow = gradients(submission.sft_loss, logits.requires_grad_(), labels, cotangents=[one]).get("0")
    assert_shape(flow, (2, 4, 2), "the gradient of logits")
    if (flow[:, -1] != 0).any():
        fail("the logits at the last position predict nothing, but get a gradient")
