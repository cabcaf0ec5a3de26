"""Public checks of kv_cache_bytes: they help while you write and decide nothing."""

import pytest

from grader.suite import assert_close, assert_refuses, assert_same, assert_type

SMALL = {"layers": 2, "batch": 3, "seq_len": 5, "heads": 6, "head_dim": 4}


@pytest.mark.check("numerics")
def test_examples_of_the_prompt(submission):
    llama = {"layers": 32, "heads": 32, "kv_heads": 8, "head_dim": 128}
    result = submission.kv_cache_bytes("gqa", **llama, batch=1, seq_len=1)
    assert_same(result, 131072, what="the cache of one token of Llama-3-8B")
    deepseek = {"layers": 61, "heads": 128, "head_dim": 128, "latent_dim": 512, "rope_dim": 64}
    result = submission.kv_cache_bytes("mla", **deepseek, batch=1, seq_len=1)
    assert_same(result, 70272, what="the cache of one token of DeepSeek-V3")


@pytest.mark.check("numerics")
def test_mha_and_mqa_in_small(submission):
    assert_same(submission.kv_cache_bytes("mha", **SMALL), 2 * 2 * 3 * 5 * 6 * 4 * 2, what="the cache of mha")
    assert_same(submission.kv_cache_bytes("mqa", **SMALL), 2 * 2 * 3 * 5 * 4 * 2, what="the cache of mqa")


@pytest.mark.check("shape")
def test_bytes_are_a_plain_int(submission):
    assert_type(submission.kv_cache_bytes("mha", **SMALL), int, "the cache of mha")


@pytest.mark.check("numerics")
def test_bound_of_the_prompt(submission):
    result = submission.decode_tokens_per_second_bound(16 * 10**9, 4 * 10**9, 8, 2e12)
    assert_close(result, 800.0, relative=1e-6, what="the bound")


@pytest.mark.check("contract")
def test_gqa_needs_key_value_heads(submission):
    assert_refuses(submission.kv_cache_bytes, "gqa", **SMALL, because="gqa has no kv_heads")
