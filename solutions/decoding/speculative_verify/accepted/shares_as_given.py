# drill: speculative_verify
"""Takes target rows as they are, without dividing by their sum, and the residual by its own; where rounding leaves no
index the last possible one is taken, which is the same token."""
from torch import Tensor


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    output: list[int] = []
    weights = target_probs[len(draft_tokens)]
    for token, q, p, u in zip(draft_tokens, draft_probs, target_probs, uniforms, strict=False):
        if u * q[token] < p[token]:
            output.append(int(token))
            continue
        residual = (p - q) * (p > q)
        weights = residual / residual.sum() if residual.any() else p
        break
    reached = weights.detach().cumsum(0)
    for index in weights.nonzero().flatten().tolist():
        drawn = index
        if reached[index] > uniforms[-1]:
            break
    return [*output, drawn]
