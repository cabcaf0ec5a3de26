"""Hidden checks of zero_communication_volume. Oracles: the reference, exact to the byte, and the ZeRO paper."""

import pytest

from grader.suite import assert_global_random_untouched, assert_refuses, assert_same, assert_type, describe_value, fail

KEYS = ("all_reduce", "reduce_scatter", "all_gather", "total")
STAGES = (0, 1, 2, 3)
LIMIT = 10**13


def mixed(draw):
    """Different sizes for gradients and parameters, neither of them a default."""
    param, grad = draw.distinct(2, 3, 16)
    return {"param_bytes": param, "grad_bytes": grad}


def agrees(submission, reference, n, dp, stage, **bytes_per_element):
    """All four values are those of the reference, type included."""
    expected = reference.zero_communication_bytes(n, dp, stage, **bytes_per_element)
    assert_same(submission.zero_communication_bytes(n, dp, stage, **bytes_per_element), expected)


def refuses(submission, n, dp, stage, because):
    assert_refuses(submission.zero_communication_bytes, n, dp, stage, because=because)


# shape


@pytest.mark.check("shape", points=5, conventions=["exact-keys"])
def test_the_result_has_exactly_four_keys(submission, draw):
    for stage in STAGES:
        for dp in (1, draw.int(2, 9)):
            result = submission.zero_communication_bytes(dp * draw.int(1, 99), dp, stage)
            if not isinstance(result, dict) or sorted(map(str, result)) != sorted(KEYS):
                fail(f"the result is {describe_value(result)}, expected a dict with the keys {', '.join(KEYS)}")


@pytest.mark.check("shape", points=5, conventions=["exact-integers"])
def test_every_value_is_an_int(submission, draw):
    for stage in STAGES:
        for dp, shard in ((1, 7), (4, draw.int(1, 99)), (draw.int(3, 9), 5), (64, draw.int(10**9, 10**11))):
            result = submission.zero_communication_bytes(dp * shard, dp, stage)
            if not isinstance(result, dict):
                fail(f"the result is {describe_value(result)}, expected a dict")
            for key, value in result.items():
                assert_type(value, int, f'the result["{key}"] at stage {stage}')


# numerics


@pytest.mark.check(
    "numerics", points=24, conventions=["stage-0", "stages-1-2", "stage-3", "ring", "unused-zero", "bytes-sent"]
)
@pytest.mark.parametrize("stage", STAGES)
def test_the_stage_says_which_collectives_run(submission, reference, draw, stage):
    for dp in (2, 3, draw.int(4, 9), draw.int(10, 512)):
        agrees(submission, reference, dp * draw.int(1, 5000), dp, stage)
        agrees(submission, reference, dp * draw.int(1, 5000), dp, stage, **mixed(draw))


@pytest.mark.check("numerics", points=10, conventions=["own-dtype", "task", "rules"])
def test_gradients_and_parameters_have_their_own_bytes(submission, reference, draw):
    for stage in STAGES:
        dp = draw.int(2, 9)
        for sizes in ({"grad_bytes": 4}, {"param_bytes": 4}, {"param_bytes": 1, "grad_bytes": 4}, mixed(draw)):
            agrees(submission, reference, dp * draw.int(1, 999), dp, stage, **sizes)


@pytest.mark.check("numerics", points=5, conventions=["unused-zero"])
def test_one_rank_sends_nothing(submission, reference, draw):
    for stage in STAGES:
        for n in (1, draw.int(2, 10**6), LIMIT):
            agrees(submission, reference, n, 1, stage)
        agrees(submission, reference, draw.int(2, 10**6), 1, stage, **mixed(draw))


@pytest.mark.check("numerics", points=5, conventions=["ring"])
def test_a_shard_may_be_one_element(submission, reference, draw):
    for dp in (2, 49, draw.int(3, 99), draw.int(100, 5000)):
        for stage in STAGES:
            agrees(submission, reference, dp, dp, stage, **mixed(draw))


@pytest.mark.check("numerics", points=8, conventions=["exact-integers"])
def test_huge_models_are_exact_to_the_byte(submission, reference, draw):
    for stage in STAGES:
        for dp in (2, 3, 7, 49, draw.int(100, 999)):
            shard = (LIMIT - draw.int(0, 10**6)) // dp
            agrees(submission, reference, dp * shard, dp, stage)
            agrees(submission, reference, dp * (draw.int(10**9, shard) | 1), dp, stage, **mixed(draw))


@pytest.mark.check("numerics", points=8, conventions=["stage-0", "stages-1-2", "stage-3"])
def test_gives_the_volumes_of_the_zero_paper(submission):
    # Two elements per parameter at stages 0 to 2 and three at stage 3, less the share of 1 / dp that stays at home.
    n, dp = 7_500_000_000, 64
    for stage, gigabytes in zip(STAGES, (30, 30, 30, 45), strict=True):
        result = submission.zero_communication_bytes(n, dp, stage)
        if not isinstance(result, dict) or "total" not in result:
            fail(f"the result is {describe_value(result)}, expected a dict with the keys {', '.join(KEYS)}")
        what = f"the total of 7.5e9 parameters on 64 ranks at stage {stage}"
        assert_same(result["total"], gigabytes * 10**9 * 63 // 64, what=what)


# contract


@pytest.mark.check("contract", points=5, conventions=["positive-multiple"])
def test_refuses_parameters_that_dp_does_not_divide(submission, draw):
    for stage in STAGES:
        for dp in (2, draw.int(3, 9), draw.int(10, 512)):
            for n in (1, dp * draw.int(1, 99) + 1, dp * draw.int(1, 99) - 1):
                refuses(submission, n, dp, stage, f"dp = {dp} does not divide n_params = {n} (at stage {stage})")


@pytest.mark.check("contract", points=4, conventions=["positive-multiple"])
def test_refuses_less_than_one_parameter(submission, draw):
    for stage in STAGES:
        for dp in (1, draw.int(2, 9)):
            for n in (0, -dp, -dp * draw.int(2, 99)):
                refuses(submission, n, dp, stage, f"n_params is {n} (at stage {stage}, with dp = {dp})")


@pytest.mark.check("contract", points=5)
def test_refuses_less_than_one_rank(submission, draw):
    for stage in STAGES:
        for dp in (0, -1, -draw.int(2, 64)):
            refuses(submission, -dp * draw.int(1, 9) or 8, dp, stage, f"dp is {dp} (at stage {stage})")
        refuses(submission, -12, -4, stage, f"dp is -4 and n_params is -12 (at stage {stage})")


@pytest.mark.check("contract", points=4)
def test_refuses_other_stages(submission, draw):
    for stage in (-1, 4, -2, -3, -4, 5, draw.int(6, 99)):
        for dp in (1, draw.int(2, 9)):
            refuses(submission, dp * draw.int(1, 99), dp, stage, f"stage is {stage} (with dp = {dp})")


@pytest.mark.check("contract", points=1, conventions=["new-result"])
def test_earlier_results_stay_as_they_were(submission, reference, draw):
    dp = draw.int(2, 9)
    with submission.options(keep=True):
        held = submission.zero_communication_bytes(dp * 10, dp, 1)
    submission.zero_communication_bytes(dp * 25, dp, 3)
    expected = reference.zero_communication_bytes(dp * 10, dp, 1)
    assert_same(held.method("copy")(), expected, what="the first result, looked at after a second call")


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)
