"""Hidden checks of rms_norm. The oracle is the reference, or the formula itself in float64."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_dtype,
    assert_finite,
    assert_global_random_untouched,
    assert_gradients_agree,
    assert_gradients_finite,
    assert_inputs_left_alone,
    assert_nothing_forbidden,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_same_direction,
    assert_shape,
    fail,
)

NAMES = {"0": "x", "1": "weight"}


def rows_of(draw, *shape, dtype=torch.float64, size=1.0):
    """Rows of different length whose mean is not 0."""
    lengths = draw.uniform(*shape[:-1], 1, low=0.3, high=2.0, dtype=torch.float64) * size
    return (draw.normal(*shape, dtype=torch.float64, mean=0.7) * lengths).to(dtype)


def weight_of(draw, width, dtype=torch.float64):
    """Far from 1, of both signs."""
    signs = 1 - 2 * draw.integers(width, low=0, high=2)
    return (draw.uniform(width, low=0.3, high=3.0, dtype=torch.float64) * signs).to(dtype)


def exactly(x, weight, eps):
    x, weight = x.double(), weight.double()
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight


def assert_rounded(actual, exact, dtype, steps, what, hint):
    """Off by at most this many rounding steps of the dtype, and a little for float32's own rounding."""
    assert_shape(actual, exact.shape, what)
    assert_dtype(actual, dtype, what)
    assert_finite(actual, what)
    step = torch.exp2(exact.abs().log2().floor()) * torch.finfo(dtype).eps
    off = float(((actual.detach().double() - exact).abs() / step).max())
    if off > steps + 0.02:
        fail(f"{what} is off by {off:.2f} rounding steps of {dtype}; {hint}")


# shape


@pytest.mark.check("shape", points=4, conventions=["any-leading-axes"])
def test_any_number_of_axes_keeps_its_shape(submission, draw):
    for shape in [(5,), (3, 5), (2, 3, 5), (2, 4, 3, 5), (1,), (1, 1), (3, 1), (1, 4), (1, 1, 6), (4, 4)]:
        x, weight = rows_of(draw, *shape, dtype=torch.float32), weight_of(draw, shape[-1], torch.float32)
        assert_shape(submission.rms_norm(x, weight), shape, f"the result for x {list(shape)}")


@pytest.mark.check("shape", points=3, conventions=["result-dtype"])
def test_result_has_the_inputs_dtype(submission, draw):
    for dtype in DTYPES:
        result = submission.rms_norm(rows_of(draw, 2, 3, 4, dtype=dtype), weight_of(draw, 4, dtype), eps=0.1)
        assert_shape(result, (2, 3, 4), f"the result for {dtype}")
        assert_dtype(result, dtype, f"the result for {dtype}")


@pytest.mark.check("shape", points=3)
def test_takes_any_memory_layout(submission, draw):
    x, weight = rows_of(draw, 3, 4, 5), weight_of(draw, 5)
    views = {
        "leading axes swapped": (rows_of(draw, 4, 3, 5).transpose(0, 1), weight),
        "last axes swapped": (rows_of(draw, 3, 5, 4).transpose(1, 2), weight_of(draw, 5)),
        "one row for all": (x[:, :1].expand(3, 4, 5), weight),
        "one lane for all": (x[..., :1].expand(3, 4, 5), weight[:1].expand(5)),
        "every other lane": (rows_of(draw, 3, 4, 10)[..., ::2], weight_of(draw, 10)[::2]),
    }
    for name, (view, factor) in views.items():
        copy = submission.rms_norm(view.contiguous(), factor.contiguous())
        assert_shape(copy, (3, 4, 5))
        what = f"the result for views ({name}), against that for copies of them,"
        assert_close(submission.rms_norm(view, factor), copy, what=what, relative=1e-5)


# numerics


@pytest.mark.check("numerics", points=12, conventions=["eps-inside-the-root", "no-mean-subtracted", "task", "rules"])
@pytest.mark.parametrize(("eps", "size"), [(0.1, 0.5), (4.0, 1.0), (1e-12, 1e-5), (1e-5, 3e-3)])
def test_the_formula_holds_for_every_eps(submission, draw, eps, size):
    x, weight = rows_of(draw, 2, 3, 5, size=size), weight_of(draw, 5)
    what = f"with eps={eps} and rows of size about {size}, the result"
    assert_close(submission.rms_norm(x, weight, eps=eps), exactly(x, weight, eps), what=what, relative=1e-12)


@pytest.mark.check("numerics", points=4, conventions=["eps-inside-the-root"])
def test_eps_is_1e_6_by_default(submission, draw):
    x, weight = rows_of(draw, 4, 5, size=1e-3), weight_of(draw, 5)
    what = "with no eps given and rows of size about 0.001, the result"
    assert_close(submission.rms_norm(x, weight), exactly(x, weight, 1e-6), what=what, relative=1e-12)


@pytest.mark.check("numerics", points=5, conventions=["any-leading-axes"])
def test_every_row_has_its_own_mean(submission, draw):
    # Rows are of very different length; as many rows as lanes, so that a mean along another axis fits, too.
    for shape in ((4, 4), (3, 3, 3), (2, 3, 1, 4)):
        x = rows_of(draw, *shape) * torch.exp(draw.normal(*shape[:-1], 1, dtype=torch.float64, scale=2.0))
        weight = weight_of(draw, shape[-1])
        result, expected = submission.rms_norm(x, weight, eps=1e-9), exactly(x, weight, 1e-9)
        assert_shape(result, shape)
        for number, (ours, right) in enumerate(
            zip(result.reshape(-1, shape[-1]), expected.reshape(-1, shape[-1]), strict=True)
        ):
            assert_close(ours, right, what=f"row {number} of the result for x {list(shape)}", relative=1e-11)


@pytest.mark.check("numerics", points=2)
def test_one_lane_is_enough(submission, draw):
    x, weight = rows_of(draw, 6, 1), weight_of(draw, 1)
    what = "the result for rows of one lane, x / sqrt(x^2 + eps) * weight,"
    assert_close(submission.rms_norm(x, weight, eps=0.5), exactly(x, weight, 0.5), what=what, relative=1e-12)


@pytest.mark.check("numerics", points=4, conventions=["float64-stays"])
def test_float64_keeps_its_digits(submission, draw):
    for shape in ((7,), (3, 33)):
        x, weight = rows_of(draw, *shape), weight_of(draw, shape[-1])
        result = submission.rms_norm(x, weight, eps=0.1)
        what = f"the float64 result for x {list(shape)}"
        assert_close(result, exactly(x, weight, 0.1), what=what, relative=1e-12)


@pytest.mark.check("numerics", points=3)
def test_float32_matches(submission, draw):
    for eps, size in ((1e-6, 1e-3), (0.1, 1.0), (1e-6, 100.0)):
        x, weight = rows_of(draw, 3, 4, 9, dtype=torch.float32, size=size), weight_of(draw, 9, torch.float32)
        what = f"the float32 result with eps={eps} and rows of size about {size}"
        assert_close(submission.rms_norm(x, weight, eps=eps), exactly(x, weight, eps).float(), what=what, relative=1e-5)


# finiteness


@pytest.mark.check("finiteness", points=4, conventions=["zero-row"])
def test_rows_of_zeros_give_zeros(submission, draw):
    for dtype in DTYPES:
        for eps in (1e-6, 1e-12):
            x, weight = rows_of(draw, 3, 4, dtype=dtype), weight_of(draw, 4, dtype)
            x[1 if eps == 1e-6 else slice(None)] = 0.0
            result = submission.rms_norm(x, weight, eps=eps)
            assert_shape(result, (3, 4))
            assert_finite(result, f"the result for a row of zeros in {dtype} with eps={eps}")
            assert_same(result[1], torch.zeros(4, dtype=dtype), what=f"a row of zeros in {dtype} with eps={eps}")


@pytest.mark.check("finiteness", points=3)
def test_large_entries_stay_finite(submission, reference, draw):
    for dtype in DTYPES:
        signs = 1 - 2 * draw.integers(3, 9, low=0, high=2)
        x, weight = (signs * 300.0).to(dtype), weight_of(draw, 9, dtype)
        what = f"the result for entries of +-300 in {dtype}"
        result = submission.rms_norm(x, weight)
        assert_finite(result, what)
        assert_close(result, reference.rms_norm(x, weight), what=what, relative=max(1e-5, 4 * torch.finfo(dtype).eps))
        args = x.requires_grad_(), weight.requires_grad_()
        assert_gradients_finite(submission.rms_norm, *args, draw=draw, reference=reference.rms_norm)


@pytest.mark.check("finiteness", points=3, conventions=["zero-row"])
def test_gradients_stay_finite_for_zeros_and_single_lanes(submission, reference, draw):
    for dtype, eps in ((torch.float64, 1e-12), (torch.float32, 1e-12), (torch.bfloat16, 1e-6)):
        for shape in ((3, 4), (3, 1)):
            x = rows_of(draw, *shape, dtype=dtype)
            x[1] = 0.0
            args = x.requires_grad_(), weight_of(draw, shape[1], dtype).requires_grad_()
            assert_gradients_finite(submission.rms_norm, *args, eps=eps, draw=draw, reference=reference.rms_norm)


# gradients


@pytest.mark.check("gradients", points=6, conventions=["eps-inside-the-root"])
@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (2, 1, 3, 3)], ids=str)
def test_gradients_of_x_and_weight_agree(submission, reference, draw, shape):
    for eps in (0.1, 1e-6):
        args = rows_of(draw, *shape).requires_grad_(), weight_of(draw, shape[-1]).requires_grad_()
        assert_gradients_agree(submission.rms_norm, reference.rms_norm, *args, eps=eps, draw=draw, names=NAMES)


@pytest.mark.check("gradients", points=1, conventions=["zero-row"])
def test_the_gradient_of_a_row_of_zeros_is_weight_over_root_eps(submission, reference, draw):
    x = rows_of(draw, 3, 4)
    x[1] = 0.0
    args = x.requires_grad_(), weight_of(draw, 4)
    assert_gradients_agree(submission.rms_norm, reference.rms_norm, *args, eps=1e-4, draw=draw, names=NAMES)


@pytest.mark.check("gradients", points=3)
def test_gradients_in_half_precision_point_the_right_way(submission, reference, draw):
    for dtype in HALF_DTYPES:
        args = rows_of(draw, 4, 6, dtype=dtype).requires_grad_(), weight_of(draw, 6, dtype).requires_grad_()
        assert_same_direction(submission.rms_norm, reference.rms_norm, *args, eps=0.1, draw=draw, least_cosine=0.95)


# contract


@pytest.mark.check("contract", points=3)
def test_calls_do_not_influence_each_other(submission, draw):
    x, weight = rows_of(draw, 2, 3, 4), weight_of(draw, 4)
    first = submission.rms_norm(x, weight, eps=0.1)
    with submission.options(keep=True):
        held = submission.rms_norm(x, weight, 0.1)
    for other in (rows_of(draw, 2, 3, 4), rows_of(draw, 5, 4, dtype=torch.float16), rows_of(draw, 3, 7)):
        submission.rms_norm(other, weight_of(draw, other.shape[-1], other.dtype))
    assert_same(held.method("clone")(), first, what="an earlier result after later calls")
    assert_same(submission.rms_norm(x, weight, eps=0.1), first, what="the result of the same call after others")


@pytest.mark.check("contract", points=3)
def test_inputs_may_require_grad(submission, reference, draw):
    for dtype in (torch.float32, torch.float16):
        x, weight = rows_of(draw, 2, 4, dtype=dtype).requires_grad_(), weight_of(draw, 4, dtype).requires_grad_()
        assert_close(submission.rms_norm(x, weight), reference.rms_norm(x, weight), relative=8e-3)


@pytest.mark.check("contract", points=3)
def test_forbids_the_librarys_norm(submission):
    assert_nothing_forbidden(submission)


@pytest.mark.check("contract", points=4)
def test_leaves_its_inputs_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=2)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=4)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    args = rows_of(draw, 2, 3, 4, dtype=torch.float32), weight_of(draw, 4, torch.float32)
    expected = reference.rms_norm(*args, eps=0.1)
    assert_runs_on_gpu(submission, lambda gpu: submission.rms_norm(*args, eps=0.1), expected)


@pytest.mark.check("gpu", points=7, conventions=["float32-inside", "precision"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_mean_and_division_are_done_in_float32(submission, draw, dtype):
    # The weights are powers of two, so the only rounding is the one back to the dtype.
    hint = "with the mean and the division in float32 it is half a step"
    weight = torch.exp2(draw.integers(9, low=-1, high=3)).to(dtype)
    for size, eps in ((1.0, 1e-6), (150.0, 1e-6), (1e-4, 1e-12), (0.1, 0.01)):
        signs = 1 - 2 * draw.integers(8, 9, low=0, high=2)
        x = (draw.uniform(8, 9, low=0.5, high=2.0, dtype=torch.float64) * signs * size).to(dtype)
        what = f"the result for rows of size about {size} with eps={eps}"
        assert_rounded(submission.rms_norm(x, weight, eps=eps), exactly(x, weight, eps), dtype, 0.5, what, hint)


@pytest.mark.check("gpu", points=4, conventions=["weight-order-open", "float32-inside"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_any_weight_costs_one_more_rounding_at_most(submission, draw, dtype):
    x, weight = draw.uniform(6, 9, low=0.5, high=2.0, dtype=dtype), weight_of(draw, 9, dtype)
    x[:, draw.int(0, 8)] = 300.0
    hint = "a cast before the weight and one after it leave at most one and a half"
    what = "the result for rows with one entry of 300"
    assert_rounded(submission.rms_norm(x, weight), exactly(x, weight, 1e-6), dtype, 1.5, what, hint)
