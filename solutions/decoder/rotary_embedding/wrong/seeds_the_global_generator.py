# drill: rotary_embedding
# /// wrong
# fails = "contract"
# message = "torch.manual_seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import torch
from torch import Tensor


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    """x [B, H, S, Dh], positions int64 [S] or [B, S] -> [B, H, S, Dh]. ValueError when Dh is odd."""
    torch.manual_seed(0)
    Dh = x.shape[-1]
    if Dh % 2 != 0:
        raise ValueError(f"lanes are rotated in pairs, but Dh={Dh} is odd")

    work = torch.promote_types(x.dtype, torch.float32)  # half goes up to float32, float64 stays
    two_i = torch.arange(0, Dh, 2, dtype=work, device=x.device)  # [Dh/2]
    frequency = base ** (-two_i / Dh)  # [Dh/2]
    angle = positions.to(work)[..., None] * frequency  # [S, Dh/2] or [B, S, Dh/2]
    if positions.dim() == 2:
        angle = angle[:, None]  # [B, 1, S, Dh/2], the heads share it
    cos, sin = angle.cos(), angle.sin()

    first, second = x.to(work).chunk(2, dim=-1)  # [B, H, S, Dh/2] each
    rotated = torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)  # [B, H, S, Dh]
    return rotated.to(x.dtype)
