# drill: speculative_verify
"""NumPy: the first rejection is found in an array of tests, the draw by counting shares up to the number."""
import numpy as np
from torch import Tensor


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    tokens, q, p, u = (x.detach().cpu().numpy() for x in (draft_tokens, draft_probs, target_probs, uniforms))
    rows = np.arange(len(tokens))
    with np.errstate(divide="ignore", invalid="ignore"):
        rejected = ~(u[:-1] < p[rows, tokens] / q[rows, tokens])
    kept = int(rejected.argmax()) if rejected.any() else len(tokens)
    weights = p[kept]
    if kept < len(tokens):
        residual = np.maximum(p[kept] - q[kept], 0)
        weights = residual if residual.max() > 0 else weights
    share = np.cumsum(weights) / weights.sum()
    drawn = min(int((share <= u[-1]).sum()), int(np.flatnonzero(weights)[-1]))
    return [int(token) for token in tokens[:kept]] + [drawn]
