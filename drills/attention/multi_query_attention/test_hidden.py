"""Hidden checks of multi_query_attention. Sizes go in the order B, S, D, n_heads."""

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
    fail,
    is_close,
)

DOUBLE = torch.float64
NAMES = {"0": "x", "1": "w_q", "2": "w_k", "3": "w_v", "4": "w_o"}
INITIALISERS = {"aten::uniform_", "aten::normal_"}
DRAWING = ("rand", "randn", "rand_like", "randn_like", "randint", "randperm", "multinomial", "bernoulli", "bernoulli_")
DRAWS = {f"aten::{name}" for name in (*DRAWING, "dropout", "native_dropout", "feature_dropout")}


def inputs(draw, b, s, d, heads, dtype=torch.float32, requires_grad=False, key_rows=None):
    x = draw.normal(b, s, d, dtype=dtype, requires_grad=requires_grad)
    rows = [d, key_rows or d // heads, d // heads, d]
    scales = [1.3 * d**-0.5, 1.3 * d**-0.5, d**-0.5, d**-0.5]  # scores that differ clearly
    weights = (
        draw.normal(n, d, dtype=dtype, scale=scale, requires_grad=requires_grad)
        for n, scale in zip(rows, scales, strict=True)
    )
    return x, *weights, heads


def describe(b, s, d, heads):
    return f"the result with B = {b}, S = {s}, D = {d}, n_heads = {heads}"


def hidden_high(dtype, requires_grad=False):
    """One head of width 1, w_q = -w_k. Position 0 scores -1e4 with itself and 1e4 with position 1 (100 in float16)."""
    reach = 10.0 if dtype == torch.float16 else 100.0
    x = torch.tensor([reach, -reach, 1 / 128], dtype=dtype).reshape(1, 3, 1)
    weights = [torch.full((1, 1), sign, dtype=dtype) for sign in (1.0, -1.0, 1.0, 1.0)]
    return *(tensor.requires_grad_(requires_grad) for tensor in (x, *weights)), 1


# shape


@pytest.mark.check("shape", points=4)
def test_result_has_the_inputs_shape(submission, draw):
    for sizes in [(2, 5, 6, 3), (1, 1, 1, 1), (3, 1, 4, 2), (1, 4, 3, 1), (2, 3, 2, 2)]:
        x, *rest = inputs(draw, *sizes)
        assert_shape(submission.multi_query_attention(x, *rest), x.shape, describe(*sizes))


@pytest.mark.check("shape", points=3)
def test_half_precision_stays_half_precision(submission, draw):
    for dtype in HALF_DTYPES:
        x, *rest = inputs(draw, 2, 3, 6, 2, dtype)
        result = submission.multi_query_attention(x, *rest)
        assert_shape(result, x.shape)
        assert_dtype(result, dtype)


# projections


@pytest.mark.check("numerics", points=4, conventions=["weights-out-in", "one-shared-head"])
def test_one_position_keeps_its_own_value(submission, draw):
    # Whatever w_q and w_k are, every head gives x @ w_v.T.
    x, w_q, w_k, w_v, w_o, heads = inputs(draw, 4, 1, 6, 2, DOUBLE)
    result = submission.multi_query_attention(x, w_q, w_k, w_v, w_o, heads)
    assert_close(result, (x @ w_v.T).repeat(1, 1, heads) @ w_o.T, what="the result of a single position")


# causality


@pytest.mark.check("causality", points=7, conventions=["causal", "head-lanes", "one-shared-head"])
def test_every_position_sees_its_past_and_nothing_else(submission, draw):
    # One-hot values, and w_o is the identity: lane 8 * h + t of the result is the weight of position t in head h.
    length, d = 4, 16
    x = torch.cat((draw.normal(length, 8, dtype=DOUBLE), torch.eye(length, 8, dtype=DOUBLE)), 1)[None]
    w_q, w_k = draw.normal(d, d, dtype=DOUBLE, scale=0.4), draw.normal(8, d, dtype=DOUBLE, scale=0.4)
    w_q[:, 8:], w_k[:, 8:] = 0.0, 0.0
    w_v = torch.eye(8, d, dtype=DOUBLE).roll(8, dims=1)
    result = submission.multi_query_attention(x, w_q, w_k, w_v, torch.eye(d, dtype=DOUBLE), 2)
    assert_shape(result, (1, length, d))
    assert_dtype(result, DOUBLE)
    for head in (0, 1):
        weights = result[0, :, 8 * head : 8 * head + length]
        for i in range(length):
            if not (weights[i, : i + 1] > 0).all():
                fail(f"position {i} of head {head} gives weight 0 to part of its past")
            if (weights[i, i + 1 :] != 0).any():
                fail(f"position {i} of head {head} gives weight to a later position")
            if not is_close(float(weights[i].sum()), 1.0, 1e-6):
                fail(f"the weights of position {i} in head {head} sum to {float(weights[i].sum()):.6g}, not to 1")


@pytest.mark.check("causality", points=3, conventions=["causal", "mask-before-softmax"])
def test_nothing_depends_on_the_future(submission, draw):
    x, *rest = inputs(draw, 2, 5, 6, 3, DOUBLE)
    future = draw.int(1, 4)
    other = x.clone()
    other[:, future:] += draw.normal(2, 5 - future, 6, dtype=DOUBLE, scale=3.0)

    def attend(given):
        result = submission.multi_query_attention(given, *rest)
        assert_shape(result, x.shape)
        return result

    what = f"the result at positions before {future} depends on later ones"
    assert_ignores(attend, (x,), (other,), lambda y: y[:, :future], what, 1e-12)


@pytest.mark.check("causality", points=3, conventions=["mask-before-softmax"])
def test_very_low_scores_do_not_open_the_mask(submission):
    # A mask that is a mere large number lets the hidden key in.
    for dtype in (torch.float32, torch.bfloat16, torch.float64):
        x, *rest = hidden_high(dtype)
        result = submission.multi_query_attention(x, *rest)
        assert_shape(result, x.shape)
        what = "the result at position 0, whose visible score is -1e4 and whose hidden score is 1e4,"
        assert_close(result[:, 0], x[:, 0], what=what)


@pytest.mark.check("causality", points=2, conventions=["causal"])
def test_the_mask_holds_beyond_position_256(submission):
    # All scores are 0, and each lane of the values is 1 at one key: lane j of the result is the weight of key keys[j]. A
    # signed byte ends at 127, a byte at 255, and 297 is no bfloat16.
    keys, length = torch.tensor([0, 1, 127, 128, 255, 256, 297, 511]), 530
    x = torch.eye(length, dtype=torch.bfloat16)[:, keys]  # [length, 8]
    one, nothing = torch.eye(8, dtype=torch.bfloat16), torch.zeros(8, 8, dtype=torch.bfloat16)
    result = submission.multi_query_attention(x[None], nothing, one, one, one, 1)
    assert_shape(result, (1, length, 8))
    for i, j in ((result[0] > 0) != (x.cumsum(0) > 0)).nonzero()[:1]:
        fail(f"position {i} of {length} gives {'weight' if result[0][i, j] > 0 else 'no weight'} to position {keys[j]}")


# numerics and layout


@pytest.mark.check("numerics", points=13, conventions=["head-lanes", "scale", "float64-stays", "task", "rules"])
def test_matches_in_float64(submission, reference, draw):
    for sizes in [(2, 5, 6, 3), (3, 4, 10, 2), (2, 6, 7, 1), (4, 3, 5, 5), (3, 3, 9, 3), (2, 7, 16, 4), (4, 5, 8, 4)]:
        given = inputs(draw, *sizes, DOUBLE)
        expected = reference.multi_query_attention(*given)
        assert_close(submission.multi_query_attention(*given), expected, what=describe(*sizes))


@pytest.mark.check("numerics", points=3)
def test_matches_in_float32(submission, reference, draw):
    given = inputs(draw, 2, 9, 16, 4)
    assert_close(submission.multi_query_attention(*given), reference.multi_query_attention(*given))


@pytest.mark.check("numerics", points=5)
def test_half_precision_is_as_good_as_it_can_be(submission, reference, draw):
    for dtype in HALF_DTYPES:
        *tensors, heads = inputs(draw, 2, 5, 8, 2, dtype)
        exact = reference.multi_query_attention(*(tensor.double() for tensor in tensors), heads)
        ours = reference.multi_query_attention(*tensors, heads)
        assert_close_in_half(submission.multi_query_attention(*tensors, heads), exact, ours)


@pytest.mark.check("shape", points=3)
def test_takes_any_memory_layout(submission, reference, draw):
    *tensors, heads = inputs(draw, 2, 4, 6, 2)
    strided = [draw.non_contiguous(tensor) for tensor in tensors]
    time_first = [tensors[0].transpose(0, 1).contiguous().transpose(0, 1), *tensors[1:]]
    row, column = draw.normal(1, 6), draw.normal(6, 1, scale=0.5).expand(6, 6)
    expanded = [draw.normal(1, 4, 6).expand(2, 4, 6), column, row.expand(3, 6), draw.normal(3, 1).expand(3, 6), column]
    for layout in (strided, time_first, expanded):
        expected = reference.multi_query_attention(*layout, heads)
        assert_close(submission.multi_query_attention(*layout, heads), expected)


# finiteness


@pytest.mark.check("finiteness", points=10)
def test_large_scores_stay_finite(submission, reference, draw):
    # Lanes 0 and 1 of x make scaled scores up to about 8500 (85 in float16), negative in head 1; the others are values.
    for dtype in DTYPES:
        reach = 10.0 if dtype == torch.float16 else 100.0
        x = torch.cat((draw.uniform(1, 5, 2, low=0.9, high=1.0), draw.normal(1, 5, 2)), 2).to(dtype)
        w_q = draw.uniform(4, 4, low=0.28, high=0.3) * reach * torch.tensor([[1.0], [1.0], [-1.0], [-1.0]])
        w_k = draw.uniform(2, 4, low=0.47, high=0.5) * reach
        w_q[:, 2:], w_k[:, 2:] = 0.0, 0.0
        weights = [w_q.to(dtype), w_k.to(dtype), draw.normal(2, 4, dtype=dtype), draw.normal(4, 4, dtype=dtype)]
        result = submission.multi_query_attention(x, *weights, 2)
        assert_shape(result, x.shape)
        assert_finite(result)
        if dtype in (torch.float64, torch.float32):
            expected = reference.multi_query_attention(x, *weights, 2)
            assert_close(result, expected, relative=1e-8 if dtype == DOUBLE else 0.05, scale=2.0)


# gradients


@pytest.mark.check("gradients", points=5)
def test_gradients_match(submission, reference, draw):
    ours, theirs = submission.multi_query_attention, reference.multi_query_attention
    for sizes in [(2, 4, 6, 3), (3, 2, 4, 1), (3, 3, 9, 3)]:
        given = inputs(draw, *sizes, DOUBLE, requires_grad=True)
        assert_gradients_agree(ours, theirs, *given, draw=draw, names=NAMES, relative=1e-9)


@pytest.mark.check("gradients", points=3, conventions=["mask-before-softmax"])
def test_gradients_stay_finite_beside_high_hidden_scores(submission, reference, draw):
    ours, theirs = submission.multi_query_attention, reference.multi_query_attention
    for dtype in DTYPES:
        given = hidden_high(dtype, requires_grad=True)
        assert_gradients_finite(ours, *given, draw=draw, reference=theirs)
        if dtype == DOUBLE:
            assert_gradients_agree(ours, theirs, *given, draw=draw, names=NAMES, relative=1e-4)


@pytest.mark.check("gradients", points=2)
def test_half_precision_gradients_point_the_right_way(submission, reference, draw):
    for dtype in HALF_DTYPES:
        given = inputs(draw, 2, 4, 8, 2, dtype, requires_grad=True)
        assert_same_direction(submission.multi_query_attention, reference.multi_query_attention, *given, draw=draw)


# contract


@pytest.mark.check("contract", points=3, conventions=["heads-not-divisible"])
def test_refuses_heads_that_do_not_divide_the_width(submission, draw):
    for d, heads in ((6, 4), (5, 2), (8, 3), (7, 6)):  # w_k with D // n_heads rows
        given = inputs(draw, 2, 3, d, heads)
        assert_refuses(submission.multi_query_attention, *given, because=f"n_heads = {heads} does not divide D = {d}")


@pytest.mark.check("contract", points=3, conventions=["key-rows"])
def test_refuses_keys_that_are_not_one_head_wide(submission, draw):
    for d, heads, rows in ((8, 4, 4), (8, 4, 8), (6, 2, 1), (6, 2, 2), (6, 3, 3), (4, 4, 2), (5, 1, 1)):
        x, w_q, w_k, w_v, w_o, _ = inputs(draw, 2, 3, d, heads, key_rows=rows)
        because = f"w_k has {rows} rows with D = {d} and n_heads = {heads}"
        if rows > d // heads:  # w_v alike, as in grouped-query attention
            assert_refuses(submission.multi_query_attention, x, w_q, w_k, w_k, w_o, heads, because=because)
        assert_refuses(submission.multi_query_attention, x, w_q, w_k, w_v, w_o, heads, because=because)


# gpu


@pytest.mark.check("gpu", points=5)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    cases = [inputs(draw, *sizes) for sizes in ((2, 4, 6, 3), (1, 1, 4, 2))]

    def run(subject):
        return [subject.multi_query_attention(*case) for case in cases]

    assert_runs_on_gpu(submission, lambda gpu: run(submission), run(reference))


# over all calls above


@pytest.mark.check("contract", points=3)
def test_forbids_the_frameworks_attention(submission):
    assert_nothing_forbidden(submission)


@pytest.mark.check("contract", points=4)
def test_leaves_its_inputs_alone(submission, draw):
    submission.multi_query_attention(*inputs(draw, 1, 1, 2, 1))
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=2)
def test_leaves_the_global_random_state_alone(submission, draw):
    # Creating module parameters may draw: their initialisers are allowed, everything else is not.
    meter = submission.multi_query_attention.observe(*inputs(draw, 2, 4, 6, 3), metered=True).meter
    called = set(meter.operators)
    if called & DRAWS or not called & INITIALISERS:
        assert_global_random_untouched(submission)
