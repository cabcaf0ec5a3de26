"""Public checks of greedy_decode: the prompt's example, where the next token is always the last one plus 1."""

import pytest
import torch

from grader.suite import assert_refuses, assert_same, fail


def counting(*args):
    """Logits [B, 12] whose largest is the last token plus 1."""
    if len(args) != 1 or not isinstance(args[0], torch.Tensor) or args[0].dim() != 2 or 0 in args[0].shape:
        fail("next_logits takes tokens [B, t]")
    return (torch.arange(12) == args[0][:, -1:] + 1).float()


PROMPT = torch.tensor([[3], [2], [5]])


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    expected = torch.tensor([[3, 4, 5, 0, 0], [2, 3, 4, 5, 0], [5, 6, 7, 8, 9]])
    assert_same(submission.greedy_decode(counting, PROMPT, 4, eos_id=5, pad_id=0), expected)


@pytest.mark.check("shape")
def test_two_rows_stop_after_three_steps(submission):
    expected = torch.tensor([[3, 4, 5, 0], [2, 3, 4, 5]])
    assert_same(submission.greedy_decode(counting, PROMPT[:2], 4, eos_id=5), expected)


@pytest.mark.check("numerics")
def test_without_an_eos_all_steps_run(submission):
    expected = torch.tensor([[3, 4, 5, 6], [2, 3, 4, 5], [5, 6, 7, 8]])
    assert_same(submission.greedy_decode(counting, PROMPT, 3), expected)


@pytest.mark.check("contract")
def test_refuses_a_negative_number_of_tokens(submission):
    assert_refuses(submission.greedy_decode, counting, PROMPT, -1, because="max_new_tokens is -1")
