"""Independence: what an output must not depend on is changed, and the output must stay; in values and in gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from grader.examiner import tolerances
from grader.examiner.subject import Entry
from grader.suite.compare import assert_finite, assert_shape, assert_tensor, at_place, fail, first_where
from grader.suite.gradients import gradients, label

Select = Callable[[torch.Tensor], torch.Tensor]


def assert_ignores(
    run: Callable[..., Any], inputs: Sequence[torch.Tensor], changed: Sequence[torch.Tensor], select: Select,
    what: str, relative: float = 1e-6,
) -> None:  # fmt: skip
    """`run(*inputs)` and `run(*changed)` agree where `select` looks.

    Args:
        run: Calls the submission and returns one tensor.
        inputs, changed: Two sets of inputs that differ only in what must not matter (NaN and huge values are fair).
        select: The part of the result that must stay, as a view: `lambda y: y[:, :t]`.
        what: The rule, for the message: "output at positions < 3 depends on position 3".
        relative: Tolerance relative to the largest entry.
    """
    before, after = assert_tensor(run(*inputs)), run(*changed)
    assert_shape(after, before.shape)
    kept, now = select(before).detach().double(), select(after).detach().double()
    size = float(kept.abs().max()) if kept.numel() else 0.0
    tolerances.note(relative * size, size, "unchanged")
    wrong = ~((kept - now).abs() <= relative * max(size, 1e-30))
    if wrong.any():
        place, value = first_where(wrong, now)
        _, old = first_where(wrong, kept)
        fail(f"{what}: {old} became {value}{place}")


def assert_ignores_in_gradients(
    entry: Entry, *args: Any, shape: Sequence[int], select_output: Select, forbidden: dict[str, Select], what: str,
    dtype: torch.dtype = torch.float64, **kwargs: Any,
) -> None:  # fmt: skip
    """The gradient of a selected part of the (only) result is zero on selected parts of the inputs.

    Args:
        entry: The entry point; its arguments that require grad are looked at.
        shape: Shape of the result.
        select_output: The part of the result whose sum is differentiated.
        forbidden: Argument place -> the part of it that must get no gradient.
        what: The rule, for the message.
    """
    cotangent = torch.zeros(tuple(shape), dtype=dtype)
    select_output(cotangent).fill_(1.0)
    flows = gradients(entry, *args, cotangents=[cotangent], **kwargs)
    for name, select in forbidden.items():
        gradient = flows.get(name)
        if gradient is None:
            continue
        part = select(gradient)
        assert_finite(part, f"the gradient of {label(name)}")
        if (part != 0).any():
            index = int((part != 0).flatten().to(torch.uint8).argmax())
            fail(f"{what}: its gradient reaches {label(name)}{at_place(index, part.shape)} of that part")
