"""Hidden checks of speculative_speedup. Oracles: the reference, fractions, and the table of Leviathan et al. (2023).

best_gamma is asked only where the best speedup is at least 2e-7 (relative) above all others, or where all tie at 0.
"""

from fractions import Fraction

import pytest

from grader.suite import (
    assert_close,
    assert_global_random_untouched,
    assert_refuses,
    assert_same,
    assert_type,
    describe_value,
    fail,
)

KEYS = ("tokens_per_round", "speedup")
RELATIVE = 1e-9

# alpha, draft_cost, overhead and the best gamma up to 24: the runner-up is a neighbour, 3e-7 to 2e-6 below (relative).
FLAT_PEAKS = [
    (0.94, 0.093, 0.59, 18), (0.956, 0.144, 0.0, 14), (0.9, 0.262, 0.0, 6), (0.945, 0.129, 0.0, 13),
    (0.597, 0.012, 0.0, 7), (0.955, 0.161, 0.0, 12), (0.573, 0.017, 0.0, 5), (0.818, 0.036, 0.61, 11),
    (0.959, 0.063, 0.0, 21), (0.614, 0.015, 0.78, 8), (0.414, 0.013, 0.75, 5), (0.482, 0.277, 0.49, 2),
]  # fmt: skip


def estimate(submission, alpha, gamma, draft_cost, **overhead):
    """The result, once it is a dict with the two keys."""
    result = submission.speculative_speedup(alpha, gamma, draft_cost, **overhead)
    if not isinstance(result, dict) or not set(KEYS) <= set(result):
        fail(f"the result is {describe_value(result)}, expected a dict with the keys {', '.join(KEYS)}")
    return result


def agrees(submission, reference, alpha, gamma, draft_cost, **overhead):
    result = estimate(submission, alpha, gamma, draft_cost, **overhead)
    for key, expected in reference.speculative_speedup(alpha, gamma, draft_cost, **overhead).items():
        assert_close(result[key], float(expected), what=key, relative=RELATIVE)


def speedups(alpha, draft_cost, max_gamma, overhead=0.0):
    tokens, found = 0.0, []
    for gamma in range(max_gamma + 1):
        tokens = 1.0 + alpha * tokens
        found.append(tokens / (1.0 + gamma * draft_cost + overhead))
    return found


def clear_best(alpha, draft_cost, max_gamma, overhead=0.0):
    """The best gamma, or None where another comes within 1e-5 of it."""
    found = speedups(alpha, draft_cost, max_gamma, overhead)
    best = max(range(max_gamma + 1), key=found.__getitem__)
    rivals = [value for gamma, value in enumerate(found) if gamma != best]
    return None if any(value > found[best] * (1 - 1e-5) for value in rivals) else best


def picks(submission, expected, alpha, draft_cost, max_gamma, **overhead):
    assert_same(submission.best_gamma(alpha, draft_cost, max_gamma, **overhead), expected, what="best_gamma")


# shape


@pytest.mark.check("shape", points=6)
def test_the_estimate_is_a_dict_of_two_numbers(submission, draw):
    for alpha, gamma in ((draw.float(0.1, 0.9), draw.int(1, 9)), (0.0, 3), (1.0, 3), (0.5, 0), (1, 4), (0, 0)):
        for cost in (0.0, draw.float(0.01, 0.5)):
            result = estimate(submission, alpha, gamma, cost)
            for key in KEYS:
                assert_type(result[key], float, key)


@pytest.mark.check("shape", points=4)
def test_the_best_gamma_is_an_int(submission, draw):
    for alpha, cost, max_gamma in ((0.8, 0.05, 20), (0.2, 0.5, 9), (0.9, 0.0, 6), (0.0, 0.0, 5), (0.5, 0.1, 0)):
        assert_type(submission.best_gamma(alpha, cost, max_gamma), int, "best_gamma")


# numerics of the estimate


@pytest.mark.check("numerics", points=14, conventions=["tokens", "cost", "speculative-speedup", "task"])
def test_tokens_and_speedup_match(submission, reference, draw):
    for gamma in (1, 2, 3, draw.int(4, 12), draw.int(13, 200)):
        alpha, cost = draw.float(0.05, 0.95), draw.float(0.01, 1.5)
        agrees(submission, reference, alpha, gamma, cost)
        agrees(submission, reference, alpha, gamma, 0.0)
        agrees(submission, reference, alpha, gamma, cost, overhead=draw.float(0.05, 2.0))
    agrees(submission, reference, draw.float(0.1, 0.3), 5, draw.float(0.8, 2.0))  # a slowdown, reported as it is
    agrees(submission, reference, 0.5, 3, 2, overhead=1)


@pytest.mark.check("numerics", points=5, conventions=["gamma-zero"])
def test_without_drafts_a_round_is_one_token(submission, reference, draw):
    for alpha in (0.0, draw.float(0.1, 0.9), 1.0):
        agrees(submission, reference, alpha, 0, draw.float(0.1, 0.9))
        agrees(submission, reference, alpha, 0, draw.float(0.1, 0.9), overhead=draw.float(0.1, 2.0))


@pytest.mark.check("numerics", points=5, conventions=["closed-interval"])
def test_both_ends_of_alpha_are_ordinary(submission, reference, draw):
    for alpha in (0.0, 1.0, 0, 1):
        for gamma in (1, draw.int(2, 12), 200):
            agrees(submission, reference, alpha, gamma, draw.float(0.01, 1.5), overhead=draw.float(0.0, 1.0))


@pytest.mark.check("numerics", points=12, conventions=["near-one"])
def test_no_digits_are_lost_near_alpha_1(submission):
    for distance in (1e-4, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-14):
        for gamma in (1, 5, 200):
            alpha = 1 - distance
            exact = Fraction(alpha)
            tokens = float((1 - exact ** (gamma + 1)) / (1 - exact))
            result = estimate(submission, alpha, gamma, 0.05)
            assert_close(result["tokens_per_round"], tokens, what="tokens_per_round", relative=RELATIVE)
            assert_close(result["speedup"], tokens / (1 + gamma * 0.05), what="speedup", relative=RELATIVE)


@pytest.mark.check("numerics", points=4, conventions=["tokens"])
def test_gives_the_table_of_the_paper(submission):
    for alpha, gamma, printed in (
        (0.6, 2, 1.96), (0.7, 3, 2.53), (0.8, 2, 2.44), (0.8, 5, 3.69), (0.9, 2, 2.71), (0.9, 10, 6.86),
    ):  # fmt: skip
        result = estimate(submission, alpha, gamma, 0.0)
        for key in KEYS:
            assert_close(result[key], printed, what=key, relative=3e-3)


# numerics of the best gamma


@pytest.mark.check("numerics", points=7, conventions=["best-range", "best-by-speedup", "clear-winner"])
def test_the_best_gamma_has_the_largest_speedup(submission, draw):
    left = 8
    while left:
        alpha, cost, max_gamma = draw.float(0.3, 0.97), draw.float(0.01, 0.4), draw.choice([12, 30, 200])
        overhead = {"overhead": draw.float(0.05, 1.0)} if left % 2 else {}
        best = clear_best(alpha, cost, max_gamma, **overhead)
        if best is not None and 0 < best < max_gamma:
            picks(submission, best, alpha, cost, max_gamma, **overhead)
            left -= 1


@pytest.mark.check("numerics", points=5, conventions=["best-range"])
def test_the_best_gamma_may_be_either_end(submission, draw):
    for max_gamma in (1, draw.int(2, 12)):
        picks(submission, 0, draw.float(0.1, 0.5), draw.float(0.6, 1.5), max_gamma)
        picks(submission, 0, 0.0, draw.float(0.1, 1.0), max_gamma)
        picks(submission, 0, 0.499, 0.5, max_gamma)  # an overhead of 0.01 would tip it
        picks(submission, max_gamma, 1.0, draw.float(0.01, 0.5), max_gamma)
        picks(submission, max_gamma, 0.9, 0.0, max_gamma)
        picks(submission, max_gamma, 1 - 1e-12, 0.01, max_gamma)
    picks(submission, 0, draw.float(0.1, 0.9), draw.float(0.1, 0.9), 0)
    picks(submission, 200, 1.0, 0.01, 200)
    picks(submission, 0, 1.0, 1.5, 200)


@pytest.mark.check("numerics", points=4, conventions=["best-by-speedup"])
def test_overhead_makes_longer_drafts_pay(submission, draw):
    left = 4
    while left:
        alpha, cost, overhead = draw.float(0.3, 0.95), draw.float(0.05, 0.4), draw.float(0.5, 3.0)
        best, without = clear_best(alpha, cost, 40, overhead), clear_best(alpha, cost, 40)
        if best is not None and without is not None and best != without and 0 < best < 40:
            picks(submission, best, alpha, cost, 40, overhead=overhead)
            left -= 1
    picks(submission, 1, 0.3, 0.35, 8, overhead=1.0)  # alpha is below draft_cost, and yet a draft pays


@pytest.mark.check("numerics", points=2, conventions=["clear-winner"])
def test_flat_peaks_are_told_apart(submission):
    for alpha, cost, overhead, best in FLAT_PEAKS:
        picks(submission, best, alpha, cost, 24, overhead=overhead)


@pytest.mark.check("numerics", points=2, conventions=["tie"])
def test_of_equal_speedups_the_smallest_gamma_is_best(submission, draw):
    for max_gamma in (1, draw.int(2, 20), 200):
        picks(submission, 0, 0.0, 0.0, max_gamma)
        picks(submission, 0, 0, 0, max_gamma, overhead=draw.float(0.1, 1.0))


# contract


@pytest.mark.check("contract", points=8, conventions=["closed-interval"])
def test_the_estimate_refuses_what_it_must(submission, draw):
    call = submission.speculative_speedup
    for gamma in (0, draw.int(1, 9)):
        for alpha in (-0.01, 1.01, -draw.float(0.1, 3.0), draw.float(1.1, 3.0)):
            assert_refuses(call, alpha, gamma, 0.1, because=f"alpha is {alpha:.4g} (with gamma = {gamma})")
        for cost in (-0.01, -draw.float(0.1, 3.0)):
            assert_refuses(call, 0.5, gamma, cost, because=f"draft_cost is {cost:.4g} (with gamma = {gamma})")
        for overhead in (-0.01, -draw.float(0.1, 3.0)):
            because = f"overhead is {overhead:.4g} (with gamma = {gamma})"
            assert_refuses(call, 0.5, gamma, 0.3, overhead=overhead, because=because)
    for gamma in (-1, -draw.int(2, 9)):
        for alpha in (0.0, draw.float(0.1, 0.9), 1.0):
            assert_refuses(call, alpha, gamma, 0.1, because=f"gamma is {gamma}")


@pytest.mark.check("contract", points=9, conventions=["errors-alike"])
def test_best_gamma_refuses_the_same(submission, draw):
    call = submission.best_gamma
    for max_gamma in (0, draw.int(1, 9)):
        at = f"with max_gamma = {max_gamma}"
        for alpha in (-0.01, 1.01, -draw.float(0.1, 3.0), draw.float(1.1, 3.0)):
            assert_refuses(call, alpha, 0.1, max_gamma, because=f"alpha is {alpha:.4g} ({at})")
        for cost in (-0.01, -draw.float(0.1, 3.0)):
            assert_refuses(call, 0.5, cost, max_gamma, because=f"draft_cost is {cost:.4g} ({at})")
        for overhead in (-0.01, -draw.float(0.1, 3.0)):
            because = f"overhead is {overhead:.4g} ({at})"
            assert_refuses(call, 0.5, 0.3, max_gamma, overhead=overhead, because=because)
        # Where every gamma ties the answer is known early, and yet the rest is checked.
        assert_refuses(call, -0.5, 0.0, max_gamma, because=f"alpha is -0.5 ({at} and draft_cost = 0)")
        assert_refuses(call, 0.0, 0.0, max_gamma, overhead=-0.5, because=f"overhead is -0.5 ({at} and no cost)")
    for max_gamma in (-1, -draw.int(2, 9)):
        for alpha in (0.0, draw.float(0.1, 0.9), 1.0):
            assert_refuses(call, alpha, 0.1, max_gamma, because=f"max_gamma is {max_gamma}")
        assert_refuses(call, 0.0, 0.0, max_gamma, because=f"max_gamma is {max_gamma} (with alpha = draft_cost = 0)")


@pytest.mark.check("contract", points=2, conventions=["new-result"])
def test_earlier_results_stay_as_they_were(submission, reference):
    with submission.options(keep=True):
        held = submission.speculative_speedup(0.5, 2, 0.25)
    submission.speculative_speedup(0.9, 7, 0.1)
    kept = held.method("copy")()
    for key, expected in reference.speculative_speedup(0.5, 2, 0.25).items():
        if not isinstance(kept, dict) or key not in kept:
            fail(f"the result is {describe_value(kept)}, expected a dict with the keys {', '.join(KEYS)}")
        assert_close(kept[key], expected, what=f"{key} of the first result, looked at after a second call")


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)
