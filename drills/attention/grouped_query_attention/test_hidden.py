"""Hidden checks of grouped_query_attention. Sizes go in the order B, G, H, S, T, Dh."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_close_in_half,
    assert_dtype,
    assert_finite,
    assert_global_random_untouched,
    assert_gradients_agree,
    assert_gradients_finite,
    assert_ignores,
    assert_inputs_left_alone,
    assert_nothing_forbidden,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same_direction,
    assert_shape,
    assert_work_within,
    fail,
    is_close,
)

DOUBLE = torch.float64
NAMES = {"0": "q", "1": "k", "2": "v"}


def inputs(draw, b, g, h, s, t, dh, dtype=torch.float32, scale=1.0, requires_grad=False):
    return (
        draw.normal(b, h, s, dh, dtype=dtype, scale=scale, requires_grad=requires_grad),
        draw.normal(b, g, t, dh, dtype=dtype, scale=scale, requires_grad=requires_grad),
        draw.normal(b, g, t, dh, dtype=dtype, requires_grad=requires_grad),
    )


def describe(b, g, h, s, t, dh):
    return f"the result with B = {b}, G = {g}, H = {h}, S = {s}, T = {t}, Dh = {dh}"


def hidden_high(dtype, requires_grad=False):
    """The first of two queries sees one key, its score -1e4; the hidden key scores 1e4 (100 in float16)."""
    reach = 10.0 if dtype == torch.float16 else 100.0
    q = torch.tensor([reach, 1 / 128], dtype=dtype).reshape(1, 1, 2, 1)
    k = torch.tensor([-reach, reach], dtype=dtype).reshape(1, 1, 2, 1)
    v = torch.tensor([1.0, 7.0], dtype=dtype).reshape(1, 1, 2, 1)
    return tuple(tensor.requires_grad_(requires_grad) for tensor in (q, k, v))


# shape


@pytest.mark.check("shape", points=4)
def test_result_has_the_queries_shape(submission, draw):
    for sizes in [(2, 3, 6, 4, 7, 5), (1, 1, 1, 1, 1, 1), (1, 1, 4, 1, 5, 2), (3, 2, 2, 2, 2, 1)]:
        q, k, v = inputs(draw, *sizes)
        assert_shape(submission.grouped_query_attention(q, k, v), q.shape, describe(*sizes))


@pytest.mark.check("shape", points=2)
def test_half_precision_stays_half_precision(submission, draw):
    for dtype in HALF_DTYPES:
        q, k, v = inputs(draw, 2, 2, 4, 3, 5, 4, dtype)
        result = submission.grouped_query_attention(q, k, v)
        assert_shape(result, q.shape)
        assert_dtype(result, dtype)


# causality


@pytest.mark.check("causality", points=5, conventions=["mask-aligned-to-the-end"])
def test_every_query_sees_its_past_and_nothing_else(submission, draw):
    # One-hot values: column t of the result is the weight of position t, above 0 in the past and exactly 0 after it.
    total = 6
    v = torch.eye(total, dtype=DOUBLE).expand(1, 2, total, total)
    for n in (3, total, 1):
        q, k = draw.normal(1, 4, n, total, dtype=DOUBLE), draw.normal(1, 2, total, total, dtype=DOUBLE)
        weights = submission.grouped_query_attention(q, k, v)
        assert_shape(weights, (1, 4, n, total), "the attention weights")
        assert_dtype(weights, DOUBLE)
        for i in range(n):
            position = total - n + i
            where = f"query {i} of {n} stands at position {position} of {total}, but gives"
            if not (weights[0, :, i, : position + 1] > 0).all():
                fail(f"{where} weight 0 to part of its past")
            if (weights[0, :, i, position + 1 :] != 0).any():
                fail(f"{where} weight to a later position")


@pytest.mark.check("causality", points=4, conventions=["mask-aligned-to-the-end", "mask-before-softmax"])
def test_nothing_depends_on_the_future(submission, draw):
    for s, t in ((4, 6), (4, 4)):
        q, k, v = inputs(draw, 2, 2, 4, s, t, 3, DOUBLE)
        hidden_from = draw.int(1, s - 1)  # queries before this one must not see what lies from its position on
        future = slice(t - s + hidden_from, None)
        other_k, other_v = k.clone(), v.clone()
        other_k[:, :, future] += draw.normal(*k[:, :, future].shape, dtype=DOUBLE, scale=5.0)
        other_v[:, :, future] -= 7.0

        def attend(keys, values, q=q):
            result = submission.grouped_query_attention(q, keys, values)
            assert_shape(result, q.shape)
            return result

        assert_ignores(
            attend, (k, v), (other_k, other_v), lambda y, n=hidden_from: y[:, :, :n],
            f"with {s} queries and {t} keys, query {hidden_from - 1} depends on a later position", 1e-12,
        )  # fmt: skip


@pytest.mark.check("causality", points=2, conventions=["mask-aligned-to-the-end"])
def test_the_mask_holds_beyond_position_256(submission):
    # All scores are 0, and each lane of the values is 1 at one key: lane j of the result is the weight of key keys[j]. A
    # signed byte ends at 127, a byte at 255, and 297 is no bfloat16.
    keys, length = torch.tensor([0, 1, 127, 128, 255, 256, 297, 511]), 530
    x = torch.eye(length, dtype=torch.bfloat16)[:, keys]  # [length, 8]
    for n in (length, 100):
        q = torch.zeros(1, 1, n, 8, dtype=torch.bfloat16)
        result = submission.grouped_query_attention(q, x[None, None], x[None, None])
        assert_shape(result, q.shape)
        for i, j in ((result[0, 0] > 0) != (x.cumsum(0) > 0)[-n:]).nonzero()[:1]:
            seen = "weight" if result[0, 0, i, j] > 0 else "no weight"
            fail(f"query {i} of {n} with {length} keys gives {seen} to key {keys[j]}")


@pytest.mark.check("causality", points=4, conventions=["mask-before-softmax"])
def test_very_low_scores_do_not_open_the_mask(submission):
    # A mask that is a mere large number lets the hidden key in.
    for dtype in (torch.float32, torch.bfloat16, torch.float64):
        q, k, v = hidden_high(dtype)
        result = submission.grouped_query_attention(q, k, v)
        assert_shape(result, (1, 1, 2, 1))
        what = "the result of query 0, whose visible score is -1e4 and whose hidden score is 1e4,"
        assert_close(result[:, :, 0], v[:, :, 0], what=what)


# numerics and layout


@pytest.mark.check("numerics", points=4, conventions=["group-mapping", "rules"])
def test_heads_of_a_group_are_neighbours(submission, draw):
    # One key, so the result is the value itself: the number of the key/value head that a query head has read.
    for g, h in ((2, 4), (3, 6), (2, 6), (1, 3), (4, 4)):
        q, k = draw.normal(1, h, 1, 2), draw.normal(1, g, 1, 2)
        v = torch.arange(float(g)).reshape(1, g, 1, 1).expand(1, g, 1, 2)
        result = submission.grouped_query_attention(q, k, v)
        assert_shape(result, (1, h, 1, 2))
        assert_dtype(result, torch.float32)
        for head in range(h):
            wanted, got = head // (h // g), float(result[0, head, 0, 0])
            if not is_close(got, wanted, 1e-3):
                fail(f"with G = {g} and H = {h}, query head {head} must give the value {wanted}, but gives {got:g}")


@pytest.mark.check("numerics", points=12, conventions=["group-mapping", "mask-aligned-to-the-end", "float64-stays", "task"])
def test_matches_in_float64(submission, reference, draw):
    for sizes in [(2, 3, 6, 4, 7, 5), (3, 1, 4, 5, 5, 2), (2, 2, 8, 1, 6, 3), (3, 3, 3, 3, 3, 3), (1, 2, 4, 4, 300, 6)]:
        q, k, v = inputs(draw, *sizes, DOUBLE, scale=1.5)
        result = submission.grouped_query_attention(q, k, v)
        assert_close(result, reference.grouped_query_attention(q, k, v), what=describe(*sizes))


@pytest.mark.check("numerics", points=2)
def test_matches_in_float32(submission, reference, draw):
    q, k, v = inputs(draw, 2, 2, 6, 3, 9, 8)
    assert_close(submission.grouped_query_attention(q, k, v), reference.grouped_query_attention(q, k, v))


@pytest.mark.check("numerics", points=4)
def test_scores_of_thousands_match(submission, reference, draw):
    q, k, v = inputs(draw, 2, 2, 4, 4, 6, 16, DOUBLE, scale=30.0)
    assert_close(submission.grouped_query_attention(q, k, v), reference.grouped_query_attention(q, k, v))


@pytest.mark.check("numerics", points=3)
def test_half_precision_is_as_good_as_it_can_be(submission, reference, draw):
    for dtype in HALF_DTYPES:
        q, k, v = inputs(draw, 2, 2, 4, 4, 6, 8, dtype)
        exact = reference.grouped_query_attention(q.double(), k.double(), v.double())
        ours = reference.grouped_query_attention(q, k, v)
        assert_close_in_half(submission.grouped_query_attention(q, k, v), exact, ours)


@pytest.mark.check("shape", points=2)
def test_takes_any_memory_layout(submission, reference, draw):
    q, k, v = inputs(draw, 2, 2, 4, 3, 5, 4)
    strided = tuple(draw.non_contiguous(tensor) for tensor in (q, k, v))
    heads_last = tuple(tensor.transpose(1, 2).contiguous().transpose(1, 2) for tensor in (q, k, v))
    wide = draw.normal(2, 1, 1, 4)
    expanded = (wide.expand(2, 4, 3, 4), wide.expand(2, 2, 5, 4), draw.normal(1, 2, 5, 1).expand(2, 2, 5, 4))
    for layout in (strided, heads_last, expanded):
        expected = reference.grouped_query_attention(*layout)
        assert_close(submission.grouped_query_attention(*layout), expected)


# finiteness


@pytest.mark.check("finiteness", points=10)
def test_large_scores_stay_finite(submission, reference, draw):
    # Scaled scores up to about 1e4 (100 in float16), their sign alternating over the heads; values up to 300.
    for dtype in DTYPES:
        reach = 9.0 if dtype == torch.float16 else 95.0
        sign = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=dtype).reshape(1, 4, 1, 1)
        q = draw.uniform(1, 4, 3, 4, low=0.45 * reach, high=0.5 * reach, dtype=dtype) * sign
        k = draw.uniform(1, 2, 5, 4, low=0.95 * reach, high=reach, dtype=dtype)
        v = draw.uniform(1, 2, 5, 4, low=-300.0, high=300.0, dtype=dtype)
        result = submission.grouped_query_attention(q, k, v)
        assert_shape(result, q.shape)
        assert_finite(result)
        if dtype in (torch.float64, torch.float32):
            expected = reference.grouped_query_attention(q, k, v)
            assert_close(result, expected, relative=1e-8 if dtype == DOUBLE else 0.05, scale=300.0)


# gradients


@pytest.mark.check("gradients", points=5)
def test_gradients_match(submission, reference, draw):
    for sizes in [(2, 2, 4, 3, 5, 4), (2, 3, 3, 3, 3, 3), (1, 1, 3, 1, 4, 2)]:
        q, k, v = inputs(draw, *sizes, DOUBLE, requires_grad=True)
        ours, theirs = submission.grouped_query_attention, reference.grouped_query_attention
        assert_gradients_agree(ours, theirs, q, k, v, draw=draw, names=NAMES, relative=1e-9)


@pytest.mark.check("gradients", points=3, conventions=["mask-before-softmax"])
def test_gradients_stay_finite_beside_high_hidden_scores(submission, reference, draw):
    ours, theirs = submission.grouped_query_attention, reference.grouped_query_attention
    for dtype in DTYPES:
        q, k, v = hidden_high(dtype, requires_grad=True)
        assert_gradients_finite(ours, q, k, v, draw=draw, reference=theirs)
        if dtype == DOUBLE:
            assert_gradients_agree(ours, theirs, q, k, v, draw=draw, names=NAMES, scale=1.0)


@pytest.mark.check("gradients", points=2)
def test_half_precision_gradients_point_the_right_way(submission, reference, draw):
    for dtype in HALF_DTYPES:
        q, k, v = inputs(draw, 2, 2, 4, 3, 4, 8, dtype, requires_grad=True)
        assert_same_direction(submission.grouped_query_attention, reference.grouped_query_attention, q, k, v, draw=draw)


# contract


@pytest.mark.check("contract", points=3, conventions=["heads-not-divisible"])
def test_refuses_heads_that_cannot_be_grouped(submission, draw):
    for g, h in ((2, 3), (4, 6), (2, 1), (3, 8)):
        q, k, v = inputs(draw, 2, g, h, 2, 3, 4)
        assert_refuses(submission.grouped_query_attention, q, k, v, because=f"G = {g} does not divide H = {h}")


@pytest.mark.check("contract", points=3, conventions=["more-queries-than-keys"])
def test_refuses_more_queries_than_keys(submission, draw):
    for s, t in ((4, 3), (2, 1), (9, 3)):
        q, k, v = inputs(draw, 2, 2, 4, s, t, 4)
        assert_refuses(submission.grouped_query_attention, q, k, v, because=f"S = {s} is greater than T = {t}")


@pytest.mark.check("contract", points=1)
def test_inputs_may_require_grad(submission, reference, draw):
    q, k, v = inputs(draw, 1, 2, 4, 3, 3, 4, requires_grad=True)
    assert_close(submission.grouped_query_attention(q, k, v), reference.grouped_query_attention(q, k, v))


# gpu


@pytest.mark.check("gpu", points=5)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    cases = [inputs(draw, *sizes) for sizes in ((2, 2, 4, 3, 5, 4), (2, 2, 4, 1, 5, 4), (1, 2, 2, 3, 3, 4))]

    def run(subject):
        return [subject.grouped_query_attention(*case) for case in cases]

    assert_runs_on_gpu(submission, lambda gpu: run(submission), run(reference))


# efficiency


@pytest.mark.check("efficiency", points=5, conventions=["no-expanded-keys"])
def test_a_decode_step_does_not_expand_the_keys(submission, draw):
    b, g, h, t, dh = 2, 2, 16, 32, 8
    q, k, v = inputs(draw, b, g, h, 1, t, dh)
    meter = submission.grouped_query_attention.observe(q, k, v, metered=True).meter
    assert_work_within(
        meter, largest_bytes=b * h * t * dh * 4,
        why="B * H * T * Dh elements: keys or values are copied for every query head, perhaps by a broadcasting matmul",
    )  # fmt: skip


# over all calls above


@pytest.mark.check("contract", points=2)
def test_forbids_the_fused_kernels(submission):
    assert_nothing_forbidden(submission)


@pytest.mark.check("contract", points=2, conventions=["result-is-fresh"])
def test_leaves_its_inputs_alone(submission, draw):
    for g, h in ((2, 2), (2, 4), (1, 4)):
        submission.grouped_query_attention(*inputs(draw, 1, g, h, 1, 1, 4))
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)
