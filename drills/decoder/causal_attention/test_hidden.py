"""Hidden checks of causal_attention. The oracle is the reference, or the value itself where a query sees one key."""

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
    assert_ignores_in_gradients,
    assert_inputs_left_alone,
    assert_nothing_forbidden,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_same_direction,
    assert_shape,
    fail,
    gradients,
)

NAMES = {"0": "q", "1": "k", "2": "v"}


def inputs(draw, b, h, s, t, dh, dv, dtype=torch.float64, scale=1.0):
    q, k = (draw.normal(b, h, n, dh, dtype=dtype, scale=scale) for n in (s, t))
    return q, k, draw.normal(b, h, t, dv, dtype=dtype)


def padding(draw, kind, b, t):
    """True where real. Rows differ, and the last key of each is real unless the kind says otherwise."""
    real = torch.ones(b, t, dtype=torch.bool)
    for row in range(b):
        cut = 1 + (row + draw.int(0, t - 2)) % (t - 1)  # in 1 .. t - 1, another for the next row
        match kind:
            case "left":
                real[row, :cut] = False
            case "right":
                real[row, t - cut :] = False
            case "holes":
                real[row, cut - 1] = False
                real[row, (cut + 1) % (t - 1)] = False
            case "one row without real keys":
                real[row] = row != b - 1
    return real


def wanting_grad(tensors):
    return tuple(tensor.clone().requires_grad_() for tensor in tensors)


# shape


@pytest.mark.check("shape", points=4)
def test_result_has_a_row_for_each_query(submission, draw):
    for b, h, s, t, dh, dv in [(2, 3, 4, 6, 5, 7), (1, 1, 1, 1, 1, 1), (3, 1, 1, 5, 2, 1), (1, 2, 2, 2, 1, 3)]:
        what = f"the result for q [{b}, {h}, {s}, {dh}] and v [{b}, {h}, {t}, {dv}]"
        q, k, v = inputs(draw, b, h, s, t, dh, dv, torch.float32)
        assert_shape(submission.causal_attention(q, k, v), (b, h, s, dv), what)
        real = torch.ones(b, t, dtype=torch.bool)
        assert_shape(submission.causal_attention(q, k, v, key_padding=real), (b, h, s, dv), what + " with key_padding")


@pytest.mark.check("shape", points=3)
def test_result_has_the_inputs_dtype(submission, draw):
    for dtype in DTYPES:
        args = inputs(draw, 2, 2, 2, 3, 4, 5, dtype)
        assert_dtype(submission.causal_attention(*args), dtype)
        assert_dtype(submission.causal_attention(*args, key_padding=padding(draw, "left", 2, 3)), dtype)


@pytest.mark.check("shape", points=3)
def test_takes_any_memory_layout(submission, draw):
    q, k, v = inputs(draw, 3, 2, 3, 4, 5, 6)
    real = padding(draw, "holes", 3, 4)
    views = {
        "heads behind positions": [x.transpose(1, 2).contiguous().transpose(1, 2) for x in (q, k, v)] + [real],
        "lanes before positions": [draw.non_contiguous(x) for x in (q, k, v)] + [real.t().contiguous().t()],
        "one head for all": [x[:, :1].expand(-1, 2, -1, -1) for x in (q, k, v)] + [real],
        "one batch row for all": [x[:1].expand(3, -1, -1, -1) for x in (q, k, v)] + [real[:1].expand(3, 4)],
    }
    for name, args in views.items():
        copy = submission.causal_attention(*(x.contiguous() for x in args))
        assert_shape(copy, (3, 2, 3, 6))
        what = f"the result for views ({name}), against that for copies of them,"
        assert_close(submission.causal_attention(*args), copy, what=what, relative=1e-5)


# numerics


@pytest.mark.check("numerics", points=8, conventions=["scale", "mask-aligned-to-the-end", "rules"])
@pytest.mark.parametrize(
    ("b", "h", "s", "t", "dh", "dv"),
    [(2, 3, 4, 4, 5, 6), (2, 3, 3, 7, 5, 2), (3, 2, 1, 5, 6, 3), (4, 4, 4, 4, 4, 4)],
)
def test_values_match_without_padding(submission, reference, draw, b, h, s, t, dh, dv):
    args, what = inputs(draw, b, h, s, t, dh, dv, scale=draw.choice([0.7, 1.0, 2.0])), f"the result for S={s}, T={t}"
    assert_close(submission.causal_attention(*args), reference.causal_attention(*args), what=what, relative=1e-10)


@pytest.mark.check("numerics", points=9, conventions=["padding-true-is-real", "mask-aligned-to-the-end", "numbers", "task"])
@pytest.mark.parametrize("kind", ["left", "right", "holes", "one row without real keys"])
def test_values_match_with_padding(submission, reference, draw, kind):
    for b, h, s, t in ((3, 2, 3, 6), (2, 3, 1, 4), (4, 4, 4, 4)):
        args = *inputs(draw, b, h, s, t, 4, 5), padding(draw, kind, b, t)
        what = f"the result for S={s}, T={t} with padding ({kind})"
        assert_close(submission.causal_attention(*args), reference.causal_attention(*args), what=what, relative=1e-10)


@pytest.mark.check("numerics", points=1, conventions=["padding-true-is-real"])
def test_padding_that_is_true_throughout_changes_nothing(submission, reference, draw):
    args, real = inputs(draw, 2, 3, 3, 5, 4, 2), torch.ones(2, 5, dtype=torch.bool)
    what = "the result where all keys are real"
    assert_close(submission.causal_attention(*args, key_padding=real), reference.causal_attention(*args), what=what)


@pytest.mark.check("numerics", points=2)
def test_float32_matches(submission, reference, draw):
    for real in (None, padding(draw, "holes", 2, 6)):
        args = *inputs(draw, 2, 3, 4, 6, 8, 5, torch.float32), real
        assert_close(submission.causal_attention(*args), reference.causal_attention(*args), relative=3e-5)


# finiteness


@pytest.mark.check("finiteness", points=6, conventions=["large-scores"])
def test_scores_of_ten_thousand_stay_finite(submission, reference, draw):
    # Every scaled score is about 9500 in size; unscaled, it is about 76000, which float16 does not hold.
    signs = torch.tensor([[1, 1, 1, 1], [-1, -1, -1, -1], [1, -1, 1, -1], [-1, -1, 1, 1]])
    for dtype in DTYPES:
        k = draw.uniform(4, 1, 4, 64, low=34, high=35, dtype=dtype) * signs[:, None, :, None]
        q = draw.uniform(4, 1, 3, 64, low=34, high=35, dtype=dtype)
        args = wanting_grad((q, k, draw.normal(4, 1, 4, 3, dtype=dtype)))
        result = submission.causal_attention(*args)
        assert_finite(result, f"the result in {dtype} for scaled scores about 9500 in size")
        if dtype == torch.float64:
            assert_close(result, reference.causal_attention(*args), relative=1e-8)
        assert_gradients_finite(submission.causal_attention, *args, draw=draw, reference=reference.causal_attention)


@pytest.mark.check("finiteness", points=5, conventions=["empty-row-is-zero"])
def test_queries_that_see_no_key_give_zeros(submission, draw):
    for dtype in DTYPES:
        args = inputs(draw, 3, 2, 3, 4, 5, 6, dtype)
        real = torch.tensor([[0, 0, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]]).bool()  # sees nothing: 0, 1 of row 0, row 1
        result = submission.causal_attention(*args, key_padding=real)
        assert_shape(result, (3, 2, 3, 6))
        assert_finite(result, f"the {dtype} result where queries see no key")
        empty = torch.cat((result[0, :, :2].flatten(), result[1].flatten()))
        assert_same(empty, torch.zeros_like(empty), what=f"the {dtype} result of queries that see no key")


@pytest.mark.check("finiteness", points=4, conventions=["padding-finite"])
def test_large_entries_behind_the_mask_do_no_harm(submission, draw):
    # Hidden keys have scores of a few thousand, far above the visible ones.
    real = torch.tensor([[1, 0, 1, 1, 1], [0, 1, 1, 0, 0]]).bool()
    for dtype in DTYPES:
        q = draw.uniform(2, 2, 3, 4, low=4.0, high=8.0, dtype=dtype)
        _, k, v = inputs(draw, 2, 2, 3, 5, 4, 3, dtype, scale=0.2)
        large_k, large_v = (torch.where(real[:, None, :, None], x, torch.full_like(x, 300.0)) for x in (k, v))
        large_k[0, :, 4], large_v[0, :, 4] = 300.0, -300.0  # the future of queries 0 and 1

        def run(*args):
            result = submission.causal_attention(*args, key_padding=real)
            assert_shape(result, (2, 2, 3, 3))
            return torch.cat((result[0, :, :2].flatten(), result[1].flatten()))

        what = f"with entries of 300 in padded and future keys, which nobody sees, in {dtype}"
        assert_ignores(run, (q, k, v), (q, large_k, large_v), lambda y: y, what, max(1e-6, 4 * torch.finfo(dtype).eps))


# gradients


@pytest.mark.check("gradients", points=6, conventions=["scale", "mask-aligned-to-the-end"])
@pytest.mark.parametrize("kind", [None, "left", "holes", "one row without real keys"])
def test_gradients_of_q_k_and_v_agree(submission, reference, draw, kind):
    b, h, s, t = 2, 3, 3, 5
    args = wanting_grad(inputs(draw, b, h, s, t, 4, 3))
    real = {} if kind is None else {"key_padding": padding(draw, kind, b, t)}
    assert_gradients_agree(
        submission.causal_attention, reference.causal_attention, *args, draw=draw, names=NAMES, **real
    )  # fmt: skip


@pytest.mark.check("gradients", points=2, conventions=["empty-row-gradient"])
def test_queries_that_see_no_key_pass_zero_gradients(submission, draw):
    # Rows 0 and 1 of the result come from nothing at all; only query 2 of batch row 0 sees a key.
    for dtype in DTYPES:
        args = wanting_grad(inputs(draw, 2, 1, 3, 3, 2, 2, dtype))
        real = torch.tensor([[0, 0, 1], [0, 0, 0]]).bool()
        flows = gradients(
            submission.causal_attention, *args, key_padding=real, cotangents=[draw.normal(2, 1, 3, 2, dtype=dtype)]
        )  # fmt: skip
        for place, name in NAMES.items():
            gradient = flows.get(place)
            if gradient is None:
                fail(f"no gradient reaches {name}, though query 2 sees key 2")
            assert_finite(gradient, f"the {dtype} gradient of {name} where queries see no key")
            unseen = torch.cat((gradient[0, :, :2].flatten(), gradient[1].flatten()))
            what = f"the {dtype} gradient that queries without keys, or keys that nobody sees, pass to {name}"
            assert_same(unseen, torch.zeros_like(unseen), what=what)


@pytest.mark.check("gradients", points=2)
def test_gradients_in_half_precision_point_the_right_way(submission, reference, draw):
    for dtype in HALF_DTYPES:
        args, real = wanting_grad(inputs(draw, 2, 2, 4, 6, 8, 5, dtype)), padding(draw, "holes", 2, 6)
        assert_same_direction(
            submission.causal_attention, reference.causal_attention, *args, key_padding=real, draw=draw
        )  # fmt: skip


# causality


@pytest.mark.check("causality", points=6, conventions=["mask-aligned-to-the-end", "mask-before-softmax"])
@pytest.mark.parametrize(("s", "t"), [(4, 4), (3, 6), (5, 6)])
def test_no_query_sees_a_later_key(submission, draw, s, t):
    q, k, v = inputs(draw, 2, 2, s, t, 3, 4)
    seen = draw.int(1, s - 1)  # queries before this one must not see the keys from its position on
    later = t - s + seen
    for real in (None, torch.ones(2, t, dtype=torch.bool)):
        changed_k, changed_v = k.clone(), v.clone()
        changed_k[:, :, later:] += draw.normal(2, 2, t - later, 3, dtype=torch.float64, scale=5.0)
        changed_v[:, :, later:] -= 7.0

        def run(keys, values, real=real):
            result = submission.causal_attention(q, keys, values, key_padding=real)
            assert_shape(result, (2, 2, s, 4))
            return result

        what = f"with S={s}, T={t} and {'no ' if real is None else ''}key_padding, query {seen - 1} sees a later key"
        assert_ignores(run, (k, v), (changed_k, changed_v), lambda y: y[:, :, :seen], what, 1e-12)


@pytest.mark.check("causality", points=3, conventions=["mask-aligned-to-the-end"])
def test_no_gradient_reaches_a_later_key(submission, draw):
    for s, t in ((4, 4), (3, 5)):
        seen = draw.int(1, s - 1)
        assert_ignores_in_gradients(
            submission.causal_attention, *wanting_grad(inputs(draw, 2, 2, s, t, 3, 4)), shape=(2, 2, s, 4),
            select_output=lambda y, end=seen: y[:, :, :end],
            forbidden=dict.fromkeys(("1", "2"), lambda x, end=t - s + seen: x[:, :, end:]),
            what=f"with S={s}, T={t}, query {seen - 1} sees a later key",
        )  # fmt: skip


@pytest.mark.check("causality", points=4, conventions=["mask-aligned-to-the-end", "mask-before-softmax"])
@pytest.mark.parametrize("padded", [False, True], ids=["no padding", "with padding"])
def test_every_query_sees_all_of_its_past(submission, draw, padded):
    # One-hot values: column t of the result is the weight of key t.
    s, t = 3, 6
    q, k, _ = inputs(draw, 2, 1, s, t, 4, 1)
    real = torch.tensor([[1, 1, 0, 1, 1, 1], [0, 1, 1, 1, 1, 0]]).bool() if padded else torch.ones(2, t).bool()
    v = torch.eye(t, dtype=torch.float64).expand(2, 1, t, t)
    weights = submission.causal_attention(q, k, v, key_padding=real if padded else None)
    assert_shape(weights, (2, 1, s, t), "the attention weights")
    for row, i in ((row, i) for row in range(2) for i in range(s)):
        visible = real[row] & (torch.arange(t) <= t - s + i)
        who = f"query {i} of {s}, which stands at position {t - s + i} of {t},"
        if not (weights[row, 0, i][visible] > 0).all():
            fail(f"{who} gives weight 0 to a key that it sees")
        if (weights[row, 0, i][~visible] != 0).any():
            fail(f"{who} gives weight to a key that it must not see")
        assert_close(weights[row, 0, i].sum(), torch.ones((), dtype=torch.float64), what=f"the sum of weights of {who}")


@pytest.mark.check("causality", points=4, conventions=["padding-finite", "padding-true-is-real"])
def test_padded_keys_are_seen_by_nobody(submission, draw):
    for kind in ("left", "right", "holes"):
        q, k, v = inputs(draw, 3, 2, 4, 5, 3, 4)
        real = padding(draw, kind, 3, 5)
        hidden = ~real[:, None, :, None]
        changed = torch.where(hidden, k * 40 + 3, k), torch.where(hidden, v - 50, v)

        def run(keys, values, q=q, real=real):
            return submission.causal_attention(q, keys, values, key_padding=real)

        what = f"with padding ({kind}), a padded key or value changes the result"
        assert_ignores(run, (k, v), changed, lambda y: y, what, 1e-12)


@pytest.mark.check("causality", points=1, conventions=["mask-aligned-to-the-end"])
def test_the_mask_holds_beyond_position_256(submission):
    # A byte ends at 255 and 297 is no bfloat16. All scores are 0, and each column of the result is the weight of one key.
    q, k, v = (torch.zeros(1, 1, n, 6, dtype=torch.bfloat16) for n in (410, 530, 530))
    keys = torch.tensor([0, 127, 128, 255, 297, 511])
    v[0, 0, keys, torch.arange(6)] = 1.0
    weights = submission.causal_attention(q, k, v)
    assert_shape(weights, q.shape, "the attention weights")
    for i, j in ((weights[0, 0] > 0) != (keys <= torch.arange(120, 530)[:, None])).nonzero()[:1]:
        fail(f"query {i} of 410 with 530 keys gives {'weight' if weights[0, 0, i, j] > 0 else 'no weight'} to key {keys[j]}")


@pytest.mark.check("causality", points=2, conventions=["mask-before-softmax", "large-scores"])
def test_very_low_scores_do_not_open_the_mask(submission, draw):
    # Every scaled score is -1e4, so a mask that is a mere large number lets hidden keys in.
    real = torch.tensor([[1, 1, 1], [0, 1, 1]]).bool()
    for dtype in DTYPES:
        q, k = torch.full((2, 1, 3, 64), -31.25, dtype=dtype), torch.full((2, 1, 3, 64), 40.0, dtype=dtype)
        v = draw.normal(2, 1, 3, 4, dtype=dtype)
        result = submission.causal_attention(q, k, v, key_padding=real)
        assert_shape(result, v.shape)
        for row, i in ((0, 0), (1, 1)):
            what = f"with all scores at -1e4 in {dtype}, the result of query {i}, which sees key {i} alone,"
            assert_close(result[row, :, i], v[row, :, i], what=what, relative=max(1e-6, 2 * torch.finfo(dtype).eps))


# contract


@pytest.mark.check("contract", points=4, conventions=["too-many-queries"])
def test_refuses_more_queries_than_keys(submission, draw):
    for s, t in ((2, 1), (5, 4), (6, 2)):
        args = inputs(draw, 1, 2, s, t, 3, 3, torch.float32)
        assert_refuses(submission.causal_attention, *args, because=f"S={s} exceeds T={t}")
        real = torch.ones(1, t, dtype=torch.bool)
        assert_refuses(submission.causal_attention, *args, key_padding=real, because=f"S={s} exceeds T={t}")


@pytest.mark.check("contract", points=1)
def test_calls_do_not_influence_each_other(submission, draw):
    args, real = inputs(draw, 2, 2, 3, 4, 3, 2), padding(draw, "left", 2, 4)
    assert_shape(first := submission.causal_attention(*args, real), (2, 2, 3, 2))
    with submission.options(keep=True):
        held = submission.causal_attention(*args, real)
    for b, s, t, dtype in ((2, 3, 4, torch.float64), (1, 2, 6, torch.float32), (3, 1, 1, torch.float16)):
        submission.causal_attention(*inputs(draw, b, 2, s, t, 3, 2, dtype))
    assert_same(held.method("clone")(), first, what="an earlier result after later calls")
    assert_same(submission.causal_attention(*args, real), first, what="the result of the same call after others")


@pytest.mark.check("contract", points=1)
def test_forbids_the_fused_kernels(submission):
    assert_nothing_forbidden(submission)


@pytest.mark.check("contract", points=3)
def test_leaves_its_inputs_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=3)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    args, real = inputs(draw, 2, 2, 3, 5, 4, 3, torch.float32), padding(draw, "left", 2, 5)
    expected = [reference.causal_attention(*args), reference.causal_attention(*args, key_padding=real)]
    assert_runs_on_gpu(
        submission,
        lambda gpu: [submission.causal_attention(*args), submission.causal_attention(*args, key_padding=real)],
        expected,
    )


@pytest.mark.check("gpu", points=2)
def test_half_precision_is_as_good_as_it_can_be(submission, reference, draw):
    for dtype in HALF_DTYPES:
        for real in (None, padding(draw, "left", 2, 6)):
            args = inputs(draw, 2, 2, 4, 6, 8, 5, dtype)
            exact = reference.causal_attention(*(x.double() for x in args), key_padding=real)
            ours = reference.causal_attention(*args, key_padding=real)
            assert_close_in_half(submission.causal_attention(*args, key_padding=real), exact, ours)
