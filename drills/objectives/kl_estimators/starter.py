# drill: kl_estimators
from torch import Tensor

# B sequences, T tokens, V vocabulary.
LEDGER = {
    "k3": "",  # shape of k3
    "input_bytes": "",  # bytes of the two inputs in float32
    "output_bytes": "",  # bytes of the three results for bfloat16 inputs
    "exact_bytes": "",  # bytes of both models' float32 log-probabilities over the whole vocabulary
}


def kl_estimators(logps: Tensor, ref_logps: Tensor) -> dict[str, Tensor]:
    """Log-probabilities of sampled tokens, [B, T] each -> {"k1", "k2", "k3"}, [B, T] each."""
    raise NotImplementedError("write me")
