# drill: multi_head_attention
# /// wrong
# fails = "contract"
# message = "The whole layer is handed to multi_head_attention_forward, which this drill forbids."
# ///
"""Right in its values; shows when the calls are watched."""

import torch
import torch.nn.functional as F
from torch import Tensor


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    S, D = x.shape[1:]
    if D % n_heads != 0:
        raise ValueError("n_heads does not divide D")
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).triu(1)
    x = x.transpose(0, 1)
    out, _ = F.multi_head_attention_forward(
        x,
        x,
        x,
        D,
        n_heads,
        torch.cat([w_q, w_k, w_v]),
        None,
        None,
        None,
        False,
        0.0,
        w_o,
        None,
        need_weights=False,
        attn_mask=mask,
    )
    return out.transpose(0, 1)
