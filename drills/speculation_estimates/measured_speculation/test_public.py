"""Public checks of measured_speculation: they help while you write, and prove little."""

import pytest

from grader.suite import assert_close, assert_refuses, assert_type, describe_value, fail

KEYS = ("acceptance_rate", "tokens_per_round", "ms_per_token", "speedup")
ROUNDS = [
    {"proposed": 4, "accepted": 3, "draft_ms": 4, "verify_ms": 12, "rollback_ms": 0},
    {"proposed": 2, "accepted": 0, "draft_ms": 2, "verify_ms": 11, "rollback_ms": 1},
]


def figures(submission, rounds):
    result = submission.summarize_speculation(rounds, 10.0)
    if not isinstance(result, dict) or not set(KEYS) <= set(result):
        fail(f"the result is {describe_value(result)}, expected a dict with the keys {', '.join(KEYS)}")
    return result


@pytest.mark.check("shape")
def test_the_result_is_a_dict_of_numbers(submission):
    result = figures(submission, ROUNDS[:1])
    for key in KEYS:
        assert_type(result[key], float, key)


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    result = figures(submission, ROUNDS)
    for key, expected in zip(KEYS, (0.5, 2.5, 6.0, 10 / 6), strict=True):
        assert_close(result[key], expected, what=key, relative=1e-6)


@pytest.mark.check("numerics")
def test_one_round_whose_draft_is_accepted(submission, reference, draw):
    accepted = draw.int(2, 9)
    rounds = [{"proposed": accepted, "accepted": accepted, "draft_ms": 3.5, "verify_ms": 20.0, "rollback_ms": 0.0}]
    expected = reference.summarize_speculation(rounds, 10.0)
    result = figures(submission, rounds)
    for key in KEYS:
        assert_close(result[key], expected[key], what=key, relative=1e-6)


@pytest.mark.check("contract")
def test_refuses_a_trace_without_rounds(submission):
    assert_refuses(submission.summarize_speculation, [], 10.0, because="there are no rounds")
