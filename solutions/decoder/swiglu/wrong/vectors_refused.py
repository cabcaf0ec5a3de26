# drill: swiglu
# /// wrong
# fails = "shape"
# message = "The batch size is read from the last axis but one, which a single vector has not."
# ///
"""Shows when x has one axis: the call raises."""

from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    rows = x.shape[-2]
    hidden = (F.silu(gate) * up).reshape(-1, rows, w_gate.shape[0])
    return (hidden @ w_down.T).reshape(x.shape)
