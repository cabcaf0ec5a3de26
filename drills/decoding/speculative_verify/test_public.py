"""Public checks of speculative_verify: the prompt's example, and a round without drafted tokens."""

import pytest
import torch

from grader.suite import assert_same

DRAFT = torch.tensor([[0.25, 0.5, 0.25, 0.0], [0.5, 0.25, 0.25, 0.0]])
TARGET = torch.tensor([[0.5, 0.25, 0.25, 0.0], [0.125, 0.5, 0.25, 0.125], [0.5, 0.25, 0.125, 0.125]])
TOKENS = torch.tensor([1, 0])


@pytest.mark.check("numerics")
def test_the_example_with_a_rejection(submission):
    result = submission.speculative_verify(TOKENS, DRAFT, TARGET, torch.tensor([0.25, 0.75, 0.7]))
    assert_same(result, [1, 3], what="the result for uniforms [0.25, 0.75, 0.7]")


@pytest.mark.check("numerics")
def test_the_example_without_a_rejection(submission):
    result = submission.speculative_verify(TOKENS, DRAFT, TARGET, torch.tensor([0.25, 0.125, 0.7]))
    assert_same(result, [1, 0, 1], what="the result for uniforms [0.25, 0.125, 0.7]")


@pytest.mark.check("numerics")
def test_a_rejection_of_the_first_token(submission):
    # The residual of row 0 is [0.25, 0, 0, 0].
    result = submission.speculative_verify(TOKENS, DRAFT, TARGET, torch.tensor([0.75, 0.1, 0.4]))
    assert_same(result, [0], what="the result for uniforms [0.75, 0.1, 0.4]")


@pytest.mark.check("shape")
def test_a_round_without_drafted_tokens(submission):
    result = submission.speculative_verify(TOKENS[:0], DRAFT[:0], TARGET[:1], torch.tensor([0.6]))
    assert_same(result, [1], what="the result for K = 0 and uniforms [0.6]")
