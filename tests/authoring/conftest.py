"""A drill that a test may break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.catalogue import Drill
from tests.authoring.broken import NAME


@pytest.fixture
def drill(catalogue, tmp_path: Path) -> Drill:
    """A copy that may be broken."""
    shipped = catalogue.find(NAME)
    folders = [tmp_path / kind / shipped.deck / NAME for kind in ("drills", "solutions")]
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(shipped.folder, folders[0], ignore=ignore)
    shutil.copytree(shipped.solution_folder, folders[1], ignore=ignore)
    return Drill(NAME, shipped.deck, *folders)
