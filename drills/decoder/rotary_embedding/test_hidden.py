"""Hidden checks of rotary_embedding. The oracle is the reference in float64, whatever the dtype of x."""

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
    assert_inputs_left_alone,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_same_direction,
    assert_shape,
    fail,
)


def some_positions(draw, *shape, most=100_000):
    """In any order, of every size; the largest is there."""
    positions = draw.integers(*shape, low=1, high=most)
    positions[..., -1] = most
    return positions[..., draw.permutation(shape[-1])]


def assert_rotated(result, reference, x, positions, what, **base):
    """Near to the exact rotation: 1e-9 in float64, else a few roundings and what float32 angles cost at a position."""
    exact = reference.apply_rope(x.detach().double(), positions, **base)
    assert_shape(result, x.shape, what)
    assert_dtype(result, x.dtype, what)
    assert_finite(result, what)
    where = positions if positions.dim() == 1 else positions[:, None]  # [S] or [B, 1, S]
    allowed = 1e-9 if x.dtype == torch.float64 else 4 * torch.finfo(x.dtype).eps + 5e-7 * where[..., None].double()
    error = (result.detach().double() - exact).abs()
    excess = error - allowed * float(x.detach().abs().max())
    if (excess > 0).any():
        place = torch.unravel_index(excess.argmax(), excess.shape)
        position, spot = int(where.expand(x.shape[:3])[place[:3]]), [int(index) for index in place]
        fail(
            f"{what} is off by {float(error[place]):.2g} at {spot}, lane {spot[3]} of {x.shape[3]}, position {position}"
            f": {float(result[place]):.6g}, expected {float(exact[place]):.6g} "
            f"({int((excess > 0).sum())} of {excess.numel()} entries are wrong)"
        )


# shape


@pytest.mark.check("shape", points=4, conventions=["positions-one-or-two-axes"])
def test_result_has_the_inputs_shape(submission, draw):
    for b, h, s, dh in [(2, 3, 4, 6), (1, 1, 1, 2), (3, 2, 1, 4), (1, 3, 5, 2), (2, 2, 2, 2)]:
        x = draw.normal(b, h, s, dh)
        for shape in ((s,), (b, s)):
            what = f"the result for x {[b, h, s, dh]} and positions {list(shape)}"
            assert_shape(submission.apply_rope(x, some_positions(draw, *shape, most=9)), (b, h, s, dh), what)


@pytest.mark.check("shape", points=3)
def test_result_has_the_inputs_dtype(submission, draw):
    for dtype in DTYPES:
        for shape in ((3,), (2, 3)):
            x = draw.normal(2, 2, 3, 4, dtype=dtype)
            result = submission.apply_rope(x, some_positions(draw, *shape, most=9))
            assert_dtype(result, dtype, f"the result for {dtype}")


@pytest.mark.check("shape", points=3)
def test_takes_any_memory_layout(submission, draw):
    x, positions, own = draw.normal(3, 2, 4, 6, dtype=torch.float64), draw.integers(4), draw.integers(3, 4)
    views = {
        "heads behind positions": (x.transpose(1, 2).contiguous().transpose(1, 2), positions),
        "lanes before positions": (draw.non_contiguous(x), own),
        "one head for all": (x[:, :1].expand(3, 2, 4, 6), positions),
        "one row of positions for all": (x, positions.expand(3, 4)),
        "one position for all": (x, own[:, :1].expand(3, 4)),
        "positions transposed": (x, own.t().contiguous().t()),
        "every other position": (x, draw.integers(8)[::2]),
    }
    for name, args in views.items():
        copy = submission.apply_rope(*(tensor.contiguous() for tensor in args))
        assert_shape(copy, (3, 2, 4, 6))
        what = f"the result for views ({name}), against that for copies of them,"
        assert_close(submission.apply_rope(*args), copy, what=what, relative=1e-5)


# numerics


@pytest.mark.check("numerics", points=3, conventions=["half-split"])
def test_lane_i_is_paired_with_lane_i_plus_half(submission, draw):
    # One lane at a time is 1: only this lane and its partner may be filled.
    width = 6
    x = torch.eye(width, dtype=torch.float64).reshape(1, 1, width, width)
    result = submission.apply_rope(x, torch.full((width,), draw.int(1, 3)))
    assert_shape(result, x.shape)
    for lane in range(width):
        filled = (result[0, 0, lane].abs() > 1e-12).nonzero().flatten().tolist()
        pair = sorted((lane, (lane + width // 2) % width))
        if filled != pair:
            fail(f"of {width} lanes, lane {lane} must turn into lanes {pair}, but fills {filled}")


@pytest.mark.check("numerics", points=12, conventions=["angle", "direction-first", "direction-second", "task", "rules"])
@pytest.mark.parametrize(("b", "h", "s", "dh"), [(2, 3, 4, 6), (1, 2, 5, 2), (3, 3, 3, 10), (4, 4, 4, 4)])
def test_float64_matches(submission, reference, draw, b, h, s, dh):
    x = draw.normal(b, h, s, dh, dtype=torch.float64)
    for most in (5, 1000, 100_000):
        positions = some_positions(draw, s, most=most)
        what = f"the float64 result for positions {positions.tolist()}"
        assert_rotated(submission.apply_rope(x, positions), reference, x, positions, what)


@pytest.mark.check("numerics", points=5, conventions=["positions-one-or-two-axes", "what-it-computes"])
@pytest.mark.parametrize(("b", "h", "s"), [(2, 3, 4), (3, 3, 2), (3, 1, 3), (4, 2, 1), (1, 2, 3)])
def test_every_row_has_positions_of_its_own(submission, reference, draw, b, h, s):
    x = draw.normal(b, h, s, 6, dtype=torch.float64)
    for most in (9, 50_000):
        positions = some_positions(draw, b, s, most=most)
        what = f"the result for positions {positions.tolist()} of shape [{b}, {s}]"
        assert_rotated(submission.apply_rope(x, positions), reference, x, positions, what)


@pytest.mark.check("numerics", points=4, conventions=["angle"])
def test_the_base_counts(submission, reference, draw):
    # One width throughout, and the default base in between: nothing may be kept from another call.
    x, positions = draw.normal(1, 2, 4, 8, dtype=torch.float64), some_positions(draw, 4, most=3000)
    for base in ({"base": 500_000.0}, {}, {"base": draw.float(50, 500)}, {"base": 10_000.0}, {"base": 1.5}):
        what = f"the result with base={base['base']}" if base else "the result with no base given, which is 10000,"
        assert_rotated(submission.apply_rope(x, positions, **base), reference, x, positions, what, **base)


@pytest.mark.check("numerics", points=4, conventions=["positions-arbitrary"])
def test_positions_come_in_any_order_and_repeat(submission, reference, draw):
    last = draw.int(5_000, 99_000)
    for numbers in ([3, 1, 0, 2], [7, 7, 7, 7], [0, 0, 1, 0], [last + 3, last, last + 1, last + 2], [last], [0]):
        x, positions = draw.normal(2, 2, len(numbers), 6, dtype=torch.float64), torch.tensor(numbers)
        what = f"the result for positions {numbers}"
        assert_rotated(submission.apply_rope(x, positions), reference, x, positions, what)


@pytest.mark.check("numerics", points=3, conventions=["angles-in-float32"])
def test_float32_matches_at_every_position(submission, reference, draw):
    for most in (3, 300, 100_000):
        for shape in ((5,), (2, 5)):
            x, positions = draw.normal(2, 2, 5, 16), some_positions(draw, *shape, most=most)
            what = f"the float32 result for positions up to {most}"
            assert_rotated(submission.apply_rope(x, positions), reference, x, positions, what)


@pytest.mark.check("numerics", points=4, conventions=["position-zero"])
def test_position_zero_leaves_x_as_it_is(submission, draw):
    for dtype in DTYPES:
        x = draw.normal(2, 2, 3, 8, dtype=dtype, scale=50.0)
        what = f"the {dtype} result at position 0"
        assert_same(submission.apply_rope(x, torch.zeros(3, dtype=torch.int64)), x, what=what)
        result = submission.apply_rope(x, torch.tensor([[5, 0, 9], [0, 2, 7000]]), base=500.0)
        assert_shape(result, x.shape)
        assert_same(result[0, :, 1], x[0, :, 1], what=what)
        assert_same(result[1, :, 0], x[1, :, 0], what=what)


# finiteness


@pytest.mark.check("finiteness", points=5, conventions=["positions-arbitrary"])
def test_large_entries_at_large_positions_stay_finite(submission, reference, draw):
    for dtype in DTYPES:
        signs = 1 - 2 * draw.integers(2, 1, 4, 6, low=0, high=2)
        x, positions = (300.0 * signs).to(dtype), torch.tensor([100_000, 65_537, 257, 99_999])
        what = f"the {dtype} result for entries of +-300 at positions {positions.tolist()}"
        assert_rotated(submission.apply_rope(x, positions), reference, x, positions, what)


# gradients


@pytest.mark.check("gradients", points=7, conventions=["direction-first", "direction-second"])
@pytest.mark.parametrize("shape", [(4,), (2, 4)], ids=["positions [S]", "positions [B, S]"])
def test_the_gradient_is_the_rotation_backwards(submission, reference, draw, shape):
    x, positions = draw.normal(2, 3, 4, 6, dtype=torch.float64, requires_grad=True), some_positions(draw, *shape)
    assert_gradients_agree(submission.apply_rope, reference.apply_rope, x, positions, draw=draw, names={"0": "x"})


@pytest.mark.check("gradients", points=3)
def test_gradients_in_half_precision_point_the_right_way(submission, reference, draw):
    for dtype in HALF_DTYPES:
        x = draw.normal(2, 2, 4, 8, dtype=dtype, requires_grad=True)
        positions = some_positions(draw, 4, most=3000)
        assert_same_direction(
            submission.apply_rope, reference.apply_rope, x, positions, draw=draw, least_cosine=0.99
        )  # fmt: skip


# contract


@pytest.mark.check("contract", points=6, conventions=["odd-width"])
def test_refuses_an_odd_width(submission, draw):
    for width, dtype in ((1, torch.float32), (3, torch.float64), (5, torch.bfloat16), (7, torch.float32)):
        x = draw.normal(2, 2, 3, width, dtype=dtype)
        for positions in (draw.integers(3), draw.integers(2, 3)):
            assert_refuses(submission.apply_rope, x, positions, because=f"Dh = {width} is odd")


@pytest.mark.check("contract", points=3)
def test_calls_do_not_influence_each_other(submission, draw):
    x, positions = draw.normal(2, 2, 3, 4, dtype=torch.float64), some_positions(draw, 3)
    assert_shape(first := submission.apply_rope(x, positions), x.shape)
    with submission.options(keep=True):
        held = submission.apply_rope(x, positions)
    for s, dtype in ((3, torch.float64), (7, torch.float32), (1, torch.float16)):
        submission.apply_rope(draw.normal(1, 2, s, 4, dtype=dtype), some_positions(draw, s, most=50), base=300.0)
    assert_same(held.method("clone")(), first, what="an earlier result after later calls")
    assert_close(submission.apply_rope(x, positions), first, what="the result of the same call after others")


@pytest.mark.check("contract", points=4)
def test_leaves_its_inputs_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=2)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=5)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    x, positions, own = draw.normal(2, 3, 4, 6), draw.integers(4), draw.integers(2, 4)
    expected = [reference.apply_rope(x, positions), reference.apply_rope(x, own, base=77.0)]
    submission.apply_rope(x, positions)
    assert_runs_on_gpu(
        submission,
        lambda gpu: [submission.apply_rope(x, positions), submission.apply_rope(x, own, base=77.0)],
        expected,
    )


@pytest.mark.check("gpu", points=10, conventions=["angles-in-float32", "precision"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_precision_keeps_its_angles_in_float32(submission, reference, draw, dtype):
    # Odd positions above 256 are no bfloat16, those above 2048 no float16.
    for low, high in ((0, 5), (128, 500), (1024, 4000), (10_000, 50_000)):
        for shape in ((6,), (2, 6)):
            x, positions = draw.normal(2, 2, 6, 8, dtype=dtype), 2 * draw.integers(*shape, low=low, high=high) + 1
            what = f"the {dtype} result for positions {positions.tolist()}"
            assert_rotated(submission.apply_rope(x, positions), reference, x, positions, what)
