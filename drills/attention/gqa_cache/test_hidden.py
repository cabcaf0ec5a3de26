"""Hidden checks of gqa_cache. The oracle is the reference: attention over exactly the keys and values that are cached."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_close_in_half,
    assert_finite,
    assert_global_random_untouched,
    assert_ignores,
    assert_inputs_left_alone,
    assert_nothing_forbidden,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_shape,
    assert_type,
    fail,
)


def run(subject, batches, *, max_len, dtype=torch.float32, device="cpu"):
    """Append and attend in turn: one result per (k, v, q). q None only appends."""
    b, g, _, dh = batches[0][0].shape
    cache = subject.GQACache(b, g, max_len, dh, dtype=dtype, device=device)
    results = []
    for k, v, q in batches:
        cache.append(k, v)
        if q is not None:
            results.append(cache.attend(q))
    return results


def batch(draw, b, g, h, n, dh, dtype=torch.float32, scale=1.0):
    return (
        draw.normal(b, g, n, dh, dtype=dtype, scale=scale),
        draw.normal(b, g, n, dh, dtype=dtype),
        draw.normal(b, h, n, dh, dtype=dtype, scale=scale),
    )


def new_cache(subject, draw, *, b=2, g=2, max_len=8, dh=4, filled=0, dtype=torch.float32):
    cache = subject.GQACache(b, g, max_len, dh, dtype=dtype)
    if filled:
        k, v, _ = batch(draw, b, g, g, filled, dh, dtype)
        cache.append(k, v)
    return cache


# shape


@pytest.mark.check("shape", points=3, conventions=["group-mapping"])
@pytest.mark.parametrize(
    ("b", "g", "h", "n", "dh"),
    [(2, 3, 6, 4, 5), (1, 1, 1, 1, 1), (3, 1, 4, 1, 7), (1, 4, 4, 2, 1), (2, 2, 2, 1, 3), (3, 3, 3, 3, 3)],
)
def test_result_has_the_queries_shape(submission, draw, b, g, h, n, dh):
    (result,) = run(submission, [batch(draw, b, g, h, n, dh)], max_len=n + 2)
    assert_shape(result, (b, h, n, dh))


@pytest.mark.check("shape", points=4)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_result_has_the_caches_dtype(submission, reference, draw, dtype):
    batches = [batch(draw, 2, 2, 4, 3, 4, dtype), batch(draw, 2, 2, 4, 1, 4, dtype)]
    expected = run(reference, batches, max_len=6, dtype=dtype)
    for result, wanted in zip(run(submission, batches, max_len=6, dtype=dtype), expected, strict=True):
        assert_close(result, wanted, relative=0.2)


@pytest.mark.check("shape", points=3)
def test_takes_any_memory_layout(submission, reference, draw):
    k, v, q = (draw.non_contiguous(t) for t in batch(draw, 2, 2, 4, 3, 4))
    wide = draw.normal(2, 1, 1, 4).expand(2, 2, 3, 4)
    heads_last = draw.normal(2, 3, 6, 4).transpose(1, 2)
    for batches in ([(k, v, q)], [(wide, wide, heads_last)]):
        for result, wanted in zip(
            run(submission, batches, max_len=5), run(reference, batches, max_len=5), strict=True
        ):
            assert_close(result, wanted)


# numerics


@pytest.mark.check("numerics", points=6, conventions=["group-mapping", "nothing-beyond-length"])
@pytest.mark.parametrize(("g", "h"), [(3, 6), (1, 4), (5, 5), (2, 8)])
def test_whole_prompt_matches(submission, reference, draw, g, h):
    batches = [batch(draw, 2, g, h, 7, 4, torch.float64)]
    (result,) = run(submission, batches, max_len=11, dtype=torch.float64)
    (expected,) = run(reference, batches, max_len=11, dtype=torch.float64)
    assert_close(result, expected)


@pytest.mark.check("numerics", points=6, conventions=["mask-aligned-to-the-end", "nothing-beyond-length"])
@pytest.mark.parametrize("chunks", [(4, 1, 1, 1), (1, 1, 1), (3, 2, 3), (2, 3, 1, 4), (5, 1)], ids=str)
def test_every_way_to_fill_matches(submission, reference, draw, chunks):
    batches = [batch(draw, 3, 2, 4, n, 5, torch.float64) for n in chunks]
    max_len = sum(chunks) + draw.choice([0, 1, 5])
    expected = run(reference, batches, max_len=max_len, dtype=torch.float64)
    for step, result in enumerate(run(submission, batches, max_len=max_len, dtype=torch.float64)):
        assert_close(result, expected[step], what=f"the result after chunk {step + 1} of {list(chunks)}")


@pytest.mark.check("numerics", points=4, conventions=["truncate-forgets", "nothing-beyond-length"])
def test_truncate_rolls_back(submission, reference, draw):
    prompt, drafts, after, one = (batch(draw, 2, 2, 4, n, 4, torch.float64) for n in (4, 3, 2, 1))

    def roll_back(subject):
        cache = subject.GQACache(2, 2, 8, 4, dtype=torch.float64)
        cache.append(prompt[0], prompt[1])
        cache.append(drafts[0], drafts[1])
        cache.truncate(5)
        results = [cache.length, cache.attend(after[2])]
        cache.append(after[0], after[1])
        results += [cache.length, cache.attend(after[2])]
        cache.truncate(7)
        results += [cache.length, cache.attend(after[2])]
        cache.truncate(0)
        results.append(cache.length)
        cache.append(one[0], one[1])
        return [*results, cache.length, cache.attend(one[2])]

    assert_close(roll_back(submission), roll_back(reference))


@pytest.mark.check("numerics", points=2)
def test_heads_may_change_between_calls(submission, reference, draw):
    k, v, _ = batch(draw, 2, 2, 2, 5, 4)
    queries = [draw.normal(2, h, n, 4) for h, n in ((4, 1), (2, 3), (6, 2), (4, 5), (2, 1))]

    def attend_all(subject):
        cache = subject.GQACache(2, 2, 9, 4)
        cache.append(k, v)
        return [cache.attend(q) for q in queries]

    assert_close(attend_all(submission), attend_all(reference))


@pytest.mark.check("numerics", points=2)
@pytest.mark.parametrize("scale", [30.0, 0.02])
def test_scores_of_any_size_match(submission, reference, draw, scale):
    batches = [batch(draw, 2, 2, 4, 6, 16, torch.float64, scale=scale), batch(draw, 2, 2, 4, 2, 16, torch.float64, scale)]
    expected = run(reference, batches, max_len=9, dtype=torch.float64)
    for result, wanted in zip(run(submission, batches, max_len=9, dtype=torch.float64), expected, strict=True):
        assert_close(result, wanted, relative=1e-8)


@pytest.mark.check("numerics", points=3, conventions=["nbytes-is-constant"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_length_and_nbytes_are_counted(submission, draw, dtype):
    b, g, max_len, dh = draw.distinct(4, 2, 9)
    cache = submission.GQACache(b, g, max_len, dh, dtype=dtype)
    wanted = 2 * b * g * max_len * dh * dtype.itemsize
    steps = [("at first", 0)]
    for size in (1, max_len - 1):
        steps.append((f"after {size} more", steps[-1][1] + size))
    for number, (when, length) in enumerate(steps):
        if number:
            k, v, _ = batch(draw, b, g, g, length - steps[number - 1][1], dh, dtype)
            cache.append(k, v)
        assert_type(cache.length, int, "length")
        assert_type(cache.nbytes, int, "nbytes")
        assert_same(cache.length, length, what=f"length {when}")
        assert_same(cache.nbytes, wanted, what=f"nbytes {when}")
    cache.truncate(1)
    assert_same((cache.length, cache.nbytes), (1, wanted), what="(length, nbytes) after truncate(1)")


@pytest.mark.check("numerics", points=2)
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_precision_is_as_good_as_it_can_be(submission, reference, draw, dtype):
    batches = [batch(draw, 2, 2, 4, 6, 8, dtype), batch(draw, 2, 2, 4, 2, 8, dtype)]
    exact = run(reference, [tuple(t.double() for t in each) for each in batches], max_len=9, dtype=torch.float64)
    ours = run(reference, batches, max_len=9, dtype=dtype)
    for result, truth, own in zip(run(submission, batches, max_len=9, dtype=dtype), exact, ours, strict=True):
        assert_close_in_half(result, truth, own)


# finiteness


@pytest.mark.check("finiteness", points=6)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_large_scores_stay_finite(submission, reference, draw, dtype):
    # Scaled scores up to about 1e4 (100 in float16), all of one sign in one head and of the other in the next.
    reach = 9.0 if dtype == torch.float16 else 95.0
    dh = 4
    sign = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=dtype).reshape(1, 4, 1, 1)
    k = draw.uniform(1, 2, 5, dh, low=0.95 * reach, high=reach, dtype=dtype)
    q = draw.uniform(1, 4, 5, dh, low=0.45 * reach, high=0.5 * reach, dtype=dtype) * sign
    v = draw.normal(1, 2, 5, dh, dtype=dtype)
    batches = [(k, v, q), (k[:, :, :2], v[:, :, :2], q[:, :, :2])]
    expected = run(reference, batches, max_len=8, dtype=dtype)
    for result, wanted in zip(run(submission, batches, max_len=8, dtype=dtype), expected, strict=True):
        assert_finite(result)
        if dtype == torch.float64:
            assert_close(result, wanted, relative=1e-8)


@pytest.mark.check("finiteness", points=4, conventions=["nothing-beyond-length"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_forgotten_positions_do_not_come_back(submission, reference, draw, dtype):
    good, more = batch(draw, 1, 2, 2, 3, 4, dtype), batch(draw, 1, 2, 2, 1, 4, dtype)
    bad = torch.full((1, 2, 3, 4), 20.0 if dtype == torch.float16 else 100.0, dtype=dtype)

    def poison(subject):
        cache = subject.GQACache(1, 2, 7, 4, dtype=dtype)
        cache.append(good[0], good[1])
        cache.append(bad, bad)
        cache.truncate(3)
        results = [cache.attend(good[2])]
        cache.append(more[0], more[1])
        return [*results, cache.attend(more[2])]

    assert_finite(poison(submission))
    assert_close(poison(submission), poison(reference), relative=0.2)


# causality


@pytest.mark.check("causality", points=8, conventions=["mask-aligned-to-the-end"])
@pytest.mark.parametrize(("cached", "n"), [(0, 5), (3, 2), (4, 3), (0, 2)])
def test_no_query_sees_its_future(submission, draw, cached, n):
    b, g, h, dh = 2, 2, 4, 3
    k, v, q = (draw.normal(b, heads, cached + n, dh, dtype=torch.float64) for heads in (g, g, h))
    q = q[:, :, cached:]
    hidden_from = draw.int(1, n - 1)  # queries before this one must not see what lies from its position on
    changed_k, changed_v = k.clone(), v.clone()
    changed_k[:, :, cached + hidden_from :] += draw.normal(b, g, n - hidden_from, dh, dtype=torch.float64, scale=5.0)
    changed_v[:, :, cached + hidden_from :] -= 7.0

    def attend(keys, values):
        return run(submission, [(keys, values, q)], max_len=cached + n + 1, dtype=torch.float64)[0]

    assert_ignores(
        attend, (k, v), (changed_k, changed_v), lambda y: y[:, :, :hidden_from],
        f"with {cached + n} cached positions and {n} queries, query {hidden_from - 1} sees a later position", 1e-12,
    )  # fmt: skip


@pytest.mark.check("causality", points=4, conventions=["mask-aligned-to-the-end"])
def test_every_query_sees_all_of_its_past(submission, reference, draw):
    # One-hot values: column t of the result is the weight of position t, and none of the past may be 0.
    total, n = 6, 3
    k, q = draw.normal(1, 1, total, total, dtype=torch.float64), draw.normal(1, 1, n, total, dtype=torch.float64)
    v = torch.eye(total, dtype=torch.float64)[None, None]
    (weights,) = run(submission, [(k, v, q)], max_len=total, dtype=torch.float64)
    assert_shape(weights, (1, 1, n, total), "the attention weights")
    for i in range(n):
        position = total - n + i
        if not (weights[0, 0, i, : position + 1] > 0).all():
            fail(f"query {i} of {n} stands at position {position} of {total}, but gives weight 0 to part of its past")
        if (weights[0, 0, i, position + 1 :] != 0).any():
            fail(f"query {i} of {n} stands at position {position} of {total}, but gives weight to a later position")


@pytest.mark.check("causality", points=3, conventions=["mask-aligned-to-the-end"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_very_low_scores_do_not_open_the_mask(submission, draw, dtype):
    # Every score is -1e4, so a mask that is a mere large number lets the future in.
    n, dh = 3, 4
    k = torch.full((1, 1, n, dh), 100.0, dtype=dtype)
    q = torch.full((1, 1, n, dh), -50.0, dtype=dtype)
    v = draw.normal(1, 1, n, dh, dtype=dtype)
    (result,) = run(submission, [(k, v, q)], max_len=n, dtype=dtype)
    assert_shape(result, (1, 1, n, dh))
    assert_close(result[:, :, 0], v[:, :, 0], what="the result of query 0, which sees position 0 alone")


# contract


@pytest.mark.check("contract", points=4, conventions=["errors-change-nothing"])
def test_refused_appends_change_nothing(submission, reference, draw):
    b, g, dh = 2, 3, 4
    k, v, _ = batch(draw, b, g, g, 3, dh)
    more_k, more_v, _ = batch(draw, b, g, g, 2, dh)
    q = draw.normal(b, g, 2, dh)
    bad = {
        "there is no room for n more": batch(draw, b, g, g, 4, dh)[:2],
        "the batch of k and v is not the cache's": batch(draw, 1, g, g, 2, dh)[:2],
        "the heads of k and v are not the cache's": batch(draw, b, 1, g, 2, dh)[:2],
        "the head width of k and v is not the cache's": batch(draw, b, g, g, 2, 1)[:2],
        "the head width of v is not the cache's": (more_k, draw.normal(b, g, 2, dh + 1)),
        "the batch of v is not the cache's": (more_k, draw.normal(1, g, 2, dh)),
        "k is not four-dimensional": (draw.normal(g, 2, dh), draw.normal(g, 2, dh)),
        "v is longer than k": (more_k, draw.normal(b, g, 3, dh)),
        "v has one position and k two": (more_k, draw.normal(b, g, 1, dh)),
        "k is longer than v": (draw.normal(b, g, 3, dh), more_v),
    }

    def use(subject, refuse):
        cache = subject.GQACache(b, g, 6, dh)
        cache.append(k, v)
        if refuse:
            for because, (bad_k, bad_v) in bad.items():
                assert_refuses(cache.append, bad_k, bad_v, because=because)
                assert_same(cache.length, 3, what=f"length after a refused append ({because})")
        results = [cache.attend(q)]
        cache.append(more_k, more_v)
        return [*results, cache.length, cache.attend(q)]

    assert_close(use(submission, True), use(reference, False), what="the results after refused appends")


@pytest.mark.check("contract", points=2)
def test_fills_to_the_last_slot(submission, draw):
    cache = new_cache(submission, draw, max_len=4, filled=3)
    cache.append(*batch(draw, 2, 2, 2, 1, 4)[:2])
    assert_same(cache.length, 4, what="length of the full cache")
    assert_refuses(cache.append, *batch(draw, 2, 2, 2, 1, 4)[:2], because="the cache is full")
    assert_same(cache.length, 4, what="length of the full cache")
    whole = submission.GQACache(1, 1, 3, 2)
    whole.append(*batch(draw, 1, 1, 1, 3, 2)[:2])
    assert_same(whole.length, 3, what="length after one append of max_len positions")


@pytest.mark.check("contract", points=2)
def test_attend_refuses_what_it_must(submission, draw):
    assert_refuses(new_cache(submission, draw).attend, draw.normal(2, 4, 1, 4), because="the cache is empty")
    cache = new_cache(submission, draw, filled=3)
    assert_refuses(cache.attend, draw.normal(2, 4, 4, 4), because="there are 4 queries for 3 cached positions")
    assert_refuses(cache.attend, draw.normal(2, 3, 1, 4), because="G = 2 does not divide H = 3")
    assert_refuses(cache.attend, draw.normal(2, 1, 1, 4), because="G = 2 does not divide H = 1")
    assert_shape(cache.attend(draw.normal(2, 4, 3, 4)), (2, 4, 3, 4))


@pytest.mark.check("contract", points=2, conventions=["truncate-forgets"])
def test_truncate_refuses_what_it_must(submission, draw):
    cache = new_cache(submission, draw, filled=3)
    for length in (4, -1, 8):
        assert_refuses(cache.truncate, length, because=f"truncate({length}) is outside 0..3")
        assert_same(cache.length, 3, what="length after a refused truncate")
    cache.truncate(3)
    assert_same(cache.length, 3, what="length after truncate to the present length")
    cache.truncate(0)
    cache.truncate(0)
    assert_same(cache.length, 0, what="length after truncate(0)")
    assert_refuses(cache.truncate, 1, because="truncate(1) of an empty cache")


@pytest.mark.check("contract", points=3, conventions=["append-copies"])
def test_appended_tensors_may_be_reused(submission, reference, draw):
    # The very tensors of an append are overwritten afterwards; the cache must not see it.
    for filled, max_len in ((3, 3), (3, 6), (1, 4)):
        k, v, q = batch(draw, 2, 2, 4, filled, 4)
        (expected,) = run(reference, [(k, v, q)], max_len=max_len)
        held_k, held_v = submission.torch("clone", k), submission.torch("clone", v)
        cache = submission.GQACache(2, 2, max_len, 4)
        cache.append(held_k, held_v)
        held_k.method("fill_")(9.0)
        held_v.method("zero_")()
        assert_close(cache.attend(q), expected, what="the result after the caller reused k and v")


@pytest.mark.check("contract", points=2, conventions=["result-is-fresh"])
@pytest.mark.parametrize(("filled", "heads", "n"), [(3, 4, 2), (1, 2, 1), (2, 2, 2)])
def test_results_are_not_overwritten(submission, draw, filled, heads, n):
    cache = new_cache(submission, draw, filled=filled)
    q = draw.normal(2, heads, n, 4)
    with submission.options(keep=True):
        held = cache.attend(q)
    before = held.method("clone")()
    cache.attend(draw.normal(2, heads, n, 4))
    cache.truncate(0)
    cache.append(*batch(draw, 2, 2, 2, 5, 4)[:2])
    cache.attend(draw.normal(2, heads, n, 4))
    assert_same(held.method("clone")(), before, what="an earlier result after later calls")


@pytest.mark.check("contract", points=6, conventions=["no-state-with-max-len"])
def test_state_beside_the_buffers_does_not_grow(submission, draw):
    def beside_buffers(max_len):
        made = submission.GQACache.observe(1, 1, max_len, 2, metered=True)
        cache, kept = made.value, made.meter.retained_bytes
        k, v, q = batch(draw, 1, 1, 1, 2, 2)
        kept += cache.append.observe(k, v, metered=True).meter.retained_bytes
        attended = cache.attend.observe(q, metered=True)
        return kept + attended.meter.retained_bytes - 2 * max_len * 2 * 4

    small, large = beside_buffers(16), beside_buffers(1040)
    if large - small >= 1024:
        fail(f"state other than the two buffers grows with max_len: {large - small:,} more bytes for 1,024 more positions")


@pytest.mark.check("contract", points=1)
def test_forbids_the_fused_kernels(submission, draw):
    for n in (1, 3):
        run(submission, [batch(draw, 1, 2, 4, 3, 4), batch(draw, 1, 2, 4, n, 4)], max_len=6)
        run(submission, [batch(draw, 1, 2, 2, n, 4)], max_len=n)
    assert_nothing_forbidden(submission)


@pytest.mark.check("contract", points=1)
def test_leaves_its_inputs_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


@pytest.mark.check("contract", points=1)
def test_inputs_may_require_grad(submission, reference, draw):
    k, v, q = (t.requires_grad_() for t in batch(draw, 1, 2, 4, 3, 4))
    twice = [(k, v, q), (k[:, :, :1].detach().requires_grad_(), v[:, :, :1].detach(), q[:, :, :1].detach())]
    for result, wanted in zip(run(submission, twice, max_len=5), run(reference, twice, max_len=5), strict=True):
        assert_close(result, wanted)


# gpu


@pytest.mark.check("gpu", points=5)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    batches = [batch(draw, 2, 2, 4, 3, 4), batch(draw, 2, 2, 4, 1, 4), batch(draw, 2, 2, 4, 2, 4)]
    expected = run(reference, batches, max_len=8)
    assert_runs_on_gpu(submission, lambda gpu: run(submission, batches, max_len=8, device=gpu), expected)
