"""Hidden checks of top_k_router. The oracle is a float64 softmax over the logits that are kept, whichever tie was taken."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_dtype,
    assert_finite,
    assert_global_random_untouched,
    assert_gradients_agree,
    assert_gradients_finite,
    assert_inputs_left_alone,
    assert_refuses,
    assert_results_not_aliased,
    assert_same_direction,
    assert_shape,
    describe_value,
    fail,
    on_simulated_gpu,
)
from grader.suite.placement import assert_placed

F64, F32, BF16, F16 = DTYPES
# Relative to each weight: in half precision the one rounding at the end, which float32 inside leaves, and a little.
TOLERANCE = {F64: 2e-13, F32: 5e-6, BF16: 1.1 * 2**-8, F16: 1.1 * 2**-11}
# Below this a weight is as good as zero (float16 goes over to a fixed step there).
SMALL = {F64: 1e-290, F32: 1e-30, BF16: 1e-30, F16: 1e-4}
WEIGHTS = {"0": "the logits"}


def route(submission, logits, k):
    """(weights, experts) of their right shapes, experts int64."""
    result = submission.top_k_router(logits, k)
    if not isinstance(result, tuple) or len(result) != 2:
        fail(f"the result is {describe_value(result)}, expected the tuple (weights, experts)")
    weights, experts = result
    assert_shape(weights, (logits.shape[0], k), "weights")
    assert_shape(experts, (logits.shape[0], k), "experts")
    assert_dtype(experts, torch.int64, "experts")
    return weights, experts


def numbers(values):
    digits = 12 if values.dtype == F64 else 6
    return ", ".join(f"{float(value):.{digits}g}" for value in values[:8]) + (", ..." if len(values) > 8 else "")


def check_experts(logits, k, experts):
    """Each row names the k largest logits, largest first; ties are free."""
    n_experts = logits.shape[1]
    if experts.min() < 0 or experts.max() >= n_experts:
        fail(f"experts holds {int(experts.min())}..{int(experts.max())}, expected columns in 0..{n_experts - 1}")
    best = logits.detach().topk(k).values
    kept = logits.detach().gather(1, experts)
    for row in range(logits.shape[0]):
        if experts[row].unique().numel() < k:
            fail(f"row {row} names an expert twice: {experts[row].tolist()[:20]}")
        if not torch.equal(kept[row], best[row]):
            fail(
                f"the experts of row {row} have the logits {numbers(kept[row])}; the {k} largest, largest first, are "
                f"{numbers(best[row])}"
            )


def check(submission, logits, k, what=""):
    """Everything that holds for one call."""
    weights, experts = route(submission, logits, k)
    assert_dtype(weights, logits.dtype, "weights")
    assert_finite(weights, "weights")
    check_experts(logits, k, experts)
    kept = logits.detach().double().gather(1, experts)
    expected, got = kept.softmax(1), weights.detach().double()
    # A difference of two logits is only as exact as they are.
    size = float(logits.detach().abs().max())
    relative = TOLERANCE[logits.dtype] + 8 * torch.finfo(F64 if logits.dtype == F64 else F32).eps * size
    wrong = (got - expected).abs() > relative * expected.clamp(min=SMALL[logits.dtype])
    if wrong.any():
        row, place = (int(i) for i in wrong.nonzero()[0])
        fail(
            f"weight {place} of row {row} is {got[row, place]:.12g}, expected {expected[row, place]:.12g}{what}: the kept "
            f"logits are {numbers(kept[row])} ({int(wrong.sum())} of {wrong.numel()} weights are wrong)"
        )


@pytest.mark.check("numerics", points=8, conventions=["softmax-over-kept", "largest-first", "task", "rules", "corners"])
@pytest.mark.parametrize("dtype", [F64, F32], ids=str)
def test_weights_are_a_softmax_over_the_kept_logits(submission, draw, dtype):
    for n, n_experts, k in ((5, 7, 3), (1, 6, 2), (4, 4, 4), (3, 9, 8), (2, 300, 5), (6, 3, 2)):
        check(submission, draw.normal(n, n_experts, scale=2.0, dtype=dtype), k)


@pytest.mark.check("numerics", points=4, conventions=["one-expert-weight-one"])
def test_a_single_expert_has_weight_one(submission, draw):
    for dtype in DTYPES:
        for n, n_experts in ((4, 6), (3, 1), (1, 5)):
            check(submission, draw.normal(n, n_experts, mean=-1.0, dtype=dtype), 1, " with k = 1")


@pytest.mark.check("numerics", points=3, conventions=["distinct-experts"])
def test_signs_of_the_logits_do_not_matter(submission, draw):
    for mean in (-6.0, 6.0, -0.5):
        check(submission, draw.normal(4, 8, mean=mean, dtype=F64), 5)
    check(submission, -draw.uniform(4, 8, low=0.1, high=2.0), 8)


@pytest.mark.check("numerics", points=3, conventions=["largest-first"])
def test_experts_go_by_their_logits_and_not_by_rounded_probabilities(submission, draw):
    # Far below the largest logit every probability underflows to 0, and the order is lost.
    for dtype in DTYPES:
        steps = torch.tensor([90.0, -30.0, -60.0, -90.0, -95.0, -99.0] if dtype == F16 else
                             [900.0, 0.0, -200.0, -500.0, -700.0, -900.0], dtype=dtype)  # fmt: skip
        check(submission, torch.stack([steps[draw.permutation(6)] for _ in range(4)]), 4)


@pytest.mark.check("numerics", points=3, conventions=["softmax-over-kept"])
def test_every_row_is_routed_by_itself(submission, draw):
    shift = torch.tensor([[0.0], [-400.0], [900.0], [30.0], [-20.0]], dtype=F64)
    check(submission, draw.normal(5, 8, dtype=F64) + shift, 3)
    check(submission, draw.normal(4, 8, dtype=F64) * torch.tensor([[1e-6], [1.0], [1e-3], [10.0]], dtype=F64), 4)


@pytest.mark.check("numerics", points=3, conventions=["softmax-over-kept"])
@pytest.mark.parametrize("dtype", [F64, F32, BF16], ids=str)
def test_very_low_logits_are_kept_alone(submission, draw, dtype):
    # Near -1e4, where a large negative number in place of minus infinity is no mask. bfloat16 has steps of 64 there.
    spread = 64.0 * draw.integers(4, 8, low=-1, high=2).double() if dtype == BF16 else draw.normal(4, 8, dtype=F64)
    check(submission, (spread - 9984.0).to(dtype), 3)


@pytest.mark.check("numerics", points=3, conventions=["ties-free"])
def test_ties_are_cut_to_k(submission, draw):
    tied = torch.tensor([[1.0, 2.0, 2.0, 2.0, 0.0, 2.0], [3.0, -1.0, -1.0, -1.0, -1.0, -1.0]])
    for dtype in DTYPES:
        check(submission, tied[:, draw.permutation(6)].to(dtype), 3, " where logits tie")
        check(submission, torch.full((2, 5), draw.choice([0.0, -2.0, 7.0]), dtype=dtype), 2, " where logits tie")


@pytest.mark.check("numerics", points=3, conventions=["float64-stays"])
def test_float64_keeps_its_digits(submission, draw):
    # Logits that differ by less than float32 can tell.
    rank = draw.permutation(8).double()
    check(submission, (3.0 + 1e-9 * rank).expand(3, 8), 4)
    check(submission, draw.normal(3, 8, dtype=F64, scale=8.0), 4)


@pytest.mark.check("shape", points=4)
def test_results_have_k_columns(submission, draw):
    for n, n_experts, k in ((5, 4, 2), (3, 5, 1), (1, 4, 3), (1, 1, 1), (4, 1, 1), (1, 6, 1), (3, 3, 3)):
        route(submission, draw.normal(n, n_experts), k)


@pytest.mark.check("shape", points=6, conventions=["inputs"])
def test_weights_have_the_dtype_of_the_logits(submission, draw):
    for dtype in DTYPES:
        for k in (1, 2, 5):
            weights, _ = route(submission, draw.normal(3, 5, dtype=dtype), k)
            assert_dtype(weights, dtype, "weights")


@pytest.mark.check("finiteness", points=10)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_large_logits_are_routed_right(submission, draw, dtype):
    reach = 100.0 if dtype == F16 else 1e4
    for low, high in ((0.99, 1.0), (-1.0, -0.99), (-1.0, 1.0), (0.05, 0.1)):
        check(submission, draw.uniform(4, 8, low=low * reach, high=high * reach, dtype=dtype), 3)
    spread = torch.tensor([[1.0, 0.5, 0.0, -0.5, -1.0]], dtype=dtype) * reach
    check(submission, spread[:, draw.permutation(5)], 4)


@pytest.mark.check("gradients", points=4)
def test_gradient_is_that_of_the_softmax(submission, reference, draw):
    for n, n_experts, k in ((4, 7, 3), (1, 5, 5), (3, 6, 2)):
        logits = draw.normal(n, n_experts, dtype=F64, scale=1.5, requires_grad=True)
        subjects = submission.top_k_router, reference.top_k_router
        assert_gradients_agree(*subjects, logits, k, draw=draw, relative=1e-9, names=WEIGHTS)
    logits = draw.normal(4, 8, requires_grad=True)
    assert_gradients_agree(submission.top_k_router, reference.top_k_router, logits, 3, draw=draw, names=WEIGHTS)


@pytest.mark.check("gradients", points=2)
def test_gradient_stays_right_for_large_logits(submission, reference, draw):
    subjects = submission.top_k_router, reference.top_k_router
    for mean in (900.0, -900.0, -9984.0):
        logits = draw.normal(3, 6, dtype=F64, mean=mean, requires_grad=True)
        assert_gradients_agree(*subjects, logits, 3, draw=draw, relative=1e-7, names=WEIGHTS)
    for dtype in DTYPES:
        reach = 100.0 if dtype == F16 else 1e4
        logits = torch.tensor([[0.5, -1.0, 1.0, 0.99, -0.99, -0.25], [-1.0] * 6], dtype=dtype) * reach
        assert_gradients_finite(subjects[0], logits.requires_grad_(), 4, draw=draw, reference=subjects[1])


@pytest.mark.check("gradients", points=2, conventions=["one-expert-weight-one"])
def test_a_single_expert_gives_no_gradient(submission, draw):
    logits = draw.normal(4, 6, dtype=F64, requires_grad=True)
    outcome = submission.top_k_router.observe(logits, 1, cotangents=[draw.normal(4, 1, dtype=F64)])
    gradient = (outcome.gradients or {}).get("0")
    if gradient is not None and not bool((gradient.abs() < 1e-12).all()):
        fail(f"the gradient of the logits is {float(gradient.abs().max()):.3g} in size with k = 1, expected 0")


@pytest.mark.check("gradients", points=2)
def test_half_precision_gradients_point_the_right_way(submission, reference, draw):
    for dtype in HALF_DTYPES:
        logits = 0.5 * torch.stack([draw.permutation(8) for _ in range(4)]).to(dtype) - 2.0
        subjects = submission.top_k_router, reference.top_k_router
        assert_same_direction(*subjects, logits.requires_grad_(), 4, draw=draw)


@pytest.mark.check("gpu", points=6, conventions=["float32-for-half"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_precision_is_rounded_once(submission, draw, dtype):
    for k, scale in ((8, 3.0), (20, 5.0), (14, 4.0)):
        check(submission, draw.normal(12, 24, dtype=dtype, scale=scale), k, f" ({dtype} is to be rounded once, at the end)")


@pytest.mark.check("gpu", points=4)
def test_everything_lies_on_the_inputs_device(submission, draw):
    with on_simulated_gpu(submission):
        for dtype in (F64, BF16):
            for k in (1, 3, 6):
                check(submission, draw.normal(4, 6, dtype=dtype), k, " on a GPU")
                assert_placed(submission)


@pytest.mark.check("contract", points=8, conventions=["k-checked"])
def test_refuses_a_k_that_is_out_of_range(submission, draw):
    for n_experts, ks in ((4, (0, -1, 5, 9, -4)), (1, (0, 2, -1))):
        for k in ks:
            because = f"k is {k} with {n_experts} expert{'s' * (n_experts > 1)}"
            assert_refuses(submission.top_k_router, draw.normal(3, n_experts), k, because=because)


@pytest.mark.check("contract", points=6)
def test_takes_any_memory_layout(submission, draw):
    for k in (1, 3):
        check(submission, draw.non_contiguous(draw.normal(4, 6, dtype=F64)), k)
        check(submission, draw.normal(1, 6, dtype=F64).expand(4, 6), k)
        check(submission, draw.normal(4, 12, dtype=F64)[:, ::2], k)
        check(submission, draw.normal(4, 1, dtype=F64).expand(4, 6), k)


@pytest.mark.check("contract", points=2)
def test_logits_may_require_grad(submission, draw):
    for k in (1, 2, 6):
        check(submission, draw.normal(4, 6, dtype=F64, requires_grad=True), k)
        check(submission, draw.normal(1, 6, requires_grad=True), k)


@pytest.mark.check("contract", points=4)
def test_leaves_inputs_and_global_random_state_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)
    assert_global_random_untouched(submission)
