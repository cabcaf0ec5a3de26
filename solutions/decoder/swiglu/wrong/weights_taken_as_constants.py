# drill: swiglu
# /// wrong
# fails = "gradients"
# message = "The weights are detached, so only x learns."
# ///
"""Shows in the gradients of the weights; values and the gradient of x are right."""

from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate, up = x @ w_gate.detach().T, x @ w_up.detach().T
    return (F.silu(gate) * up) @ w_down.detach().T
