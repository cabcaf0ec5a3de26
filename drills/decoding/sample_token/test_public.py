"""Public checks of sample_token: the prompt's example, and that the generator decides."""

import pytest
import torch

from grader.suite import assert_distribution, assert_dtype, assert_refuses, assert_same, assert_shape, assert_support

EXAMPLE = torch.tensor([4.0, 3.0, 2.0, 1.0]).log()


@pytest.mark.check("numerics")
def test_temperature_zero_takes_the_largest(submission):
    result = submission.sample_token(EXAMPLE.repeat(3, 1), temperature=0.0)
    assert_same(result, torch.zeros(3, dtype=torch.int64), what="the result at temperature 0")


@pytest.mark.check("statistics")
@pytest.mark.parametrize(
    ("options", "law"),
    [({}, (4, 3, 2, 1)), ({"temperature": 0.5}, (16, 9, 4, 1)), ({"top_k": 3, "top_p": 0.75}, (4, 3, 0, 0))],
    ids=["plain", "temperature", "top_k-top_p"],
)
def test_the_example_of_the_prompt(submission, draw, options, law):
    weights = torch.tensor(law, dtype=torch.float64)
    generators = [draw.generator(), draw.generator()]

    def counts(attempt):
        tokens = submission.sample_token(EXAMPLE.repeat(1000, 1), generator=generators[attempt], **options)
        assert_shape(tokens, (1000,))
        assert_dtype(tokens, torch.int64)
        assert_support(tokens.tolist(), weights.nonzero().flatten().tolist(), f"a draw with {options}")
        return torch.bincount(tokens, minlength=4)

    assert_distribution(counts, weights / weights.sum(), f"the draws with {options}")


@pytest.mark.check("contract")
def test_equal_generators_give_equal_tokens(submission, draw):
    logits, generator = draw.normal(20, 30), draw.generator()
    first = submission.sample_token(logits, generator=generator)
    assert_shape(first, (20,))
    assert_same(submission.sample_token(logits, generator=generator), first, what="the result with an equal generator")


@pytest.mark.check("contract")
def test_refuses_a_negative_temperature(submission, draw):
    assert_refuses(submission.sample_token, draw.normal(2, 3), temperature=-1.0, because="temperature is negative")
