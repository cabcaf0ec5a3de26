# drill: speculative_verify
# /// wrong
# fails = "contract"
# message = "numpy() is called on the inputs as they are, which fails for tensors that require grad."
# ///
"""Shows for probabilities or uniforms that require grad: an error is raised."""
import numpy as np
from torch import Tensor


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    tokens, q, p, u = (x.cpu().numpy() for x in (draft_tokens, draft_probs, target_probs, uniforms))
    kept = []
    weights = p[-1]
    for i, token in enumerate(tokens.tolist()):
        if u[i] * q[i, token] < p[i, token]:
            kept.append(token)
            continue
        residual = np.maximum(p[i] - q[i], 0)
        weights = residual if residual.any() else p[i]
        break
    drawn = int((weights.cumsum() / weights.sum() <= u[-1]).sum())
    return [*kept, min(drawn, int(weights.nonzero()[0][-1]))]
