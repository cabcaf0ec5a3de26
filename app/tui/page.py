"""What all screens share: the way to the desk, work aside from the event loop, and errors as words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from textual.screen import Screen

from grader.errors import DrillError

if TYPE_CHECKING:
    from app.desk import Desk
    from app.tui.front import Front

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


async def aside(function: Callable[Arguments, Value], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
    """Run something that touches files or the store in a thread, so that the screen never waits for a disk."""
    return await asyncio.to_thread(function, *args, **kwargs)


class Page(Screen[None]):
    """Base of the app's screens."""

    @property
    def front(self) -> Front:
        """The app, typed."""
        return cast("Front", self.app)

    @property
    def desk(self) -> Desk:
        """The core. Only after the app has opened it; see `Front.opened`."""
        return self.front.desk

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Errors that are told in words end as a message on the screen, which goes on."""
        try:
            yield
        except DrillError as error:
            self.tell(error)

    def tell(self, error: DrillError | str) -> None:
        title = "Not done" if isinstance(error, DrillError) else ""
        self.notify(str(error), title=title, severity="error", timeout=12, markup=False)
