"""Hidden checks of grpo_loss. The oracle is the reference; ratios are drawn well off the bounds of the range."""

import math

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_dtype,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_no_gradient,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_same_direction,
    assert_shape,
    fail,
    gradients,
)

NAMES = ("logps", "old_logps", "ref_logps", "advantages")
NAN, INF = float("nan"), float("inf")
BOTH = ("sequence", "token")


def sequences(draw, n, t, dtype=torch.float64, *, clip_eps=0.2, share=0.6, empty_rows=0):
    """[logps, old_logps, ref_logps, advantages, mask]: both signs of A, ratios below, in and above the range."""
    kind = (draw.permutation(n * t) % 3).reshape(n, t)
    unit = draw.uniform(n, t, dtype=torch.float64)
    below = (1 - clip_eps) * (0.4 + 0.5 * unit) if clip_eps < 1 else 0.1 + 0.4 * unit
    inside = 1 + min(clip_eps, 1.0) * (1.6 * unit - 0.8)
    above = (1 + clip_eps) * (1.1 + 0.9 * unit)
    ratio = torch.where(kind == 0, below, torch.where(kind == 1, inside, above))
    size = draw.uniform(n, low=0.5, high=2.0, dtype=torch.float64)
    advantages = torch.where(draw.permutation(n) % 2 == draw.int(0, 1), size, -size)
    old = draw.uniform(n, t, low=-3.0, high=-1.0, dtype=torch.float64)
    logps = old + ratio.log()
    ref = logps + draw.uniform(n, t, low=-1.2, high=1.2, dtype=torch.float64)
    mask = draw.mask(n, t, share=share)
    for row, column in enumerate(draw.integers(n, low=0, high=t).tolist()):
        mask[row, column] = True
    mask[draw.permutation(n)[:empty_rows]] = False
    return [x.to(dtype) for x in (logps, old, ref, advantages)] + [mask]


def one_token(logp, old, ref, advantage, dtype):
    """A sequence of one response token and one of padding."""
    rows = [torch.tensor([[value, value]], dtype=torch.float64).to(dtype) for value in (logp, old, ref)]
    return [*rows, torch.tensor([advantage], dtype=torch.float64).to(dtype), torch.tensor([[True, False]])]


def empty_mask(draw, n, t, dtype, value=None):
    inputs = sequences(draw, n, t, dtype, empty_rows=n)
    if value is not None:
        inputs[:3] = [torch.full_like(x, value) for x in inputs[:3]]
    return inputs


def need_grad(inputs, *places):
    return [x.clone().requires_grad_() if i in places else x for i, x in enumerate(inputs)]


def assert_matches(submission, reference, inputs, case, *args, relative=None, scale=1.0, **options):
    result, expected = (subject.grpo_loss(*inputs, *args, **options) for subject in (submission, reference))
    assert_close(result, expected, what=f"the loss {case}", relative=relative, scale=scale)


def pull_back(subject, inputs, **options):
    """The gradient of the loss in logps; zeros where nothing flows."""
    flow = gradients(subject.grpo_loss, *need_grad(inputs, 0), cotangents=[torch.ones(())], **options).get("0")
    return torch.zeros_like(inputs[0]) if flow is None else flow


def assert_gradients_match(submission, reference, inputs, case, relative=None, scale=None, **options):
    actual, expected = (pull_back(subject, inputs, **options) for subject in (submission, reference))
    assert_close(actual, expected, what=f"the gradient of logps {case}", relative=relative, scale=scale)


def short(dtype):
    return str(dtype).removeprefix("torch.")


# shape


@pytest.mark.check("shape", points=3, conventions=["half-goes-to-float32"])
def test_the_loss_is_a_scalar_of_the_right_dtype(submission, draw):
    for dtype in DTYPES:
        for n, t, empty_rows, aggregate in (
            (1, 1, 0, "sequence"), (3, 4, 0, "sequence"), (3, 4, 0, "token"), (2, 3, 2, "sequence"), (2, 3, 2, "token"),
        ):  # fmt: skip
            inputs = sequences(draw, n, t, dtype, empty_rows=empty_rows)
            what = f"the loss of {short(dtype)} inputs" + (" with an empty mask" if empty_rows else "")
            result = submission.grpo_loss(*inputs, aggregate=aggregate)
            assert_shape(result, (), what)
            assert_dtype(result, torch.promote_types(dtype, torch.float32), what)


@pytest.mark.check("shape", points=2)
def test_takes_any_memory_layout(submission, draw):
    strided = [draw.non_contiguous(x) for x in sequences(draw, 3, 5)]
    expanded = [x[:1].expand(3, *x.shape[1:]) for x in sequences(draw, 3, 5)]
    for case, inputs in (("of non-contiguous inputs", strided), ("of expanded inputs", expanded)):
        plain = [x.clone(memory_format=torch.contiguous_format) for x in inputs]
        for aggregate in BOTH:
            expected, result = (submission.grpo_loss(*x, aggregate=aggregate) for x in (plain, inputs))
            assert_shape(expected, ())
            assert_close(result, expected, what=f"the loss {case}", scale=1.0)
            before, after = (pull_back(submission, x, aggregate=aggregate) for x in (plain, inputs))
            assert_close(after, before, what=f"the gradient of logps {case}")


# numerics


@pytest.mark.check("numerics", points=14, conventions=["minimum-after-advantage", "sequence-mean", "token-mean", "task"])
@pytest.mark.parametrize("aggregate", BOTH)
def test_clipped_surrogate_matches(submission, reference, draw, aggregate):
    for n, t, share in ((4, 7, 0.5), (3, 8, 1.0), (5, 5, 0.4), (1, 7, 0.7), (6, 1, 0.7), (2, 9, 0.5), (1, 1, 1.0)):
        case = f'with beta=0 and aggregate="{aggregate}", of {n} sequences of {t}'
        inputs = sequences(draw, n, t, share=share)
        assert_matches(submission, reference, inputs, case, beta=0.0, aggregate=aggregate)


@pytest.mark.check("numerics", points=3, conventions=["minimum-after-advantage"])
def test_each_side_of_the_range_matches(submission, reference, draw):
    for side, low, high in (("below", 0.3, 0.7), ("inside", 0.9, 1.1), ("above", 1.4, 3.0)):
        for sign in (1, -1):
            old, log_ratio = draw.float(-3.0, -1.5), math.log(draw.float(low, high))
            inputs = one_token(old + log_ratio, old, old, sign * draw.float(0.5, 2.0), torch.float64)
            case = f"of one token with a ratio {side} the range and {'A > 0' if sign > 0 else 'A < 0'}"
            assert_matches(submission, reference, inputs, case, aggregate=draw.choice(BOTH))


@pytest.mark.check("numerics", points=8, conventions=["k3", "sequence-mean", "token-mean", "rules"])
@pytest.mark.parametrize("aggregate", BOTH)
def test_penalty_matches(submission, reference, draw, aggregate):
    for n, t, share in ((3, 7, 0.6), (4, 4, 0.5), (1, 1, 1.0)):
        beta = draw.choice([draw.float(0.05, 0.3), draw.float(1.5, 4.0)])
        case = f'with beta={beta:.3g} and aggregate="{aggregate}", of {n} sequences of {t}'
        inputs = sequences(draw, n, t, share=share)
        assert_matches(submission, reference, inputs, case, beta=beta, aggregate=aggregate)
    # Where no advantage pulls, the penalty alone is left.
    inputs[3] = torch.zeros_like(inputs[3])
    case = f'of advantages of 0 with aggregate="{aggregate}"'
    assert_matches(submission, reference, inputs, case, beta=0.5, aggregate=aggregate)


@pytest.mark.check("numerics", points=5, conventions=["empty-sequence", "token-mean"])
@pytest.mark.parametrize("aggregate", BOTH)
def test_sequences_without_response_tokens_count_as_zero(submission, reference, draw, aggregate):
    for n, t, empty_rows in ((4, 6, 1), (5, 5, 3), (2, 4, 1), (3, 1, 2)):
        case = f'where {empty_rows} of {n} sequences are empty, aggregate="{aggregate}"'
        inputs = sequences(draw, n, t, empty_rows=empty_rows)
        assert_matches(submission, reference, inputs, case, beta=0.3, aggregate=aggregate)


@pytest.mark.check("numerics", points=5, conventions=["minimum-after-advantage"])
def test_other_ranges_match(submission, reference, draw):
    for low, high, dtype in (
        (0.04, 0.08, torch.float64), (0.4, 0.7, torch.float64), (1.3, 2.5, torch.float64), (0.3, 0.6, torch.float32)
    ):  # fmt: skip
        clip_eps, relative = draw.float(low, high), 2e-5 if dtype == torch.float32 else None
        inputs, case = sequences(draw, 4, 8, dtype, clip_eps=clip_eps), f"with clip_eps={clip_eps:.3g}, {short(dtype)}"
        options = {"clip_eps": clip_eps, "beta": 0.1, "aggregate": draw.choice(BOTH)}
        assert_matches(submission, reference, inputs, case, relative=relative, **options)


# finiteness


def padded(draw, dtype):
    """A row that begins and ends with padding and has a hole, one that is all padding, and one of chance."""
    inputs = sequences(draw, 3, 5, dtype)
    inputs[4][0] = torch.tensor([False, True, False, True, False])
    inputs[4][1] = False
    return inputs


def in_padding(clean):
    """The inputs with garbage at masked positions: of one tensor at a time in two dtypes, then of all three."""
    alone = {
        torch.float64: [(NAN, 0), (NAN, 1), (NAN, 2), (INF, 0), (-INF, 1), (INF, 2)],
        torch.float32: [(300.0, 0), (-300.0, 1), (300.0, 2)],  # finite, but not its exp
    }
    dtype = clean[0].dtype
    for value, *places in [*alone.get(dtype, []), (-INF if dtype == torch.float64 else NAN, 0, 1, 2)]:
        dirty = [x.masked_fill(~clean[4], value) if i in places else x for i, x in enumerate(clean)]
        of = NAMES[places[0]] if len(places) == 1 else "all three tensors"
        yield dirty, f"with {value:g} at masked positions of {of}, {short(dtype)}"


@pytest.mark.check("finiteness", points=5, conventions=["padding-is-garbage"])
def test_padding_does_not_change_the_loss(submission, reference, draw):
    for dtype, aggregates in ((DTYPES[0], BOTH), (DTYPES[1], BOTH[:1]), (DTYPES[2], BOTH[1:]), (DTYPES[3], BOTH[:1])):
        clean, relative = padded(draw, dtype), 2e-2 if dtype in HALF_DTYPES else None
        for aggregate in aggregates:
            expected = reference.grpo_loss(*clean, beta=0.3, aggregate=aggregate)
            for dirty, case in in_padding(clean):
                result = submission.grpo_loss(*dirty, beta=0.3, aggregate=aggregate)
                assert_close(result, expected, what=f"the loss {case}", relative=relative, scale=1.0)


@pytest.mark.check("finiteness", points=4, conventions=["empty-mask"])
@pytest.mark.parametrize("aggregate", BOTH)
def test_an_empty_mask_gives_zero(submission, draw, aggregate):
    for dtype in DTYPES:
        for n, t, value in ((2, 3, None), (1, 1, NAN), (2, 2, INF)) if dtype == torch.float64 else ((2, 3, NAN),):
            result = submission.grpo_loss(*empty_mask(draw, n, t, dtype, value), beta=0.3, aggregate=aggregate)
            case = "of an empty mask" if value is None else f"of an empty mask over {value:g}"
            zero = torch.zeros((), dtype=torch.promote_types(dtype, torch.float32))
            assert_close(result, zero, what=f'the loss {case} with aggregate="{aggregate}"')


def far_out(draw, dtype):
    """One token at a time, since a ratio of e^20 hides everything else in a mean."""
    for side in (1, -1):
        for sign in (1, -1) if side > 0 else (-1,):
            far, near = draw.float(15.0, 19.5), draw.float(-1.0, -0.2)
            new, old = (near, near - far) if side > 0 else (near - far, near)
            case = f"where logps - old_logps is near {side * far:.1f} and A = {sign * 150}"
            yield one_token(new, old, new, sign * 150.0, dtype), case
        far = draw.float(15.0, 19.5)
        new, ref = (near, near - far) if side > 0 else (near - far, near)
        yield one_token(new, new, ref, 1.0, dtype), f"where logps - ref_logps is near {side * far:.1f}"


@pytest.mark.check("finiteness", points=4, conventions=["half-goes-to-float32"])
@pytest.mark.parametrize("dtype", DTYPES[1:], ids=str)
def test_the_loss_is_right_far_out(submission, reference, draw, dtype):
    for inputs, case in far_out(draw, dtype):
        aggregate = draw.choice(BOTH)
        assert_matches(submission, reference, inputs, case, scale=0.1, beta=0.5, aggregate=aggregate)


@pytest.mark.check("finiteness", points=2)
def test_log_probabilities_near_minus_300_are_right(submission, reference, draw):
    # Multiples of 2 there are exact in every dtype; the probabilities themselves are 0 in these.
    for dtype in DTYPES[1:]:
        base = -294.0 + 2 * draw.integers(3, 4, low=-1, high=2)
        inputs = [(base + 2 * draw.integers(3, 4, low=-1, high=2)).to(dtype) for _ in range(3)]
        inputs += [draw.normal(3, dtype=dtype), torch.ones(3, 4, dtype=torch.bool)]
        case = f"of {short(dtype)} log-probabilities near -300"
        assert_matches(submission, reference, inputs, case, beta=0.1, aggregate=draw.choice(BOTH))


# gradients


@pytest.mark.check("gradients", points=5, conventions=["minimum-after-advantage", "k3", "only-logps"])
@pytest.mark.parametrize("aggregate", BOTH)
def test_logps_learn(submission, reference, draw, aggregate):
    for n, t, clip_eps, beta in ((4, 7, 0.2, 0.0), (5, 5, 0.3, 0.4), (2, 6, 1.5, 2.0)):
        inputs = sequences(draw, n, t, clip_eps=clip_eps, empty_rows=n // 3)
        options = {"clip_eps": clip_eps, "beta": beta, "aggregate": aggregate}
        case = f'with clip_eps={clip_eps}, beta={beta} and aggregate="{aggregate}"'
        assert_gradients_match(submission, reference, inputs, case, scale=1.0 / (n * t), **options)
    inputs = sequences(draw, 3, 4)
    inputs[3] = torch.zeros_like(inputs[3])
    case = f'where A = 0, with beta=0.5 and aggregate="{aggregate}"'
    assert_gradients_match(submission, reference, inputs, case, beta=0.5, aggregate=aggregate)


@pytest.mark.check("gradients", points=4, conventions=["padding-is-garbage"])
def test_padding_does_not_change_the_gradient(submission, reference, draw):
    for dtype, aggregate in ((DTYPES[0], "sequence"), (DTYPES[1], "token")):
        clean = padded(draw, dtype)
        expected = pull_back(reference, clean, beta=0.3, aggregate=aggregate)
        for dirty, case in in_padding(clean):
            actual = pull_back(submission, dirty, beta=0.3, aggregate=aggregate)
            assert_close(actual, expected, what=f"the gradient of logps {case}")


@pytest.mark.check("gradients", points=2, conventions=["empty-mask"])
def test_backward_runs_for_an_empty_mask(submission, draw):
    for dtype, value in ((torch.float64, None), (torch.float64, NAN), (torch.bfloat16, INF)):
        for aggregate in BOTH:
            flow = pull_back(submission, empty_mask(draw, 2, 3, dtype, value), aggregate=aggregate)
            assert_close(flow, torch.zeros(2, 3, dtype=dtype), what="the gradient of logps for an empty mask")


@pytest.mark.check("gradients", points=2, conventions=["only-logps"])
def test_the_constants_get_no_gradient(submission, draw):
    for dtype in (torch.float64, torch.bfloat16):
        for places in ((0, 1), (0, 2), (0, 3), (0, 1, 2, 3))[0 if dtype == torch.float64 else -1 :]:
            inputs, aggregate = need_grad(sequences(draw, 2, 4, dtype), *places), draw.choice(BOTH)
            outcome = submission.grpo_loss.observe(*inputs, beta=0.3, aggregate=aggregate, cotangents=[torch.ones(())])
            if outcome.gradient_problem is not None:
                fail(outcome.gradient_problem)
            for place in places:
                if str(place) not in (outcome.gradients or {}):
                    fail(f"{NAMES[place]} no longer requires grad after the call: an input is never modified")
            for place in places[1:]:
                assert_no_gradient(outcome, str(place), what=NAMES[place])


@pytest.mark.check("gradients", points=2)
def test_gradients_are_right_far_out_and_in_half_precision(submission, reference, draw):
    for inputs, case in far_out(draw, torch.float32):
        assert_gradients_match(submission, reference, inputs, case, relative=1e-3, scale=0.01, beta=0.5)
    for dtype, aggregate in zip(HALF_DTYPES, BOTH, strict=True):
        inputs = need_grad(sequences(draw, 3, 6, dtype, clip_eps=0.3), 0)
        options = {"clip_eps": 0.3, "beta": 0.2, "aggregate": aggregate}
        assert_same_direction(submission.grpo_loss, reference.grpo_loss, *inputs, draw=draw, **options)


# contract


@pytest.mark.check("contract", points=8, conventions=["errors"])
@pytest.mark.parametrize(
    ("option", "bad"),
    [
        ("aggregate", ("mean", "sum", "", "tokens", "Token", "batch")),
        ("clip_eps", (0.0, -0.2, -1e-6, 0)),
        ("beta", (-0.1, -5.0, -1e-6, -1)),
    ],
)
def test_refuses_what_it_must(submission, draw, option, bad):
    for value in bad:
        inputs = sequences(draw, 2, 3)
        assert_refuses(submission.grpo_loss, *inputs, because=f"{option} is {value!r}", **{option: value})
    inputs, because = empty_mask(draw, 2, 3, torch.float64), f"{option} is {bad[0]!r} and the mask empty"
    assert_refuses(submission.grpo_loss, *inputs, because=because, **{option: bad[0]})


@pytest.mark.check("contract", points=2)
def test_defaults_and_argument_order_are_as_written(submission, reference, draw):
    inputs = sequences(draw, 4, 6, empty_rows=1)
    for case, args in (
        ("by default", ()),
        ("with clip_eps=0.1", (0.1,)),
        ("with clip_eps=0.5, beta=1", (0.5, 1)),
        ('with clip_eps=0.5, beta=0, aggregate="token"', (0.5, 0, "token")),
    ):
        assert_matches(submission, reference, inputs, case, *args)


@pytest.mark.check("contract", points=3, conventions=["any-input"])
def test_leaves_its_inputs_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=1)
def test_results_are_not_overwritten(submission, draw):
    for inputs in (sequences(draw, 2, 4), empty_mask(draw, 2, 4, torch.float64)):
        with submission.options(keep=True):
            held = submission.grpo_loss(*inputs)
        before = held.method("clone")()
        submission.grpo_loss(*sequences(draw, 2, 4))
        assert_shape(before, ())
        assert_same(held.method("clone")(), before, what="the loss of an earlier call after a later one")


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=2, conventions=["half-goes-to-float32"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_precision_is_computed_in_float32(submission, reference, draw, dtype):
    # Differences of 3 to 9 between log-probabilities of unlike size do not fit the bits of half precision.
    near, far = draw.float(-1.0, -0.3), draw.float(-9.5, -3.5)
    for new, old, ref in ((near, far, near + 0.05), (far, far + 0.05, near), (near + 0.1, far - 0.3, near)):
        inputs, aggregate = one_token(new, old, ref, -draw.float(0.7, 1.4), dtype), draw.choice(BOTH)
        case = "in half precision (compute in float32)"
        assert_matches(submission, reference, inputs, case, scale=0.05, beta=0.5, aggregate=aggregate)


@pytest.mark.check("gpu", points=3)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_everything_lies_on_the_inputs_device(submission, reference, draw, dtype):
    for empty_rows in (1, 2):
        for aggregate in BOTH:
            inputs = need_grad(sequences(draw, 2, 4, dtype, empty_rows=empty_rows), 0)

            def run(gpu, inputs=inputs, aggregate=aggregate):
                return submission.grpo_loss(*inputs, aggregate=aggregate)

            assert_runs_on_gpu(submission, run, reference.grpo_loss(*inputs, aggregate=aggregate), scale=1.0)
