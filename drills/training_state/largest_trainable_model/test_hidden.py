"""Hidden checks of largest_trainable_model. The oracle is the reference; messages say what the answer would cost."""

import pytest

from grader.suite import assert_global_random_untouched, assert_refuses, assert_type, fail

STAGES = (0, 1, 2, 3)
DEFAULTS = {"param_bytes": 2, "grad_bytes": 2, "optimizer_bytes": 12}


def cost(n, dp, stage, sizes):
    """Bytes per rank of n parameters: the definition."""
    shard = -(-n // dp)
    shards_from = {"param_bytes": 3, "grad_bytes": 2, "optimizer_bytes": 1}
    return sum(size * (shard if stage >= shards_from[name] else n) for name, size in {**DEFAULTS, **sizes}.items())


def random_sizes(draw):
    """Three different byte counts, none of them 12."""
    return dict(zip(DEFAULTS, draw.distinct(3, 13, 40), strict=True))


def agrees(submission, reference, budget, dp, stage, *, reserved=None, **sizes):
    """The answer is the reference's, type included."""
    reserve = {} if reserved is None else {"reserved_bytes": reserved}
    expected = reference.max_trainable_params(budget, dp, stage, **reserve, **sizes)
    answer = submission.max_trainable_params(budget, dp, stage, **reserve, **sizes)
    assert_type(answer, int)
    available = budget - (reserved or 0)
    if answer < 0:
        fail(f"the answer is {answer}, expected {expected}: it is never negative")
    if answer > expected:
        needed = cost(answer, dp, stage, sizes)
        fail(f"the answer is {answer}, which takes {needed} bytes of {available}; {expected} is the most that fits")
    if answer < expected:
        needed = cost(expected, dp, stage, sizes)
        fail(f"the answer is {answer}, but {expected} still fit: they take {needed} bytes of {available}")


# shape


@pytest.mark.check("shape", points=10, conventions=["exact-integers"])
def test_the_answer_is_an_int(submission, draw):
    for stage in STAGES:
        for budget in (0, 160, draw.int(500, 9999), 10**14 + draw.int(0, 10**9)):
            answer = submission.max_trainable_params(budget, draw.int(1, 9), stage)
            assert_type(answer, int, f"the answer at stage {stage}")


# numerics


@pytest.mark.check("numerics", points=16, conventions=["exact", "padded-shards", "task", "result"])
@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_exact(submission, reference, draw, stage):
    for dp in (1, 2, draw.int(3, 9), draw.int(10, 600)):
        agrees(submission, reference, draw.int(2000, 10**6), dp, stage)
        agrees(submission, reference, draw.int(2000, 10**6), dp, stage, **random_sizes(draw))
        agrees(submission, reference, draw.int(10**8, 10**12), dp, stage, **random_sizes(draw))


@pytest.mark.check("numerics", points=10, conventions=["exact", "fits-with-equality"])
def test_the_budget_is_used_to_the_last_byte(submission, reference, draw):
    for stage in STAGES:
        dp = draw.int(2, 9)
        for n in (dp * draw.int(2, 50), dp * draw.int(2, 50) + 1, draw.int(2, 999)):
            sizes = random_sizes(draw)
            exactly = cost(n, dp, stage, sizes)
            agrees(submission, reference, exactly, dp, stage, **sizes)
            agrees(submission, reference, exactly - 1, dp, stage, **sizes)
        agrees(submission, reference, cost(dp * 7, dp, stage, {}), dp, stage)


@pytest.mark.check("numerics", points=8, conventions=["padded-shards", "elements-before-bytes"])
def test_a_started_row_costs_a_whole_shard_element(submission, reference, draw):
    # Budgets from one full row of dp parameters to the next, where padding decides.
    for stage in (1, 2, 3):
        dp = draw.int(4, 9)
        row = draw.int(1, 30)
        low, high = cost(row * dp, dp, stage, {}), cost((row + 1) * dp, dp, stage, {})
        for budget in {low + 1, low + 4, high - 1, high - 5, *(draw.int(low, high) for _ in range(3))}:
            agrees(submission, reference, budget, dp, stage)
        big = {"optimizer_bytes": draw.int(200, 400)}
        agrees(submission, reference, cost(row * dp + 1, dp, stage, big) - 1, dp, stage, **big)
        agrees(submission, reference, cost(row * dp + 2, dp, stage, big), dp, stage, **big)
        many = draw.int(500, 5000)  # more ranks than parameters
        agrees(submission, reference, cost(draw.int(2, 99), many, stage, {}) + draw.int(0, 3), many, stage)


@pytest.mark.check("numerics", points=7, conventions=["zero-bytes"])
def test_states_may_have_zero_bytes(submission, reference, draw):
    for stage in STAGES:
        dp = draw.int(2, 9)
        for only in DEFAULTS:  # at stages 1 and 2 this leaves nothing unsharded, or nothing sharded
            alone = {**dict.fromkeys(DEFAULTS, 0), only: draw.int(1, 40)}
            agrees(submission, reference, draw.int(500, 9999), dp, stage, **alone)
            agrees(submission, reference, draw.int(500, 9999), dp, stage, **{only: 0})
        agrees(submission, reference, draw.int(500, 9999), dp, stage, param_bytes=0, grad_bytes=0, optimizer_bytes=1)
        agrees(submission, reference, draw.int(3, 9), dp, stage, param_bytes=1, grad_bytes=0, optimizer_bytes=0)


@pytest.mark.check("numerics", points=7, conventions=["reserve"])
def test_the_reserve_is_taken_off_in_full(submission, reference, draw):
    for stage in STAGES:
        dp = draw.int(2, 9)
        budget = draw.int(5000, 20000)
        agrees(submission, reference, budget, dp, stage, reserved=draw.int(1000, 4000))
        agrees(submission, reference, budget, dp, stage, reserved=draw.int(1000, 2000), **random_sizes(draw))
        agrees(submission, reference, cost(11, dp, stage, {}) + budget, dp, stage, reserved=budget)
        agrees(submission, reference, cost(11, dp, stage, {}) + budget, dp, stage, reserved=budget + 1)
        agrees(submission, reference, budget, dp, stage, reserved=0)


@pytest.mark.check("numerics", points=6, conventions=["zero-answer", "reserve-above-budget"])
def test_where_nothing_fits_the_answer_is_0(submission, reference, draw):
    for stage in STAGES:
        dp = draw.int(2, 9)
        for budget in (0, 1, 15, 16, draw.int(2, 14)):
            agrees(submission, reference, budget, dp, stage)
        for excess in (0, 1, draw.int(2, 15), draw.int(100, 10**6)):
            budget = draw.int(0, 9999)
            agrees(submission, reference, budget, dp, stage, reserved=budget + excess)
    agrees(submission, reference, 0, 1, 0, reserved=5)


@pytest.mark.check("numerics", points=6, conventions=["exact", "exact-integers"])
def test_huge_budgets_are_answered_at_once_and_exactly(submission, reference, draw):
    limit = 10**15
    for stage in STAGES:
        agrees(submission, reference, limit - draw.int(0, 10**6), 1, stage)
        agrees(submission, reference, limit - draw.int(0, 10**6), draw.int(1000, 4000), stage)
        agrees(submission, reference, limit, draw.int(2, 99), stage, **random_sizes(draw))
        alone = {**dict.fromkeys(DEFAULTS, 0), "optimizer_bytes": 1}  # answers between 2**53 and 2**63
        agrees(submission, reference, limit - draw.int(1, 10**9), 3989, stage, reserved=draw.int(1, 10**9), **alone)


# contract


@pytest.mark.check("contract", points=6, conventions=["errors-first", "freedom"])
def test_refuses_less_than_one_rank(submission, draw):
    for stage in STAGES:
        for dp in (0, -1, -draw.int(2, 64)):
            assert_refuses(
                submission.max_trainable_params, draw.int(100, 999), dp, stage, because=f"dp is {dp} (at stage {stage})"
            )
        assert_refuses(
            submission.max_trainable_params, 10, 0, stage, reserved_bytes=20,
            because=f"dp is 0 (at stage {stage}, with more reserved than budgeted)",
        )  # fmt: skip
        assert_refuses(submission.max_trainable_params, 0, 0, stage, because="dp is 0 (with a budget of 0)")


@pytest.mark.check("contract", points=6, conventions=["errors-first"])
def test_refuses_other_stages(submission, draw):
    for stage in (-1, 4, -2, -3, -4, 5, draw.int(6, 99)):
        dp = draw.int(1, 9)
        call = submission.max_trainable_params
        assert_refuses(call, draw.int(100, 999), dp, stage, because=f"stage is {stage}")
        assert_refuses(call, 0, dp, stage, because=f"stage is {stage} (with a budget of 0)")
        assert_refuses(
            call, 10, dp, stage, reserved_bytes=20, because=f"stage is {stage} (with more reserved than budgeted)"
        )


@pytest.mark.check("contract", points=3)
def test_refuses_a_negative_budget(submission, draw):
    for budget in (-1, -draw.int(2, 10**6)):
        for stage in STAGES:
            assert_refuses(
                submission.max_trainable_params, budget, draw.int(1, 9), stage, because=f"budget_bytes is {budget}"
            )
    assert_refuses(submission.max_trainable_params, -5, 4, 1, reserved_bytes=7, because="budget_bytes is -5")


@pytest.mark.check("contract", points=4)
def test_refuses_a_negative_reserve(submission, draw):
    for reserved in (-1, -draw.int(2, 10**6)):
        for budget in (0, draw.int(100, 999)):
            assert_refuses(
                submission.max_trainable_params, budget, draw.int(1, 9), draw.choice(STAGES), reserved_bytes=reserved,
                because=f"reserved_bytes is {reserved}",
            )  # fmt: skip


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)
