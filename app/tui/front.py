"""What a screen may ask of the app that it is shown by. Screens know this alone, so that no screen knows the whole app."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from textual.worker import Worker

    from app.desk import Desk
    from app.practice.schedule import Item
    from app.settings import Settings
    from app.sitting import Sitting
    from app.tui.engine import BackgroundEngine
    from grader.catalogue import Deck, Drill


class Front(Protocol):
    """The app, as its screens see it."""

    desk: Desk
    """The core; only after `opened`."""
    settings: Settings
    opened: asyncio.Event
    key_problems: list[str]

    @property
    def engine(self) -> BackgroundEngine:
        """What grades, in the background."""

    def keys_of(self, action_id: str) -> str:
        """The present keys of an action, in words."""

    def change_setting(self, key: str, value: str | list[str] | Mapping[str, str]) -> Worker[None]:
        """Keep one setting and apply it."""

    def deck_of(self, drill: Drill) -> Deck:
        """The deck that a drill belongs to."""

    def home(self) -> None:
        """Back to home, or to the interview that a part belongs to."""

    def open_item(self, item: Item, fresh: bool = False) -> object:
        """Start a drill, a card or a round."""

    def open_next(self) -> object:
        """Start the next best thing."""

    def sit(self, sitting: Sitting) -> None:
        """Show a session's drill screen."""

    async def action_quit(self) -> None:
        """Let every screen keep what it holds, then leave."""
