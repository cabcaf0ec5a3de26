"""How much a suite's comparisons let pass, noted while an author's gate looks on."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

import torch


class Tolerances:
    """Of each line of a check, by dtype: the share of the expected size by which a result may be off and still pass.

    The least of all times that the line compared, since a line may well compare small things with a tolerance that is meant
    for large ones once in a while.

    Args:
        suite: The file whose lines are meant.
    """

    def __init__(self, suite: Path) -> None:
        self._suite = str(suite)
        self.least_share: dict[tuple[int, str], float] = {}

    def note(self, allowed: float, size: float, kind: str) -> None:
        """A comparison that lets an error of `allowed` pass in a result of this size."""
        key = (self._line(), kind)
        share = allowed / size if size else 0.0 if not allowed else float("inf")
        self.least_share[key] = min(share, self.least_share.get(key, share))

    def listed(self) -> list[tuple[int, str, float]]:
        return [(line, kind, share) for (line, kind), share in sorted(self.least_share.items())]

    def _line(self) -> int:
        """Where the check itself stands: the outermost frame in the suite."""
        line = 0
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename == self._suite:
                line = frame.f_lineno
            frame = frame.f_back
        return line


watching: Tolerances | None = None
"""Set in an examiner that serves the gate; else comparisons note nothing."""


def note(allowed: float, size: float, kind: str) -> None:
    """Note one comparison, if anyone wants to know."""
    if watching is not None:
        watching.note(allowed, size, kind)


def note_tensor(allowed: torch.Tensor, wanted: torch.Tensor, scale: float, kind: str) -> None:
    """The same of a tensor with a tolerance for each entry."""
    if watching is not None and allowed.numel():
        size = float(wanted.abs()[wanted.isfinite()].max()) if wanted.isfinite().any() else 0.0
        watching.note(float(allowed.max()), size or scale, kind)
