"""Checks that help while writing expert_capacity. The hidden ones look at more."""

import pytest
import torch

from grader.suite import assert_dtype, assert_refuses, assert_same, assert_shape, assert_type, fail


def assign(submission, experts, n_experts, factor):
    result = submission.assign_slots(experts, n_experts, factor)
    if not isinstance(result, tuple) or len(result) != 2:
        fail("the result is not a tuple (slots, capacity)")
    return result


@pytest.mark.check("numerics")
def test_example_of_the_prompt(submission):
    slots, capacity = assign(submission, torch.tensor([[0, 1], [0, 2], [0, 1], [1, 0]]), 3, 0.75)
    assert_same(capacity, 2, what="capacity")
    assert_same(slots, torch.tensor([[0, 1], [1, 0], [-1, -1], [0, -1]]), what="slots")


@pytest.mark.check("numerics")
def test_one_choice_counts_tokens_in_order(submission):
    slots, capacity = assign(submission, torch.tensor([[1], [0], [1], [1], [0]]), 2, 2.0)
    assert_same(capacity, 5, what="capacity")
    assert_same(slots, torch.tensor([[0], [0], [1], [2], [1]]), what="slots")


@pytest.mark.check("shape")
def test_slots_have_the_shape_of_experts(submission, draw):
    experts = torch.stack([draw.permutation(4)[:3] for _ in range(5)])
    slots, capacity = assign(submission, experts, 4, 1.0)
    assert_shape(slots, (5, 3), "slots")
    assert_dtype(slots, torch.int64, "slots")
    assert_type(capacity, int, "capacity")


@pytest.mark.check("contract")
def test_refuses_a_negative_factor(submission):
    assert_refuses(submission.assign_slots, torch.tensor([[0, 1]]), 2, -1.0, because="capacity_factor is -1")
