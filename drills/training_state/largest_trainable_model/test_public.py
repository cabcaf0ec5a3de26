"""Public checks of largest_trainable_model: they help while you write, and prove little."""

import pytest

from grader.suite import assert_refuses, assert_same, assert_type


@pytest.mark.check("shape")
def test_the_answer_is_an_int(submission):
    assert_type(submission.max_trainable_params(1000, 2, 3), int, "the answer")


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    assert_same(submission.max_trainable_params(100, 4, 1), 13, what="the answer")


@pytest.mark.check("numerics")
def test_stage_0_divides_the_budget(submission, reference, draw):
    budget = 16 * draw.int(10, 99) + 7
    expected = reference.max_trainable_params(budget, 1, 0)
    assert_same(submission.max_trainable_params(budget, 1, 0), expected, what="the answer")


@pytest.mark.check("numerics")
def test_a_budget_of_3_bytes_holds_nothing(submission):
    assert_same(submission.max_trainable_params(3, 2, 2), 0, what="the answer")


@pytest.mark.check("contract")
def test_refuses_dp_0(submission):
    assert_refuses(submission.max_trainable_params, 100, 0, 1, because="dp is 0")
