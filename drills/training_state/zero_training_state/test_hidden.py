"""Hidden checks of zero_training_state. Oracles: the reference, exact to the byte, and the ZeRO paper."""

import pytest

from grader.suite import assert_global_random_untouched, assert_refuses, assert_same, assert_type, describe_value, fail

KEYS = ("params", "grads", "optimizer", "total")
STAGES = (0, 1, 2, 3)
LIMIT = 10**13

# Table 1 of the ZeRO paper: GB per device at stages 1, 2 and 3, as printed there.
PAPER = [
    (7_500_000_000, 4, ("52.5", "41.3", "30")),
    (7_500_000_000, 16, ("35.6", "21.6", "7.5")),
    (7_500_000_000, 256, ("30.4", "15.4", "0.47")),
    (128_000_000_000, 1024, ("513.5", "257.75", "2")),
    (1_000_000_000_000, 4, ("7000", "5500", "4000")),
    (1_000_000_000_000, 1024, ("4011.7", "2013.7", "15.6")),
]


def sizes(draw):
    """Three different byte counts, none of them 12."""
    param, grad, optimizer = draw.distinct(3, 13, 40)
    return {"param_bytes": param, "grad_bytes": grad, "optimizer_bytes": optimizer}


def agrees(submission, reference, n, dp, stage, **bytes_per_param):
    """All four values are those of the reference, type included."""
    expected = reference.training_state_bytes(n, dp, stage, **bytes_per_param)
    assert_same(submission.training_state_bytes(n, dp, stage, **bytes_per_param), expected)


def total(submission, n, dp, stage):
    result = submission.training_state_bytes(n, dp, stage)
    if not isinstance(result, dict) or "total" not in result:
        fail(f"the result is {describe_value(result)}, expected a dict with the keys {', '.join(KEYS)}")
    assert_type(result["total"], int, 'the result["total"]')
    return result["total"]


# shape


@pytest.mark.check("shape", points=5, conventions=["exact-keys"])
def test_the_result_has_exactly_four_keys(submission, draw):
    for stage in STAGES:
        for n, dp in ((draw.int(50, 999), draw.int(2, 9)), (7, 1)):
            result = submission.training_state_bytes(n, dp, stage)
            if not isinstance(result, dict) or sorted(map(str, result)) != sorted(KEYS):
                fail(f"the result is {describe_value(result)}, expected a dict with the keys {', '.join(KEYS)}")


@pytest.mark.check("shape", points=5, conventions=["exact-integers"])
def test_every_value_is_an_int(submission, draw):
    cases = [(draw.int(50, 999), draw.int(2, 9)), (12, 4), (5, 1), (1, 8), (draw.int(10**11, LIMIT), 64)]
    for stage in STAGES:
        for n, dp in cases:
            result = submission.training_state_bytes(n, dp, stage)
            if not isinstance(result, dict):
                fail(f"the result is {describe_value(result)}, expected a dict")
            for key, value in result.items():
                assert_type(value, int, f'the result["{key}"] at stage {stage}')


# numerics


@pytest.mark.check("numerics", points=20, conventions=["optimizer-first", "then-gradients", "then-parameters", "task", "rules"])
@pytest.mark.parametrize("stage", STAGES)
def test_the_stage_says_what_is_sharded(submission, reference, draw, stage):
    # dp divides n_params here, so nothing but the stage is asked for.
    for dp in (2, draw.int(3, 9), draw.int(10, 512)):
        n = dp * draw.int(2, 5000)
        agrees(submission, reference, n, dp, stage)
        agrees(submission, reference, n, dp, stage, **sizes(draw))


@pytest.mark.check("numerics", points=12, conventions=["padded-shards", "elements-before-bytes"])
@pytest.mark.parametrize("stage", [1, 2, 3])
def test_shards_are_padded_to_whole_elements(submission, reference, draw, stage):
    for dp in (2, draw.int(3, 9), draw.int(10, 512)):
        whole = dp * draw.int(2, 5000)
        for rest in {1, dp - 1, draw.int(1, dp - 1)}:
            agrees(submission, reference, whole + rest, dp, stage, **sizes(draw))
        agrees(submission, reference, whole + 1, dp, stage)


@pytest.mark.check("numerics", points=6, conventions=["padded-shards", "elements-before-bytes"])
def test_more_ranks_than_parameters_hold_one_element_each(submission, reference, draw):
    few = draw.int(2, 9)
    for n, dp in ((1, 2), (1, draw.int(100, 5000)), (few, few + 1), (few, draw.int(1000, 10**6)), (few, 10**9)):
        for stage in (1, 2, 3):
            agrees(submission, reference, n, dp, stage, **sizes(draw))


@pytest.mark.check("numerics", points=3)
def test_one_rank_holds_everything_at_every_stage(submission, reference, draw):
    for n in (1, draw.int(2, 10**6)):
        for stage in STAGES:
            agrees(submission, reference, n, 1, stage, **sizes(draw))


@pytest.mark.check("numerics", points=6, conventions=["master-in-optimizer"])
def test_each_state_has_its_own_bytes(submission, reference, draw):
    for stage in STAGES:
        n, dp = draw.int(50, 9999), draw.int(2, 9)
        for name, size in sizes(draw).items():
            agrees(submission, reference, n, dp, stage, **{name: size})
        agrees(submission, reference, n, dp, stage, param_bytes=4, grad_bytes=4, optimizer_bytes=8)
        agrees(submission, reference, n, dp, stage, param_bytes=1, grad_bytes=1, optimizer_bytes=1)


@pytest.mark.check("numerics", points=4)
def test_zero_bytes_mean_that_a_state_is_absent(submission, reference, draw):
    names = list(sizes(draw))
    for stage in STAGES:
        n, dp = draw.int(50, 9999), draw.int(2, 9)
        for name in names:
            agrees(submission, reference, n, dp, stage, **{name: 0})
            agrees(submission, reference, n, dp, stage, **{**dict.fromkeys(names, 0), name: draw.int(1, 40)})
        agrees(submission, reference, n, dp, stage, **dict.fromkeys(names, 0))


@pytest.mark.check("numerics", points=5, conventions=["exact-integers"])
def test_huge_models_are_exact_to_the_byte(submission, reference, draw):
    for stage in STAGES:
        for dp in (1, 3, draw.int(100, 300), draw.int(2, 50000)):
            agrees(submission, reference, LIMIT - draw.int(0, 10**6), dp, stage, **sizes(draw))
        agrees(submission, reference, draw.int(2**31, 2**33) | 1, 8, stage)
        agrees(submission, reference, LIMIT, draw.int(7, 5000), stage)


@pytest.mark.check("numerics", points=4, conventions=["optimizer-first", "then-gradients", "then-parameters"])
def test_gives_the_figures_of_the_zero_paper(submission):
    n = 7_500_000_000
    for stage, exact in zip(STAGES, (120_000_000_000, 31_406_250_000, 16_640_625_000, 1_875_000_000), strict=True):
        assert_same(total(submission, n, 64, stage), exact, what=f"the total of 7.5e9 parameters at stage {stage}")
    for n, dp, printed in PAPER:
        for stage, text in zip((1, 2, 3), printed, strict=True):
            decimals = len(text.partition(".")[2])
            gigabytes = total(submission, n, dp, stage) / 1e9
            if abs(gigabytes - float(text)) > 0.51 * 10**-decimals:
                fail(f"{n:.3g} parameters at stage {stage} on {dp} ranks take {gigabytes:.6g} GB, expected {text}")


# contract


@pytest.mark.check("contract", points=5, conventions=["errors-at-every-stage"])
def test_refuses_less_than_one_parameter(submission, draw):
    for stage in STAGES:
        for n, dp in ((0, 1), (0, draw.int(2, 9)), (-draw.int(1, 10**6), draw.int(2, 9))):
            assert_refuses(submission.training_state_bytes, n, dp, stage, because=f"n_params is {n} (at stage {stage})")


@pytest.mark.check("contract", points=6, conventions=["errors-at-every-stage"])
def test_refuses_less_than_one_rank(submission, draw):
    for stage in STAGES:
        for dp in (0, -1, -draw.int(2, 64)):
            n = draw.int(1, 999)
            assert_refuses(submission.training_state_bytes, n, dp, stage, because=f"dp is {dp} (at stage {stage})")


@pytest.mark.check("contract", points=6)
def test_refuses_other_stages(submission, draw):
    for stage in (-1, 4, -2, -3, -4, 5, draw.int(6, 99)):
        for dp in (1, draw.int(2, 9)):
            n = draw.int(dp, 999)
            assert_refuses(submission.training_state_bytes, n, dp, stage, because=f"stage is {stage} (with dp = {dp})")


@pytest.mark.check("contract", points=2, conventions=["new-result"])
def test_earlier_results_stay_as_they_were(submission, reference, draw):
    n, dp = draw.int(100, 999), draw.int(2, 9)
    with submission.options(keep=True):
        held = submission.training_state_bytes(n, dp, 1)
    submission.training_state_bytes(n + 500, dp, 3)
    expected = reference.training_state_bytes(n, dp, 1)
    assert_same(held.method("copy")(), expected, what="the first result, looked at after a second call")


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)
