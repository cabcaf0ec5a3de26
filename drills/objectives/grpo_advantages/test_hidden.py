"""Hidden checks of grpo_advantages. The oracle is the reference, in float64 where rounding is judged."""

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
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_shape,
    fail,
)


def rewards_of(draw, groups, size, dtype=torch.float64, *, spread=1.0, requires_grad=False):
    """[groups * size] rewards, each group with a mean and a width of its own."""
    mean = draw.uniform(groups, 1, low=-2.0, high=2.0, dtype=torch.float64)
    width = draw.uniform(groups, 1, low=0.5, high=2.0, dtype=torch.float64) * spread
    x = mean + width * draw.normal(groups, size, dtype=torch.float64)
    return x.reshape(-1).to(dtype).requires_grad_(requires_grad)


def exact(reference, rewards, *args, **options):
    """What float64 gives for these rewards, in their dtype."""
    return reference.grpo_advantages(rewards.detach().double(), *args, **options).to(rewards.dtype)


def assert_matches(submission, reference, rewards, *args, case, relative=None, magnitude=1.0, **options):
    expected = exact(reference, rewards, *args, **options)
    result = submission.grpo_advantages(rewards, *args, **options)
    assert_close(result, expected, what=f"the advantages {case}", relative=relative, scale=magnitude)


def counted(groups, size):
    return f"of {groups} group{'s' * (groups > 1)} of {size}"


def short(dtype):
    return str(dtype).removeprefix("torch.")


# shape


@pytest.mark.check("shape", points=6)
def test_the_result_has_the_shape_of_the_rewards(submission, draw):
    for groups, size in ((1, 1), (5, 1), (1, 5), (3, 4), (3, 3)):
        for scale in (True, False):
            result = submission.grpo_advantages(rewards_of(draw, groups, size), size, scale=scale)
            assert_shape(result, (groups * size,), f"the result for {groups * size} rewards in groups of {size}")


@pytest.mark.check("shape", points=6, conventions=["dtype-kept"])
def test_the_result_has_the_dtype_of_the_rewards(submission, draw):
    for dtype in DTYPES:
        for groups, size, scale in ((3, 4, True), (3, 4, False), (2, 1, True)):
            result = submission.grpo_advantages(rewards_of(draw, groups, size, dtype), size, scale=scale)
            case = f"for {short(dtype)} rewards {counted(groups, size)} with scale={scale}"
            assert_dtype(result, dtype, f"the result {case}")


@pytest.mark.check("shape", points=3)
def test_takes_any_memory_layout(submission, draw):
    strided = draw.non_contiguous(rewards_of(draw, 3, 4))
    column = rewards_of(draw, 12, 3).reshape(12, 3)[:, 1]
    expanded = torch.ones(1, dtype=torch.float64).expand(12)
    for case, rewards in (("strided rewards", strided), ("a column", column), ("expanded rewards", expanded)):
        plain = rewards.clone(memory_format=torch.contiguous_format)
        for scale in (True, False):
            expected, result = (submission.grpo_advantages(x, 4, scale=scale) for x in (plain, rewards))
            assert_shape(expected, (12,))
            assert_close(result, expected, what=f"the advantages of {case}", scale=1.0)


# numerics


@pytest.mark.check("numerics", points=12, conventions=["contiguous-groups", "unbiased", "eps-outside-the-root", "task"])
def test_scaled_advantages_match(submission, reference, draw):
    for groups, size in ((4, 3), (3, 5), (3, 3), (4, 4), (1, 6), (6, 2), (2, 7), (2, 2)):
        rewards = rewards_of(draw, groups, size)
        assert_matches(submission, reference, rewards, size, case=counted(groups, size))


@pytest.mark.check("numerics", points=6, conventions=["scale-off", "contiguous-groups"])
def test_advantages_without_scale_match(submission, reference, draw):
    for groups, size in ((4, 3), (3, 3), (1, 5), (5, 2)):
        for spread, more in ((1.0, {}), (0.05, {"eps": 0.1})):
            rewards = rewards_of(draw, groups, size, spread=spread)
            case = f"{counted(groups, size)} with scale=False"
            assert_matches(submission, reference, rewards, size, case=case, magnitude=None, scale=False, **more)


@pytest.mark.check("numerics", points=7, conventions=["eps-outside-the-root", "unbiased", "rules"])
def test_eps_is_added_to_the_deviation(submission, reference, draw):
    for spread in (1.0, 0.05, 1e-3, 1e-4):
        for more in ({}, {"eps": 0.1}, {"eps": 1e-6}):
            rewards = rewards_of(draw, 4, 5, spread=spread)
            said = f"eps={more['eps']:g}" if more else "eps as by default"
            case = f"with {said}, of groups of 5 whose deviation is near {spread:g}"
            assert_matches(submission, reference, rewards, 5, case=case, **more)


@pytest.mark.check("numerics", points=3, conventions=["contiguous-groups", "equal-rewards"])
def test_pass_or_fail_rewards_match(submission, reference, draw):
    # One prompt that nobody solves, one that all solve, and one of each share between.
    for size in (4, 36):
        rewards = torch.zeros(4, size, dtype=torch.float64)
        rewards[1] = 1.0
        rewards[2, draw.int(0, size - 1)] = 1.0
        rewards[3, draw.permutation(size)[: size // 2]] = 1.0
        rewards = rewards[draw.permutation(4)].reshape(-1)
        assert_matches(submission, reference, rewards, size, case=f"of rewards 0 and 1 in groups of {size}")


@pytest.mark.check("numerics", points=3, conventions=["groups-of-one"])
def test_groups_of_one_give_zero(submission, draw):
    for n in (1, 4):
        for dtype in (torch.float64, torch.bfloat16):
            for more in ({}, {"scale": False}, {"eps": 0.1}):
                rewards = rewards_of(draw, n, 1, dtype)
                result = submission.grpo_advantages(rewards, 1, **more)
                assert_close(result, torch.zeros(n, dtype=dtype), what="the advantages of groups of one", scale=1e-3)


@pytest.mark.check("numerics", points=4)
def test_float32_matches_where_rewards_are_large_and_alike(submission, reference, draw):
    for groups, size in ((3, 8), (2, 5)):
        ordinary = rewards_of(draw, groups, size, torch.float32)
        assert_matches(submission, reference, ordinary, size, case=f"{counted(groups, size)} in float32")
        for base in (300.0, -300.0):
            # Rounding of the mean moves an advantage by a few 1e-4.
            rewards = base + draw.uniform(groups, size, low=-0.1, high=0.1)
            rewards[:, :2] = base + torch.tensor([-0.1, 0.1])
            case = f"{counted(groups, size)} in float32, all near {base:g}"
            assert_matches(submission, reference, rewards.reshape(-1), size, case=case, relative=5e-3)


# finiteness


@pytest.mark.check("finiteness", points=6, conventions=["equal-rewards", "groups-of-one"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_equal_rewards_and_groups_of_one_give_zero(submission, draw, dtype):
    for size in (2, 3, 8, 1):
        rewards = torch.tensor([0.0, 0.5, 1.0], dtype=dtype)[draw.permutation(3)].repeat_interleave(size)
        submission.grpo_advantages(torch.zeros_like(rewards), size)  # must not come back itself
        for more in ({}, {"scale": False}, {"eps": 0.1}):
            result = submission.grpo_advantages(rewards, size, **more)
            what = f"the advantages of equal rewards in groups of {size}, {short(dtype)}"
            assert_finite(result, what)
            zeros = torch.zeros(3 * size, dtype=dtype)
            assert_close(result, zeros, what=what, relative=1e-9 if dtype == torch.float64 else 2e-3, scale=1.0)


@pytest.mark.check("finiteness", points=4)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_rewards_of_300_are_right(submission, reference, draw, dtype):
    # Their squares and sums do not fit float16.
    relative = 2 * torch.finfo(dtype).eps if dtype in HALF_DTYPES else None
    sign = torch.tensor([1.0, 1.0, -1.0, 1.0, -1.0])[draw.permutation(5)]
    rewards = (draw.uniform(2, 5, low=250.0, high=300.0) * sign).reshape(-1).to(dtype)
    ones = draw.uniform(6, low=-300.0, high=300.0, dtype=dtype)
    for scale in (True, False):
        case, size = f"of {short(dtype)} rewards near +300 and -300", None if scale is False else 1.0
        expected = exact(reference, rewards, 5, scale=scale)
        result = submission.grpo_advantages(rewards, 5, scale=scale)
        assert_close(result, expected, what=f"the advantages {case}", relative=relative, scale=size)
        assert_finite(submission.grpo_advantages(ones, 1, scale=scale), f"the advantages {case} in groups of one")


# gradients


@pytest.mark.check("gradients", points=5, conventions=["detached"])
def test_the_result_does_not_require_grad(submission, reference, draw):
    for dtype in (torch.float64, torch.bfloat16):
        for groups, size, scale in ((3, 4, True), (3, 4, False), (2, 1, True), (2, 1, False)):
            rewards = rewards_of(draw, groups, size, dtype, requires_grad=True)
            result = submission.grpo_advantages(rewards, size, scale=scale)
            assert_shape(result, (groups * size,))
            if result.requires_grad:
                fail("the result requires grad where the rewards do: it must be detached")
            expected = exact(reference, rewards, size, scale=scale)
            assert_close(result, expected, what="the advantages of rewards that require grad", scale=1.0)


# contract


@pytest.mark.check("contract", points=4, conventions=["errors"])
def test_refuses_a_group_size_below_1(submission, draw):
    rewards = rewards_of(draw, 3, 4)
    for size in (0, -1, -3, -12):
        for scale in (True, False):
            because = f"group_size is {size} (of 12 rewards)"
            assert_refuses(submission.grpo_advantages, rewards, size, scale=scale, because=because)


@pytest.mark.check("contract", points=4, conventions=["errors"])
def test_refuses_a_group_size_that_does_not_divide(submission, draw):
    for n, size in ((12, 5), (12, 8), (12, 13), (12, 24), (1, 2), (7, 3), (9, 6)):
        for scale in (True, False):
            because = f"group_size {size} does not divide {n}"
            assert_refuses(submission.grpo_advantages, rewards_of(draw, n, 1), size, scale=scale, because=because)


@pytest.mark.check("contract", points=2)
def test_defaults_and_argument_order_are_as_written(submission, reference, draw):
    rewards = rewards_of(draw, 3, 4, spread=0.02)
    for case, args in (("by default", ()), ("with eps=0.05", (0.05,)), ("with eps=0.05, scale=False", (0.05, False))):
        result, expected = (subject.grpo_advantages(rewards, 4, *args) for subject in (submission, reference))
        assert_close(result, expected, what=f"the advantages {case}")
    by_name = submission.grpo_advantages(scale=True, eps=0.2, group_size=4, rewards=rewards)
    assert_close(by_name, reference.grpo_advantages(rewards, 4, 0.2), what="the advantages of arguments given by name")


@pytest.mark.check("contract", points=3, conventions=["any-input"])
def test_leaves_its_input_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=1)
def test_results_are_not_overwritten(submission, draw):
    for size in (4, 1):
        with submission.options(keep=True):
            held = submission.grpo_advantages(rewards_of(draw, 3, size), size)
        before = held.method("clone")()
        submission.grpo_advantages(rewards_of(draw, 3, size), size)
        assert_shape(before, (3 * size,))
        assert_same(held.method("clone")(), before, what="an earlier result after a later call")


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=5, conventions=["half-in-float32"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_precision_is_computed_in_float32(submission, reference, draw, dtype):
    # The rewards are a few steps of the dtype apart; the mean lies between two of them.
    base, step = (100.0, 0.5) if dtype == torch.bfloat16 else (300.0, 0.25)
    for scale in (True, False):
        rewards = base + step * draw.integers(5, 7, low=-4, high=5)
        rewards[:, :2] = base + step * torch.tensor([-4, 4])
        rewards = rewards.reshape(-1).to(dtype)
        case = f"of {short(dtype)} rewards near {base:g} (compute in float32) with scale={scale}"
        expected = exact(reference, rewards, 7, scale=scale)
        result = submission.grpo_advantages(rewards, 7, scale=scale)
        relative = 2 * torch.finfo(dtype).eps
        assert_close(result, expected, what=f"the advantages {case}", relative=relative, scale=1.0)


@pytest.mark.check("gpu", points=5)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_everything_lies_on_the_rewards_device(submission, reference, draw, dtype):
    for groups, size in ((3, 4), (3, 1)):
        rewards = rewards_of(draw, groups, size, dtype)
        for scale in (True, False):
            expected = exact(reference, rewards, size, scale=scale)
            assert_runs_on_gpu(
                submission,
                lambda gpu, r=rewards, g=size, s=scale: submission.grpo_advantages(r, g, scale=s),
                expected,
                scale=1.0,
            )
