"""Public checks of speculative_verify: the examples of the prompt, no drafts, and equal models."""

import pytest
import torch

from grader.suite import assert_same, assert_type

DRAFT = torch.tensor([[0.25, 0.5, 0.25, 0.0], [0.5, 0.25, 0.25, 0.0]])
TARGET = torch.tensor([[0.5, 0.25, 0.25, 0.0], [0.125, 0.5, 0.25, 0.125], [0.5, 0.25, 0.125, 0.125]])
TOKENS = torch.tensor([1, 0])


@pytest.mark.check("numerics")
@pytest.mark.parametrize(("uniforms", "expected"), [([0.25, 0.75, 0.7], [1, 3]), ([0.25, 0.125, 0.7], [1, 0, 1])])
def test_the_examples_of_the_prompt(submission, uniforms, expected):
    assert_same(submission.speculative_verify(TOKENS, DRAFT, TARGET, torch.tensor(uniforms)), expected)


@pytest.mark.check("numerics")
def test_without_drafts_one_token_comes_from_the_target(submission):
    nothing = torch.zeros(0, dtype=torch.int64)
    assert_same(submission.speculative_verify(nothing, DRAFT[:0], TARGET[:1], torch.tensor([0.6])), [1])


@pytest.mark.check("numerics")
def test_equal_models_accept_everything(submission):
    uniforms = torch.tensor([0.99, 0.99, 0.1])
    assert_same(submission.speculative_verify(TOKENS, TARGET[:2], TARGET, uniforms), [1, 0, 0])


@pytest.mark.check("shape")
def test_gives_a_list_of_ints(submission):
    result = submission.speculative_verify(TOKENS, DRAFT, TARGET, torch.tensor([0.25, 0.75, 0.7]))
    assert_type(result, list)
    for token in result:
        assert_type(token, int, "a token")
