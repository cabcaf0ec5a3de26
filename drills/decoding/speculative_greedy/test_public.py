"""Public checks of speculative_greedy: the example of the prompt, plain decoding, and the refusals."""

import pytest
import torch

from grader.suite import assert_refuses, assert_same, assert_shape


def target(tokens):
    return torch.eye(12)[(tokens + 1) % 12]


def draft(tokens):
    return torch.eye(12)[torch.where(tokens == 3, 9, (tokens + 1) % 12)]


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    tokens, counts = submission.speculative_greedy(target, draft, torch.tensor([2]), 5, 2)
    assert_same(tokens, torch.tensor([2, 3, 4, 5, 6, 7]), what="the tokens")
    assert_same(counts, {"target_calls": 2, "draft_calls": 4, "proposed": 4, "accepted": 3}, what="the counts")


@pytest.mark.check("numerics")
def test_gamma_zero_gives_the_targets_tokens(submission):
    tokens, counts = submission.speculative_greedy(target, draft, torch.tensor([5, 1]), 3, 0)
    assert_same(tokens, torch.tensor([5, 1, 2, 3, 4]), what="the tokens")
    assert_same(counts["target_calls"], 3, what="target_calls")


@pytest.mark.check("shape")
def test_the_result_has_the_asked_length(submission):
    for new, gamma in ((1, 4), (7, 3)):
        tokens, _ = submission.speculative_greedy(target, draft, torch.tensor([0, 1, 2]), new, gamma)
        assert_shape(tokens, (3 + new,))


@pytest.mark.check("contract")
def test_refuses_a_negative_gamma(submission):
    assert_refuses(submission.speculative_greedy, target, draft, torch.tensor([2]), 5, -1, because="gamma is -1")
