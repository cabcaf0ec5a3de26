"""Public checks of speculative_speedup: they help while you write, and prove little."""

import pytest

from grader.suite import assert_close, assert_refuses, assert_same, assert_type, describe_value, fail


def estimate(submission, *args):
    result = submission.speculative_speedup(*args)
    if not isinstance(result, dict) or not {"tokens_per_round", "speedup"} <= set(result):
        fail(f"the result is {describe_value(result)}, expected a dict with the keys tokens_per_round and speedup")
    return result


@pytest.mark.check("shape")
def test_the_estimate_is_a_dict_of_two_numbers(submission):
    for key, value in estimate(submission, 0.7, 4, 0.1).items():
        assert_type(value, float, key)


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    result = estimate(submission, 0.5, 2, 0.25)
    assert_close(result["tokens_per_round"], 1.75, what="tokens_per_round")
    assert_close(result["speedup"], 1.75 / 1.5, what="speedup")


@pytest.mark.check("numerics")
def test_the_best_gamma_of_the_example(submission):
    assert_same(submission.best_gamma(0.5, 0.25, 8), 1, what="best_gamma")


@pytest.mark.check("numerics")
def test_one_drafted_token(submission, reference, draw):
    alpha, cost = draw.float(0.2, 0.8), draw.float(0.1, 0.5)
    expected = reference.speculative_speedup(alpha, 1, cost)
    assert_close(estimate(submission, alpha, 1, cost)["speedup"], expected["speedup"], what="speedup")


@pytest.mark.check("contract")
def test_refuses_an_alpha_of_2(submission):
    assert_refuses(submission.speculative_speedup, 2.0, 3, 0.1, because="alpha is 2")
