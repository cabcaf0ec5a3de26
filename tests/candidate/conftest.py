"""What the tests of the candidate's observers share: one thread, as in the engine, and the same call on both devices."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from grader.candidate.simulated_gpu import simulated_gpu

Call = Callable[..., Any]


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """A process that ever used two threads for one operator makes its forked children hang."""
    torch.set_num_threads(1)


def tensors(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in tensors(item)]
    return [tensor for item in value.values() for tensor in tensors(item)] if isinstance(value, dict) else []


def run(function: Call, inputs: list[torch.Tensor]) -> tuple[Any, list[torch.Tensor | None]]:
    """The result and the gradients of the sum of everything in it."""
    torch.manual_seed(0)
    result = function(*inputs)
    sources = [tensor for tensor in inputs if tensor.requires_grad]
    sums = [tensor.sum() for tensor in tensors(result) if tensor.requires_grad]
    return result, list(torch.autograd.grad(sums, sources, allow_unused=True)) if sources and sums else []


@pytest.fixture
def run_on_both() -> Callable[..., list[str]]:
    """Assert that a function gives the same values and gradients on both devices, and leaves all on the GPU.

    The fixture's function returns the host syncs.
    """

    def compare(function: Call, *inputs: torch.Tensor) -> list[str]:
        leaves = [tensor.detach().clone().requires_grad_(tensor.is_floating_point()) for tensor in inputs]
        expected, expected_gradients = run(function, leaves)
        with simulated_gpu() as gpu:
            actual, gradients = run(function, [gpu.put(tensor) for tensor in leaves])
            flowing = [gradient for gradient in gradients if gradient is not None]
            places = {str(tensor.device) for tensor in [*tensors(actual), *flowing]}
            host_syncs = list(gpu.host_syncs)

        assert places <= {"gpu:0"}
        for wanted, got in zip(tensors(expected), gpu.take(tensors(actual)), strict=True):
            torch.testing.assert_close(got, wanted.detach(), rtol=0, atol=0, equal_nan=True)
        for wanted, got in zip(expected_gradients, gradients, strict=True):
            assert (got is None) == (wanted is None)
            if wanted is not None:
                torch.testing.assert_close(gpu.take(got), wanted, rtol=0, atol=0, equal_nan=True)
        return host_syncs

    return compare
