"""Hidden checks of gqa_cache. The oracle is the reference: attention over exactly what is cached."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    Instance,
    assert_close,
    assert_close_in_half,
    assert_dtype,
    assert_finite,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_nothing_forbidden,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_shape,
    fail,
    on_simulated_gpu,
)

DOUBLE = torch.float64


def make(subject, *sizes, **kwargs):
    cache = subject.GQACache(*sizes, **kwargs)
    if not isinstance(cache, Instance):
        fail("GQACache(...) does not give an object")
    return cache


def run(subject, batches, *, max_len, dtype=torch.float32, device="cpu"):
    """Append and attend in turn: one result per (k, v, q). q None only appends."""
    b, g, _, dh = batches[0][0].shape
    cache = make(subject, b, g, max_len, dh, dtype=dtype, device=device)
    results = []
    for k, v, q in batches:
        cache.append(k, v)
        if q is not None:
            results.append(cache.attend(q))
    return results


def assert_runs_agree(submission, reference, batches, what="result", **cache):
    assert_close(run(submission, batches, **cache), run(reference, batches, **cache), what=what)


def batch(draw, b, g, h, n, dh, dtype=torch.float32, scale=1.0):
    return (
        draw.normal(b, g, n, dh, dtype=dtype, scale=scale),
        draw.normal(b, g, n, dh, dtype=dtype),
        draw.normal(b, h, n, dh, dtype=dtype, scale=scale),
    )


def filled_cache(subject, draw, length, *, b=2, g=2, max_len=8, dh=4):
    cache = make(subject, b, g, max_len, dh)
    cache.append(*batch(draw, b, g, g, length, dh)[:2])
    return cache


# shape


@pytest.mark.check("shape", points=7, conventions=["group-mapping"])
def test_result_has_the_queries_shape_and_dtype(submission, draw):
    different = [(2, 3, 6, 4, 5), (1, 1, 1, 1, 1), (3, 1, 4, 1, 2), (2, 2, 4, 3, 4)]
    for (b, g, h, n, dh), dtype in zip(different, DTYPES, strict=True):
        (result,) = run(submission, [batch(draw, b, g, h, n, dh, dtype)], max_len=n + 2, dtype=dtype)
        assert_shape(result, (b, h, n, dh))
        assert_dtype(result, dtype)


# causality


@pytest.mark.check("causality", points=9, conventions=["mask-aligned-to-the-end"])
def test_every_query_sees_its_past_and_nothing_else(submission, draw):
    # One-hot values: column t of the result is the weight of position t, above 0 in the past and exactly 0 after it.
    total = 6
    cache = make(submission, 1, 2, total, total, dtype=DOUBLE)
    cache.append(draw.normal(1, 2, total, total, dtype=DOUBLE), torch.eye(total, dtype=DOUBLE).expand(1, 2, -1, -1))
    for n in (3, total, 1):
        weights = cache.attend(draw.normal(1, 4, n, total, dtype=DOUBLE))
        assert_shape(weights, (1, 4, n, total), "the attention weights")
        assert_dtype(weights, DOUBLE)
        for i in range(n):
            position = total - n + i
            where = f"query {i} of {n} stands at position {position} of {total}, but gives"
            if not (weights[0, :, i, : position + 1] > 0).all():
                fail(f"{where} weight 0 to part of its past")
            if (weights[0, :, i, position + 1 :] != 0).any():
                fail(f"{where} weight to a later position")


@pytest.mark.check("causality", points=4, conventions=["mask-aligned-to-the-end"])
def test_very_low_scores_do_not_open_the_mask(submission, draw):
    # The one visible score is -1e4, the hidden ones are 1e4: a mask that is a mere large number lets the future in.
    n = 3
    for dtype in (torch.float32, torch.bfloat16):
        k = torch.full((1, 1, n, 1), 100.0, dtype=dtype)
        k[:, :, 0] = -100.0
        v = draw.normal(1, 1, n, 1, dtype=dtype) + torch.tensor([0.0, 4.0, 8.0], dtype=dtype).reshape(n, 1)
        (result,) = run(submission, [(k, v, torch.full_like(k, 100.0))], max_len=n, dtype=dtype)
        assert_shape(result, (1, 1, n, 1))
        assert_close(result[:, :, 0], v[:, :, 0], what="the result of query 0, which sees position 0 alone", scale=1.0)


@pytest.mark.check("causality", points=2, conventions=["mask-aligned-to-the-end"])
def test_the_mask_holds_beyond_position_256(submission):
    # All scores are 0, and lane j of the values is 1 at position keys[j]: lane j of the result is that position's weight.
    keys, length = torch.tensor([0, 1, 127, 128, 255, 256, 297, 511]), 530
    x = torch.eye(length, dtype=torch.bfloat16)[None, None, :, keys]  # [1, 1, length, 8]
    (result,) = run(submission, [(x, x, torch.zeros_like(x))], max_len=length + 1, dtype=torch.bfloat16)
    assert_shape(result, x.shape)
    for i, j in ((result > 0) != (x.cumsum(2) > 0))[0, 0].nonzero()[:1]:
        fail(f"position {i} of {length} gives {'weight' if result[0, 0][i, j] > 0 else 'no weight'} to position {keys[j]}")


# numerics and layout


@pytest.mark.check("numerics", points=7, conventions=["group-mapping", "nothing-beyond-length", "task", "rules"])
def test_whole_prompt_matches(submission, reference, draw):
    for g, h, dh, scale in [(3, 6, 4, 1.0), (5, 5, 4, 1.0), (2, 4, 16, 30.0)]:  # the last with scores of thousands
        batches = [batch(draw, 2, g, h, 7, dh, DOUBLE, scale)]
        what = f"for {g} key/value heads and {h} query heads, result"
        assert_runs_agree(submission, reference, batches, what, max_len=11, dtype=DOUBLE)


@pytest.mark.check("numerics", points=6, conventions=["mask-aligned-to-the-end", "nothing-beyond-length"])
def test_every_way_to_fill_matches(submission, reference, draw):
    # (chunks, query heads, room left at the end, chunks that are attended to)
    for chunks, h, room, asked in [((4, 1, 1), 4, 3, (0, 1, 2)), ((3, 2, 3), 2, 0, (1, 2)), ((70, 3), 2, 70, (1,))]:
        batches = [batch(draw, 3, 1 if h == 4 else 2, h, n, 5, DOUBLE) for n in chunks]
        batches = [(k, v, q if number in asked else None) for number, (k, v, q) in enumerate(batches)]
        what = f"after appends of {', '.join(map(str, chunks))} positions, result"
        assert_runs_agree(submission, reference, batches, what, max_len=sum(chunks) + room, dtype=DOUBLE)


@pytest.mark.check("numerics", points=5, conventions=["truncate-forgets", "nothing-beyond-length"])
def test_truncate_rolls_back(submission, reference, draw):
    prompt, after, one = (batch(draw, 2, 2, 4, n, 4, DOUBLE) for n in (4, 2, 1))
    drafts = batch(draw, 2, 2, 4, 3, 4, DOUBLE, scale=50.0)

    def roll_back(subject):
        cache = make(subject, 2, 2, 8, 4, dtype=DOUBLE)
        cache.append(prompt[0], prompt[1])
        cache.append(drafts[0], drafts[1])
        cache.truncate(5)
        results = {"length after 7 positions and truncate(5)": cache.length, "result then": cache.attend(after[2])}
        cache.append(after[0], after[1])
        results["result after two more positions"] = cache.attend(after[2])
        cache.truncate(7)
        cache.truncate(0)
        cache.append(one[0], one[1])
        results["length after truncate(0) and one position"] = cache.length
        results["result after truncate(0) and one position"] = cache.attend(one[2])
        return results

    assert_close(roll_back(submission), roll_back(reference), what="in a cache that is rolled back,")


@pytest.mark.check("numerics", points=3)
def test_heads_may_change_and_caches_do_not_mix(submission, reference, draw):
    chunks = [batch(draw, 2, 2, 2, n, 4) for n in (5, 3)]
    queries = [draw.normal(2, h, n, 4) for h, n in ((4, 1), (2, 3), (6, 2), (4, 3))]

    def attend_all(subject):
        first, second = make(subject, 2, 2, 9, 4), make(subject, 2, 2, 9, 4)
        first.append(*chunks[0][:2])
        second.append(*chunks[1][:2])
        return [first.attend(queries[0]), first.attend(queries[1]), second.attend(queries[2]), first.attend(queries[3])]

    assert_close(attend_all(submission), attend_all(reference), what="with two caches in turn and other H, result")


@pytest.mark.check("numerics", points=2, conventions=["nbytes-is-constant"])
def test_length_and_nbytes_are_counted(submission, draw):
    b, g, max_len, dh = draw.distinct(4, 3, 9)
    for dtype in (torch.float32, *DTYPES):
        cache = make(submission, b, g, max_len, dh, dtype=dtype)
        wanted = 2 * b * g * max_len * dh * dtype.itemsize
        assert_same(cache.nbytes, wanted, what=f"nbytes of an empty {str(dtype).removeprefix('torch.')} cache")
    assert_same(cache.length, 0, what="length at first")
    for n, length, when in ((1, 1, "after one position"), (max_len - 1, max_len, "of the full cache")):
        cache.append(*batch(draw, b, g, g, n, dh, dtype)[:2])
        assert_same(cache.length, length, what=f"length {when}")
    assert_same(cache.nbytes, wanted, what="nbytes of the full cache")
    cache.truncate(1)
    assert_same(cache.length, 1, what="length after truncate(1)")
    assert_same(cache.nbytes, wanted, what="nbytes after truncate(1)")


@pytest.mark.check("numerics", points=2)
def test_half_precision_is_as_good_as_it_can_be(submission, reference, draw):
    for dtype in HALF_DTYPES:
        batches = [batch(draw, 2, 2, 4, 6, 8, dtype)]
        (exact,) = run(reference, [tuple(t.double() for t in batches[0])], max_len=9, dtype=DOUBLE)
        (ours,) = run(reference, batches, max_len=9, dtype=dtype)
        (result,) = run(submission, batches, max_len=9, dtype=dtype)
        assert_close_in_half(result, exact, ours)


@pytest.mark.check("shape", points=3)
def test_takes_any_memory_layout(submission, reference, draw):
    k, v, _ = (draw.non_contiguous(t) for t in batch(draw, 2, 2, 4, 3, 4))
    wide = draw.normal(2, 1, 1, 4)
    heads_last = draw.normal(2, 3, 6, 4).transpose(1, 2)
    first = (k, wide.expand(2, 2, 3, 4), heads_last)
    second = (wide.expand(2, 2, 2, 4), v[:, :, :2], wide.expand(2, 4, 1, 4))
    assert_runs_agree(submission, reference, [first, second], max_len=6)


# finiteness


@pytest.mark.check("finiteness", points=10)
def test_large_scores_stay_finite(submission, reference, draw):
    # Scaled scores up to about 1e4 (100 in float16), all of one sign in one head and of the other in the next.
    for dtype in DTYPES:
        reach = 9.0 if dtype == torch.float16 else 95.0
        sign = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=dtype).reshape(1, 4, 1, 1)
        k = draw.uniform(1, 2, 5, 4, low=0.95 * reach, high=reach, dtype=dtype)
        q = draw.uniform(1, 4, 5, 4, low=0.45 * reach, high=0.5 * reach, dtype=dtype) * sign
        batches = [(k, draw.normal(1, 2, 5, 4, dtype=dtype), q)]
        (expected,) = run(reference, batches, max_len=8, dtype=dtype)
        (result,) = run(submission, batches, max_len=8, dtype=dtype)
        assert_shape(result, (1, 4, 5, 4))
        assert_finite(result)
        if dtype in (torch.float64, torch.float32):
            assert_close(result, expected, relative=1e-8 if dtype == DOUBLE else 0.05, scale=1.0)


# contract


@pytest.mark.check("contract", points=7, conventions=["errors-change-nothing"])
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
        "the heads of k are not the cache's": (draw.normal(b, 1, 2, dh), more_v),
        "k and v have no batch axis": (draw.normal(g, 2, dh), draw.normal(g, 2, dh)),
        "k and v have two axes": (draw.normal(2, dh), draw.normal(2, dh)),
        "batch and heads of k and v change places": batch(draw, g, b, b, 2, dh)[:2],
        "batch and head width of k and v change places": batch(draw, dh, g, g, 2, b)[:2],
        "heads and head width of k and v change places": batch(draw, b, dh, dh, 2, g)[:2],
        "the positions of k and v come before the heads": batch(draw, b, 2, 2, g, dh)[:2],
        "the heads of k and v lie in one axis": (draw.normal(b, 2, g * dh), draw.normal(b, 2, g * dh)),
        "v has one position and k two": (more_k, draw.normal(b, g, 1, dh)),
        "v is longer than k": (more_k, draw.normal(b, g, 3, dh)),
        "k is longer than v": (draw.normal(b, g, 3, dh), more_v),
    }

    def use(subject, refuse):
        cache = make(subject, b, g, 6, dh)
        cache.append(k, v)
        if refuse:
            for because, (bad_k, bad_v) in bad.items():
                assert_refuses(cache.append, bad_k, bad_v, because=because)
                assert_same(cache.length, 3, what=f"length after a refused append ({because})")
        before = cache.attend(q)
        cache.append(more_k, more_v)
        return [before, cache.attend(q)]

    assert_close(use(submission, True), use(reference, False), what="after refused appends, result")
    cache = filled_cache(submission, draw, 3, max_len=4)
    cache.append(*batch(draw, 2, 2, 2, 1, 4)[:2])
    assert_refuses(cache.append, *batch(draw, 2, 2, 2, 1, 4)[:2], because="the cache is full")


@pytest.mark.check("contract", points=2)
def test_attend_refuses_what_it_must(submission, draw):
    assert_refuses(make(submission, 2, 2, 8, 4).attend, draw.normal(2, 4, 1, 4), because="the cache is empty")
    cache = filled_cache(submission, draw, 3)
    assert_refuses(cache.attend, draw.normal(2, 4, 4, 4), because="there are 4 queries for 3 cached positions")
    assert_refuses(cache.attend, draw.normal(2, 3, 1, 4), because="G = 2 does not divide H = 3")
    assert_refuses(cache.attend, draw.normal(2, 1, 1, 4), because="G = 2 does not divide H = 1")
    assert_shape(cache.attend(draw.normal(2, 4, 3, 4)), (2, 4, 3, 4))
    cache.truncate(1)
    assert_refuses(cache.attend, draw.normal(2, 4, 2, 4), because="truncate(1) left one position for 2 queries")


@pytest.mark.check("contract", points=2, conventions=["truncate-forgets"])
def test_truncate_refuses_what_it_must(submission, draw):
    cache = filled_cache(submission, draw, 3)
    for length in (4, -1):
        assert_refuses(cache.truncate, length, because=f"truncate({length}) is outside 0..3")
        assert_same(cache.length, 3, what="length after a refused truncate")
    for length in (3, 0, 0):
        cache.truncate(length)
        assert_same(cache.length, length, what=f"length after truncate({length})")
    assert_refuses(cache.truncate, 1, because="truncate(1) of an empty cache")


@pytest.mark.check("contract", points=3, conventions=["append-copies"])
def test_appended_tensors_may_be_reused(submission, reference, draw):
    # The very tensors of an append are overwritten afterwards; the cache must not see it.
    for filled, max_len in ((3, 3), (3, 6)):
        k, v, q = batch(draw, 2, 2, 4, filled, 4)
        (expected,) = run(reference, [(k, v, q)], max_len=max_len)
        held_k, held_v = submission.torch("clone", k), submission.torch("clone", v)
        cache = make(submission, 2, 2, max_len, 4)
        cache.append(held_k, held_v)
        held_k.method("fill_")(9.0)
        held_v.method("zero_")()
        assert_close(cache.attend(q), expected, what="the result after the caller reused k and v")


@pytest.mark.check("contract", points=2, conventions=["result-is-fresh"])
def test_results_are_not_overwritten(submission, draw):
    cache = make(submission, 1, 1, 8, 4)
    held = []
    for more, heads, n in ((1, 1, 1), (0, 2, 1), (3, 2, 2)):
        if more:
            cache.append(*batch(draw, 1, 1, 1, more, 4)[:2])
        with submission.options(keep=True):
            result = cache.attend(draw.normal(1, heads, n, 4))
        what = f"an earlier result (H = {heads}, n = {n}), after later calls,"
        held.append((what, result, result.method("clone")()))
    cache.attend(draw.normal(1, 2, 2, 4))
    cache.truncate(0)
    cache.append(*batch(draw, 1, 1, 1, 5, 4)[:2])
    for what, result, before in held:
        now = result.method("clone")()
        assert_shape(before, now.shape, what) if isinstance(now, torch.Tensor) else fail(f"{what} is no tensor")
        assert_same(now, before, what=what)


@pytest.mark.check("contract", points=5, conventions=["no-state-with-max-len"])
def test_buffers_are_allocated_at_once_and_nothing_else_grows(submission, draw):
    def beside_buffers(max_len):
        made = submission.GQACache.observe(1, 1, max_len, 3, dtype=torch.bfloat16, metered=True)
        allocated, buffers = made.meter.total_bytes, 2 * max_len * 3 * 2
        if allocated < buffers:
            fail(f"__init__ allocates {allocated:,} bytes, but the two buffers take {buffers:,}: they come later")
        k, v, q = batch(draw, 1, 1, 1, 2, 3, torch.bfloat16)
        cache = make(submission, 1, 1, max_len, 3, dtype=torch.bfloat16)  # unmetered: a buffer that replaces one counts
        kept = {"__init__": made.meter.retained_bytes - buffers}
        for name, *args in (("append", k, v), ("attend", q), ("truncate", 1), ("truncate", 0)):
            kept[name] = cache.method(name).observe(*args, metered=True).meter.retained_bytes
        return kept

    small, large = beside_buffers(16), beside_buffers(1040)
    for name, kept in large.items():
        more = f"{kept - small[name]:,} bytes more for 1,024 more of max_len"
        assert kept - small[name] < 1024, f"beside two bfloat16 buffers in __init__, {name} allocates and keeps {more}"


@pytest.mark.check("contract", points=1)
def test_inputs_may_require_grad(submission, reference, draw):
    k, v, q = (t.requires_grad_() for t in batch(draw, 1, 2, 4, 3, 4))
    twice = [(k, v, q), (k[:, :, :1].detach().requires_grad_(), v[:, :, :1].detach(), q[:, :, :1].detach())]
    assert_runs_agree(submission, reference, twice, max_len=5)


# gpu


@pytest.mark.check("gpu", points=5)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    batches = [batch(draw, 2, 2, 4, n, 4) for n in (3, 1, 2)]
    expected = run(reference, batches, max_len=8)
    assert_runs_on_gpu(submission, lambda gpu: run(submission, batches, max_len=8, device=gpu), expected)
    with on_simulated_gpu(submission) as gpu:
        cache = make(submission, 2, 2, 8, 4, device=gpu)
        state = cache.method("__getstate__")()
        parts = state if isinstance(state, tuple) else (state,)
        for name, value in (item for part in parts if isinstance(part, dict) for item in part.items()):
            if isinstance(value, torch.Tensor) and value.numel() >= 2 * 2 * 8 * 4:
                where = cache.method(f"{name}.detach").observe().devices
                assert where[0] != "cpu", f"the buffer `{name}` lies on the CPU, not on the device that was asked for"


# over all calls above


@pytest.mark.check("contract", points=1)
def test_forbids_the_fused_kernels(submission):
    assert_nothing_forbidden(submission)


@pytest.mark.check("contract", points=2)
def test_leaves_its_inputs_and_the_global_random_state_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)
    assert_global_random_untouched(submission)
