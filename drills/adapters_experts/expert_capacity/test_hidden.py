"""Hidden checks of expert_capacity. The oracle hands the places out one by one, in the order of the prompt."""

import math
from fractions import Fraction

import pytest
import torch

from grader.suite import (
    assert_dtype,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_refuses,
    assert_results_not_aliased,
    assert_shape,
    assert_type,
    describe_value,
    fail,
    on_simulated_gpu,
)
from grader.suite.placement import assert_placed


def right_capacity(n_tokens, k, n_experts, factor):
    exact = Fraction(factor) * n_tokens * k / n_experts
    away = abs(exact - round(exact))
    assert away == 0 or away > 1e-4, "a capacity that hangs on rounding must not be tested"
    return max(1, math.ceil(exact))


def right_slots(rows, capacity):
    used = {}
    slots = [[-1] * len(row) for row in rows]
    for choice in range(len(rows[0])):
        for token, row in enumerate(rows):
            place = used.get(row[choice], 0)
            if place < capacity:
                slots[token][choice] = place
                used[row[choice]] = place + 1
    return slots


def assign(submission, experts, n_experts, factor):
    """(slots, capacity) of the right types and shape."""
    result = submission.assign_slots(experts, n_experts, factor)
    if not isinstance(result, tuple) or len(result) != 2:
        fail(f"the result is {describe_value(result)}, expected the tuple (slots, capacity)")
    slots, capacity = result
    assert_shape(slots, experts.shape, "slots")
    assert_dtype(slots, torch.int64, "slots")
    assert_type(capacity, int, "capacity")
    return slots, capacity


def check_capacity(submission, experts, n_experts, factor):
    """The capacity alone. Returns (slots, capacity, the case in words)."""
    n_tokens, k = experts.shape
    slots, capacity = assign(submission, experts, n_experts, factor)
    case = f"N = {n_tokens}, k = {k}, {n_experts} experts, factor {factor}"
    expected = right_capacity(n_tokens, k, n_experts, factor)
    if capacity != expected:
        fail(f"capacity is {capacity}, expected {expected} ({case})")
    return slots, capacity, case


def check(submission, experts, n_experts, factor):
    """Everything that holds for one call."""
    slots, capacity, case = check_capacity(submission, experts, n_experts, factor)
    rows = experts.tolist()
    expected = torch.tensor(right_slots(rows, capacity))
    if not torch.equal(slots, expected):
        token, choice = (slots != expected).nonzero()[0].tolist()
        example = f": experts = {rows}, slots = {slots.tolist()}" if slots.numel() <= 20 else ""
        fail(
            f"token {token}, choice {choice} (expert {rows[token][choice]}) gets slot {int(slots[token, choice])}, "
            f"expected {int(expected[token, choice])} with a capacity of {capacity} ({case}){example}"
        )


def routing(draw, n_tokens, k, n_experts, skew=1.0):
    """Rows of distinct experts, some experts asked for much more often than others."""
    favour = skew * draw.permutation(n_experts).double() / n_experts
    return (draw.normal(n_tokens, n_experts, dtype=torch.float64) + favour).topk(k).indices


@pytest.mark.check("numerics", points=8, conventions=["ceil", "order", "task", "capacity"])
def test_capacity_is_the_share_rounded_up(submission, draw):
    cases = [(8, 2, 4, 1.0), (9, 1, 4, 1.5), (10, 2, 3, 1.0), (7, 3, 5, 1.25), (34, 3, 101, 1.0), (6, 2, 3, 0.5),
             (5, 2, 4, 0.9), (13, 2, 8, 1.1), (2, 1, 1, 1.50025), (1, 1, 1, 5001.0)]  # fmt: skip
    for n_tokens, k, n_experts, factor in cases:
        check_capacity(submission, routing(draw, n_tokens, k, n_experts), n_experts, factor)


@pytest.mark.check("numerics", points=6, conventions=["no-other-bound"])
def test_capacity_is_bounded_by_one_alone(submission, draw):
    # (1000, 1, 4, 0.001) has one place for a thousand tokens; a factor of 8 leaves more places than there are tokens.
    for n_tokens, k, n_experts, factor in ((6, 2, 4, 8.0), (3, 1, 16, 1.0), (1, 2, 2, 40.0), (4, 2, 64, 0.25), (2, 1, 2, 3.0)):
        check_capacity(submission, routing(draw, n_tokens, k, n_experts), n_experts, factor)
    check_capacity(submission, routing(draw, 1000, 1, 4), 4, 0.001)


@pytest.mark.check("numerics", points=5, conventions=["token-order", "from-zero-no-gaps"])
def test_lower_tokens_go_first(submission, draw):
    check(submission, routing(draw, 12, 1, 3, skew=2.0), 3, 8.0)
    check(submission, torch.full((6, 1), draw.int(0, 2)), 4, 2.0)


@pytest.mark.check("numerics", points=6, conventions=["choice-before-token"])
def test_first_choices_go_before_second_choices(submission, draw):
    a, b, c = draw.permutation(3).tolist()
    check(submission, torch.tensor([[a, b], [b, a]]), 3, 2.0)
    check(submission, torch.tensor([[a, b], [b, a], [c, b], [b, c]]), 3, 0.75)


@pytest.mark.check("numerics", points=6, conventions=["choice-before-token"])
def test_later_choices_go_on_counting(submission, draw):
    # Expert 0 is the first choice of some tokens, the second of others, the third of the rest, and so on.
    for k in (3, 4):
        rows = torch.arange(k).repeat(3, 1)
        rows = torch.cat([rows.roll(shift, dims=1) for shift in range(k)])[draw.permutation(3 * k)]
        for factor in (8.0, 0.8):
            check(submission, rows, k, factor)


@pytest.mark.check("numerics", points=6, conventions=["assignments-dropped-singly", "dropped-is-minus-one"])
def test_assignments_are_dropped_one_by_one(submission, draw):
    first, second, third = draw.permutation(3).tolist()
    both = torch.tensor([[first, second], [first, third], [first, second], [second, first]])
    check(submission, both, 3, 0.75)
    check(submission, torch.tensor([[first, second]] * 3 + [[first, third]] * 3), 3, 0.5)


@pytest.mark.check(
    "numerics", points=12, conventions=["choice-before-token", "token-order", "dropped-is-minus-one", "from-zero-no-gaps"]
)
def test_slots_match_on_random_routings(submission, draw):
    for n_tokens, k, n_experts, factor in ((12, 2, 4, 0.7), (9, 3, 5, 1.0), (16, 1, 3, 0.8), (7, 4, 6, 1.3), (5, 5, 5, 0.5)):
        check(submission, routing(draw, n_tokens, k, n_experts, skew=3.0), n_experts, factor)
    check(submission, routing(draw, 10, 2, 4, skew=0.0), 4, 2.0)


@pytest.mark.check("numerics", points=6, conventions=["from-zero-no-gaps"])
def test_long_buffers_are_counted_exactly(submission, draw):
    check(submission, (draw.mask(2300, 1, share=0.03)).long(), 2, 2.0)
    check(submission, routing(draw, 400, 2, 3, skew=4.0), 3, 1.25)


@pytest.mark.check("shape", points=6, conventions=["inputs"])
def test_any_size_may_be_one(submission, draw):
    for n_tokens, k, n_experts in ((1, 1, 1), (1, 3, 4), (1, 1, 5), (5, 1, 3), (4, 1, 1), (2, 2, 2), (3, 2, 4)):
        slots, _ = assign(submission, routing(draw, n_tokens, k, n_experts), n_experts, 1.0)
        if slots.min() < -1:
            fail(f"slots holds {int(slots.min())}, expected -1 or a place")


@pytest.mark.check("shape", points=4, conventions=["from-zero-no-gaps"])
def test_small_inputs_are_right(submission, draw):
    for n_tokens, k, n_experts, factor in ((1, 1, 1, 0.3), (1, 3, 4, 1.0), (4, 1, 1, 0.5), (2, 2, 2, 1.0), (3, 1, 7, 1.0)):
        check(submission, routing(draw, n_tokens, k, n_experts), n_experts, factor)


@pytest.mark.check("gpu", points=5)
def test_everything_lies_on_the_inputs_device(submission, draw):
    with on_simulated_gpu(submission):
        for factor in (0.5, 2.0):
            check(submission, routing(draw, 6, 2, 4), 4, factor)
            assert_placed(submission)


@pytest.mark.check("contract", points=6, conventions=["factor-checked"])
def test_refuses_a_factor_that_is_not_positive(submission, draw):
    for factor in (0.0, -0.5, -3.0):
        because = f"capacity_factor is {factor}"
        assert_refuses(submission.assign_slots, routing(draw, 6, 2, 4), 4, factor, because=because)


@pytest.mark.check("contract", points=7, conventions=["index-checked"])
def test_refuses_an_expert_that_does_not_exist(submission, draw):
    for n_tokens, k, n_experts in ((5, 2, 4), (1, 1, 1), (4, 3, 6)):
        for index, row, choice in ((-1, 0, 0), (n_experts, -1, -1), (-n_experts, 0, -1), (n_experts + 3, -1, 0)):
            experts = routing(draw, n_tokens, k, n_experts)
            experts[row, choice] = index
            because = f"an expert index is {index} with n_experts = {n_experts}"
            assert_refuses(submission.assign_slots, experts, n_experts, 1.0, because=because)


@pytest.mark.check("contract", points=4)
def test_takes_any_memory_layout(submission, draw):
    check(submission, draw.non_contiguous(routing(draw, 6, 2, 4)), 4, 0.75)
    check(submission, routing(draw, 1, 3, 4).expand(6, 3), 4, 0.75)
    check(submission, routing(draw, 6, 4, 5)[:, ::2], 5, 1.0)
    check(submission, draw.integers(1, 1, low=0, high=3).expand(5, 1), 3, 1.0)


@pytest.mark.check("contract", points=3)
def test_leaves_inputs_and_global_random_state_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)
    assert_global_random_untouched(submission)
