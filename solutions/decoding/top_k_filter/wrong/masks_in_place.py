# drill: top_k_filter
# /// wrong
# fails = "contract"
# message = "The mask is written into the caller's logits, which are lost for whatever is computed from them next."
# source = "https://github.com/vllm-project/vllm/pull/15478"
# ///
"""Shows whenever a logit is dropped: the argument is changed, and logits that require grad raise an error."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    logits[logits < threshold] = float("-inf")
    return logits
