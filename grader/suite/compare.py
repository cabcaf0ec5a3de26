"""Comparing results: values with tolerances that scale, shapes, dtypes, and messages a learner can use.

A tolerance here is relative to the size of what is expected (its root mean square where entries are small), so neither
zeros nor noise ever fit inside one. Non-finite entries must match in place and sign.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NoReturn

import torch

from grader import protocol as p
from grader.examiner import tolerances
from grader.examiner.failures import CheckFailed
from grader.examiner.subject import Instance, describe_value

RELATIVE_TOLERANCE = {
    torch.float64: 1e-9,
    torch.float32: 1e-4,
    torch.bfloat16: 4e-2,
    torch.float16: 5e-3,
}
EPSILON = {dtype: torch.finfo(dtype).eps for dtype in RELATIVE_TOLERANCE}


def fail(message: str) -> NoReturn:
    """End the check as failed, with a message for the learner."""
    raise CheckFailed(message)


def short_dtype(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def assert_type(actual: Any, expected: type | tuple[type, ...], what: str = "the result") -> None:
    """A plain value of exactly this type: an int is no bool and no 0-d tensor. Where float is expected, an int will do."""
    wanted = expected if isinstance(expected, tuple) else (expected,)
    allowed = (*wanted, int) if float in wanted else wanted
    if type(actual) in allowed:
        return
    if isinstance(actual, p.OpaqueValue | Instance):
        fail(f"{what} is {describe_value(actual)}, expected {names_of(wanted)}")
    fail(f"{what} is {describe_value(actual)} of type {type(actual).__name__}, expected {names_of(wanted)}")


def names_of(types: Sequence[type]) -> str:
    return " or ".join(kind.__name__ for kind in types)


def assert_tensor(actual: Any, what: str = "the result") -> torch.Tensor:
    if not isinstance(actual, torch.Tensor):
        kind = "" if isinstance(actual, p.OpaqueValue | Instance) else f" of type {type(actual).__name__}"
        fail(f"{what} is {describe_value(actual)}{kind}, expected a tensor")
    return actual


def assert_shape(actual: Any, expected: Sequence[int], what: str = "the result") -> None:
    tensor = assert_tensor(actual, what)
    if tuple(tensor.shape) != tuple(expected):
        fail(f"{what} has shape {list(tensor.shape)}, expected {list(expected)}")


def assert_dtype(actual: Any, expected: torch.dtype, what: str = "the result") -> None:
    tensor = assert_tensor(actual, what)
    if tensor.dtype != expected:
        fail(f"{what} has dtype {short_dtype(tensor.dtype)}, expected {short_dtype(expected)}")


def assert_finite(actual: Any, what: str = "the result") -> None:
    """Every tensor in the result is free of NaN and infinity."""
    for name, tensor in tensors_in(actual, what):
        if not tensor.isfinite().all():
            place, value = first_where(~tensor.isfinite(), tensor)
            count = int((~tensor.isfinite()).sum())
            fail(f"{name} is not finite: {value}{place}, {count} of {tensor.numel()} entries")


def assert_close(
    actual: Any, expected: Any, *, what: str = "the result", relative: float | None = None, scale: float | None = None,
    check_dtype: bool = True,
) -> None:  # fmt: skip
    """The result has the type, structure, shapes, dtypes and values of what is expected.

    Args:
        actual: From the submission.
        expected: From the reference: a tensor, a number, text, or a list, tuple or dict of these.
        what: What it is, for the message.
        relative: Tolerance relative to each entry and to the root mean square of the expected tensor. By dtype if left
            out: 1e-9 in float64, 1e-4 in float32, 4e-2 in bfloat16, 5e-3 in float16. For numbers 1e-9; ints are exact.
        scale: Size that the tolerance is relative to in place of the root mean square, where what is expected is small by
            cancellation (the size of the terms that cancel).
        check_dtype: False compares values alone.
    """
    match expected:
        case torch.Tensor():
            assert_tensor_close(actual, expected, what, relative, scale, check_dtype)
        case bool() | int() | str() | None:
            assert_type(actual, type(expected), what)
            if actual != expected:
                fail(f"{what} is {describe_value(actual)}, expected {describe_value(expected)}")
        case float():
            assert_type(actual, float, what)
            assert_number_close(actual, expected, what, 1e-9 if relative is None else relative, scale)
        case list() | tuple():
            kind = type(expected).__name__
            if type(actual) is not type(expected) or len(actual) != len(expected):
                fail(f"{what} is {describe_value(actual)}, expected a {kind} of {len(expected)}")
            for index, (got, wanted) in enumerate(zip(actual, expected, strict=True)):
                assert_close(got, wanted, what=f"{what}[{index}]", relative=relative, scale=scale,
                             check_dtype=check_dtype)  # fmt: skip
        case dict():
            if not isinstance(actual, dict):
                fail(f"{what} is {describe_value(actual)}, expected a dict")
            if set(actual) != set(expected):
                fail(f"{what} has the keys {sorted(map(str, actual))}, expected {sorted(map(str, expected))}")
            for key, wanted in expected.items():
                assert_close(actual[key], wanted, what=f'{what}["{key}"]', relative=relative, scale=scale,
                             check_dtype=check_dtype)  # fmt: skip
        case _:
            raise TypeError(f"cannot compare with a {type(expected).__name__}")


def assert_same(actual: Any, expected: Any, *, what: str = "the result") -> None:
    """Equal to the last bit: for integers, tokens, and copies."""
    assert_close(actual, expected, what=what, relative=0.0, scale=0.0)


def assert_number_close(actual: float, expected: float, what: str, relative: float, scale: float | None) -> None:
    if math.isnan(expected):
        close = math.isnan(actual)
    elif math.isinf(expected):
        close = actual == expected
    else:
        allowed = relative * max(abs(expected), scale or 0.0)
        tolerances.note(allowed, abs(expected) or scale or 0.0, "float")
        close = abs(actual - expected) <= allowed
    if not close:
        fail(f"{what} is {actual!r}, expected {expected!r}")


def is_close(actual: float, expected: float, absolute: float) -> bool:
    """Whether a number is near: for checks that say in words of their own what is wrong if it is not."""
    tolerances.note(absolute, abs(expected) or 1.0, "float")
    return abs(actual - expected) <= absolute


def assert_tensor_close(
    actual: Any, expected: torch.Tensor, what: str, relative: float | None, scale: float | None, check_dtype: bool
) -> None:
    assert_shape(actual, expected.shape, what)
    if check_dtype:
        assert_dtype(actual, expected.dtype, what)
    actual, expected = actual.detach(), expected.detach()
    if not expected.is_floating_point():
        compare_exactly(actual, expected, what)
        return
    if relative is None:
        relative = RELATIVE_TOLERANCE[expected.dtype]
    compare_within(actual, expected, what, relative, scale)


def compare_exactly(actual: torch.Tensor, expected: torch.Tensor, what: str) -> None:
    wrong = actual != expected
    if wrong.any():
        place, got = first_where(wrong, actual)
        _, wanted = first_where(wrong, expected)
        fail(f"{what} differs in {int(wrong.sum())} of {wrong.numel()} entries: {got}{place}, expected {wanted}")


def compare_within(
    actual: torch.Tensor, expected: torch.Tensor, what: str, relative: float, scale: float | None
) -> None:
    got, wanted = actual.double(), expected.double()
    finite = wanted.isfinite()
    mismatched = ~finite & ~((got == wanted) | (got.isnan() & wanted.isnan())) | (finite & ~got.isfinite())
    if mismatched.any():
        place, value = first_where(mismatched, got)
        _, right = first_where(mismatched, wanted)
        fail(f"{what} is {value}{place}, expected {right} ({int(mismatched.sum())} entries like this)")
    if scale is None:
        scale = root_mean_square(wanted[finite])
    difference = torch.where(finite, (got - wanted).abs(), torch.zeros_like(wanted))
    allowed = relative * torch.clamp(torch.where(finite, wanted.abs(), torch.zeros_like(wanted)), min=scale)
    tolerances.note_tensor(allowed, wanted, scale, short_dtype(expected.dtype))
    wrong = ~(difference <= allowed)
    if wrong.any():
        worst = first_of_largest(torch.where(wrong, difference, torch.zeros_like(difference)))
        place = at_place(worst, wanted.shape)
        ours, right = told_apart(float(got.flatten()[worst]), float(wanted.flatten()[worst]))
        count = f" ({int(wrong.sum())} of {wrong.numel()} entries are wrong)" if wrong.dim() else ""
        fail(f"{what} is off by {difference.flatten()[worst]:.3g}{place}: {ours}, expected {right}{count}")


def assert_close_in_half(
    actual: Any, exact: torch.Tensor, reference: torch.Tensor, *, what: str = "the result", slack: float = 16.0
) -> None:
    """A half-precision result is about as near to the exact one as our own in that precision.

    Args:
        actual: From the submission, in float16 or bfloat16.
        exact: What float64 gives for the same inputs.
        reference: What the reference gives in half precision.
        slack: Rounding steps (of the largest entry) granted at least, since arithmetic in the inputs' dtype is accepted
            where a contract does not ask for float32.
    """
    assert_shape(actual, exact.shape, what)
    assert_dtype(actual, reference.dtype, what)
    assert_finite(actual, what)
    exact, reference = exact.detach(), reference.detach()
    error = (actual.detach().double() - exact).abs()
    own = float((reference.double() - exact).abs().max()) if exact.numel() else 0.0
    size = float(exact.abs().max()) if exact.numel() else 0.0
    allowed = max(2 * own, slack * EPSILON[reference.dtype] * size)
    tolerances.note(allowed, size, short_dtype(reference.dtype))
    if exact.numel() and not float(error.max()) <= allowed:
        worst = first_of_largest(error)
        fail(
            f"{what} in {short_dtype(reference.dtype)} is off by {float(error.max()):.3g}"
            f"{at_place(worst, exact.shape)}; {allowed:.3g} is what rounding explains"
        )


def told_apart(got: float, wanted: float) -> tuple[str, str]:
    """Both with six digits, or with as many as it takes to see where they differ."""
    difference = abs(got - wanted)
    digits = 6
    if 0 < difference < 1e-4 * abs(wanted):
        digits = min(17, 2 + math.ceil(math.log10(abs(wanted) / difference)))
    return f"{got:.{digits}g}", f"{wanted:.{digits}g}"


def first_of_largest(values: torch.Tensor) -> int:
    """Flat index of the first among the largest, nearly equal ones: rounding must not choose which one a message shows."""
    flat = values.flatten()
    return int((flat >= 0.999 * flat.max()).to(torch.uint8).argmax())


def root_mean_square(values: torch.Tensor) -> float:
    return float(values.square().mean().sqrt()) if values.numel() else 0.0


def tensors_in(value: Any, what: str) -> list[tuple[str, torch.Tensor]]:
    if isinstance(value, torch.Tensor):
        return [(what, value.detach())]
    if isinstance(value, list | tuple):
        return [pair for index, item in enumerate(value) for pair in tensors_in(item, f"{what}[{index}]")]
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in tensors_in(item, f'{what}["{key}"]')]
    if isinstance(value, float) and not math.isfinite(value):
        fail(f"{what} is {value}")
    return []


def first_where(mask: torch.Tensor, values: torch.Tensor) -> tuple[str, str]:
    index = int(mask.flatten().to(torch.uint8).argmax())
    value = values.flatten()[index].item()
    return at_place(index, mask.shape), f"{value:.6g}" if isinstance(value, float) else str(value)


def at_place(index: int, shape: Sequence[int]) -> str:
    """` at [1, 0]`; nothing for a scalar, which has one place alone."""
    if not shape:
        return ""
    place = []
    for size in reversed(tuple(shape)):
        index, remainder = divmod(index, size)
        place.append(remainder)
    return f" at {list(reversed(place))}"
