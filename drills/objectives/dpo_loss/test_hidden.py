"""Hidden checks of dpo_loss. The oracle is the reference; beta * margin of what is drawn has a known size."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_dtype,
    assert_finite,
    assert_global_random_untouched,
    assert_gradients_agree,
    assert_inputs_left_alone,
    assert_no_gradient,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same_direction,
    assert_shape,
    describe_value,
    fail,
)

NAMES = ("policy_chosen", "policy_rejected", "ref_chosen", "ref_rejected")
PLACES = {str(place): f"`{name}`" for place, name in enumerate(NAMES)}
RESULTS = ("the loss", "chosen_rewards", "rejected_rewards")
FAR_OUT = (25.0, 200.0, 1e4)


def pairs(draw, b, beta, dtype=torch.float64):
    """Four log-probabilities [B] with |beta * margin| at most 6."""
    base = draw.uniform(b, low=-150.0, high=-100.0, dtype=torch.float64)
    reach = 1.5 / beta
    return [(base + draw.uniform(b, low=-reach, high=reach, dtype=torch.float64)).to(dtype) for _ in NAMES]


def far_pairs(draw, sizes, beta, dtype):
    """For each size two pairs, beta * margin nearly +size and -size: half of it the policy's, half the reference's."""
    reach = torch.tensor(sizes, dtype=torch.float64).repeat(2) / beta
    half = reach * draw.uniform(len(reach), low=0.48, high=0.495, dtype=torch.float64)
    low, high = -10.0 - half, torch.full_like(half, -10.0)
    won = torch.arange(len(half)) < len(sizes)
    policy_chosen, policy_rejected = torch.where(won, high, low), torch.where(won, low, high)
    return [t.to(dtype) for t in (policy_chosen, policy_rejected, policy_rejected - 2.0, policy_chosen - 2.0)]


def need_grad(tensors, *places):
    return [t.clone().requires_grad_(not places or i in places) for i, t in enumerate(tensors)]


def parts(result):
    """The loss and both rewards, once the result is a tuple of three."""
    if type(result) is not tuple or len(result) != 3:
        fail(f"the result is {describe_value(result)}, expected a tuple (loss, chosen_rewards, rejected_rewards)")
    return result


def assert_loss_close(result, expected, case, relative=None):
    assert_close(parts(result)[0], expected[0], what=f"the loss {case}", relative=relative, scale=1.0)


def assert_rewards_close(result, expected, case):
    for name, actual, wanted in zip(RESULTS[1:], parts(result)[1:], expected[1:], strict=True):
        assert_close(actual, wanted, what=f"{name} {case}")


def spelled(beta, smoothing):
    return f"with beta={beta:.4g} and label_smoothing={smoothing:.4g}"


# shape


@pytest.mark.check("shape", points=4, conventions=["mean-over-the-batch", "rewards-detached"])
def test_gives_a_scalar_and_a_reward_for_each_response(submission, draw):
    for b in (1, 4, draw.int(5, 9)):
        loss, chosen, rejected = parts(submission.dpo_loss(*pairs(draw, b, 0.1)))
        assert_shape(loss, (), f"the loss of {b} pairs")
        assert_shape(chosen, (b,), f"chosen_rewards of {b} pairs")
        assert_shape(rejected, (b,), f"rejected_rewards of {b} pairs")


@pytest.mark.check("shape", points=4, conventions=["half-goes-to-float32", "other-dtypes-stay"])
def test_half_gives_float32_and_the_others_stay(submission, draw):
    for dtype in DTYPES:
        for smoothing in (0.0, 0.1):
            result = submission.dpo_loss(*pairs(draw, 3, 0.1, dtype), label_smoothing=smoothing)
            for name, tensor in zip(RESULTS, parts(result), strict=True):
                wanted = torch.promote_types(dtype, torch.float32)
                assert_dtype(tensor, wanted, f"{name} for {str(dtype).removeprefix('torch.')} inputs")


@pytest.mark.check("shape", points=2)
def test_takes_any_memory_layout(submission, draw):
    strided = [draw.non_contiguous(t) for t in pairs(draw, 5, 0.2)]
    expanded = [t.expand(4) for t in pairs(draw, 1, 0.2)]
    for kind, inputs in (("strided", strided), ("expanded", expanded)):
        expected = parts(submission.dpo_loss(*(t.contiguous() for t in inputs), beta=0.2, label_smoothing=0.1))
        result = parts(submission.dpo_loss(*inputs, beta=0.2, label_smoothing=0.1))
        for name, actual, wanted in zip(RESULTS, result, expected, strict=True):
            assert_shape(wanted, () if name == RESULTS[0] else inputs[0].shape, name)
            assert_close(actual, wanted, what=f"{name} of {kind} inputs, beside that of contiguous ones")


# numerics


@pytest.mark.check("numerics", points=7, conventions=["margin-of-differences", "mean-over-the-batch", "the-loss", "task"])
def test_loss_matches(submission, reference, draw):
    for b, beta in ((1, 0.1), (4, draw.float(0.03, 0.06)), (7, draw.float(0.3, 0.5)), (3, draw.float(1.5, 2.5))):
        inputs = pairs(draw, b, beta)
        result, expected = (subject.dpo_loss(*inputs, beta=beta) for subject in (submission, reference))
        assert_loss_close(result, expected, spelled(beta, 0.0))
    clear = far_pairs(draw, [60.0], 0.2, torch.float64)
    result, expected = (subject.dpo_loss(*clear, beta=0.2) for subject in (submission, reference))
    assert_loss_close(result, expected, "of two pairs with beta * margin near 60 and -60", 1e-8)


@pytest.mark.check("numerics", points=6, conventions=["conservative-smoothing"])
def test_smoothed_loss_matches(submission, reference, draw):
    for b, smoothing in ((1, 0.1), (4, draw.float(0.01, 0.05)), (6, draw.float(0.2, 0.3)), (3, draw.float(0.4, 0.49))):
        beta = draw.float(0.05, 0.4)
        inputs = pairs(draw, b, beta)
        results = (s.dpo_loss(*inputs, beta=beta, label_smoothing=smoothing) for s in (submission, reference))
        assert_loss_close(*results, spelled(beta, smoothing))


@pytest.mark.check("numerics", points=6, conventions=["rewards-detached"])
def test_rewards_match(submission, reference, draw):
    for b, beta, smoothing in ((1, 0.1, 0.0), (4, draw.float(0.02, 0.4), 0.2), (5, draw.float(1.5, 3.0), 0.0)):
        inputs = pairs(draw, b, beta)
        results = (s.dpo_loss(*inputs, beta=beta, label_smoothing=smoothing) for s in (submission, reference))
        assert_rewards_close(*results, spelled(beta, smoothing))


@pytest.mark.check("numerics", points=3)
def test_defaults_and_argument_order_are_as_written(submission, reference, draw):
    inputs = pairs(draw, 4, 0.1)
    for case, extra in (("by default", ()), ("with beta=0.3", (0.3,)), ("with beta=0.3, smoothing=0.2", (0.3, 0.2))):
        result, expected = (subject.dpo_loss(*inputs, *extra) for subject in (submission, reference))
        assert_loss_close(result, expected, case)
        assert_rewards_close(result, expected, case)


@pytest.mark.check("numerics", points=3, conventions=["other-dtypes-stay"])
def test_float32_matches(submission, reference, draw):
    for b, beta, smoothing in ((1, 0.2, 0.0), (5, draw.float(0.05, 0.4), 0.15), (64, draw.float(0.8, 1.2), 0.0)):
        inputs = pairs(draw, b, beta, torch.float32)
        result, expected = (
            subject.dpo_loss(*inputs, beta=beta, label_smoothing=smoothing) for subject in (submission, reference)
        )
        assert_loss_close(result, expected, spelled(beta, smoothing))
        assert_rewards_close(result, expected, spelled(beta, smoothing))


# gradients


@pytest.mark.check("gradients", points=7, conventions=["mean-over-the-batch"])
def test_both_of_the_policys_tensors_learn(submission, reference, draw):
    # Both at once, and each alone: what needs no gradient must not be in the way of what does.
    for b, places, smoothing in ((4, (0, 1), 0.0), (3, (0, 1), 0.25), (1, (0,), 0.1), (5, (1,), 0.0)):
        beta = draw.float(0.1, 0.4)
        inputs = need_grad(pairs(draw, b, beta), *places)
        assert_gradients_agree(
            submission.dpo_loss, reference.dpo_loss, *inputs,
            draw=draw, relative=1e-9, names=PLACES, beta=beta, label_smoothing=smoothing,
        )  # fmt: skip


@pytest.mark.check("gradients", points=4, conventions=["reference-frozen"])
def test_the_reference_gets_no_gradient(submission, draw):
    for dtype, *places in ((torch.float64, 0, 1, 2, 3), (torch.float32, 1, 2), (torch.float64, 0, 3),
                           (torch.bfloat16, 0, 1, 2, 3), (torch.float16, 1, 2, 3)):  # fmt: skip
        wide = torch.promote_types(dtype, torch.float32)
        cotangents = [torch.ones((), dtype=wide), torch.ones(3, dtype=wide), torch.ones(3, dtype=wide)]
        inputs = need_grad(pairs(draw, 3, 0.1, dtype), *places)
        outcome = submission.dpo_loss.observe(*inputs, cotangents=cotangents)
        if outcome.gradient_problem is not None:
            fail(outcome.gradient_problem)
        for place in places:
            if str(place) not in (outcome.gradients or {}):
                fail(f"`{NAMES[place]}` no longer requires grad after the call: an input is never modified")
        for place in set(places) & {2, 3}:
            assert_no_gradient(outcome, str(place), what=f"`{NAMES[place]}`")


@pytest.mark.check("gradients", points=2, conventions=["rewards-detached"])
def test_rewards_are_detached(submission, draw):
    for dtype, places in ((torch.float64, (0, 1, 2, 3)), (torch.float32, (0, 1)), (torch.bfloat16, (0, 1))):
        result = submission.dpo_loss(*need_grad(pairs(draw, 2, 0.1, dtype), *places), label_smoothing=0.1)
        for name, reward in zip(RESULTS[1:], parts(result)[1:], strict=True):
            assert_shape(reward, (2,), name)
            if reward.requires_grad:
                fail(f"{name} still hangs on the graph: it must be detached")


@pytest.mark.check("gradients", points=2)
def test_half_precision_learns_in_the_right_direction(submission, reference, draw):
    for dtype, places, smoothing in (
        (torch.bfloat16, (0, 1), 0.0),
        (torch.float16, (0,), 0.2),
        (torch.float16, (1,), 0.2),
    ):
        inputs = need_grad(pairs(draw, 5, 0.1, dtype), *places)
        assert_same_direction(
            submission.dpo_loss, reference.dpo_loss, *inputs, draw=draw, label_smoothing=smoothing
        )  # fmt: skip


# finiteness


@pytest.mark.check("finiteness", points=8, conventions=["finite-far-out", "half-goes-to-float32"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_right_far_out(submission, reference, draw, dtype):
    for size in FAR_OUT:
        beta = draw.choice([0.1, 0.5, 1.0])
        inputs = far_pairs(draw, [size], beta, dtype)
        for smoothing in (0.0, 0.2):
            case = f"{spelled(beta, smoothing)}, beta * margin near {size:g} and -{size:g},"
            results = [s.dpo_loss(*inputs, beta=beta, label_smoothing=smoothing) for s in (submission, reference)]
            assert_finite(parts(results[0])[0], f"the loss {case}")
            assert_loss_close(*results, case, 1e-8 if dtype == torch.float64 else 1e-4)
            assert_rewards_close(*results, case)


@pytest.mark.check("finiteness", points=7, conventions=["finite-far-out"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_gradients_are_right_far_out(submission, reference, draw, dtype):
    beta = draw.choice([0.1, 0.5, 1.0])
    inputs = need_grad(far_pairs(draw, FAR_OUT, beta, dtype), 0, 1)
    for smoothing in (0.0, 0.2):
        options = {"draw": draw, "beta": beta, "label_smoothing": smoothing}
        if dtype in HALF_DTYPES:
            assert_same_direction(submission.dpo_loss, reference.dpo_loss, *inputs, **options)
        else:
            relative = 1e-8 if dtype == torch.float64 else 1e-3
            assert_gradients_agree(
                submission.dpo_loss, reference.dpo_loss, *inputs, relative=relative, names=PLACES, **options
            )


# contract


@pytest.mark.check("contract", points=3, conventions=["errors"])
def test_refuses_a_beta_that_is_not_positive(submission, draw):
    inputs = pairs(draw, 2, 0.1)
    for beta in (0.0, -0.1, -3.0, 0):
        assert_refuses(submission.dpo_loss, *inputs, beta=beta, because=f"beta is {beta}")


@pytest.mark.check("contract", points=4, conventions=["errors"])
def test_refuses_a_label_smoothing_outside_its_range(submission, draw):
    inputs = pairs(draw, 2, 0.1)
    for smoothing in (-0.1, 1.5, 1.0, 0.7, 0.5, -1e-6, 0.5 + 1e-6):
        assert_refuses(
            submission.dpo_loss, *inputs, label_smoothing=smoothing, because=f"label_smoothing is {smoothing}"
        )


@pytest.mark.check("contract", points=3, conventions=["errors"])
def test_takes_every_allowed_beta_and_label_smoothing(submission, reference, draw):
    for beta, smoothing in ((1e-3, 0.0), (20.0, 0.25), (1.0, 0.4999), (0.5, 1e-4)):
        inputs = pairs(draw, 3, beta)
        results = (s.dpo_loss(*inputs, beta=beta, label_smoothing=smoothing) for s in (submission, reference))
        assert_loss_close(*results, spelled(beta, smoothing), 1e-8)


@pytest.mark.check("contract", points=2, conventions=["any-input"])
def test_leaves_its_inputs_alone(submission):
    assert_inputs_left_alone(submission)


@pytest.mark.check("contract", points=2)
def test_results_share_no_memory_with_the_inputs(submission, draw):
    # With beta = 1 and a reference of 0, a reward has the very values of its input.
    for dtype in (torch.float32, torch.float64):
        chosen, rejected, _, _ = pairs(draw, 3, 1.0, dtype)
        submission.dpo_loss(chosen, rejected, torch.zeros_like(chosen), torch.zeros_like(chosen), beta=1.0)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=4, conventions=["half-goes-to-float32"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_precision_is_computed_in_float32(submission, reference, draw, dtype):
    # Long next to short responses: a difference of -300 and -1 does not fit the bits of half precision.
    long = [draw.uniform(8, low=-306.0, high=-296.0, dtype=dtype) for _ in range(2)]
    short = [draw.uniform(8, low=-2.0, high=-0.5, dtype=dtype) for _ in range(2)]
    by_response = (long[0], short[0], long[1], short[1])
    by_model = (long[0], long[1], short[0], short[1])
    for inputs, smoothing in ((by_response, 0.0), (by_model, 0.1)):
        results = [s.dpo_loss(*inputs, beta=1.0, label_smoothing=smoothing) for s in (submission, reference)]
        assert_loss_close(*results, "of long next to short responses in half precision")
        assert_rewards_close(*results, "of long next to short responses in half precision")


@pytest.mark.check("gpu", points=6)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    for dtype, smoothing in ((torch.float32, 0.1), (torch.bfloat16, 0.0), (torch.float64, 0.1)):
        inputs = need_grad(pairs(draw, 3, 0.1, dtype), 0, 1)
        expected = reference.dpo_loss(*inputs, beta=0.1, label_smoothing=smoothing)
        assert_runs_on_gpu(
            submission,
            lambda gpu, t=inputs, s=smoothing: submission.dpo_loss(*t, beta=0.1, label_smoothing=s),
            expected,
        )
