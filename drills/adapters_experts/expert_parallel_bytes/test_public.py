"""Checks that help while writing expert_parallel_bytes. The hidden ones look at more."""

import pytest

from grader.suite import assert_close, assert_refuses

EXAMPLE = {"dispatch": 1800.0, "combine": 1800.0, "forward": 3600.0, "training": 7200.0}


@pytest.mark.check("numerics")
def test_example_of_the_prompt(submission):
    assert_close(submission.expert_parallel_bytes(6, 100, 2, 4), EXAMPLE, relative=1e-6)


@pytest.mark.check("numerics")
def test_capacity_factor_scales_the_example(submission):
    expected = {name: 1.25 * volume for name, volume in EXAMPLE.items()}
    assert_close(submission.expert_parallel_bytes(6, 100, 2, 4, capacity_factor=1.25), expected, relative=1e-6)


@pytest.mark.check("numerics")
def test_itemsize_scales_the_example(submission):
    expected = {name: 2 * volume for name, volume in EXAMPLE.items()}
    assert_close(submission.expert_parallel_bytes(6, 100, 2, 4, itemsize=4), expected, relative=1e-6)


@pytest.mark.check("contract")
def test_refuses_a_world_of_no_ranks(submission):
    assert_refuses(submission.expert_parallel_bytes, 6, 100, 2, 0, because="world is 0")
