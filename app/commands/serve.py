"""`drill serve`."""

from __future__ import annotations

import click


@click.command("serve")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, metavar="N", help="The port.")
def command(port: int) -> None:
    """Serve the app to a browser on this machine, at http://localhost:PORT.

    Only this machine can reach it, and only a page that it served itself may open the app. Click into the page once, so
    that it has the keyboard. Ctrl-C ends the server. Your own editor cannot be opened in the page: use the built-in one, or
    your own beside it.
    """
    from app.tui.serve import serve  # aiohttp: 200 ms

    serve(port)
