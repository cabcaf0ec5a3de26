"""Hidden checks of top_k_filter. The oracle counts the larger logits of a row: one stays if fewer than k are larger."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    assert_close,
    assert_dtype,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_shape,
    fail,
    gradients,
)

LOWEST = float("-inf")


def expected(logits, k):
    logits = logits.detach()
    larger = (logits.unsqueeze(-2) > logits.unsqueeze(-1)).sum(-1)
    return torch.where(larger < k, logits, LOWEST)


def assert_filtered(submission, logits, k):
    assert_same(submission.top_k_filter(logits, k), expected(logits, k), what=f"the result for k = {k}")


def distinct_rows(draw, *shape, dtype=torch.float32):
    """Rows of whole numbers without ties, each row at a level of its own."""
    count = torch.Size(shape[:-1]).numel()
    rows = torch.stack([draw.permutation(shape[-1]) for _ in range(count)]) + draw.integers(count, 1, low=-40, high=40)
    return rows.reshape(shape).to(dtype)


# numerics


@pytest.mark.check("numerics", points=8, conventions=["dropped-are-minus-inf", "kept-are-unchanged", "task"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_keeps_the_k_largest(submission, draw, dtype):
    for k in (1, 2, 3, 6):
        assert_filtered(submission, draw.normal(4, 7, dtype=dtype, scale=3.0), k)


@pytest.mark.check("numerics", points=8, conventions=["ties-all-stay", "counted-with-multiplicity"])
def test_every_tie_with_the_kth_largest_stays(submission, draw):
    for values in (
        [1, 2, 2, 2, 3], [5, 5, 5, 5, 5], [3, 3, 2, 1, 0], [4, 4, 4, 2, 2], [0, 0, 0, 0, 1], [2, 1, 1, 1, 1], [0, -1, -1, -2, 0]
    ):  # fmt: skip
        logits = torch.stack([torch.tensor(values)[draw.permutation(5)] for _ in range(3)]).float()
        for k in (1, 2, 3, 4):
            assert_filtered(submission, logits, k)


@pytest.mark.check("numerics", points=6, conventions=["ties-all-stay", "counted-with-multiplicity"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_repeated_logits_are_counted_one_by_one(submission, draw, dtype):
    logits = draw.integers(6, 12, low=-3, high=4).to(dtype)
    for k in (2, 4, 7, 11):
        assert_filtered(submission, logits, k)
    for k in (60, 300):
        assert_filtered(submission, draw.normal(2, 700, dtype=dtype), k)


@pytest.mark.check("numerics", points=6, conventions=["k-above-v-changes-nothing"])
def test_k_of_v_and_more_changes_nothing(submission, draw):
    for shape in ((5,), (3, 4), (1,), (2, 1), (2, 2, 3)):
        logits = draw.normal(*shape, dtype=draw.choice(DTYPES))
        for k in (shape[-1], shape[-1] + 1, 1000):
            assert_same(submission.top_k_filter(logits, k), logits, what=f"the result for k = {k} and V = {shape[-1]}")
    assert_filtered(submission, draw.normal(1, 1500), 1200)


@pytest.mark.check("numerics", points=4, conventions=["compared-in-own-dtype"])
def test_logits_are_compared_in_their_own_dtype(submission, draw):
    steps = torch.arange(6, dtype=torch.float64)
    for dtype, base, step in (
        (torch.float64, 1.0, 1e-12), (torch.float64, -9e3, 1e-10), (torch.float64, 0.0, 1e-50),
        (torch.float32, 1.0, 2.0**-23), (torch.float32, -300.0, 2.0**-15), (torch.float32, 0.0, 1e-12),
        (torch.bfloat16, 2.0, 2.0**-6), (torch.float16, 2.0, 2.0**-9), (torch.float16, 0.0, 2.0**-24),
    ):  # fmt: skip
        far = torch.tensor([100.0 if dtype == torch.float16 else 9984.0], dtype=torch.float64)
        near = base + step * steps
        rows = (near[draw.permutation(6)], torch.cat((near[1:], far))[draw.permutation(6)])
        for k in (1, 4):
            assert_filtered(submission, torch.stack(rows).to(dtype), k)


@pytest.mark.check("numerics", points=4)
def test_every_row_has_its_own_threshold(submission, draw):
    levels = torch.tensor([-90.0, 0.0, 5.0, 80.0]).reshape(4, 1)
    for width in (4, 6):
        logits = distinct_rows(draw, 4, width) + levels[draw.permutation(4)]
        for k in (1, 3):
            assert_filtered(submission, logits, k)
            assert_filtered(submission, logits.reshape(2, 2, width), k)


@pytest.mark.check("numerics", points=4, conventions=["dropped-are-minus-inf"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_takes_logits_of_any_size(submission, draw, dtype):
    reach = 100.0 if dtype == torch.float16 else 9984.0
    logits = distinct_rows(draw, 2, 8, dtype=dtype) / 50 * reach
    logits[0, draw.permutation(8)[:3]] = LOWEST
    low = distinct_rows(draw, 1, 8, dtype=dtype).clamp(min=-7) - reach
    logits = torch.cat((logits, low, -low, torch.full((1, 8), LOWEST).where(torch.arange(8) > 0, low)))
    for k in (1, 4, 7):
        assert_filtered(submission, logits, k)
    assert_filtered(submission, logits, 8)


# shape


@pytest.mark.check("shape", points=6, conventions=["dtype-and-device-of-logits", "inputs"])
def test_any_leading_dimensions(submission, draw):
    shapes = [(6,), (1,), (1, 1), (1, 5), (4, 1), (4, 4), (2, 3, 5), (3, 1, 4), (3, 3, 3), (1, 2, 5), (2, 1, 3, 4)]
    for shape in shapes:
        for k in (1, 2):
            assert_filtered(submission, distinct_rows(draw, *shape), k)


@pytest.mark.check("shape", points=4, conventions=["dtype-and-device-of-logits"])
def test_result_has_the_dtype_of_the_logits(submission, draw):
    for dtype in DTYPES:
        for k in (2, 5, 6):
            result = submission.top_k_filter(draw.normal(2, 5, dtype=dtype), k)
            assert_shape(result, (2, 5), f"the result for k = {k}")
            assert_dtype(result, dtype, f"the result for k = {k}")


@pytest.mark.check("shape", points=5)
def test_takes_any_memory_layout(submission, draw):
    base = distinct_rows(draw, 4, 3, 6)
    layouts = [
        draw.non_contiguous(base),
        base.permute(1, 0, 2),
        distinct_rows(draw, 3, 4, 6).permute(2, 0, 1),
        draw.non_contiguous(base[0]),
        draw.non_contiguous(base[0, 0]),
        base[0, :1].expand(4, 6),
        base[:, :1].expand(4, 2, 6),
        draw.normal(2, 1).expand(2, 5),
        base[:, :, ::2],
    ]
    for logits in layouts:
        for k in (2, 6):
            assert_filtered(submission, logits, k)


# gradients


@pytest.mark.check("gradients", points=10, conventions=["kept-are-unchanged"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_kept_logits_pass_their_gradient_on(submission, draw, dtype):
    for k, shape in ((2, (3, 6)), (1, (7,)), (6, (3, 6)), (9, (2, 2, 5)), (3, (2, 2, 5))):
        logits = draw.integers(*shape, low=-4, high=5).to(dtype).requires_grad_()
        wanted = expected(logits, k)
        # What flows to a dropped entry has nothing to pass on: it stays -inf whatever its logit does.
        cotangent = torch.where(wanted == LOWEST, 0.0, draw.normal(*shape, dtype=dtype))
        flow = gradients(submission.top_k_filter, logits, k, cotangents=[cotangent])["0"]
        if flow is None:
            fail(f"no gradient reaches the logits for k = {k}")
        assert_close(flow, cotangent, what=f"the gradient of the logits for k = {k}")
        assert_filtered(submission, logits, k)


# contract


@pytest.mark.check("contract", points=7)
def test_refuses_k_below_one(submission, draw):
    for logits in (draw.normal(2, 5), draw.normal(4, dtype=torch.bfloat16), draw.normal(1)):
        for k in (0, -1, -5):
            assert_refuses(submission.top_k_filter, logits, k, because=f"k = {k} is below 1")


@pytest.mark.check("contract", points=7, conventions=["result-is-a-copy"])
def test_leaves_its_inputs_alone(submission, draw):
    for logits in (draw.normal(2, 6), draw.normal(1, dtype=torch.float64), draw.normal(3, 2, 5, dtype=torch.float16)):
        for k in (1, logits.shape[-1], logits.shape[-1] + 1):
            submission.top_k_filter(logits, k)
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=1)
def test_draws_nothing_from_the_global_random_state(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=10, conventions=["dtype-and-device-of-logits"])
@pytest.mark.parametrize("k", [1, 3, 6, 8])
def test_everything_lies_on_the_logits_device(submission, draw, k):
    logits = draw.integers(3, 6, low=0, high=5).float()
    what = f"the result for k = {k}"
    assert_runs_on_gpu(submission, lambda gpu: submission.top_k_filter(logits, k), expected(logits, k), what=what)
