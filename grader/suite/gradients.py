"""Gradients as values: vector-Jacobian products against the reference, and finite differences as a second opinion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from grader.candidate.calls import Outcome, float_tensors
from grader.examiner import tolerances
from grader.examiner.subject import Entry
from grader.suite.compare import RELATIVE_TOLERANCE, at_place, fail, first_of_largest, root_mean_square, short_dtype, told_apart

# Gradients pass through more roundings than values: twice the places of a value's tolerance would be too tight.
GRADIENT_TOLERANCE = {torch.float64: 1e-7, torch.float32: 1e-3}


def gradients(entry: Entry, *args: Any, cotangents: Sequence[torch.Tensor], **kwargs: Any) -> dict[str, Any]:
    """What flows back to each input or parameter that requires grad, None where nothing does.

    Keys are the argument's place ("0"), its keyword, or "param.NAME" for a module's parameters. Fails the check when
    nothing in the result can be differentiated.
    """
    outcome = entry.observe(*args, cotangents=cotangents, **kwargs)
    if outcome.gradient_problem is not None:
        fail(outcome.gradient_problem)
    return dict(outcome.gradients or {})


def assert_gradients_agree(
    submission: Entry, reference: Entry, *args: Any, draw: Any, relative: float | None = None,
    scale: float | None = None, names: Mapping[str, str] | None = None, **kwargs: Any,
) -> None:  # fmt: skip
    """Both give the same vector-Jacobian products, for a random cotangent of every float tensor of the result.

    Args:
        submission, reference: The same entry point of both.
        args, kwargs: Its arguments; gradients are asked for those that require grad, and for a module's parameters.
        draw: The source of the cotangents.
        relative: Tolerance relative to the root mean square of each gradient; 1e-7 in float64, 1e-3 in float32.
        scale: Size that the tolerance is relative to, where a gradient is small by cancellation.
        names: What to call "0", "1", ... in messages.
    """
    cotangents, expected = reference_gradients(reference, args, kwargs, draw)
    actual = gradients(submission, *args, cotangents=cotangents, **kwargs)
    compare_gradients(actual, expected, relative, scale, names or {})


def reference_gradients(
    reference: Entry, args: Sequence[Any], kwargs: Mapping[str, Any], draw: Any
) -> tuple[list[torch.Tensor], dict[str, Any]]:
    """(a random cotangent for every float tensor of the reference's result, the gradients they give), in one call."""
    cotangents: list[torch.Tensor] = []

    def draw_them(results: list[torch.Tensor]) -> list[torch.Tensor]:
        cotangents.extend(random_cotangents(results, draw))
        return cotangents

    outcome = reference.observe(*args, cotangents=draw_them, **kwargs)
    if outcome.gradient_problem is not None:
        raise ValueError(f"the reference: {outcome.gradient_problem}")
    return cotangents, dict(outcome.gradients or {})


def random_cotangents(results: Sequence[torch.Tensor], draw: Any) -> list[torch.Tensor]:
    """One for each float tensor of a result."""
    return [draw.normal(*tensor.shape, dtype=tensor.dtype) for tensor in results]


def compare_gradients(
    actual: Mapping[str, Any], expected: Mapping[str, Any], relative: float | None, scale: float | None,
    names: Mapping[str, str],
) -> None:  # fmt: skip
    """None counts as zero on either side."""
    for name, wanted in expected.items():
        what = f"the gradient of {names.get(name, label(name))}"
        got = actual.get(name)
        if wanted is None and got is None:
            continue
        shape_of = wanted if wanted is not None else got
        assert shape_of is not None
        got = torch.zeros_like(shape_of) if got is None else got
        wanted = torch.zeros_like(shape_of) if wanted is None else wanted
        if not isinstance(got, torch.Tensor) or got.shape != wanted.shape:
            fail(f"{what} has shape {list(getattr(got, 'shape', ()))}, expected {list(wanted.shape)}")
        if not got.isfinite().all():
            fail(f"{what} is not finite")
        tolerance = relative or GRADIENT_TOLERANCE.get(wanted.dtype, RELATIVE_TOLERANCE[wanted.dtype])
        size = root_mean_square(wanted.double()) if scale is None else scale
        difference = (got.double() - wanted.double()).abs()
        allowed = tolerance * torch.clamp(wanted.double().abs(), min=size)
        tolerances.note_tensor(allowed, wanted, size, short_dtype(wanted.dtype))
        if difference.numel() and not bool((difference <= allowed).all()):
            worst = first_of_largest((difference - allowed).clamp(min=0))
            ours, right = told_apart(float(got.flatten()[worst]), float(wanted.flatten()[worst]))
            fail(f"{what} is {ours}{at_place(worst, wanted.shape)}, expected {right}")


def assert_gradients_finite(entry: Entry, *args: Any, draw: Any, reference: Entry, **kwargs: Any) -> None:
    """Every gradient is finite, for random cotangents shaped like the reference's results."""
    cotangents = random_cotangents(float_tensors(reference(*args, **kwargs)), draw)
    for name, gradient in gradients(entry, *args, cotangents=cotangents, **kwargs).items():
        if isinstance(gradient, torch.Tensor) and not gradient.isfinite().all():
            count = int((~gradient.isfinite()).sum())
            fail(f"the gradient of {label(name)} has {count} entries of {gradient.numel()} that are NaN or infinite")


def assert_same_direction(
    submission: Entry, reference: Entry, *args: Any, draw: Any, least_cosine: float = 0.9, **kwargs: Any
) -> None:
    """Half-precision gradients are judged by finiteness and direction alone: the cosine with the reference's."""
    cotangents, expected = reference_gradients(reference, args, kwargs, draw)
    actual = gradients(submission, *args, cotangents=cotangents, **kwargs)
    tolerances.note(1 - least_cosine, 1.0, "direction")
    for name, wanted in expected.items():
        if wanted is None or not wanted.any():
            continue
        got = actual.get(name)
        if got is None:
            fail(f"no gradient reaches {label(name)}")
        if not got.isfinite().all():
            fail(f"the gradient of {label(name)} is not finite")
        left, right = got.double().flatten(), wanted.double().flatten()
        cosine = float(left @ right / (left.norm() * right.norm()).clamp(min=1e-300))
        if not cosine >= least_cosine:
            fail(f"the gradient of {label(name)} points elsewhere: its cosine with the right one is {cosine:.3f}")


def assert_no_gradient(outcome: Outcome, *names: str, what: str = "") -> None:
    """Nothing (or exactly zero) flows to these inputs."""
    for name in names:
        gradient = (outcome.gradients or {}).get(name)
        if gradient is not None and bool((gradient != 0).any()):
            fail(f"a gradient reaches {what or label(name)}, which must get none")


def finite_difference(
    function: Callable[..., torch.Tensor], inputs: Sequence[torch.Tensor], index: int, direction: torch.Tensor,
    step: float = 1e-6,
) -> float:  # fmt: skip
    """Central difference of a scalar function along one direction of one float64 input."""
    ahead, behind = list(inputs), list(inputs)
    ahead[index] = inputs[index].detach() + step * direction
    behind[index] = inputs[index].detach() - step * direction
    return (float(function(*ahead)) - float(function(*behind))) / (2 * step)


def label(name: str) -> str:
    """"0" -> "argument 1", "param.w" -> "parameter `w`", "beta" -> "`beta`"."""
    if name.startswith("param."):
        return f"parameter `{name.removeprefix('param.')}`"
    place, _, rest = name.partition(".")
    if place.isdigit():
        return f"argument {int(place) + 1}" + (f", item {rest}" if rest else "")
    return f"`{name}`"
