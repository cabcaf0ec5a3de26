"""Every drill is sound: the author's gate, in its quick form, finds nothing to complain about."""

from __future__ import annotations

import pytest

from grader.authoring.engines import Engines
from grader.authoring.gate import check_drill
from grader.catalogue import open_catalogue


@pytest.mark.parametrize("drill", list(open_catalogue()), ids=lambda drill: drill.name)
def test_a_shipped_drill_is_sound(engines: Engines, drill) -> None:
    report = check_drill(engines, drill, quick=True)

    assert report.errors == []
    assert report.num_graded > 10
