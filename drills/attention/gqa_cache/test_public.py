"""Public checks of gqa_cache: they help while you write and decide nothing."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_same, assert_shape


def rows(*values):
    """One sequence, one head, width 1: [1, 1, n, 1]."""
    return torch.tensor(values).reshape(1, 1, -1, 1)


@pytest.mark.check("numerics")
def test_example_of_the_prompt(submission):
    cache = submission.GQACache(1, 1, 4, 1)
    assert_same(cache.nbytes, 32, what="nbytes")
    cache.append(rows(0.0, 0.0), rows(1.0, 3.0))
    assert_same(cache.length, 2, what="length after two positions")
    both_heads = torch.tensor([1.0, 2.0]).reshape(1, 1, 2, 1).expand(1, 2, 2, 1)
    assert_close(cache.attend(torch.ones(1, 2, 2, 1)), both_heads.clone(), what="the result of two queries")
    cache.truncate(1)
    cache.append(rows(0.0), rows(5.0))
    assert_close(cache.attend(torch.ones(1, 1, 1, 1)), rows(3.0), what="the result after truncate(1) and one append")


@pytest.mark.check("shape")
def test_result_has_the_queries_shape(submission, draw):
    cache = submission.GQACache(2, 3, 7, 4)
    cache.append(draw.normal(2, 3, 5, 4), draw.normal(2, 3, 5, 4))
    assert_shape(cache.attend(draw.normal(2, 6, 2, 4)), (2, 6, 2, 4))


@pytest.mark.check("numerics")
def test_prompt_then_tokens_match_the_reference(submission, reference, draw):
    k, v, q = (draw.normal(2, heads, 6, 4) for heads in (2, 2, 4))

    def generate(subject):
        cache = subject.GQACache(2, 2, 8, 4)
        cache.append(k[:, :, :4], v[:, :, :4])
        results = [cache.attend(q[:, :, :4])]
        for position in (4, 5):
            token = slice(position, position + 1)
            cache.append(k[:, :, token], v[:, :, token])
            results.append(cache.attend(q[:, :, token]))
        return results

    assert_close(generate(submission), generate(reference), what="after a prompt of 4 and two tokens, result")


@pytest.mark.check("contract")
def test_full_cache_refuses_more(submission, draw):
    cache = submission.GQACache(1, 2, 3, 4)
    cache.append(draw.normal(1, 2, 2, 4), draw.normal(1, 2, 2, 4))
    assert_refuses(cache.append, draw.normal(1, 2, 2, 4), draw.normal(1, 2, 2, 4), because="only one slot is left")
    assert_same(cache.length, 2, what="length after the refused append")
