"""Public checks of collective_lower_bound: they help while you write, and prove little."""

import pytest

from grader.suite import assert_close, assert_refuses, assert_type


@pytest.mark.check("shape")
def test_the_time_is_a_number(submission):
    assert_type(submission.collective_lower_bound("all_reduce", 1000, 4, 100.0), float, "the time")


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    for op, seconds in (("all_reduce", 7 / 1200), ("all_gather", 7 / 2400), ("broadcast", 1 / 300)):
        result = submission.collective_lower_bound(op, 10**9, 8, 300e9)
        assert_close(result, seconds, what=f"the time of {op}", relative=1e-6)


@pytest.mark.check("numerics")
def test_two_ranks_reduce_all(submission, reference, draw):
    payload = draw.int(100, 999)
    expected = reference.collective_lower_bound("all_reduce", payload, 2, 10.0)
    assert_close(submission.collective_lower_bound("all_reduce", payload, 2, 10.0), expected, relative=1e-6)


@pytest.mark.check("contract")
def test_refuses_an_unknown_op(submission):
    assert_refuses(submission.collective_lower_bound, "gossip", 1000, 4, 100.0, because="op is 'gossip'")
