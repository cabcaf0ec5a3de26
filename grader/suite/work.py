"""Work and memory, counted and never timed, against the reference's."""

from __future__ import annotations

from grader.protocol import Meter
from grader.suite.compare import fail


def assert_work_within(
    actual: Meter | None, reference: Meter | None = None, *, flops: float | None = None, peak: float | None = None,
    largest_bytes: int | None = None, why: str = "",
) -> None:  # fmt: skip
    """Counted work stays within multiples of the reference's.

    Args:
        actual, reference: The meters of `entry.observe(..., metered=True)`.
        flops: Largest allowed multiple of the reference's FLOPs.
        peak: Largest allowed multiple of the reference's peak bytes.
        largest_bytes: No single allocation may be this large or larger.
        why: What wastes it, usually, for the message.
    """
    if actual is None:
        raise ValueError("the call was not metered")
    hint = f" ({why})" if why else ""
    if reference is not None and flops is not None and actual.flops > flops * reference.flops:
        fail(f"takes {actual.flops:,} FLOPs where {reference.flops:,} do{hint}")
    if reference is not None and peak is not None and actual.peak_bytes > peak * reference.peak_bytes:
        fail(f"holds {actual.peak_bytes:,} bytes at its peak where {reference.peak_bytes:,} do{hint}")
    if largest_bytes is not None and actual.largest_bytes >= largest_bytes:
        fail(f"makes a temporary of {actual.largest_bytes:,} bytes; it must stay below {largest_bytes:,}{hint}")
