"""Hidden checks of mla_cache. Sizes go in the order B, H, n, R, Dr, Dh, Dv."""

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
    assert_work_within,
    fail,
    is_close,
    on_simulated_gpu,
)

DOUBLE = torch.float64


def make(subject, *sizes, **kwargs):
    cache = subject.MLACache(*sizes, **kwargs)
    if not isinstance(cache, Instance):
        fail("MLACache(...) does not give an object")
    return cache


def run(subject, chunks, *, max_len, dtype=torch.float32, device="cpu"):
    """Append and attend in turn: one result per (latent, k_rope, questions). Questions None only append."""
    latent, k_rope, _ = chunks[0]
    cache = make(subject, latent.shape[0], max_len, latent.shape[2], k_rope.shape[2], dtype=dtype, device=device)
    results = []
    for latent, k_rope, questions in chunks:
        cache.append(latent, k_rope)
        if questions is not None:
            results.append(cache.attend(*questions))
    return results


def assert_runs_agree(submission, reference, chunks, what="result", **cache):
    assert_close(run(submission, chunks, **cache), run(reference, chunks, **cache), what=what)


def ask(draw, b, h, n, r, dr, dh, dv, dtype=torch.float32, scale=1.0):
    """q_nope, q_rope, w_uk and w_uv."""
    return (
        draw.normal(b, h, n, dh, dtype=dtype, scale=scale),
        draw.normal(b, h, n, dr, dtype=dtype, scale=scale),
        draw.normal(h, dh, r, dtype=dtype, scale=1.2 * r**-0.5),
        draw.normal(h, dv, r, dtype=dtype, scale=r**-0.5),
    )


def chunk(draw, b, h, n, r, dr, dh, dv, dtype=torch.float32, scale=1.0):
    latent, k_rope = (draw.normal(b, n, width, dtype=dtype, scale=scale) for width in (r, dr))
    return latent, k_rope, ask(draw, b, h, n, r, dr, dh, dv, dtype, scale)


def filled_cache(subject, draw, length, *, b=2, r=5, dr=3, max_len=8):
    cache = make(subject, b, max_len, r, dr)
    cache.append(draw.normal(b, length, r), draw.normal(b, length, dr))
    return cache


def describe(b, h, n, r, dr, dh, dv):
    return f"with B = {b}, H = {h}, n = {n}, R = {r}, Dr = {dr}, Dh = {dh}, Dv = {dv}, result"


# shape


@pytest.mark.check("shape", points=5, conventions=["rope-dim-may-be-zero"])
def test_result_has_the_queries_shape_with_value_width_and_their_dtype(submission, draw):
    different = [(2, 3, 4, 6, 3, 5, 7), (1, 1, 1, 1, 1, 1, 1), (3, 2, 1, 4, 0, 2, 1), (2, 2, 3, 4, 2, 3, 5)]
    for sizes, dtype in zip(different, DTYPES, strict=True):
        (result,) = run(submission, [chunk(draw, *sizes, dtype)], max_len=sizes[2] + 2, dtype=dtype)
        assert_shape(result, (*sizes[:3], sizes[6]), describe(*sizes))
        assert_dtype(result, dtype)


# causality


@pytest.mark.check("causality", points=6, conventions=["mask-aligned-to-the-end"])
def test_every_query_sees_its_past_and_nothing_else(submission, draw):
    # The last lanes of the latents are one-hot and w_uv picks them: column t of the result is the weight of position t.
    total, h = 6, 2
    cache = make(submission, 1, total, 3 + total, 2, dtype=DOUBLE)
    latent = torch.cat((draw.normal(total, 3, dtype=DOUBLE), torch.eye(total, dtype=DOUBLE)), 1)[None]
    cache.append(latent, draw.normal(1, total, 2, dtype=DOUBLE))
    w_uv = torch.eye(total, 3 + total, dtype=DOUBLE).roll(3, dims=1).repeat(h, 1, 1)
    for n in (3, total, 1):
        q_nope, q_rope, w_uk, _ = ask(draw, 1, h, n, 3 + total, 2, 4, 1, DOUBLE)
        weights = cache.attend(q_nope, q_rope, w_uk, w_uv)
        assert_shape(weights, (1, h, n, total), "the attention weights")
        assert_dtype(weights, DOUBLE)
        for i in range(n):
            row, position = weights[0, :, i], total - n + i
            where = f"query {i} of {n} stands at position {position} of {total}, but"
            if not (row[:, : position + 1] > 0).all():
                fail(f"{where} gives weight 0 to part of its past")
            if (row[:, position + 1 :] != 0).any():
                fail(f"{where} gives weight to a later position")
            if not all(is_close(float(total_weight), 1.0, 1e-6) for total_weight in row.sum(-1)):
                fail(f"{where} its weights sum to {float(row[0].sum()):.6g}, not to 1")


@pytest.mark.check("causality", points=4, conventions=["mask-aligned-to-the-end"])
def test_very_low_scores_do_not_open_the_mask(submission):
    # The one visible score is -1e4, the hidden ones are 1e4: a mask that is a mere large number lets the future in.
    for dtype in (torch.float32, torch.bfloat16):
        latent = torch.tensor([-100.0, 100.0, 100.0], dtype=dtype).reshape(1, 3, 1)
        one, nothing = torch.ones(1, 1, 1, dtype=dtype), torch.ones(1, 3, 0, dtype=dtype)
        questions = torch.full((1, 1, 3, 1), 100.0, dtype=dtype), nothing[None], one, one
        (result,) = run(submission, [(latent, nothing, questions)], max_len=3, dtype=dtype)
        assert_shape(result, (1, 1, 3, 1))
        assert_close(result[0, :, 0], latent[:, 0], what="the result of query 0, which sees position 0 alone")


@pytest.mark.check("causality", points=2, conventions=["mask-aligned-to-the-end"])
def test_the_mask_holds_beyond_position_256(submission):
    # All scores are 0, and lane j of the values is 1 at position keys[j]: lane j of the result is that position's weight.
    keys, length = torch.tensor([0, 1, 127, 128, 255, 256, 297, 511]), 530
    x = torch.eye(length, dtype=torch.bfloat16)[:, keys]  # [length, 8]
    one = torch.eye(8, dtype=torch.bfloat16)[None]
    questions = torch.zeros_like(x)[None, None], x[None, None, :, :0], one, one
    (result,) = run(submission, [(x[None], x[None, :, :0], questions)], max_len=length + 1, dtype=torch.bfloat16)
    assert_shape(result, (1, 1, length, 8))
    for i, j in ((result[0, 0] > 0) != (x.cumsum(0) > 0)).nonzero()[:1]:
        fail(f"position {i} of {length} gives {'weight' if result[0, 0][i, j] > 0 else 'no weight'} to position {keys[j]}")


# numerics and layout


@pytest.mark.check("numerics", points=12, conventions=["scale", "shared-rotary-key", "rope-dim-may-be-zero", "task", "rules"])
def test_whole_prompt_matches(submission, reference, draw):
    different = [(2, 3, 5, 6, 4, 7, 1), (3, 2, 4, 5, 1, 3, 6), (2, 4, 5, 3, 0, 6, 2)]
    alike = [(2, 2, 4, 3, 3, 3, 3), (3, 3, 3, 4, 2, 4, 2), (4, 1, 4, 8, 4, 4, 4)]
    for sizes in different + alike:
        chunks = [chunk(draw, *sizes, DOUBLE)]
        assert_runs_agree(submission, reference, chunks, describe(*sizes), max_len=sizes[2] + 3, dtype=DOUBLE)
    chunks = [chunk(draw, 2, 2, 6, 6, 4, 5, 3, DOUBLE, scale=30.0)]
    assert_runs_agree(submission, reference, chunks, "with scores of thousands, result", max_len=7, dtype=DOUBLE)


@pytest.mark.check("numerics", points=7, conventions=["mask-aligned-to-the-end", "nothing-beyond-length"])
def test_every_way_to_fill_matches(submission, reference, draw):
    # (chunks, Dr, room left at the end, chunks that are attended to)
    for lengths, dr, room, asked in [((4, 1, 1), 3, 3, (0, 1, 2)), ((3, 2, 3), 2, 0, (1, 2)), ((70, 3), 0, 60, (1,))]:
        chunks = [chunk(draw, 3, 2, n, 4, dr, 3, 5, DOUBLE) for n in lengths]
        chunks = [(c, k, q if number in asked else None) for number, (c, k, q) in enumerate(chunks)]
        what = f"after appends of {', '.join(map(str, lengths))} positions, result"
        assert_runs_agree(submission, reference, chunks, what, max_len=sum(lengths) + room, dtype=DOUBLE)


@pytest.mark.check("numerics", points=4)
def test_questions_may_change_and_caches_do_not_mix(submission, reference, draw):
    chunks = [chunk(draw, 2, 1, n, 4, 2, 1, 1)[:2] for n in (5, 3)]
    sizes = (3, 1, 5, 2), (3, 1, 5, 2), (1, 3, 2, 6), (4, 2, 3, 3)
    questions = [ask(draw, 2, h, n, 4, 2, dh, dv) for h, n, dh, dv in sizes]

    def attend_all(subject):
        first, second = make(subject, 2, 9, 4, 2), make(subject, 2, 9, 4, 2)
        first.append(*chunks[0])
        second.append(*chunks[1])
        asked = zip((first, first, second, first), questions, strict=True)
        return [cache.attend(*question) for cache, question in asked]

    assert_close(attend_all(submission), attend_all(reference), what="with two caches and other weights, result")


@pytest.mark.check("numerics", points=4, conventions=["nbytes-is-constant"])
def test_length_and_nbytes_are_counted(submission, draw):
    b, max_len, r, dr = draw.distinct(4, 3, 9)
    for dtype in DTYPES:
        cache = make(submission, b, max_len, r, dr, dtype=dtype)
        wanted = b * max_len * (r + dr) * dtype.itemsize
        assert_same(cache.nbytes, wanted, what=f"nbytes of an empty {str(dtype).removeprefix('torch.')} cache")
    assert_same(cache.length, 0, what="length at first")
    for size, length, when in ((1, 1, "after one position"), (max_len - 1, max_len, "when it is full")):
        cache.append(draw.normal(b, size, r, dtype=dtype), draw.normal(b, size, dr, dtype=dtype))
        assert_same(cache.length, length, what=f"length {when}")
        assert_same(cache.nbytes, wanted, what=f"nbytes {when}")
    assert_same(make(submission, b, max_len, r, 0).nbytes, b * max_len * r * 4, what="nbytes with rope_dim 0")


@pytest.mark.check("numerics", points=3)
def test_half_precision_is_as_good_as_it_can_be(submission, reference, draw):
    for dtype in HALF_DTYPES:
        latent, k_rope, questions = chunk(draw, 2, 2, 6, 8, 4, 6, 5, dtype)
        exact_chunk = latent.double(), k_rope.double(), [tensor.double() for tensor in questions]
        (exact,) = run(reference, [exact_chunk], max_len=9, dtype=DOUBLE)
        (ours,) = run(reference, [(latent, k_rope, questions)], max_len=9, dtype=dtype)
        (result,) = run(submission, [(latent, k_rope, questions)], max_len=9, dtype=dtype)
        assert_close_in_half(result, exact, ours)


@pytest.mark.check("shape", points=3)
def test_takes_any_memory_layout(submission, reference, draw):
    latent, k_rope, questions = chunk(draw, 2, 3, 4, 5, 2, 4, 3)
    strided = draw.non_contiguous(latent), draw.non_contiguous(k_rope), [draw.non_contiguous(t) for t in questions]
    q_nope, q_rope, w_uk, w_uv = ask(draw, 2, 3, 2, 5, 2, 4, 3)
    heads_last = [t.transpose(1, 2).contiguous().transpose(1, 2) for t in (q_nope, q_rope)]
    wide = draw.normal(1, 1, 5).expand(2, 2, 5), draw.normal(2, 1, 1).expand(2, 2, 2)
    flat = [q_nope[:, :1].expand(2, 3, 2, 4), q_rope[:, :, :1].expand(2, 3, 2, 2), w_uk, w_uv]
    chunks = [strided, (*wide, [*heads_last, w_uk[:, :1].expand(3, 4, 5), w_uv[:1].expand(3, 3, 5)]), (*wide, flat)]
    assert_runs_agree(submission, reference, chunks, max_len=9)


# finiteness


@pytest.mark.check("finiteness", points=8)
def test_large_scores_stay_finite(submission, reference, draw):
    # Lanes 0 and 1 of the latents and the rotary part make scaled scores up to about 9000 (81 in float16), their sign
    # another in each head; lanes 2 and 3 carry the values.
    for dtype in DTYPES:
        reach = 9.0 if dtype == torch.float16 else 95.0
        latent = torch.cat((draw.uniform(1, 5, 2, low=0.95, high=1.0) * reach, draw.normal(1, 5, 2)), 2)
        k_rope = draw.uniform(1, 5, 2, low=0.95, high=1.0) * reach
        sign = torch.tensor([1.0, -1.0]).reshape(1, 2, 1, 1)
        q_nope, q_rope = sign * draw.uniform(1, 2, 5, 2, low=0.95, high=1.0), sign.expand(1, 2, 5, 2) * reach / 2
        w_uk, w_uv = torch.full((2, 2, 4), reach / 4), draw.normal(2, 3, 4)
        w_uk[:, :, 2:], w_uv[:, :, :2] = 0.0, 0.0
        latent, k_rope, *questions = (t.to(dtype) for t in (latent, k_rope, q_nope, q_rope, w_uk, w_uv))
        (result,) = run(submission, [(latent, k_rope, questions)], max_len=8, dtype=dtype)
        assert_shape(result, (1, 2, 5, 3))
        assert_finite(result)
        if dtype in (torch.float64, torch.float32):
            (expected,) = run(reference, [(latent, k_rope, questions)], max_len=8, dtype=dtype)
            assert_close(result, expected, relative=1e-8 if dtype == DOUBLE else 0.05, scale=1.0)


# contract


@pytest.mark.check("contract", points=5, conventions=["errors-change-nothing"])
def test_refused_appends_change_nothing(submission, reference, draw):
    b, r, dr = 2, 4, 3
    first, more, questions = *(chunk(draw, b, 1, n, r, dr, 1, 1)[:2] for n in (3, 2)), ask(draw, b, 2, 2, r, dr, 3, 3)
    bad = {
        "there is no room for n more": (4, r, 4, dr),
        "the latent is too wide": (2, r + 1, 2, dr),
        "the latent has width 1": (2, 1, 2, dr),
        "k_rope is too narrow": (2, r, 2, dr - 1),
        "k_rope has width 1": (2, r, 2, 1),
        "R and Dr fit only together": (2, r - 1, 2, dr + 1),
        "k_rope has one position and the latent two": (2, r, 1, dr),
        "the latent has one position and k_rope two": (1, r, 2, dr),
        "k_rope is longer than the latent": (2, r, 3, dr),
    }
    bad = {why: (draw.normal(b, n, r), draw.normal(b, m, dr)) for why, (n, r, m, dr) in bad.items()}
    bad["the batch of k_rope is 1, the cache's 2"] = more[0], more[1][:1]
    bad["the batch of the latent is 1, the cache's 2"] = more[0][:1], more[1]
    bad["neither has a batch axis"] = more[0][0], more[1][0]
    bad["both have one axis"] = more[0][0, 0], more[1][0, 0]
    bad["batch and width change places in both"] = more[0].transpose(0, 2), more[1].transpose(0, 2)
    bad["k_rope has a head axis"] = more[0], more[1][:, None].expand(b, 2, 2, dr)

    def use(subject, refuse):
        cache = make(subject, b, 6, r, dr)
        cache.append(*first)
        if refuse:
            for because, pair in bad.items():
                assert_refuses(cache.append, *pair, because=because)
                assert_same(cache.length, 3, what=f"length after a refused append ({because})")
        before = cache.attend(*questions)
        cache.append(*more)
        return [before, cache.attend(*questions)]

    assert_close(use(submission, True), use(reference, False), what="after refused appends, result")
    plain = make(submission, b, 6, r, 0)
    assert_refuses(plain.append, *more, because="k_rope is 3 wide and rope_dim 0")
    assert_refuses(plain.append, more[0], first[1][..., :0], because="k_rope, 0 wide, is longer than the latent")
    cache = filled_cache(submission, draw, 3, max_len=4)
    cache.append(draw.normal(2, 1, 5), draw.normal(2, 1, 3))
    assert_refuses(cache.append, draw.normal(2, 1, 5), draw.normal(2, 1, 3), because="the cache is full")


@pytest.mark.check("contract", points=1)
def test_attend_refuses_more_queries_than_positions(submission, draw):
    sizes = 5, 3, 4, 2
    assert_refuses(make(submission, 2, 8, 5, 3).attend, *ask(draw, 2, 2, 1, *sizes), because="the cache is empty")
    cache = filled_cache(submission, draw, 3)
    assert_refuses(cache.attend, *ask(draw, 2, 2, 4, *sizes), because="there are 4 queries for 3 cached positions")
    assert_shape(cache.attend(*ask(draw, 2, 2, 3, *sizes)), (2, 2, 3, 2))


@pytest.mark.check("contract", points=2, conventions=["append-copies"])
def test_appended_tensors_may_be_reused(submission, reference, draw):
    # The very tensors of an append are overwritten afterwards; the cache must not see it.
    for max_len in (3, 6):
        latent, k_rope, questions = chunk(draw, 2, 2, 3, 4, 2, 3, 3)
        (expected,) = run(reference, [(latent, k_rope, questions)], max_len=max_len)
        held = submission.torch("clone", latent), submission.torch("clone", k_rope)
        cache = make(submission, 2, max_len, 4, 2)
        cache.append(*held)
        for tensor in held:
            tensor.method("fill_")(9.0)
        assert_close(cache.attend(*questions), expected, what="the result after the caller reused latent and k_rope")


@pytest.mark.check("contract", points=2, conventions=["result-is-fresh"])
def test_results_are_not_overwritten(submission, draw):
    cache = make(submission, 1, 8, 2, 1)
    held = []
    for more, n in ((1, 1), (3, 2)):
        cache.append(draw.normal(1, more, 2), draw.normal(1, more, 1))
        with submission.options(keep=True):
            result = cache.attend(*ask(draw, 1, 1, n, 2, 1, 2, 2))
        held.append((n, result, result.method("clone")()))
        cache.attend(*ask(draw, 1, 1, n, 2, 1, 2, 2))
    for n, result, before in held:
        assert_same(result.method("clone")(), before, what=f"an earlier result (n = {n}), after later calls,")


@pytest.mark.check("contract", points=2, conventions=["nbytes-is-constant"])
def test_buffers_are_allocated_at_once_in_their_dtype(submission, draw):
    b, max_len, r, dr = 2, 8, 32, 16
    meter = submission.MLACache.observe(b, max_len, r, dr, dtype=torch.bfloat16, metered=True).meter
    kept, wanted = meter.retained_bytes, b * max_len * (r + dr) * 2
    if meter.total_bytes < wanted:
        fail(f"__init__ allocates {meter.total_bytes:,} bytes, but the buffers take {wanted:,}: they come later")
    if kept > 1.5 * wanted:
        fail(f"__init__ keeps {kept:,} bytes for bfloat16, where the buffers must take {wanted:,}")
    cache = make(submission, b, max_len, r, dr, dtype=torch.bfloat16)  # unmetered: a buffer that replaces one counts
    appended = cache.append.observe(*chunk(draw, b, 1, 2, r, dr, 1, 1, torch.bfloat16)[:2], metered=True).meter
    if appended.retained_bytes > 0.5 * wanted:
        fail(f"append keeps {appended.retained_bytes:,} bytes beside the {wanted:,} that the buffers of __init__ take")


@pytest.mark.check("contract", points=1)
def test_inputs_may_require_grad(submission, reference, draw):
    pieces = [chunk(draw, 1, 2, n, 4, 2, 3, 3) for n in (3, 1)]
    chunks = [(c.requires_grad_(), k.requires_grad_(), [t.requires_grad_() for t in q]) for c, k, q in pieces]
    assert_runs_agree(submission, reference, chunks, max_len=5)


# gpu


@pytest.mark.check("gpu", points=5)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    chunks = [chunk(draw, 2, 2, n, 4, 2, 3, 5) for n in (3, 1, 2)]
    expected = run(reference, chunks, max_len=8)
    assert_runs_on_gpu(submission, lambda gpu: run(submission, chunks, max_len=8, device=gpu), expected)
    with on_simulated_gpu(submission) as gpu:
        cache = make(submission, 2, 8, 4, 2, device=gpu)
        state = cache.method("__getstate__")()
        parts = state if isinstance(state, tuple) else (state,)
        for name, value in (item for part in parts if isinstance(part, dict) for item in part.items()):
            if isinstance(value, torch.Tensor) and value.numel() >= 2 * 8 * 2:
                where = cache.method(f"{name}.detach").observe().devices
                assert where[0] != "cpu", f"the buffer `{name}` lies on the CPU, not on the device that was asked for"


# efficiency


def metered_step(subject, draw, b, h, t, r, dr, dh, dv):
    cache = make(subject, b, t, r, dr)
    cache.append(draw.normal(b, t, r), draw.normal(b, t, dr))
    return cache.attend.observe(*ask(draw, b, h, 1, r, dr, dh, dv), metered=True).meter


@pytest.mark.check("efficiency", points=10, conventions=["absorbed"])
def test_a_step_builds_no_keys_or_values(submission, reference, draw):
    b, h, t, r, dr, dh, dv = 2, 4, 96, 3, 2, 8, 7
    ours, theirs = (metered_step(subject, draw, b, h, t, r, dr, dh, dv) for subject in (submission, reference))
    why = "B * H * T * Dv elements, with Dv below Dh: keys or values are built for the cached positions"
    assert_work_within(ours, largest_bytes=b * h * t * dv * 4, why=why)
    why = "w_uk or w_uv is multiplied with every cached position, perhaps head by head"
    assert_work_within(ours, theirs, flops=3.0, why=why)


# over all calls above


@pytest.mark.check("contract", points=2)
def test_forbids_the_fused_kernels(submission):
    assert_nothing_forbidden(submission)


@pytest.mark.check("contract", points=2)
def test_leaves_its_inputs_and_the_global_random_state_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)
    assert_global_random_untouched(submission)
