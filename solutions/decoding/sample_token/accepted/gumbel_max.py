# drill: sample_token
"""Draws by the Gumbel-max trick: Gumbel noise is added to the filtered scores, and the argmax is the draw."""
import torch
from torch import Tensor


def sample_token(logits: Tensor, *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None,
                 generator: torch.Generator | None = None) -> Tensor:
    if temperature < 0 or (top_k is not None and top_k < 1) or (top_p is not None and (top_p <= 0 or top_p > 1)):
        raise ValueError("bad sampling parameters")
    if temperature == 0:
        return torch.argmax(logits, dim=1)
    wide = logits.dtype if logits.dtype == torch.float64 else torch.float32
    values = logits.detach().to(wide)
    # the largest score becomes 0, so the division can only push the others towards -inf
    scores = (values - values.amax(1, keepdim=True)) / max(temperature, 1e-37)
    if top_k is not None and top_k < scores.size(1):
        threshold = values.kthvalue(values.size(1) - top_k + 1, dim=1, keepdim=True).values
        scores = torch.where(values < threshold, -torch.inf, scores)
    if top_p is not None and top_p < 1:
        ranked = scores.sort(dim=1, descending=True).values
        before = ranked.softmax(1).cumsum(1).roll(1, dims=1)
        before[:, 0] = 0
        count = (before < top_p).sum(1, keepdim=True).clamp_min(1)
        scores = torch.where(scores < ranked.gather(1, count - 1), -torch.inf, scores)
    uniform = torch.rand(scores.shape, generator=generator, device=scores.device, dtype=wide)
    uniform = uniform.clamp_min(torch.finfo(wide).tiny)  # log(0) would silence a token that is the only one left
    return (scores - torch.log(-torch.log(uniform))).argmax(dim=1)
