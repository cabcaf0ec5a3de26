"""The app on a real record in a folder of the test's own, with a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from app.desk import Desk
from app.home import Home
from app.practice.clock import ManualClock
from app.settings import Settings
from app.tui.app import DrillApp
from app.tui.engine import BackgroundEngine

DRILL = "swiglu"
LIMIT_S = 60.0
Script = Callable[[DrillApp, Pilot[None]], Awaitable[None]]


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests show depends on no terminal of the person who runs them."""
    for name in ("NO_COLOR", "SSH_CONNECTION", "COLUMNS", "LINES", "DRILL_PATH", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def warm_engine() -> Iterator[BackgroundEngine]:
    """One engine for all tests that grade."""
    engine = BackgroundEngine()
    yield engine
    engine.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(home: Home, clock: ManualClock) -> Iterator[Desk]:
    """The core that the app of a test stands on; tests look at what the app did through it."""
    with Desk(home, clock) as desk:
        yield desk


class Runner:
    """Runs a script against the app, in its own event loop."""

    def __init__(self, desk: Desk, engine: Callable[[], BackgroundEngine]) -> None:
        self.desk = desk
        self.engine = engine
        self.settings = Settings()

    def __call__(self, script: Script, size: tuple[int, int] = (80, 24), *, grades: bool = False) -> DrillApp:
        app = DrillApp(lambda: self.desk, self.settings, warm=False, engine=self.engine() if grades else None)

        async def run() -> None:
            async with app.run_test(size=size, notifications=True) as pilot:
                await app.opened.wait()
                await settle(app, pilot)
                await script(app, pilot)

        asyncio.run(asyncio.wait_for(run(), LIMIT_S))
        return app


@pytest.fixture
def run_app(desk: Desk, request: pytest.FixtureRequest) -> Runner:
    return Runner(desk, lambda: request.getfixturevalue("warm_engine"))


async def settle(app: DrillApp, pilot: Pilot[None]) -> None:
    """Until nothing more happens by itself: short workers are done, and what they posted is handled."""
    for _ in range(3):
        await pilot.pause()
        waiting = [worker for worker in app.workers if worker.is_running and worker.group not in ENDLESS]
        if waiting and not asks(app):
            await app.workers.wait_for_complete(waiting)
        await pilot.pause()


ENDLESS = ("watch", "engine")


def asks(app: DrillApp) -> bool:
    """A dialog is up, for whose answer some worker waits."""
    from textual.screen import ModalScreen

    return isinstance(app.screen, ModalScreen)


async def press(app: DrillApp, pilot: Pilot[None], *keys: str) -> None:
    """Press keys, each after the one before has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settle(app, pilot)


async def until(condition: Callable[[], bool], pilot: Pilot[None]) -> None:
    """Wait for something that another process does."""
    while not condition():
        await pilot.pause(0.05)


def shown(app: DrillApp) -> str:
    """The screen as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
