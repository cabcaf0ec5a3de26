"""Hidden checks of swiglu. The oracle is the reference, in float64 where precision counts."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_close_in_half,
    assert_dtype,
    assert_finite,
    assert_global_random_untouched,
    assert_gradients_agree,
    assert_gradients_finite,
    assert_inputs_left_alone,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_same_direction,
    assert_shape,
)

NAMES = {"0": "x", "1": "w_gate", "2": "w_up", "3": "w_down"}


def inputs(draw, *shape, f, dtype=torch.float64, gate=1.0):
    """x [..., D] and the three weights; `gate` is about the size of the gates."""
    d = shape[-1]
    return (
        draw.normal(*shape, dtype=dtype),
        draw.normal(f, d, dtype=dtype, scale=gate * d**-0.5),
        draw.normal(f, d, dtype=dtype, scale=d**-0.5),
        draw.normal(d, f, dtype=dtype, scale=f**-0.5),
    )


def extreme_inputs(draw, dtype):
    """Entries of x are +-300; gates and up values reach 9900 in size (99 in float16), half of the gates below zero."""
    d, f, reach = 3, 4, 99.0 if dtype == torch.float16 else 9900.0
    x = torch.tensor([[1, 1, 1], [-1, -1, -1], [1, -1, 1], [0, 0, 1]]).to(dtype) * 300
    w_gate, w_up = (draw.uniform(f, d, low=0.9, high=0.99, dtype=torch.float64) * reach / (300 * d) for _ in range(2))
    signs = torch.tensor([[1.0], [-1.0], [1.0], [-1.0]])
    w_down = draw.uniform(d, f, low=0.01, high=0.02, dtype=torch.float64)
    return x, (w_gate * signs).to(dtype), w_up.to(dtype), w_down.to(dtype)


def wanting_grad(tensors):
    return tuple(tensor.clone().requires_grad_() for tensor in tensors)


# shape


@pytest.mark.check("shape", points=7, conventions=["any-leading-axes", "weights-out-in"])
def test_any_number_of_axes_keeps_its_shape(submission, draw):
    sizes = [((5,), 3), ((2, 5), 7), ((2, 3, 4), 6), ((2, 1, 3, 4), 4), ((1,), 1), ((1, 1, 1), 2), ((3, 1), 5)]
    for shape, f in sizes:
        what = f"the result for x {list(shape)} and F = {f}"
        assert_shape(submission.swiglu(*inputs(draw, *shape, f=f, dtype=torch.float32)), shape, what)


@pytest.mark.check("shape", points=4, conventions=["result-dtype"])
def test_result_has_the_inputs_dtype(submission, draw):
    for dtype in DTYPES:
        assert_dtype(submission.swiglu(*inputs(draw, 2, 3, 4, f=5, dtype=dtype)), dtype, f"the result for {dtype}")


@pytest.mark.check("shape", points=4)
def test_takes_any_memory_layout(submission, draw):
    x, w_gate, w_up, w_down = inputs(draw, 3, 4, 5, f=6)
    swapped = [w.t().contiguous().t() for w in (w_gate, w_up, w_down)]
    views = {
        "leading axes of x swapped": (x.transpose(0, 1).contiguous().transpose(0, 1), w_gate, w_up, w_down),
        "last axes of x swapped": (draw.non_contiguous(x), w_gate, w_up, w_down),
        "one row of x for all": (x[:, :1].expand(3, 4, 5), w_gate, w_up, w_down),
        "weights transposed in memory": (x, *swapped),
        "one row of each weight for all": (x, w_gate[:1].expand(6, 5), w_up[:1].expand(6, 5), w_down[:1].expand(5, 6)),
        "one lane of x for all": (x[..., :1].expand(3, 4, 5), w_gate[:, :1].expand(6, 5), w_up, w_down),
    }
    for name, args in views.items():
        copy = submission.swiglu(*(tensor.contiguous() for tensor in args))
        assert_shape(copy, (3, 4, 5))
        what = f"the result for views ({name}), against that for copies of them,"
        assert_close(submission.swiglu(*args), copy, what=what, relative=1e-5)


# numerics


@pytest.mark.check("numerics", points=14, conventions=["formula", "silu", "silu-on-gate", "weights-out-in", "task", "rules"])
@pytest.mark.parametrize(("shape", "f"), [((3, 4), 7), ((2, 3, 6), 3), ((2, 5, 5), 5), ((4,), 4), ((6, 1), 1)], ids=str)
def test_float64_matches(submission, reference, draw, shape, f):
    args = inputs(draw, *shape, f=f)
    what = f"the float64 result for x {list(shape)} and F = {f}"
    assert_close(submission.swiglu(*args), reference.swiglu(*args), what=what, relative=1e-10)


@pytest.mark.check("numerics", points=8, conventions=["silu", "nothing-clamped"])
@pytest.mark.parametrize("size", [0.1, 3.0, 15.0, 200.0])
def test_gates_of_any_size_match(submission, reference, draw, size):
    args = inputs(draw, 6, 4, f=5, gate=size)
    what = f"the float64 result for gates of size about {size}"
    assert_close(submission.swiglu(*args), reference.swiglu(*args), what=what, relative=1e-10)


@pytest.mark.check("numerics", points=3, conventions=["nothing-clamped"])
def test_up_values_of_any_size_match(submission, reference, draw):
    x, w_gate, w_up, w_down = inputs(draw, 6, 4, f=5)
    for size in (0.01, 20.0, 3000.0):
        args = x, w_gate, w_up * size, w_down
        what = f"the float64 result for up values of size about {size}"
        assert_close(submission.swiglu(*args), reference.swiglu(*args), what=what, relative=1e-10)


@pytest.mark.check("numerics", points=2, conventions=["silu-on-gate"])
def test_a_closed_gate_lets_nothing_through(submission, draw):
    # silu(0) is 0, whatever the up branch holds; an up branch of 0 leaves nothing either.
    x, w_gate, w_up, w_down = inputs(draw, 3, 4, f=5)
    for name, args in {"gate": (x, 0 * w_gate, w_up, w_down), "up branch": (x, w_gate, 0 * w_up, w_down)}.items():
        what = f"the result with a {name} of zeros"
        assert_same(submission.swiglu(*args), torch.zeros(3, 4, dtype=torch.float64), what=what)


@pytest.mark.check("numerics", points=3)
def test_float32_matches(submission, reference, draw):
    for size in (1.0, 10.0):
        args = inputs(draw, 2, 4, 8, f=6, dtype=torch.float32, gate=size)
        assert_close(submission.swiglu(*args), reference.swiglu(*args), relative=2e-5)


# finiteness


@pytest.mark.check("finiteness", points=10, conventions=["large-pre-activations"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_large_pre_activations_stay_finite(submission, reference, draw, dtype):
    args = extreme_inputs(draw, dtype)
    exact = reference.swiglu(*(tensor.double() for tensor in args))
    what = f"the {dtype} result for gates up to {'99' if dtype == torch.float16 else '9900'} in size"
    result = submission.swiglu(*args)
    assert_finite(result, what)
    tolerance = {torch.float64: 1e-10, torch.float32: 1e-5}.get(dtype, 16 * torch.finfo(dtype).eps)
    assert_close(result, exact.to(dtype), what=what, relative=tolerance)


# gradients


@pytest.mark.check("gradients", points=8, conventions=["formula", "silu-on-gate"])
@pytest.mark.parametrize(("shape", "f"), [((5,), 3), ((2, 3, 4), 6), ((3, 2, 1, 4), 4)], ids=str)
def test_gradients_of_all_four_inputs_agree(submission, reference, draw, shape, f):
    args = wanting_grad(inputs(draw, *shape, f=f, gate=2.0))
    assert_gradients_agree(submission.swiglu, reference.swiglu, *args, draw=draw, names=NAMES)


@pytest.mark.check("gradients", points=4, conventions=["large-pre-activations"])
def test_gradients_stay_finite_for_large_pre_activations(submission, reference, draw):
    for dtype in DTYPES:
        args = wanting_grad(extreme_inputs(draw, dtype))
        assert_gradients_finite(submission.swiglu, *args, draw=draw, reference=reference.swiglu)
        if dtype == torch.float64:
            assert_gradients_agree(submission.swiglu, reference.swiglu, *args, draw=draw, names=NAMES)


@pytest.mark.check("gradients", points=3)
def test_gradients_in_half_precision_point_the_right_way(submission, reference, draw):
    for dtype in HALF_DTYPES:
        args = wanting_grad(inputs(draw, 4, 6, f=8, dtype=dtype))
        assert_same_direction(submission.swiglu, reference.swiglu, *args, draw=draw, least_cosine=0.95)


# contract


@pytest.mark.check("contract", points=5)
def test_calls_do_not_influence_each_other(submission, draw):
    args = inputs(draw, 2, 3, 4, f=5)
    assert_shape(first := submission.swiglu(*args), (2, 3, 4))
    with submission.options(keep=True):
        held = submission.swiglu(*args)
    for shape, f, dtype in (((2, 3, 4), 5, torch.float64), ((5, 4), 5, torch.float32), ((3,), 2, torch.float16)):
        submission.swiglu(*inputs(draw, *shape, f=f, dtype=dtype))
    assert_same(held.method("clone")(), first, what="an earlier result after later calls")
    assert_same(submission.swiglu(*args), first, what="the result of the same call after others")


@pytest.mark.check("contract", points=7)
def test_leaves_its_inputs_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=3)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=3)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    args, row = inputs(draw, 2, 3, 4, f=5, dtype=torch.float32), inputs(draw, 4, f=3, dtype=torch.float32)
    expected = [reference.swiglu(*args), reference.swiglu(*row)]
    submission.swiglu(*args)
    assert_runs_on_gpu(submission, lambda gpu: [submission.swiglu(*args), submission.swiglu(*row)], expected)


@pytest.mark.check("gpu", points=2)
def test_half_precision_is_as_good_as_it_can_be(submission, reference, draw):
    for dtype in HALF_DTYPES:
        args = inputs(draw, 4, 8, f=6, dtype=dtype, gate=2.0)
        exact = reference.swiglu(*(tensor.double() for tensor in args))
        assert_close_in_half(submission.swiglu(*args), exact, reference.swiglu(*args))
