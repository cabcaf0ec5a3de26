# drill: swiglu
# /// wrong
# fails = "finiteness"
# message = "The sigmoid is written as exp(z) / (1 + exp(z)), which is inf / inf = NaN for large z."
# source = "https://github.com/huggingface/candle/pull/1722"
# ///
"""Shows when a gate exceeds 88 (709 in float64, 11 in float16)."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (gate * (torch.exp(gate) / (1 + torch.exp(gate))) * up) @ w_down.T
