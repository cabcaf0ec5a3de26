"""Public checks of flat_parameter_shards: they help while you write, and prove little."""

import pytest

from grader.suite import assert_refuses, assert_same, describe_value, fail


@pytest.mark.check("shape")
def test_the_plan_has_one_list_per_rank(submission):
    plan = submission.flat_shards([6, 6], 3)
    if type(plan) is not list or len(plan) != 3:
        fail(f"the plan is {describe_value(plan)}, expected a list of 3 lists")


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    expected = [[(0, 0, 3)], [(0, 3, 5), (2, 0, 1)], [(2, 1, 4)], []]
    assert_same(submission.flat_shards([5, 0, 4], 4), expected, what="the plan")


@pytest.mark.check("numerics")
def test_one_rank_holds_every_tensor_whole(submission, reference, draw):
    numels = draw.distinct(3, 2, 20)
    assert_same(submission.flat_shards(numels, 1), reference.flat_shards(numels, 1), what="the plan")


@pytest.mark.check("numerics")
def test_two_ranks_share_one_tensor(submission):
    assert_same(submission.flat_shards([10], 2), [[(0, 0, 5)], [(0, 5, 10)]], what="the plan")


@pytest.mark.check("contract")
def test_refuses_world_0(submission):
    assert_refuses(submission.flat_shards, [4, 2], 0, because="world is 0")
