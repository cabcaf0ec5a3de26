"""Hidden checks of kv_cache_bytes. What is expected is written out as a product, so that it can be read here."""

import math

import pytest

from grader.suite import assert_close, assert_refuses, assert_same, assert_type

VARIANTS = ("mha", "mqa", "gqa", "mla")
BASE = {"layers": 3, "batch": 5, "seq_len": 7, "heads": 12, "head_dim": 10}
ITS_OWN = {"mha": {}, "mqa": {}, "gqa": {"kv_heads": 4}, "mla": {"latent_dim": 9, "rope_dim": 6}}
PER_TOKEN_AND_LAYER = {"mha": 2 * 12 * 10, "mqa": 2 * 10, "gqa": 2 * 4 * 10, "mla": 9 + 6}


def cache(submission, variant, **changes):
    return submission.kv_cache_bytes(variant, **(BASE | ITS_OWN[variant] | changes))


def say(arguments):
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def random_sizes(draw):
    layers, batch, seq_len, group, kv_heads, head_dim = draw.distinct(6, 2, 40)
    sizes = {"layers": layers, "batch": batch, "seq_len": seq_len, "heads": group * kv_heads, "head_dim": head_dim}
    return sizes, kv_heads, draw.choice([1, 3, 4, 8])


def assert_bytes(submission, variant, factors, **arguments):
    wanted = math.prod(factors)
    result = submission.kv_cache_bytes(variant, **arguments)
    assert_same(result, wanted, what=f"the cache of {variant} with {say(arguments)}")


# numerics


@pytest.mark.check("numerics", points=7, conventions=["kv-cache-bytes"])
def test_mha_caches_keys_and_values_of_every_head(submission, draw):
    for _ in range(3):
        sizes, _, itemsize = random_sizes(draw)
        assert_bytes(submission, "mha", [2, *sizes.values(), itemsize], **sizes, itemsize=itemsize)


@pytest.mark.check("numerics", points=7)
def test_mqa_caches_one_key_and_one_value(submission, draw):
    for _ in range(3):
        sizes, _, itemsize = random_sizes(draw)
        factors = [2, sizes["layers"], sizes["batch"], sizes["seq_len"], sizes["head_dim"], itemsize]
        assert_bytes(submission, "mqa", factors, **sizes, itemsize=itemsize)


@pytest.mark.check("numerics", points=7, conventions=["kv-heads-is-a-count"])
def test_gqa_caches_the_key_value_heads(submission, draw):
    for _ in range(3):
        sizes, kv_heads, itemsize = random_sizes(draw)
        for count in (kv_heads, 1, sizes["heads"]):
            factors = [2, sizes["layers"], sizes["batch"], sizes["seq_len"], count, sizes["head_dim"], itemsize]
            assert_bytes(submission, "gqa", factors, **sizes, kv_heads=count, itemsize=itemsize)


@pytest.mark.check("numerics", points=7, conventions=["mla-shared"])
def test_mla_caches_one_latent_and_one_rotary_key(submission, draw):
    for rope_dim in (draw.int(1, 30), draw.int(31, 90), 0):
        sizes, _, itemsize = random_sizes(draw)
        latent_dim = draw.int(1, 60)
        factors = [sizes["layers"], sizes["batch"], sizes["seq_len"], latent_dim + rope_dim, itemsize]
        own = {"latent_dim": latent_dim, "rope_dim": rope_dim}
        assert_bytes(submission, "mla", factors, **sizes, **own, itemsize=itemsize)


@pytest.mark.check("numerics", points=4)
def test_itemsize_is_2_and_rope_dim_0_by_default(submission):
    for variant in VARIANTS:
        wanted = 3 * 5 * 7 * PER_TOKEN_AND_LAYER[variant] * 2
        assert_same(cache(submission, variant), wanted, what=f"the cache of {variant} without itemsize")
    result = submission.kv_cache_bytes("mla", **BASE, latent_dim=9)
    assert_same(result, 3 * 5 * 7 * 9 * 2, what="the cache of mla without rope_dim")


@pytest.mark.check("numerics", points=2)
def test_every_size_may_be_1(submission):
    ones = dict.fromkeys(("layers", "batch", "seq_len", "heads", "head_dim", "itemsize"), 1)
    for variant, own in (("mha", {}), ("mqa", {}), ("gqa", {"kv_heads": 1}), ("mla", {"latent_dim": 1})):
        wanted = 1 if variant == "mla" else 2
        assert_same(submission.kv_cache_bytes(variant, **ones, **own), wanted, what=f"the cache of {variant} of ones")


@pytest.mark.check("numerics", points=4, conventions=["unused-change-nothing"])
def test_unused_arguments_change_nothing(submission):
    unused = {
        "mha": [{"kv_heads": 4}, {"kv_heads": 12}, {"latent_dim": 9, "rope_dim": 6}],
        "mqa": [{"kv_heads": 4}, {"kv_heads": None}, {"heads": 1}, {"heads": 40}, {"latent_dim": 9, "rope_dim": 6}],
        "gqa": [{"latent_dim": 9}, {"rope_dim": 64}, {"heads": 20}],
        "mla": [{"kv_heads": 4}, {"heads": 1}, {"heads": 40}, {"head_dim": 1}, {"head_dim": 64}],
    }
    for variant, cases in unused.items():
        wanted = 3 * 5 * 7 * PER_TOKEN_AND_LAYER[variant] * 2
        for changes in cases:
            what = f"the cache of {variant} with {say(changes)}"
            assert_same(cache(submission, variant, **changes), wanted, what=what)


@pytest.mark.check("numerics", points=4, conventions=["exact-int"])
def test_large_counts_are_exact(submission):
    for seq_len in (1048577, 2**40 + 1):  # beyond 53 and beyond 63 bits
        sizes = {"layers": 61, "batch": 100003, "seq_len": seq_len, "heads": 129, "head_dim": 127, "itemsize": 3}
        count = 61 * 100003 * seq_len * 3
        assert_bytes(submission, "mha", [2, count, 129, 127], **sizes)
        assert_bytes(submission, "mqa", [2, count, 127], **sizes)
        assert_bytes(submission, "gqa", [2, count, 43, 127], **sizes, kv_heads=43)
        assert_bytes(submission, "mla", [count, 513 + 64], **sizes, latent_dim=513, rope_dim=64)


@pytest.mark.check("numerics", points=8, conventions=["whole-batch", "cache-of-all-sequences", "only-the-sum", "task", "rules"])
def test_the_bound_is_batch_over_the_time_of_a_step(submission, draw):
    cases = [(16 * 10**9, 4 * 10**9, 8, 2e12), (7, 0, 1, 3.5), (0, 10**6, 3, 7)]
    cases += [(10**15, 10**14, 2, 1e9), (700, 300, 4, 9e12)]
    cases += [(draw.int(1, 10**11), draw.int(1, 10**11), draw.int(2, 99), draw.float(1e9, 1e13)) for _ in range(3)]
    for weight_bytes, kv_bytes, batch, bandwidth in cases:
        result = submission.decode_tokens_per_second_bound(weight_bytes, kv_bytes, batch, bandwidth)
        what = f"the bound for {weight_bytes} + {kv_bytes} bytes, batch {batch} and {bandwidth} bytes/s"
        assert_close(result, float(batch * bandwidth / (weight_bytes + kv_bytes)), relative=1e-6, what=what)


# shape


@pytest.mark.check("shape", points=7, conventions=["exact-int"])
def test_bytes_are_a_plain_int(submission):
    for variant in VARIANTS:
        assert_type(cache(submission, variant), int, f"the cache of {variant}")
        assert_type(cache(submission, variant, seq_len=0), int, f"the cache of {variant} with seq_len=0")


@pytest.mark.check("shape", points=3)
def test_the_bound_is_a_plain_number(submission):
    for arguments in ((10, 5, 3, 100), (1000, 0, 2, 0.5)):
        assert_type(submission.decode_tokens_per_second_bound(*arguments), float, "the bound")


# contract


@pytest.mark.check("contract", points=3)
def test_refuses_another_variant(submission):
    for variant in ("swa", "", "gqa2", "mlp", "MHA", "Gqa"):
        given = BASE | {"kv_heads": 4, "latent_dim": 9, "rope_dim": 6}
        assert_refuses(submission.kv_cache_bytes, variant, **given, because=f"variant is {variant!r}")


@pytest.mark.check("contract", points=3, conventions=["unused-change-nothing", "only-the-sum"])
def test_refuses_nothing_that_is_allowed(submission):
    cases = [("mqa", {}), ("mqa", {"heads": 7}), ("mla", {"latent_dim": 9}), ("mla", {"latent_dim": 1, "rope_dim": 30})]
    cases += [("gqa", {"kv_heads": 1}), ("gqa", {"kv_heads": 12}), ("mla", {"latent_dim": 500, "kv_heads": 4})]
    for variant, own in cases:  # a ValueError fails here
        assert_type(submission.kv_cache_bytes(variant, **(BASE | own)), int, f"the cache of {variant} with {say(own)}")
    for weight_bytes, kv_bytes in ((0, 9), (9, 0), (1, 0)):
        submission.decode_tokens_per_second_bound(weight_bytes, kv_bytes, 1, 3.0)


@pytest.mark.check("contract", points=5, conventions=["kv-heads-is-a-count"])
def test_gqa_refuses_key_value_heads_that_do_not_fit(submission):
    for changes in ({}, *({"kv_heads": count} for count in (None, 5, 8, 24, 0, -4))):
        because = f"gqa has {say(changes) or 'no kv_heads'} for heads=12"
        assert_refuses(submission.kv_cache_bytes, "gqa", **(BASE | changes), because=because)


@pytest.mark.check("contract", points=3)
def test_mla_refuses_to_go_without_a_latent(submission):
    for changes in ({}, {"latent_dim": None}, {"rope_dim": 6}, {"latent_dim": None, "kv_heads": 4, "rope_dim": 6}):
        assert_refuses(submission.kv_cache_bytes, "mla", **BASE, **changes, because="mla has no latent_dim")


@pytest.mark.check("contract", points=5)
def test_refuses_sizes_below_1(submission):
    bad = [(variant, name) for variant in VARIANTS for name in ("layers", "batch", "itemsize")]
    bad += [("mha", "heads"), ("gqa", "heads"), ("mla", "latent_dim")]
    bad += [(variant, "head_dim") for variant in ("mha", "mqa", "gqa")]
    for variant, name in bad:
        for size in (0, -12):
            because = f"{name} is {size} with {variant}"
            assert_refuses(cache, submission, variant, **{name: size}, because=because)
    assert_refuses(cache, submission, "mha", batch=-5, layers=-3, because="layers and batch are negative")


@pytest.mark.check("contract", points=3, conventions=["zero-length"])
def test_refuses_negative_lengths_and_rotary_widths(submission):
    for variant in VARIANTS:
        assert_refuses(cache, submission, variant, seq_len=-1, because=f"seq_len is -1 with {variant}")
    for rope_dim in (-1, -20):
        assert_refuses(cache, submission, "mla", rope_dim=rope_dim, because=f"rope_dim is {rope_dim} with mla")


@pytest.mark.check("contract", points=4, conventions=["zero-length"])
def test_an_empty_cache_has_0_bytes_if_all_else_is_good(submission):
    for variant in VARIANTS:
        assert_same(cache(submission, variant, seq_len=0), 0, what=f"the cache of {variant} with seq_len=0")
    bad = [("mha", {"layers": 0}), ("mha", {"heads": 0}), ("mqa", {"batch": 0}), ("mqa", {"head_dim": 0})]
    bad += [("gqa", {"kv_heads": None}), ("gqa", {"kv_heads": 5}), ("gqa", {"kv_heads": 0}), ("gqa", {"itemsize": 0})]
    bad += [("mla", {"latent_dim": None}), ("mla", {"latent_dim": 0}), ("mla", {"rope_dim": -1}), ("mla", {"batch": 0})]
    for variant, changes in bad:
        because = f"seq_len is 0, but {say(changes)} is bad for {variant}"
        assert_refuses(cache, submission, variant, seq_len=0, **changes, because=because)
    given = BASE | {"seq_len": 0, "kv_heads": 4, "latent_dim": 9}
    assert_refuses(submission.kv_cache_bytes, "swa", **given, because="seq_len is 0, but variant is 'swa'")


@pytest.mark.check("contract", points=4, conventions=["only-the-sum"])
def test_the_bound_refuses_what_it_must(submission):
    bound = submission.decode_tokens_per_second_bound
    for batch in (0, -2):
        assert_refuses(bound, 10, 5, batch, 100.0, because=f"batch is {batch}")
    for bandwidth in (0.0, 0, -100.0):
        assert_refuses(bound, 10, 5, 2, bandwidth, because=f"bandwidth is {bandwidth}")
    for weight_bytes, kv_bytes in ((0, 0), (-10, 10), (-10, 4), (3, -9)):
        because = f"weight_bytes + kv_bytes is {weight_bytes + kv_bytes}"
        assert_refuses(bound, weight_bytes, kv_bytes, 2, 100.0, because=because)
