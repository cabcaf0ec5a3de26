# drill: gqa_cache
import torch
from torch import Tensor

# B batch; G key/value heads; H query heads; L max_len, the positions the buffers hold; T cached positions (length); n
# queries of one attend call; Dh head width; e bytes per element.
LEDGER = {
    "key_buffer": "",  # shape of the key buffer, in the axis order of `k`
    "nbytes": "",  # bytes of both buffers together
    "scores": "",  # shape of the attention scores of one attend call, one score per query head, query and cached key
    "bytes_per_token": "",  # bytes that one more cached token of one sequence takes in this layer
    "saving": "",  # cache size with one key/value head per query head, divided by this cache's size
}


class GQACache:
    """A preallocated key/value cache for grouped-query attention."""

    def __init__(
        self,
        batch: int,
        kv_heads: int,
        max_len: int,
        head_dim: int,
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        """Allocates all buffers; everything passed in later has this dtype and device."""
        raise NotImplementedError("write me")

    @property
    def length(self) -> int:
        """Positions cached so far."""
        raise NotImplementedError("write me")

    @property
    def nbytes(self) -> int:
        """Bytes of the key and value buffers, whatever the length is."""
        raise NotImplementedError("write me")

    def append(self, k: Tensor, v: Tensor) -> None:
        """k and v [B, G, n, Dh] take positions length .. length + n - 1. Copies them.

        ValueError, leaving the cache as it was: no room, a foreign shape, or different lengths.
        """
        raise NotImplementedError("write me")

    def attend(self, q: Tensor) -> Tensor:
        """q [B, H, n, Dh], the queries of the last n cached positions -> [B, H, n, Dh], causal.

        ValueError: n > length, or G does not divide H.
        """
        raise NotImplementedError("write me")

    def truncate(self, length: int) -> None:
        """Forgets the positions from `length` on. ValueError: outside 0..length."""
        raise NotImplementedError("write me")
