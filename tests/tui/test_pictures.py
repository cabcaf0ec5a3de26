"""A few pictures of screens, dark and light, small and large. Renew with `pytest tests/tui/test_pictures.py --snapshot-update`
after looking at what changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.desk import Desk
from app.practice.clock import ManualClock
from app.practice.rating import Rating
from app.settings import Settings
from app.tui.app import DrillApp
from grader.catalogue import Catalogue
from tests.tui.conftest import DRILL, settle

SIZES = [((80, 24), "drill-dark"), ((120, 40), "drill-light")]


PROMPT = """# SwiGLU

Write the gated feed-forward of a decoder, without biases.

```python
def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor: ...
```

## What it computes

- `(silu(x w_gate^T) * (x w_up^T)) w_down^T`, and **nothing** is clamped.
"""
STARTER = "# drill: swiglu\nLEDGER = {}\n\n\ndef swiglu(x, w_gate, w_up, w_down):\n    raise NotImplementedError('write me')\n"


@pytest.fixture
def few_drills(tmp_path: Path, catalogue: Catalogue) -> Catalogue:
    """Two decks of one drill each, so that a new drill or a new sentence in a prompt renews no picture."""
    for name in (DRILL, "gqa_cache"):
        drill = catalogue.find(name)
        folder = tmp_path / "drills" / drill.deck / name
        shutil.copytree(drill.folder, folder)
        shutil.copytree(drill.solution_folder, tmp_path / "solutions" / drill.deck / name)
        shutil.copy(drill.folder.parent / "card.toml", folder.parent)
        (folder / "prompt.md").write_text(PROMPT)
        (folder / "starter.py").write_text(STARTER)
    return Catalogue(tmp_path)


@pytest.fixture
def record(desk: Desk, clock: ManualClock, few_drills: Catalogue) -> Desk:
    """Some cards are due; the days are those of the clock that stands."""
    desk.__dict__["catalogue"] = few_drills
    desk.record_recall("attention", Rating.AGAIN)
    desk.record_recall("decoder", Rating.AGAIN)
    clock.advance(2 * 86400)
    return desk


def app_of(desk: Desk, theme: str) -> DrillApp:
    return DrillApp(lambda: desk, Settings(theme=theme, animation="none"), warm=False)


@pytest.mark.parametrize(("size", "theme"), SIZES)
def test_home(snap_compare, record: Desk, size: tuple[int, int], theme: str) -> None:
    app = app_of(record, theme)

    async def before(pilot) -> None:
        await app.opened.wait()
        await settle(app, pilot)

    assert snap_compare(app, run_before=before, terminal_size=size)


@pytest.mark.parametrize(("size", "theme"), SIZES)
def test_drill(snap_compare, record: Desk, size: tuple[int, int], theme: str) -> None:
    app = app_of(record, theme)
    sitting = record.start(record.catalogue.find(DRILL))
    sitting.skip_ledger()

    async def before(pilot) -> None:
        await app.opened.wait()
        app.sit(sitting)
        await settle(app, pilot)
        await settle(app, pilot)
        app.screen.code.editor.cursor_blink = False
        app.screen.show_pane("work")
        await pilot.pause()

    assert snap_compare(app, run_before=before, terminal_size=size)
