"""Hidden checks of ppo_kl_loss. The oracle is the reference; ratios are drawn well off the bounds of the range."""

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
    describe_value,
    fail,
    gradients,
)

NAMES = ("logps", "old_logps", "ref_logps", "advantages")
METRICS = ("kl", "clip_fraction", "ratio")
EVERYTHING = ("the loss", *(f'metrics["{name}"]' for name in METRICS))
NAN, INF = float("nan"), float("inf")
LOSS_ALONE = (torch.ones(()), torch.zeros(()), torch.zeros(()), torch.zeros(()))


def tokens(draw, b, t, dtype=torch.float64, *, clip_eps=0.2, share=0.65):
    """[logps, old_logps, ref_logps, advantages, mask]: both signs of A, ratios below, in and above the range."""
    kind = (draw.permutation(b * t) % 6).reshape(b, t)
    unit = draw.uniform(b, t, dtype=torch.float64)
    below = (1 - clip_eps) * (0.4 + 0.5 * unit) if clip_eps < 1 else 0.1 + 0.4 * unit
    inside = 1 + min(clip_eps, 1.0) * (1.6 * unit - 0.8)
    above = (1 + clip_eps) * (1.1 + 0.9 * unit)
    ratio = torch.where(kind < 2, below, torch.where(kind < 4, inside, above))
    size = draw.uniform(b, t, low=0.5, high=2.0, dtype=torch.float64)
    advantages = torch.where(kind % 2 == 0, size, -size)
    old = draw.uniform(b, t, low=-3.0, high=-1.0, dtype=torch.float64)
    logps = old + ratio.log()
    ref = logps + draw.uniform(b, t, low=-1.2, high=1.2, dtype=torch.float64)
    mask = draw.mask(b, t, share=share)
    if not mask.any():
        mask[draw.int(0, b - 1), draw.int(0, t - 1)] = True
    return [x.to(dtype) for x in (logps, old, ref, advantages)] + [mask]


def one_token(logp, old, ref, advantage, dtype):
    """A batch of one response token beside one of padding."""
    rows = [torch.tensor([[value, value]], dtype=torch.float64).to(dtype) for value in (logp, old, ref, advantage)]
    return [*rows, torch.tensor([[True, False]])]


def need_grad(inputs, *places):
    return [x.clone().requires_grad_() if i in places else x for i, x in enumerate(inputs)]


def named(result):
    """The loss and the three metrics by name, once the result is a tuple of a loss and a dict of three."""
    if type(result) is not tuple or len(result) != 2:
        fail(f"the result is {describe_value(result)}, expected a tuple (loss, metrics)")
    loss, metrics = result
    if type(metrics) is not dict or set(metrics) != set(METRICS):
        fail(f'metrics is {describe_value(metrics)}, expected a dict of exactly "kl", "clip_fraction" and "ratio"')
    return {"the loss": loss} | {f'metrics["{name}"]': metrics[name] for name in METRICS}


def assert_all_close(result, expected, case, relative=None, scale=1.0, look=EVERYTHING):
    actual, wanted = named(result), named(expected)
    for name in look:
        assert_close(actual[name], wanted[name], what=f"{name} {case}", relative=relative, scale=scale)


def assert_matches(submission, reference, inputs, case, *args, relative=None, scale=1.0, look=EVERYTHING, **options):
    result, expected = (subject.ppo_kl_loss(*inputs, *args, **options) for subject in (submission, reference))
    assert_all_close(result, expected, case, relative, scale, look)


def pull_back(subject, inputs, **options):
    """The gradient of the loss alone in logps; zeros where nothing flows."""
    flow = gradients(subject.ppo_kl_loss, *need_grad(inputs, 0), cotangents=LOSS_ALONE, **options).get("0")
    return torch.zeros_like(inputs[0]) if flow is None else flow


def both_gradients(submission, reference, inputs, **options):
    return tuple(pull_back(subject, inputs, **options) for subject in (submission, reference))


def short(dtype):
    return str(dtype).removeprefix("torch.")


# shape


@pytest.mark.check("shape", points=8, conventions=["metrics-detached", "half-goes-to-float32"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_loss_and_metrics_are_scalars_of_the_right_dtype(submission, draw, dtype):
    for b, t, empty in ((1, 1, False), (3, 4, False), (2, 4, True)):
        inputs = tokens(draw, b, t, dtype)
        inputs[4] = inputs[4] & (not empty)
        of = f"of {short(dtype)} inputs" + (" with an empty mask" if empty else "")
        for name, tensor in named(submission.ppo_kl_loss(*inputs, kl_coef=0.1)).items():
            assert_shape(tensor, (), f"{name} {of}")
            assert_dtype(tensor, torch.promote_types(dtype, torch.float32), f"{name} {of}")


@pytest.mark.check("shape", points=2)
def test_takes_any_memory_layout(submission, draw):
    strided = [draw.non_contiguous(x) for x in tokens(draw, 3, 5)]
    # One row of everything, seen by all rows; and one advantage a row, spread over its tokens.
    expanded = [x[:1].expand(3, 5) for x in tokens(draw, 3, 5)]
    expanded[3] = draw.normal(3, 1, dtype=torch.float64).expand(3, 5)
    for case, inputs in (("of non-contiguous inputs", strided), ("of expanded inputs", expanded)):
        plain = [x.clone(memory_format=torch.contiguous_format) for x in inputs]
        expected, result = (submission.ppo_kl_loss(*x, kl_coef=0.3) for x in (plain, inputs))
        for name, tensor in named(expected).items():
            assert_shape(tensor, (), name)
        assert_all_close(result, expected, case)
        before, after = (pull_back(submission, x, kl_coef=0.3) for x in (plain, inputs))
        assert_close(after, before, what=f"the gradient of logps {case}")


# numerics


@pytest.mark.check("numerics", points=9, conventions=["minimum-after-advantage", "one-masked-mean", "task", "rules"])
def test_clipped_surrogate_matches(submission, reference, draw):
    for b, t, share in ((3, 8, 1.0), (4, 7, 0.6), (5, 5, 0.4), (1, 6, 0.7), (6, 1, 0.7), (1, 1, 1.0)):
        inputs, case = tokens(draw, b, t, share=share), f"without a penalty, of {b} rows of {t}"
        assert_matches(submission, reference, inputs, case, look=EVERYTHING[:1])


@pytest.mark.check("numerics", points=2, conventions=["minimum-after-advantage"])
def test_each_side_of_the_range_matches(submission, reference, draw):
    for side, low, high in (("below", 0.3, 0.7), ("inside", 0.9, 1.1), ("above", 1.4, 3.0)):
        for sign in (1, -1):
            old, log_ratio = draw.float(-3.0, -1.5), math.log(draw.float(low, high))
            inputs = one_token(old + log_ratio, old, old, sign * draw.float(0.5, 2.0), torch.float64)
            case = f"of one token with a ratio {side} the range and {'A > 0' if sign > 0 else 'A < 0'}"
            assert_matches(submission, reference, inputs, case)


@pytest.mark.check("numerics", points=6, conventions=["k3", "kl-added", "one-masked-mean"])
def test_penalty_matches(submission, reference, draw):
    for b, t, share in ((3, 7, 1.0), (4, 6, 0.5), (2, 9, 0.4), (1, 1, 1.0)):
        kl_coef = draw.choice([draw.float(0.05, 0.3), draw.float(1.5, 4.0)])
        inputs, case = tokens(draw, b, t, share=share), f"with kl_coef={kl_coef:.3g}, of {b} rows of {t}"
        assert_matches(submission, reference, inputs, case, look=EVERYTHING[:1], kl_coef=kl_coef)


@pytest.mark.check("numerics", points=7, conventions=["k3", "clip-fraction", "one-masked-mean"])
def test_metrics_match(submission, reference, draw):
    for b, t, share, kl_coef in ((3, 8, 1.0, 0.0), (4, 7, 0.6, 0.3), (2, 9, 0.4, 0.0), (1, 1, 1.0, 0.2)):
        inputs, case = tokens(draw, b, t, share=share), f"with kl_coef={kl_coef:.3g}, of {b} rows of {t}"
        assert_matches(submission, reference, inputs, case, look=EVERYTHING[1:], kl_coef=kl_coef)


@pytest.mark.check("numerics", points=2, conventions=["clip-fraction"])
def test_equal_terms_are_not_clipped(submission, reference, draw):
    inputs = tokens(draw, 3, 6)
    on_policy = [inputs[0], inputs[0].clone(), *inputs[2:]]
    no_gain = [*inputs[:3], torch.zeros_like(inputs[3]), inputs[4]]
    for case, equal in (("where the policies are the same", on_policy), ("where every advantage is 0", no_gain)):
        assert_matches(submission, reference, equal, case, kl_coef=0.2)


@pytest.mark.check("numerics", points=4, conventions=["minimum-after-advantage"])
def test_other_ranges_match(submission, reference, draw):
    for low, high, dtype in (
        (0.04, 0.08, torch.float64), (0.4, 0.7, torch.float64), (1.3, 2.5, torch.float64), (0.3, 0.6, torch.float32)
    ):  # fmt: skip
        clip_eps, relative = draw.float(low, high), 2e-5 if dtype == torch.float32 else None
        inputs, case = tokens(draw, 3, 8, dtype, clip_eps=clip_eps), f"with clip_eps={clip_eps:.3g}, {short(dtype)}"
        assert_matches(submission, reference, inputs, case, relative=relative, clip_eps=clip_eps, kl_coef=0.1)


# finiteness


def padded(draw, dtype):
    """A row that begins and ends with padding and has a hole, one that is all padding, and one of chance."""
    inputs = tokens(draw, 3, 5, dtype)
    inputs[4][0] = torch.tensor([False, True, False, True, False])
    inputs[4][1] = False
    return inputs


def in_padding(clean):
    """The inputs with garbage at masked positions: of one tensor at a time in two dtypes, then of all four."""
    alone = {
        torch.float64: [(NAN, 0), (NAN, 1), (NAN, 2), (NAN, 3), (INF, 0), (-INF, 1), (INF, 2), (INF, 3)],
        torch.float32: [(300.0, 0), (-300.0, 1), (300.0, 2), (-300.0, 3)],  # finite, but not its exp
    }
    dtype = clean[0].dtype
    for value, *places in [*alone.get(dtype, []), (-INF if dtype == torch.float64 else NAN, 0, 1, 2, 3)]:
        dirty = [x.masked_fill(~clean[4], value) if i in places else x for i, x in enumerate(clean)]
        of = NAMES[places[0]] if len(places) == 1 else "all four tensors"
        yield dirty, f"with {value:g} at masked positions of {of}, {short(dtype)}"


@pytest.mark.check("finiteness", points=5, conventions=["padding-is-garbage"])
def test_padding_changes_no_value(submission, reference, draw):
    for dtype in DTYPES:
        clean, relative = padded(draw, dtype), 2e-2 if dtype in HALF_DTYPES else None
        expected = reference.ppo_kl_loss(*clean, kl_coef=0.3)
        for dirty, case in in_padding(clean):
            assert_all_close(submission.ppo_kl_loss(*dirty, kl_coef=0.3), expected, case, relative)


@pytest.mark.check("finiteness", points=4, conventions=["empty-mask"])
def test_an_empty_mask_gives_zeros(submission, draw):
    for dtype in DTYPES:
        for b, t, value in ((2, 3, None), (1, 1, NAN), (2, 2, INF)) if dtype == torch.float64 else ((2, 3, NAN),):
            inputs = empty_mask(draw, b, t, dtype, value)
            zero = torch.zeros((), dtype=torch.promote_types(dtype, torch.float32))
            case = "of an empty mask" if value is None else f"of an empty mask over {value:g}"
            for name, tensor in named(submission.ppo_kl_loss(*inputs, kl_coef=0.3)).items():
                assert_close(tensor, zero, what=f"{name} {case}")


def empty_mask(draw, b, t, dtype, value):
    inputs = tokens(draw, b, t, dtype)[:4]
    if value is not None:
        inputs = [torch.full_like(x, value) for x in inputs]
    return [*inputs, torch.zeros(b, t, dtype=torch.bool)]


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
def test_values_are_right_far_out(submission, reference, draw, dtype):
    for inputs, case in far_out(draw, dtype):
        assert_matches(submission, reference, inputs, case, scale=0.1, kl_coef=0.5)


@pytest.mark.check("finiteness", points=2)
def test_log_probabilities_near_minus_300_are_right(submission, reference, draw):
    # Multiples of 2 there are exact in every dtype; the probabilities themselves are 0 in these.
    for dtype in DTYPES[1:]:
        base = -294.0 + 2 * draw.integers(3, 4, low=-1, high=2)
        logps, old, ref = (base + 2 * draw.integers(3, 4, low=-1, high=2) for _ in range(3))
        inputs = [x.to(dtype) for x in (logps, old, ref, draw.normal(3, 4, dtype=torch.float64))]
        inputs.append(torch.ones(3, 4, dtype=torch.bool))
        case = f"of {short(dtype)} log-probabilities near -300"
        assert_matches(submission, reference, inputs, case, kl_coef=0.1)


# gradients


@pytest.mark.check("gradients", points=5, conventions=["minimum-after-advantage", "k3", "kl-added"])
def test_logps_learn(submission, reference, draw):
    for b, t, clip_eps, kl_coef in ((3, 8, 0.2, 0.0), (4, 6, 0.3, 0.7), (3, 5, 0.2, 0.4), (2, 6, 1.5, 2.0)):
        inputs, options = tokens(draw, b, t, clip_eps=clip_eps), {"clip_eps": clip_eps, "kl_coef": kl_coef}
        # Where no advantage pulls, the penalty alone does.
        if kl_coef == 0.4:
            inputs[3] = torch.zeros_like(inputs[3])
        actual, expected = both_gradients(submission, reference, inputs, **options)
        what = f"the gradient of logps with clip_eps={clip_eps} and kl_coef={kl_coef}"
        assert_close(actual, expected, what=what, scale=1.0 / float(inputs[4].sum()))


@pytest.mark.check("gradients", points=4, conventions=["padding-is-garbage"])
def test_padding_changes_no_gradient(submission, reference, draw):
    for dtype in DTYPES[:2]:
        clean = padded(draw, dtype)
        expected = pull_back(reference, clean, kl_coef=0.3)
        for dirty, case in in_padding(clean):
            assert_close(pull_back(submission, dirty, kl_coef=0.3), expected, what=f"the gradient of logps {case}")


@pytest.mark.check("gradients", points=2, conventions=["empty-mask"])
def test_backward_runs_for_an_empty_mask(submission, draw):
    for dtype, value in ((torch.float64, None), (torch.float64, NAN), (torch.bfloat16, INF)):
        flow = pull_back(submission, empty_mask(draw, 2, 3, dtype, value), kl_coef=0.2)
        assert_close(flow, torch.zeros(2, 3, dtype=dtype), what="the gradient of logps for an empty mask")


@pytest.mark.check("gradients", points=2, conventions=["constants"])
def test_the_constants_get_no_gradient(submission, draw):
    for dtype in (torch.float64, torch.bfloat16):
        for places in ((0, 1), (0, 2), (0, 3), (0, 1, 2, 3))[0 if dtype == torch.float64 else -1 :]:
            inputs = need_grad(tokens(draw, 2, 4, dtype), *places)
            outcome = submission.ppo_kl_loss.observe(*inputs, kl_coef=0.3, cotangents=LOSS_ALONE)
            if outcome.gradient_problem is not None:
                fail(outcome.gradient_problem)
            for place in places:
                if str(place) not in (outcome.gradients or {}):
                    fail(f"{NAMES[place]} no longer requires grad after the call: an input is never modified")
            for place in places[1:]:
                assert_no_gradient(outcome, str(place), what=NAMES[place])


@pytest.mark.check("gradients", points=1, conventions=["metrics-detached"])
def test_metrics_are_detached(submission, draw):
    for dtype, places, empty in ((DTYPES[0], (0,), False), (DTYPES[0], (0, 1, 2, 3), False), (DTYPES[2], (0,), True)):
        inputs = need_grad(tokens(draw, 2, 3, dtype), *places)
        inputs[4] = inputs[4] & (not empty)
        results = named(submission.ppo_kl_loss(*inputs, kl_coef=0.3))
        for name in EVERYTHING[1:]:
            assert_shape(results[name], (), name)
            if results[name].requires_grad:
                fail(f"{name} still hangs on the graph: it must be detached")


@pytest.mark.check("gradients", points=1)
def test_gradients_are_right_far_out_and_in_half_precision(submission, reference, draw):
    for inputs, case in far_out(draw, torch.float32):
        actual, expected = both_gradients(submission, reference, inputs, kl_coef=0.5)
        assert_close(actual, expected, what=f"the gradient of logps {case}", relative=1e-3, scale=0.01)
    for dtype in HALF_DTYPES:
        inputs = need_grad(tokens(draw, 3, 6, dtype, clip_eps=0.3), 0)
        entries = submission.ppo_kl_loss, reference.ppo_kl_loss
        assert_same_direction(*entries, *inputs, draw=draw, clip_eps=0.3, kl_coef=0.2)


# contract


@pytest.mark.check("contract", points=7)
@pytest.mark.parametrize(("option", "bad"), [("clip_eps", (0.0, -0.2, -1e-6, 0)), ("kl_coef", (-0.1, -5.0, -1e-6, -1))])
def test_refuses_what_it_must(submission, draw, option, bad):
    for value in bad:
        assert_refuses(submission.ppo_kl_loss, *tokens(draw, 2, 3), because=f"{option} is {value}", **{option: value})
    inputs, because = empty_mask(draw, 2, 3, torch.float64, None), f"{option} is {bad[0]} and the mask empty"
    assert_refuses(submission.ppo_kl_loss, *inputs, because=because, **{option: bad[0]})


@pytest.mark.check("contract", points=2)
def test_defaults_and_argument_order_are_as_written(submission, reference, draw):
    inputs = tokens(draw, 3, 6)
    for case, args in (("by default", ()), ("with clip_eps=0.1", (0.1,)), ("with clip_eps=0.5, kl_coef=1", (0.5, 1))):
        assert_matches(submission, reference, inputs, case, *args)


@pytest.mark.check("contract", points=1, conventions=["arguments"])
def test_results_are_not_overwritten(submission, draw):
    with submission.options(keep=True):
        held = submission.ppo_kl_loss(*tokens(draw, 2, 4), kl_coef=0.3)
    before = named(tuple(held.method("__getitem__")(place) for place in (0, 1)))
    submission.ppo_kl_loss(*tokens(draw, 2, 4), kl_coef=1.5)
    now = named(tuple(held.method("__getitem__")(place) for place in (0, 1)))
    for name in EVERYTHING:
        assert_shape(before[name], (), name)
        assert_same(now[name], before[name], what=f"{name} of an earlier call after a later one")


@pytest.mark.check("contract", points=4, conventions=["any-input"])
def test_leaves_its_inputs_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


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
        inputs = one_token(new, old, ref, -draw.float(0.7, 1.4), dtype)
        case = "in half precision (compute in float32)"
        assert_matches(submission, reference, inputs, case, scale=0.05, kl_coef=0.5)


@pytest.mark.check("gpu", points=3)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_everything_lies_on_the_inputs_device(submission, reference, draw, dtype):
    for empty in (False, True):
        inputs = need_grad(tokens(draw, 2, 4, dtype), 0)
        inputs[4] = inputs[4] & (not empty)
        expected = reference.ppo_kl_loss(*inputs, kl_coef=0.3)
        assert_runs_on_gpu(submission, lambda _, i=inputs: submission.ppo_kl_loss(*i, kl_coef=0.3), expected, scale=1.0)
