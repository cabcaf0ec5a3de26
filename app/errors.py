"""Errors of the practice part. Each message says what, where, and what to do."""

from __future__ import annotations

from grader.errors import DrillError


class Refused(DrillError):
    """A session cannot do that now: it is over, paused, or has no such row or hint."""


class StoreError(DrillError):
    """The record of practice cannot be opened, read or written. Nothing was lost or changed."""


class SettingsError(DrillError):
    """settings.toml holds something that is not allowed; names file, key, value and what is."""


class WorkspaceError(DrillError):
    """A file of answers cannot be read or written. What stood there still stands there."""


class ChangedOutside(WorkspaceError):
    """The file is not as it was when it was read: someone else wrote it since."""
