"""Hidden checks of measured_speculation. The oracle is the reference: quotients of totals."""

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

KEYS = ("acceptance_rate", "tokens_per_round", "ms_per_token", "speedup")
TIMES = ("draft_ms", "verify_ms", "rollback_ms")
RELATIVE = 1e-6


def one(proposed, accepted, draft_ms=2.0, verify_ms=10.0, rollback_ms=1.0):
    return {
        "proposed": proposed, "accepted": accepted,
        "draft_ms": draft_ms, "verify_ms": verify_ms, "rollback_ms": rollback_ms,
    }  # fmt: skip


def timed(draw, proposed, accepted):
    return one(proposed, accepted, draw.float(0.5, 9.0), draw.float(5.0, 40.0), draw.float(0.1, 3.0))


def shuffled(draw, rounds):
    return [rounds[place] for place in draw.permutation(len(rounds)).tolist()]


def trace(draw, more=3):
    """Drafts of unequal lengths: one accepted whole, one rejected whole, one in part, and `more` at random."""
    long, middle, short = draw.int(7, 12), draw.int(4, 6), draw.int(1, 3)
    counts = [(long, draw.int(1, long - 1)), (middle, 0), (short, short)]
    for _ in range(more):
        proposed = draw.int(1, 12)
        counts.append((proposed, draw.int(0, proposed)))
    return shuffled(draw, [timed(draw, proposed, accepted) for proposed, accepted in counts])


def figures(submission, rounds, baseline):
    """The result, once it is a dict with the four keys."""
    result = submission.summarize_speculation(rounds, baseline)
    if not isinstance(result, dict) or not set(KEYS) <= set(result):
        fail(f"the result is {describe_value(result)}, expected a dict with the keys {', '.join(KEYS)}")
    return result


def agrees(submission, reference, rounds, baseline=10.0):
    result = figures(submission, rounds, baseline)
    for key, expected in reference.summarize_speculation(rounds, baseline).items():
        assert_close(result[key], float(expected), what=f"{key} of {described(rounds)}", relative=RELATIVE)


def described(rounds):
    counts = ", ".join(f"{r['accepted']} of {r['proposed']}" for r in rounds[:4])
    return f"{len(rounds)} rounds (accepted {counts}{', ...' if len(rounds) > 4 else ''})"


def refuses(submission, rounds, because, baseline=10.0):
    assert_refuses(submission.summarize_speculation, rounds, baseline, because=because)


def watched_list(submission, items):
    """A list that lives with the submission and can be looked at after a call: a plain list is sent as a copy."""
    kind = submission.torch("builtins.type", [])
    make = submission.torch("builtins.type", "list", (kind,), {})
    with submission.options(keep=True):
        return make(items)


# shape


@pytest.mark.check("shape", points=4, conventions=["keys"])
def test_the_result_has_the_four_keys(submission, draw):
    for rounds in (trace(draw), [one(4, 2)], [one(0, 0)], [one(3, 0), one(0, 0)]):
        figures(submission, rounds, 10.0)


@pytest.mark.check("shape", points=6)
def test_every_value_is_a_number(submission, draw):
    for rounds in (trace(draw), [one(4, 4, 1, 2, 3)], [one(0, 0)], [one(3, 0), one(0, 0)]):
        for baseline in (10.0, 6):
            result = figures(submission, rounds, baseline)
            for key in KEYS:
                assert_type(result[key], float, key)


# numerics


@pytest.mark.check(
    "numerics", points=18, conventions=["totals", "one-more", "all-time", "per-emitted", "baseline-over"]
)
def test_every_figure_is_a_quotient_of_totals(submission, reference, draw):
    for more in (0, 2, 5, 20):
        for baseline in (draw.float(8.0, 30.0), draw.float(30.0, 90.0)):
            agrees(submission, reference, trace(draw, more), baseline)


@pytest.mark.check("numerics", points=6, conventions=["totals", "per-emitted"])
def test_long_drafts_weigh_more_than_short_ones(submission, reference, draw):
    agrees(submission, reference, [one(12, 11, 1.0, 5.0, 0.0), one(1, 0, 3.0, 30.0, 2.0), one(1, 0, 3.0, 30.0, 2.0)])
    agrees(submission, reference, [timed(draw, 1, 1), timed(draw, draw.int(20, 40), draw.int(1, 3)), timed(draw, 2, 2)])


@pytest.mark.check("numerics", points=8, conventions=["empty-draft", "one-more", "task", "result"])
def test_rounds_without_a_draft_count_like_any_other(submission, reference, draw):
    for count in (1, 3):
        rounds = trace(draw, 1) + [timed(draw, 0, 0) for _ in range(count)]
        agrees(submission, reference, shuffled(draw, rounds), draw.float(8.0, 30.0))
    agrees(submission, reference, [timed(draw, 0, 0), timed(draw, 4, 0)])


@pytest.mark.check("numerics", points=6, conventions=["nothing-proposed"])
def test_where_nothing_is_proposed_the_rate_is_0(submission, reference, draw):
    for count in (1, 2, draw.int(3, 9)):
        agrees(submission, reference, [timed(draw, 0, 0) for _ in range(count)], draw.float(8.0, 30.0))


@pytest.mark.check("numerics", points=5, conventions=["zero-fields", "all-time"])
def test_single_times_may_be_0(submission, reference, draw):
    for name in TIMES:
        for without in ([name], [other for other in TIMES if other != name]):
            rounds = [{**r, **dict.fromkeys(without, 0.0)} for r in trace(draw, 0)]
            agrees(submission, reference, rounds, draw.float(8.0, 30.0))
    agrees(submission, reference, [one(4, 2, 0, 0, 0), timed(draw, 3, 1), one(2, 2, 0.0, 0.0, 0.0)])


@pytest.mark.check("numerics", points=5, conventions=["slowdown"])
def test_a_slowdown_is_reported_as_it_is(submission, reference, draw):
    for baseline in (draw.float(0.01, 0.5), 1e-3):
        agrees(submission, reference, trace(draw), baseline)
        agrees(submission, reference, [timed(draw, 5, 0), timed(draw, 3, 0)], baseline)


@pytest.mark.check("numerics", points=4)
def test_one_round_is_enough(submission, reference, draw):
    for proposed, accepted in ((5, 5), (5, 0), (5, 2), (1, 1), (1, 0), (draw.int(2, 9), 1)):
        agrees(submission, reference, [timed(draw, proposed, accepted)], draw.float(8.0, 30.0))


@pytest.mark.check("numerics", points=3)
def test_times_of_any_size_and_whole_numbers_will_do(submission, reference, draw):
    for size in (1e-4, 1e-2, 1e5):
        rounds = [{**r, **{name: r[name] * size for name in TIMES}} for r in trace(draw, 0)]
        agrees(submission, reference, rounds, draw.float(0.5, 2.0) * size)
    rounds = [one(draw.int(2, 9), draw.int(0, 2), draw.int(0, 9), draw.int(5, 40), draw.int(0, 3)) for _ in range(4)]
    agrees(submission, reference, rounds, draw.int(5, 30))
    agrees(submission, reference, [dict(reversed(r.items())) for r in trace(draw, 1)])


# contract


@pytest.mark.check("contract", points=2)
def test_refuses_a_trace_without_rounds(submission):
    refuses(submission, [], "there are no rounds")


@pytest.mark.check("contract", points=7, conventions=["errors"])
def test_refuses_more_accepted_than_proposed_in_any_round(submission, draw):
    good = [timed(draw, 9, 2), timed(draw, 8, 1)]
    for bad in (timed(draw, 3, 4), timed(draw, 0, 1), timed(draw, 2, draw.int(3, 6))):
        what = f"a round accepts {bad['accepted']} of {bad['proposed']}"
        for rounds in ([bad], [bad, *good], [good[0], bad, good[1]], [*good, bad]):
            refuses(submission, rounds, what)


@pytest.mark.check("contract", points=3)
def test_refuses_negative_counts_in_any_round(submission, draw):
    good = [timed(draw, 9, 2), timed(draw, 8, 5)]
    for proposed, accepted in ((4, -1), (0, -1), (-1, 0), (-2, -1), (-1, -1), (-3, -draw.int(4, 9))):
        for rounds in ([timed(draw, proposed, accepted)], [*good, timed(draw, proposed, accepted)]):
            refuses(submission, rounds, f"a round has {proposed} proposed and {accepted} accepted tokens")


@pytest.mark.check("contract", points=5)
def test_refuses_a_negative_time_in_any_round(submission, draw):
    good = [timed(draw, 9, 2), timed(draw, 8, 5)]
    for name in TIMES:
        for time in (-0.001, -draw.float(0.1, 0.4), -1):
            bad = {**one(4, 2, 5.0, 20.0, 2.0), name: time}  # the sum of the round stays positive
            for rounds in ([bad], [bad, *good], [*good, bad]):
                refuses(submission, rounds, f"{name} of a round is {time:.3g}")


@pytest.mark.check("contract", points=2, conventions=["zero-fields"])
def test_refuses_a_trace_that_takes_no_time(submission):
    for rounds in ([one(4, 2, 0.0, 0.0, 0.0)], [one(4, 2, 0, 0, 0), one(0, 0, 0, 0, 0)], [one(0, 0, 0.0, 0, 0)] * 3):
        refuses(submission, rounds, "the total time is 0")


@pytest.mark.check("contract", points=2)
def test_refuses_a_baseline_of_0_or_less(submission, draw):
    for baseline in (0.0, 0, -draw.float(0.1, 30.0), -1):
        refuses(submission, trace(draw, 0), f"baseline_ms_per_token is {baseline:.3g}", baseline)
        refuses(submission, [one(0, 0)], f"baseline_ms_per_token is {baseline:.3g}", baseline)


@pytest.mark.check("contract", points=2, conventions=["inputs-unmodified"])
def test_leaves_the_rounds_alone(submission, draw):
    unsorted = [timed(draw, 6, 3), timed(draw, 9, 0), timed(draw, 0, 0), timed(draw, 4, 4)]
    for rounds in (unsorted, unsorted[::-1], [timed(draw, 5, 2)]):
        held = watched_list(submission, rounds)
        submission.summarize_speculation(held, 10.0)
        assert_same(held.method("copy")(), rounds, what="the list of rounds, looked at after the call,")


@pytest.mark.check("contract", points=1, conventions=["new-result"])
def test_earlier_results_stay_as_they_were(submission, reference):
    with submission.options(keep=True):
        held = submission.summarize_speculation([one(4, 3)], 10.0)
    submission.summarize_speculation([one(9, 0), one(2, 2)], 30.0)
    kept = held.method("copy")()
    if not isinstance(kept, dict) or not set(KEYS) <= set(kept):
        fail(f"the result is {describe_value(kept)}, expected a dict with the keys {', '.join(KEYS)}")
    for key, expected in reference.summarize_speculation([one(4, 3)], 10.0).items():
        what = f"{key} of the first result, looked at after a second call,"
        assert_close(kept[key], float(expected), what=what, relative=RELATIVE)


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)
