"""Public checks of beam_search: the example of the prompt and the form of the result."""

import math

import pytest
import torch

from grader.suite import assert_refuses, fail

PROBABILITIES = {(): [0.5, 0.2, 0.3], (0,): [0.4, 0.35, 0.25]}
EVEN = [1 / 3, 1 / 3, 1 / 3]


def example(tokens):
    return torch.tensor([PROBABILITIES.get(tuple(row[1:]), EVEN) for row in tokens.tolist()]).log()


@pytest.mark.check("numerics")
@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_the_example_of_the_prompt(submission, penalty):
    result = submission.beam_search(example, torch.tensor([1]), 2, 2, 2, length_penalty=penalty)
    hypotheses = [([2], math.log(0.3)), ([0, 0], math.log(0.2)), ([0, 1], math.log(0.175))]
    ranked = sorted(((new, total / len(new) ** penalty) for new, total in hypotheses), key=lambda pair: -pair[1])[:2]
    if not isinstance(result, list) or [list(pair[0]) for pair in result] != [new for new, _ in ranked]:
        fail(f"the result is {result}, expected {ranked}")
    for (new, score), (_, right) in zip(result, ranked, strict=True):
        if not abs(score - right) < 1e-4:
            fail(f"the score of {new} is {score}, expected {right:.6f}")


@pytest.mark.check("shape")
def test_tokens_are_lists_of_ints_and_scores_floats(submission):
    for tokens, score in submission.beam_search(example, torch.tensor([1]), 3, 2, 2):
        if type(tokens) is not list or not all(type(token) is int for token in tokens) or type(score) is not float:
            fail(f"({tokens}, {score}) is not a pair of a list of ints and a float")


@pytest.mark.check("contract")
def test_refuses_a_beam_of_width_zero(submission):
    assert_refuses(submission.beam_search, example, torch.tensor([1]), 0, 2, 2, because="beam_width is 0")
