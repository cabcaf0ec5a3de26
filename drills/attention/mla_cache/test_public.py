"""Public checks of mla_cache: they help while you write and decide nothing."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_same, assert_shape


def ask(draw, b, h, n, r, dr, dh, dv):
    """q_nope, q_rope, w_uk and w_uv."""
    return draw.normal(b, h, n, dh), draw.normal(b, h, n, dr), draw.normal(h, dh, r), draw.normal(h, dv, r)


@pytest.mark.check("numerics")
def test_example_of_the_prompt(submission):
    cache = submission.MLACache(1, 3, 1, 1)
    assert_same(cache.nbytes, 24, what="nbytes")
    cache.append(torch.tensor([[[1.0], [3.0]]]), torch.zeros(1, 2, 1))
    assert_same(cache.length, 2, what="length")
    two, w_uv = torch.zeros(1, 1, 2, 1), torch.tensor([[[2.0]]])
    assert_close(cache.attend(two, two, torch.ones(1, 1, 1), w_uv), torch.tensor([[[[2.0], [4.0]]]]))
    one, four = torch.zeros(1, 1, 1, 1), torch.full((1, 1, 1, 1), 4.0)
    assert_close(cache.attend(one, one, torch.ones(1, 1, 1), w_uv), four, what="the result for n = 1")


@pytest.mark.check("shape")
def test_result_has_the_width_of_the_values(submission, draw):
    cache = submission.MLACache(2, 6, 5, 3)
    cache.append(draw.normal(2, 4, 5), draw.normal(2, 4, 3))
    assert_shape(cache.attend(*ask(draw, 2, 3, 2, 5, 3, 4, 7)), (2, 3, 2, 7))


@pytest.mark.check("numerics")
def test_prompt_then_a_token_match_the_reference(submission, reference, draw):
    latent, k_rope = draw.normal(2, 5, 4), draw.normal(2, 5, 2)
    prompt, token = ask(draw, 2, 2, 4, 4, 2, 3, 3), ask(draw, 2, 2, 1, 4, 2, 3, 3)

    def generate(subject):
        cache = subject.MLACache(2, 8, 4, 2)
        cache.append(latent[:, :4], k_rope[:, :4])
        results = [cache.attend(*prompt)]
        cache.append(latent[:, 4:], k_rope[:, 4:])
        return [*results, cache.attend(*token)]

    assert_close(generate(submission), generate(reference), what="after a prompt of 4 and one token, result")


@pytest.mark.check("contract")
def test_full_cache_refuses_more(submission, draw):
    cache = submission.MLACache(1, 3, 4, 2)
    cache.append(draw.normal(1, 2, 4), draw.normal(1, 2, 2))
    assert_refuses(cache.append, draw.normal(1, 2, 4), draw.normal(1, 2, 2), because="only one slot is left")
    assert_same(cache.length, 2, what="length after the refused append")
