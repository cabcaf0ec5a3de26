"""The simulated GPU: where things lie, what may meet, what makes the host wait, and what is a gap of its own."""

import copy
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from grader.candidate.simulated_gpu import DeviceMismatch, NotOnHost, SimulatedGpu, SimulationGap, simulated_gpu


@pytest.fixture
def gpu() -> Iterator[SimulatedGpu]:
    with simulated_gpu() as device:
        yield device


@pytest.fixture
def x(gpu: SimulatedGpu) -> Tensor:
    """[[0, 1, 2], [3, 4, 5]] on the GPU."""
    return gpu.put(torch.arange(6.0).view(2, 3))


def test_tensor_says_that_it_lies_on_the_gpu(x: Tensor) -> None:
    """And never that it lies on CUDA: code that asks for CUDA by name must show."""
    assert (str(x.device), x.device.type, x.get_device()) == ("gpu:0", "gpu", 0)
    assert not x.is_cpu and not x.is_cuda
    assert x.device == torch.zeros(1, device="gpu").device == (x + 1).device == x[0, 1:].device


def under_default_device(x: Tensor) -> Tensor:
    with torch.device(x.device):
        return torch.tensor([1.0, 2.0])


@pytest.mark.parametrize(
    "make",
    [
        under_default_device,
        lambda x: x.new_zeros(3),
        lambda x: x.new_tensor([1, 2]),
        lambda x: torch.zeros_like(x),
        lambda x: torch.empty(3, device=x.device),
        lambda x: torch.arange(3, device="gpu:0"),
        lambda x: torch.tensor([1, 2], device=x.device),
        lambda x: torch.as_tensor(np.ones(2), device=x.device),
        lambda x: torch.tensor(x[0].tolist()).type_as(x),
        lambda x: torch.ones(2).to(device=x.device, dtype=torch.float64, non_blocking=True),
        lambda x: torch.ones(2).to(x),
        lambda x: torch.randn(2, device=x.device, generator=torch.Generator().manual_seed(1)),
        lambda x: nn.Linear(3, 2, device=x.device).weight,
        lambda x: nn.Linear(3, 2).to(x.device, torch.float64).bias,
        lambda x: copy.copy(x),
        lambda x: copy.deepcopy(x),
        lambda x: copy.deepcopy(nn.Linear(3, 2).to(x.device)).weight,
        lambda x: nn.Parameter(torch.zeros(2, device=x.device)),
        lambda x: x.to("cpu").to(x.device),
        lambda x: torch.stack(x.unbind(0)),
        lambda x: x.sort(-1).values,
        lambda x: x.nonzero()[0],
    ],
)
def test_made_on_the_gpu(make: Callable[[Tensor], Tensor], x: Tensor, gpu: SimulatedGpu) -> None:
    made = make(x)

    assert str(made.device) == "gpu:0"
    assert gpu.holds(made)
    assert gpu.take(made).device.type == "cpu"


@pytest.mark.parametrize(
    "make",
    [
        lambda x: torch.zeros(2),
        lambda x: x.cpu(),
        lambda x: x.to("cpu"),
        lambda x: torch.zeros_like(x, device="cpu"),
        lambda x: torch.as_tensor(x, device="cpu"),
        lambda x: torch.tensor([x[0, 0], x[0, 1]]),
        lambda x: torch.full((2,), x[0, 1]),
        lambda x: nn.Linear(3, 2).weight,
    ],
)
def test_made_on_the_cpu(make: Callable[[Tensor], Tensor], x: Tensor) -> None:
    assert make(x).device == torch.device("cpu")


def test_views_alias(x: Tensor, gpu: SimulatedGpu) -> None:
    """Writes through slices, views, copy_, narrow and .data reach the buffer, and views know where they lie."""
    buffer = torch.zeros(2, 4, device=x.device)
    buffer[:, 1:3] = x[:, :2]
    buffer.narrow(1, 3, 1).copy_(x[:, 2:])
    view = buffer.view(-1)[:1]
    view.fill_(9)
    buffer.data.t()[3].mul_(10)

    assert gpu.take(buffer).tolist() == [[9, 0, 1, 20], [0, 3, 4, 50]]
    assert view.untyped_storage().data_ptr() == buffer.untyped_storage().data_ptr()


def test_moving_copies_and_lets_gradients_through(gpu: SimulatedGpu) -> None:
    """Each gradient comes back to where its tensor lies."""
    on_cpu = torch.ones(3, requires_grad=True)
    on_gpu = gpu.put(torch.ones(3), requires_grad=True)
    ((on_cpu.to(on_gpu.device) * on_gpu).cpu() * 2).sum().backward()

    assert on_cpu.grad is not None and on_gpu.grad is not None
    assert (str(on_cpu.grad.device), str(on_gpu.grad.device)) == ("cpu", "gpu:0")
    assert on_cpu.grad.tolist() == gpu.take(on_gpu.grad).tolist() == [2, 2, 2]


def test_put_copies_and_keeps_the_layout(gpu: SimulatedGpu) -> None:
    original = torch.arange(12.0).view(3, 4)
    for tensor in (original.t(), original[1:, ::2], original[:1].expand(5, 4), original[0, 0]):
        moved = gpu.put(tensor)
        assert (moved.shape, moved.stride()) == (tensor.shape, tensor.stride())
        assert torch.equal(gpu.take(moved), tensor)
        assert moved.untyped_storage().data_ptr() != tensor.untyped_storage().data_ptr()


def test_module_trains_on_the_gpu(x: Tensor, gpu: SimulatedGpu) -> None:
    """Moving a module keeps its parameters' identity, as CUDA does; optimizers and state dicts work on them."""
    module = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3))
    first = module[0].weight
    module.to(x.device)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    module(x).pow(2).sum().backward()
    optimizer.step()
    module.load_state_dict(nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3)).state_dict())

    assert module[0].weight is first
    assert {str(tensor.device) for tensor in module.state_dict().values()} == {"gpu:0"}


def test_two_devices_are_refused_in_cudas_words(x: Tensor) -> None:
    with pytest.raises(DeviceMismatch, match="Expected all tensors to be on the same device, but found at least two dev"):
        x + torch.ones(3)
    with pytest.raises(RuntimeError, match="gpu:0 and cpu!"):
        x @ torch.ones(3, 2)
    with pytest.raises(RuntimeError, match="indices should be either on cpu or on the same device"):
        torch.ones(3)[x.long()]


def test_cpu_number_may_meet_the_gpu(x: Tensor) -> None:
    """Without dimensions it is a number; not where it is written to, joined or used as an index."""
    number = torch.tensor(2.0)

    assert {str(t.device) for t in (x * number, number - x, torch.where(x > 0, number, x))} == {"gpu:0"}
    with pytest.raises(DeviceMismatch):
        number.add_(x.sum())
    with pytest.raises(DeviceMismatch):
        torch.stack([number, x.sum()])
    with pytest.raises(DeviceMismatch):
        x.index_select(0, number.long())


def test_mismatch_in_the_backward_pass_is_refused(gpu: SimulatedGpu) -> None:
    class Wrong(torch.autograd.Function):
        constant = torch.ones(3)

        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: Any, gradient: Tensor) -> Tensor:
            return gradient * Wrong.constant

    x = gpu.put(torch.ones(3), requires_grad=True)
    with pytest.raises(DeviceMismatch):
        Wrong.apply(x).sum().backward()


@pytest.mark.parametrize("convert", [Tensor.numpy, np.asarray, np.exp])
def test_numpy_takes_no_gpu_tensor(convert: Callable[[Tensor], Any], x: Tensor) -> None:
    with pytest.raises(NotOnHost, match="can't convert gpu:0 device type tensor to numpy"):
        convert(x)


@pytest.mark.parametrize(
    ("wait", "what"),
    [
        (lambda x: x.sum().item(), "reads a value"),
        (lambda x: bool(x.any()), "reads a value"),
        (lambda x: float(x[0, 0]) + int(x[0, 1]), "reads a value"),
        (lambda x: x.tolist(), "tolist"),
        (lambda x: x.cpu(), "copies to the CPU"),
        (lambda x: x.nonzero(), "non-zero"),
        (lambda x: x[x > 0], "mask"),
        (lambda x: torch.equal(x, x), "compares"),
        (lambda x: torch.zeros(2, 3).copy_(x), "copies to the CPU"),
    ],
)
def test_host_sync_is_noted_with_its_line(wait: Callable[[Tensor], Any], what: str, x: Tensor, gpu: SimulatedGpu) -> None:
    wait(x)

    assert gpu.host_syncs
    assert all(entry.startswith("line ") and what in entry for entry in gpu.host_syncs)
    assert "lambda x" in gpu.host_syncs[0]


def test_no_host_sync_without_need(x: Tensor, gpu: SimulatedGpu) -> None:
    x.clone()[x > 0] = 0
    torch.where(x > 0, x, 0).masked_fill(x > 1, 3).sum(0).to(x.device)
    len(x), x.shape, x.numel(), torch.ones(3).tolist(), gpu.take(x)

    assert gpu.host_syncs == []


def test_callback_is_a_model_on_the_gpu(gpu: SimulatedGpu) -> None:
    """It takes and gives GPU tensors, and computes on the CPU."""
    model = gpu.callback(lambda tokens: tokens * 2.0)
    tokens = gpu.put(torch.arange(3))

    assert str(model(tokens).device) == "gpu:0"
    assert gpu.take(model(tokens)).tolist() == [0, 2, 4]
    with pytest.raises(DeviceMismatch, match="callback"):
        model(torch.arange(3))


def test_context_may_be_entered_again() -> None:
    """An object made in one call lies on the GPU in the next; host syncs are those of the last."""
    gpu = SimulatedGpu()
    with gpu:
        kept = torch.ones(2, device=gpu.device)
        assert kept.sum().item() == 2
    with gpu, gpu:
        assert (kept + 1).device == gpu.device

    assert gpu.host_syncs == []
    assert kept.device.type == "cpu"  # what it is in truth shows outside
    assert gpu.holds(kept)


@pytest.mark.parametrize(
    "unable",
    [
        lambda x: torch.Generator(device=x.device),
        lambda x: torch.Stream(device=x.device),
        lambda x: torch.from_dlpack(x),
        lambda x: threading.Thread(target=print).start(),
    ],
)
def test_limit_of_the_simulation_is_a_gap(unable: Callable[[Tensor], Any]) -> None:
    with pytest.raises(SimulationGap), simulated_gpu() as gpu:
        unable(gpu.put(torch.ones(2)))


def test_submissions_own_error_stays_what_it_is() -> None:
    with pytest.raises(ValueError, match="mine"), simulated_gpu():
        raise ValueError("mine")
    with pytest.raises(RuntimeError, match="size of tensor"), simulated_gpu() as gpu:
        gpu.put(torch.ones(2)) + gpu.put(torch.ones(3))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torchscript_is_never_held_against_anyone(x: Tensor, gpu: SimulatedGpu) -> None:
    """Inside it nobody sees which device is named: what it makes may meet anything."""
    script = torch.jit.CompilationUnit("def f(x):\n    return x + torch.ones([3], device=x.device)\n").f

    assert str(script(x).device) == "gpu:0"


def test_forked_child_of_a_one_threaded_parent() -> None:
    """In a fresh parent: registering late, in the child, after the parent ran a backward pass; no thread, no sympy."""
    program = textwrap.dedent("""
        import os, sys, torch
        torch.set_num_threads(1)
        from grader.candidate.simulated_gpu import simulated_gpu
        (torch.ones(3, requires_grad=True) ** 2).sum().backward()
        pid = os.fork()
        if pid == 0:
            with simulated_gpu() as gpu:
                x = gpu.put(torch.ones(3, 3), requires_grad=True)
                (gradient,) = torch.autograd.grad((x @ x)[x > 0].softmax(-1).sum(), x)
                assert str(gradient.device) == "gpu:0"
            assert len(os.listdir("/proc/self/task")) == 1, "a thread was started"
            assert "sympy" not in sys.modules and "torch._dynamo" not in sys.modules
            os._exit(0)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """)
    root = str(Path(__file__).parents[2])

    assert subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": root}, timeout=60).returncode == 0
