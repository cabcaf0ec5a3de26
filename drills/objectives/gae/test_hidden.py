"""Hidden checks of gae. The oracle is the reference, in float64 where a half-precision result is judged."""

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
)

NAMES = ("rewards", "values", "last_value", "dones")
RESULTS = ("advantages", "returns")


def rollout(draw, b, t, dtype=torch.float64, *, ends=(), share=0.0, scale=1.0):
    """(rewards, values, last_value, dones). Episodes end at the places of `ends`, and at this share of others."""
    dones = draw.mask(b, t, share=share)
    dones[:, -1] = False
    for place in ends:
        dones[place] = True
    rewards, values = (draw.normal(b, t, dtype=dtype, scale=scale, mean=mean) for mean in (0.3, -0.4))
    # Away from 0, so that a last_value that is left out or counted twice shows.
    last_value = draw.uniform(b, low=1.0, high=2.0, dtype=dtype) * draw.choice([-1.0, 1.0]) * scale
    return [rewards, values, last_value.to(dtype), dones]


def need_grad(inputs, *places):
    return [t.clone().requires_grad_() if i in places else t for i, t in enumerate(inputs)]


def pair(result):
    """advantages and returns, once the result is a tuple of two."""
    if type(result) is not tuple or len(result) != 2:
        fail(f"the result is {describe_value(result)}, expected a tuple (advantages, returns)")
    return result


def assert_both_close(result, expected, case, relative=None, scale=None):
    for name, actual, wanted in zip(RESULTS, pair(result), expected, strict=True):
        assert_close(actual, wanted, what=f"{name} {case}", relative=relative, scale=scale)


def assert_matches(submission, reference, inputs, gamma, lam, case, relative=None):
    """Both results are the reference's; of half precision, what float64 gives, but for the rounding of two steps."""
    dtype = inputs[0].dtype
    if dtype in HALF_DTYPES:
        relative = 2 * torch.finfo(dtype).eps if relative is None else relative
        exact = reference.gae(*(t.double() for t in inputs[:3]), inputs[3], gamma, lam)
        expected = tuple(t.to(dtype) for t in exact)
    else:
        expected = reference.gae(*inputs, gamma, lam)
    size = max(float(t.detach().double().abs().max()) for t in (expected[0], inputs[1]))
    assert_both_close(submission.gae(*inputs, gamma, lam), expected, case, relative, scale=size)


def spelled(gamma, lam):
    return f"with gamma={gamma:.3g} and lam={lam:.3g}"


def discounts(draw):
    """gamma and lam, both well below 1 and well apart, in either order."""
    low, high = draw.float(0.55, 0.68), draw.float(0.8, 0.93)
    return draw.choice([(low, high), (high, low)])


# shape


@pytest.mark.check("shape", points=5)
def test_both_results_have_the_shape_of_the_rewards(submission, draw):
    for b, t in ((1, 1), (1, 6), (5, 1), (3, 8), (7, 2), (4, 4)):
        for ends in ((), [(0, t - 1)]):
            result = pair(submission.gae(*rollout(draw, b, t, ends=ends), 0.9, 0.7))
            for name, tensor in zip(RESULTS, result, strict=True):
                assert_shape(tensor, (b, t), f"{name} of {b} rollouts of {t} steps")


@pytest.mark.check("shape", points=6, conventions=["dtype-kept"])
def test_both_results_keep_the_inputs_dtype(submission, draw):
    for dtype in DTYPES:
        for b, t in ((3, 6), (1, 1)):
            result = pair(submission.gae(*rollout(draw, b, t, dtype, ends=[(0, t // 2)]), 0.9, 0.7))
            for name, tensor in zip(RESULTS, result, strict=True):
                assert_dtype(tensor, dtype, f"{name} of {str(dtype).removeprefix('torch.')} inputs")


@pytest.mark.check("shape", points=4)
def test_takes_any_memory_layout(submission, draw):
    strided = [draw.non_contiguous(t) for t in rollout(draw, 3, 5, share=0.3)]
    rewards, values, last_value, dones = rollout(draw, 1, 1)
    expanded = [t.expand(3, 5) for t in (rewards, values)] + [last_value.expand(3), dones.expand(3, 5)]
    for case, inputs in (("of non-contiguous inputs", strided), ("of expanded inputs", expanded)):
        plain = [t.clone(memory_format=torch.contiguous_format) for t in inputs]
        expected, result = (pair(submission.gae(*each, 0.8, 0.6)) for each in (plain, inputs))
        for name, tensor in zip(RESULTS, expected, strict=True):
            assert_shape(tensor, (3, 5), name)
        assert_both_close(result, expected, case, scale=1.0)


# numerics


@pytest.mark.check("numerics", points=8, conventions=["value-after-the-end", "delta", "recursion", "returns"])
def test_matches_without_an_end(submission, reference, draw):
    for b, t in ((3, 7), (6, 2), (4, 4), (1, 1), (1, 5)):
        gamma, lam = discounts(draw)
        assert_matches(submission, reference, rollout(draw, b, t), gamma, lam, f"without an end {spelled(gamma, lam)}")
    # Fixed ones: neither has an exact value in float32.
    assert_matches(submission, reference, rollout(draw, 3, 9), 0.9, 0.95, "without an end with gamma=0.9 and lam=0.95")


@pytest.mark.check("numerics", points=10, conventions=["done-at-that-step", "delta", "recursion", "task", "rules"])
def test_ends_inside_a_rollout_cut_bootstrap_and_recursion(submission, reference, draw):
    cases = {
        "one end": (3, 7, [(0, 3)], 0.0),
        "an end at step 0": (2, 5, [(1, 0)], 0.0),
        "two ends in a row": (4, 6, [(2, 2), (2, 3)], 0.0),
        "an end at the step before the last": (2, 5, [(0, 3)], 0.0),
        "many ends": (5, 12, [(1, 4)], 0.3),
        "as many rollouts as steps": (6, 6, [(0, 2), (4, 1)], 0.2),
    }
    for case, (b, t, ends, share) in cases.items():
        gamma, lam = discounts(draw)
        inputs = rollout(draw, b, t, ends=ends, share=share)
        assert_matches(submission, reference, inputs, gamma, lam, f"with {case} inside, {spelled(gamma, lam)}")


@pytest.mark.check("numerics", points=7, conventions=["done-at-that-step", "value-after-the-end"])
def test_an_end_at_the_last_step_cuts_last_value(submission, reference, draw):
    gamma, lam = discounts(draw)
    for b, t, rows in ((4, 6, (1, 2)), (3, 1, (0,)), (1, 1, (0,)), (3, 3, (0, 1, 2)), (2, 8, (1,))):
        inputs = rollout(draw, b, t, ends=[(row, -1) for row in rows], share=0.15)
        case = f"where {len(rows)} of {b} rollouts end at the last of {t} steps, {spelled(gamma, lam)}"
        assert_matches(submission, reference, inputs, gamma, lam, case)


@pytest.mark.check("numerics", points=6, conventions=["delta", "recursion", "not-whitened"])
def test_matches_at_the_ends_of_gamma_and_lam(submission, reference, draw):
    middle = draw.float(0.6, 0.9)
    for gamma, lam in ((0.0, middle), (middle, 0.0), (1.0, middle), (middle, 1.0), (1.0, 1.0), (0.0, 0.0), (1.0, 0.0)):
        inputs = rollout(draw, 3, 6, ends=[(0, 2), (1, -1)])
        assert_matches(submission, reference, inputs, gamma, lam, spelled(gamma, lam))


@pytest.mark.check("numerics", points=5, conventions=["recursion"])
def test_long_rollouts_match(submission, reference, draw):
    # Strong decay over many steps: powers of gamma * lam underflow long before the first step.
    for dtype, gamma, lam in ((torch.float64, 0.5, 0.3), (torch.float32, 0.99, 0.95)):
        inputs = rollout(draw, 2, 400, dtype, ends=[(0, 199), (0, 371)])
        assert_matches(submission, reference, inputs, gamma, lam, f"of 400 steps {spelled(gamma, lam)}")


@pytest.mark.check("numerics", points=4, conventions=["returns", "not-whitened"])
def test_float32_of_any_size_matches(submission, reference, draw):
    for scale in (1.0, 1e-3, 100.0):
        gamma, lam = discounts(draw)
        inputs = rollout(draw, 4, 9, torch.float32, ends=[(0, 4), (2, -1)], scale=scale)
        case = f"of float32 inputs of size {scale:g}, {spelled(gamma, lam)}"
        assert_matches(submission, reference, inputs, gamma, lam, case, relative=2e-5)


# finiteness


@pytest.mark.check("finiteness", points=5)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_entries_of_300_are_right(submission, reference, draw, dtype):
    # Sums of up to 60 rewards of 300 still fit float16.
    sign = draw.choice([-1.0, 1.0])
    for t, gamma, lam in ((60, 1.0, 1.0), (12, 0.9, 0.8)):
        rewards, values, last_value = (
            (draw.uniform(*shape, low=285.0, high=300.0) * sign * side).to(dtype)
            for shape, side in (((2, t), 1), ((2, t), -1), ((2,), 1))
        )
        dones = torch.zeros(2, t, dtype=torch.bool)
        dones[1, t // 2] = True
        inputs = [rewards, values, last_value, dones]
        for name, tensor in zip(RESULTS, pair(submission.gae(*inputs, gamma, lam)), strict=True):
            assert_finite(tensor, name)
        assert_matches(submission, reference, inputs, gamma, lam, f"of entries near 300, {spelled(gamma, lam)}")


# gradients


@pytest.mark.check("gradients", points=10, conventions=["detached"])
def test_neither_result_requires_grad(submission, reference, draw):
    for b, t, dtype in ((3, 5, torch.float64), (2, 4, torch.float32), (2, 4, torch.bfloat16), (2, 1, torch.float64)):
        inputs = rollout(draw, b, t, dtype, ends=[(0, t // 2)])
        for places in ((0, 1, 2), (0,), (1,), (2,)):
            result = pair(submission.gae(*need_grad(inputs, *places), 0.9, 0.7))
            for name, tensor in zip(RESULTS, result, strict=True):
                assert_shape(tensor, (b, t), name)
                if tensor.requires_grad:
                    asking = ", ".join(NAMES[place] for place in places)
                    fail(f"{name} requires grad where grad is required of {asking}: both results must be detached")
        assert_matches(submission, reference, need_grad(inputs, 0, 1, 2), 0.9, 0.7, "of inputs that require grad")


# contract


@pytest.mark.check("contract", points=2)
def test_takes_its_arguments_by_name(submission, reference, draw):
    inputs = dict(zip(NAMES, rollout(draw, 3, 4, ends=[(0, 1)]), strict=True))
    result, expected = (s.gae(lam=0.6, gamma=0.9, **inputs) for s in (submission, reference))
    assert_both_close(result, expected, "of arguments given by name")


@pytest.mark.check("contract", points=2)
def test_results_are_not_overwritten(submission, draw):
    for b, t in ((3, 5), (2, 1)):
        with submission.options(keep=True):
            held = submission.gae(*rollout(draw, b, t, ends=[(0, 0)]), 0.9, 0.7)
        before = [held.method("__getitem__")(place) for place in (0, 1)]
        submission.gae(*rollout(draw, b, t, scale=5.0), 0.9, 0.7)
        for place, name in enumerate(RESULTS):
            assert_shape(before[place], (b, t), name)
            now = held.method("__getitem__")(place)
            assert_same(now, before[place], what=f"{name} of an earlier call after a later one")


@pytest.mark.check("contract", points=3, conventions=["any-input"])
def test_leaves_its_inputs_alone(submission):
    assert_inputs_left_alone(submission)


@pytest.mark.check("contract", points=2)
def test_results_share_no_memory_with_the_inputs(submission, draw):
    # With gamma = 0 the returns are the rewards, and with values of 0 the advantages are, too.
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        for t in (1, 3):
            rewards, _, last_value, dones = rollout(draw, 2, t, dtype, ends=[(0, -1)])
            submission.gae(rewards, torch.zeros_like(rewards), last_value, dones, 0.0, 0.0)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=3, conventions=["half-in-float32"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_precision_deltas_are_computed_in_float32(submission, reference, draw, dtype):
    # A reward of about (1 - gamma) * V nearly cancels values near 200, too long for the bits of half precision.
    values = draw.uniform(6, 1, low=150.0, high=250.0, dtype=dtype).expand(6, 7)
    rewards = (0.01 * values.double() + draw.uniform(6, 7, low=0.03, high=0.06, dtype=torch.float64)).to(dtype)
    inputs = [rewards, values, values[:, 0].clone(), torch.zeros(6, 7, dtype=torch.bool)]
    exact, _ = reference.gae(*(t.double() for t in inputs[:3]), inputs[3], 0.99, 0.9)
    advantages, _ = pair(submission.gae(*inputs, 0.99, 0.9))
    case = "of half-precision values near 200 that nearly cancel (compute in float32)"
    assert_close(advantages, exact.to(dtype), what=f"advantages {case}", relative=0.1)
    # At an end the return is the reward, which is lost beside V where advantages are rounded before V is added.
    inputs[0], inputs[3] = draw.uniform(6, 7, low=0.03, high=0.06, dtype=dtype), torch.ones(6, 7, dtype=torch.bool)
    _, returns = pair(submission.gae(*inputs, 0.99, 0.9))
    assert_close(returns, inputs[0], what=f"returns {case}", relative=0.1)


@pytest.mark.check("gpu", points=3, conventions=["half-in-float32"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_precision_sums_are_carried_in_float32(submission, reference, draw, dtype):
    # A sum of ones stops at 256 in bfloat16. Beside 2,400 from the last steps, a reward below 1 is too small for both.
    ones = [torch.ones(1, 400), torch.zeros(1, 400), torch.zeros(1)]
    small = [draw.uniform(2, 200, low=0.5, high=0.8), torch.zeros(2, 200), torch.zeros(2)]
    small[0][:, -8:] = 300.0
    ordinary = rollout(draw, 3, 9, dtype, ends=[(0, 3), (2, -1)])
    for inputs, discount in ((ones, 1.0), (small, 1.0), (ordinary[:3], 0.9)):
        dones = ordinary[3] if inputs[0].shape == (3, 9) else torch.zeros(inputs[0].shape, dtype=torch.bool)
        inputs = [t.to(dtype) for t in inputs] + [dones]
        case = f"of a half-precision rollout of {dones.shape[1]} steps (compute in float32)"
        assert_matches(submission, reference, inputs, discount, discount, case)


@pytest.mark.check("gpu", points=4)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_everything_lies_on_the_inputs_device(submission, reference, draw, dtype):
    for b, t in ((3, 5), (2, 1)):
        inputs = rollout(draw, b, t, dtype, ends=[(0, t // 2)])
        exact = reference.gae(*(x.double() for x in inputs[:3]), inputs[3], 0.9, 0.7)
        expected = tuple(x.to(dtype) for x in exact)
        assert_runs_on_gpu(submission, lambda gpu, i=inputs: submission.gae(*i, 0.9, 0.7), expected, scale=4.0)
