"""Hidden checks of kl_estimators. The oracle is the reference in float64; the log-ratio d is drawn, not the inputs."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_dtype,
    assert_finite,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_shape,
    describe_value,
    fail,
    gradients,
)

KEYS = ("k1", "k2", "k3")


def short(dtype):
    return str(dtype).removeprefix("torch.")


def ratios(draw, *shape, low=-3.0, high=3.0, dtype=torch.float64):
    """Log-probabilities between -30 and 0 whose d lies between low and high."""
    logps = draw.uniform(*shape, low=-8.0, high=-5.0, dtype=torch.float64)
    if high > 4.0:
        logps = logps + 5.0  # near 0, so that the reference finds the token much less likely
    if low < -4.0:
        logps = logps - 20.0
    return logps.to(dtype), (logps - draw.uniform(*shape, low=low, high=high, dtype=torch.float64)).to(dtype)


def of_size(draw, low, high, dtype, count=48):
    """Likely tokens, [2, count], whose d is exact in every dtype: sizes log-uniform, both signs."""
    size = 10.0 ** draw.uniform(1, count, low=low, high=high, dtype=torch.float64)
    nothing = torch.zeros_like(size)
    return torch.cat([-size, nothing]).to(dtype), torch.cat([nothing, -size]).to(dtype)


def parts(result):
    """The result, once it is a dict with the three keys."""
    if not isinstance(result, dict):
        fail(f'the result is {describe_value(result)}, expected a dict with the keys "k1", "k2" and "k3"')
    if set(result) != set(KEYS):
        fail(f'the result has the keys {", ".join(map(repr, result))}, expected exactly "k1", "k2" and "k3"')
    return result


def exact(reference, logps, ref_logps):
    """What float64 gives for the very same inputs, in the dtype that is asked."""
    wide = torch.promote_types(logps.dtype, torch.float32)
    result = reference.kl_estimators(logps.detach().double(), ref_logps.detach().double())
    return {key: result[key].to(wide) for key in KEYS}


def assert_agree(submission, reference, inputs, case, keys=KEYS, relative=None, scale=None):
    expected = exact(reference, *inputs)
    result = parts(submission.kl_estimators(*inputs))
    for key in keys:
        assert_close(result[key], expected[key], what=f"{key} {case}", relative=relative, scale=scale)


def flow_of(subject, inputs, key, cotangent):
    """The gradient of one estimator in logps. Cotangents go by the sorted keys of a dict."""
    nothing = torch.zeros_like(cotangent)
    cotangents = [cotangent if name == key else nothing for name in sorted(KEYS)]
    return gradients(subject.kl_estimators, *inputs, cotangents=cotangents).get("0")


# shape


@pytest.mark.check("shape", points=5, conventions=["per-token"])
def test_gives_three_values_a_token(submission, draw):
    for b, t in ((2, 5), (1, 4), (3, 1), (1, 1), (3, 3)):
        result = parts(submission.kl_estimators(*ratios(draw, b, t)))
        for key in KEYS:
            assert_shape(result[key], (b, t), f"{key} of inputs [{b}, {t}]")


@pytest.mark.check("shape", points=3, conventions=["half-goes-to-float32", "other-dtypes-stay"])
def test_half_gives_float32_and_the_others_stay(submission, draw):
    for dtype in DTYPES:
        result = parts(submission.kl_estimators(*ratios(draw, 2, 3, dtype=dtype)))
        for key in KEYS:
            assert_dtype(result[key], torch.promote_types(dtype, torch.float32), f"{key} of {short(dtype)} inputs")


@pytest.mark.check("shape", points=2)
def test_takes_any_memory_layout(submission, draw):
    logps, ref_logps = ratios(draw, 3, 4)
    cases = {
        "transposed": (draw.non_contiguous(logps), draw.non_contiguous(ref_logps)),
        "strided": (draw.normal(3, 8, dtype=torch.float64)[:, ::2], ref_logps),
        "expanded": (logps[:1].expand(3, 4), ref_logps[:, :1].expand(3, 4)),
    }
    for kind, inputs in cases.items():
        expected = parts(submission.kl_estimators(*(t.contiguous() for t in inputs)))
        result = parts(submission.kl_estimators(*inputs))
        for key in KEYS:
            assert_shape(expected[key], (3, 4), key)
            assert_close(result[key], expected[key], what=f"{key} of {kind} inputs, beside that of contiguous ones")


# numerics


@pytest.mark.check("numerics", points=5, conventions=["d", "k1"])
def test_k1_matches(submission, reference, draw):
    for b, t, low, high in ((2, 7, -3.0, 3.0), (1, 3, 0.2, 0.5), (4, 2, -20.0, -10.0), (3, 3, 10.0, 20.0)):
        inputs = ratios(draw, b, t, low=low, high=high)
        assert_agree(submission, reference, inputs, f"for d between {low} and {high}", ["k1"])


@pytest.mark.check("numerics", points=5, conventions=["d", "k2"])
def test_k2_matches(submission, reference, draw):
    for b, t, low, high in ((2, 7, -3.0, 3.0), (1, 3, 0.2, 0.5), (4, 2, -20.0, -10.0), (3, 3, 10.0, 20.0)):
        inputs = ratios(draw, b, t, low=low, high=high)
        assert_agree(submission, reference, inputs, f"for d between {low} and {high}", ["k2"])


@pytest.mark.check("numerics", points=8, conventions=["d", "k3"])
def test_k3_matches(submission, reference, draw):
    for low, high in ((-3.0, 3.0), (0.2, 1.0), (-1.0, -0.2), (10.0, 20.0), (-20.0, -10.0)):
        inputs = ratios(draw, 2, 7, low=low, high=high)
        assert_agree(submission, reference, inputs, f"for d between {low} and {high}", ["k3"])


@pytest.mark.check("numerics", points=10, conventions=["k3-near-zero", "task", "rules"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_k3_keeps_its_digits_near_zero(submission, reference, draw, dtype):
    # Relative to each entry: k3 of d = 1e-3 is 5e-7, and its error must stay below a thousandth of that.
    relative = 1e-3 if dtype == torch.float32 else 1e-8
    for low, high, case in ((-2.99, -2.5, "for |d| between 1e-3 and 3e-3"), (-2.5, 0.0, "for |d| between 3e-3 and 1")):
        inputs = of_size(draw, low, high, dtype)
        assert_agree(submission, reference, inputs, case, ["k3"], relative, 0.0)
    logps = draw.uniform(3, 16, low=-1.9, high=-1.1, dtype=dtype)
    ref_logps = (logps.double() + draw.uniform(3, 16, low=1.1e-3, high=3e-3, dtype=torch.float64)).to(dtype)
    case = "of tokens of ordinary probability with |d| between 1e-3 and 3e-3"
    assert_agree(submission, reference, (logps, ref_logps), case, ["k3"], relative, 0.0)


@pytest.mark.check("numerics", points=4, conventions=["other-dtypes-stay"])
def test_float32_matches(submission, reference, draw):
    for low, high in ((-3.0, 3.0), (-19.9, -12.0), (12.0, 19.9)):
        inputs = ratios(draw, 3, 5, low=low, high=high, dtype=torch.float32)
        assert_agree(submission, reference, inputs, f"for d between {low} and {high}")


@pytest.mark.check("numerics", points=3, conventions=["d"])
def test_arguments_are_policy_then_reference(submission, reference, draw):
    logps, ref_logps = ratios(draw, 2, 3, low=0.5, high=2.0)
    expected = exact(reference, logps, ref_logps)
    result = submission.kl_estimators(ref_logps=ref_logps, logps=logps)
    assert_close(parts(result), expected, what="the result with both arguments by name")


# gradients


@pytest.mark.check("gradients", points=9, conventions=["differentiable"])
@pytest.mark.parametrize("key", KEYS)
def test_derivative_matches(submission, reference, draw, key):
    for b, t, low, high in ((2, 5, -3.0, 3.0), (1, 4, 0.1, 0.9), (3, 1, -20.0, -12.0), (3, 2, 12.0, 20.0)):
        logps, ref_logps = ratios(draw, b, t, low=low, high=high)
        inputs = (logps.requires_grad_(), ref_logps)
        cotangent = draw.normal(b, t, dtype=torch.float64)
        flow = flow_of(submission, inputs, key, cotangent)
        wanted = flow_of(reference, inputs, key, cotangent)
        what = f"the gradient of {key} in logps, for d between {low} and {high},"
        assert_close(flow, wanted, what=what, relative=1e-9)


@pytest.mark.check("gradients", points=3, conventions=["differentiable"])
def test_learns_in_float32_whether_or_not_the_reference_requires_grad(submission, reference, draw):
    for key, frozen in (("k1", False), ("k2", True), ("k3", False), ("k3", True)):
        logps, ref_logps = ratios(draw, 2, 5, dtype=torch.float32)
        inputs = (logps.requires_grad_(), ref_logps.requires_grad_(not frozen))
        cotangent = draw.normal(2, 5)
        flow = flow_of(submission, inputs, key, cotangent)
        wanted = flow_of(reference, inputs, key, cotangent)
        assert_close(flow, wanted, what=f"the gradient of {key} in logps", relative=1e-3)


@pytest.mark.check("gradients", points=3)
def test_half_precision_learns_in_the_right_direction(submission, reference, draw):
    for dtype in HALF_DTYPES:
        logps, ref_logps = ratios(draw, 3, 6, dtype=dtype)
        inputs = (logps.requires_grad_(), ref_logps)
        for key in KEYS:
            cotangent = draw.normal(3, 6)
            flow = flow_of(submission, inputs, key, cotangent)
            wanted = flow_of(reference, inputs, key, cotangent)
            assert_shape(flow, (3, 6), f"the gradient of {key} in logps")
            assert_finite(flow, f"the gradient of {key} in logps")
            left, right = flow.double().flatten(), wanted.double().flatten()
            cosine = float(left @ right / (left.norm() * right.norm()).clamp(min=1e-300))
            if not cosine >= 0.9:
                fail(f"the gradient of {key} points elsewhere: its cosine with the right one is {cosine:.3f}")


# finiteness


@pytest.mark.check("finiteness", points=5, conventions=["k3-not-negative"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_k3_is_never_negative(submission, draw, dtype):
    logps = draw.uniform(4, 64, low=-4.0, high=-0.5, dtype=dtype)
    nearby = (logps.double() + draw.normal(4, 64, dtype=torch.float64, scale=1e-6)).to(dtype)
    batches = {
        "|d| between 1e-9 and 1e-6": of_size(draw, -9.0, -6.0, dtype, 128),
        "|d| between 1e-6 and 1e-2": of_size(draw, -6.0, -2.0, dtype, 128),
        "d of either sign and up to 19.5": ratios(draw, 2, 32, low=-19.5, high=19.5, dtype=dtype),
        "inputs that differ in the last digits": (logps, nearby),
        "d = 0": (logps, logps.clone()),
    }
    for case, inputs in batches.items():
        k3 = parts(submission.kl_estimators(*inputs))["k3"]
        assert_shape(k3, inputs[0].shape, "k3")
        assert_dtype(k3, torch.promote_types(dtype, torch.float32), "k3")
        if not (k3 >= 0).all():
            fail(f"k3 is {float(k3.min()):.3g} for {case}: it must never be negative, not even by rounding")
    assert_same(k3, torch.zeros_like(k3), what="k3 where d = 0")


@pytest.mark.check("finiteness", points=5)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_right_far_out(submission, reference, draw, dtype):
    # |d| up to 20 (of half inputs, too), and tokens so unlikely that exp(logps) is 0 in float32.
    step = 2.0 ** (-3 if dtype == torch.float16 else 0)
    unlikely = -250.0 + step * draw.integers(2, 4, low=-4, high=5)
    moved = unlikely - step * draw.integers(2, 4, low=1, high=4) * torch.tensor([[1.0], [-1.0]])
    for case, inputs in (
        ("for d between 15 and 20", ratios(draw, 2, 4, low=15.0, high=19.5, dtype=dtype)),
        ("for d between -20 and -15", ratios(draw, 2, 4, low=-19.5, high=-15.0, dtype=dtype)),
        ("for log-probabilities near -250", (unlikely.to(dtype), moved.to(dtype))),
    ):
        assert_agree(submission, reference, inputs, case)


# contract


@pytest.mark.check("contract", points=7, conventions=["any-input"])
def test_leaves_its_inputs_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=3)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=5, conventions=["half-goes-to-float32"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_precision_is_computed_in_float32(submission, reference, draw, dtype):
    # Likely next to unlikely tokens: their difference does not fit the bits of half precision.
    likely, unlikely = draw.uniform(2, 9, low=-0.5, high=-0.01), draw.uniform(2, 9, low=-3.0, high=-2.0)
    for inputs in ((likely.to(dtype), unlikely.to(dtype)), (unlikely.to(dtype), likely.to(dtype))):
        assert_agree(submission, reference, inputs, f"of {short(dtype)} inputs", relative=1e-5)
    inputs = of_size(draw, -2.9, -1.0, dtype)
    assert_agree(submission, reference, inputs, f"of {short(dtype)} inputs near one another", ["k3"], 1e-3, 0.0)


@pytest.mark.check("gpu", points=5)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        logps, ref_logps = ratios(draw, 2, 3, dtype=dtype)
        inputs = (logps.requires_grad_(), ref_logps)
        expected = exact(reference, *inputs)
        assert_runs_on_gpu(submission, lambda gpu, given=inputs: submission.kl_estimators(*given), expected)
