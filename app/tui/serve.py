"""The app in a browser: textual-serve on the loopback, for pages of its own alone."""

from __future__ import annotations

import re
import shlex
import socket
import sys
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler
from textual_serve.server import Server

from grader.errors import DrillError

HOST = "127.0.0.1"
NAMES = ("localhost", "127.0.0.1")
FOREIGN_FONT = re.compile(r"<link[^>]*fonts\.googleapis\.com[^>]*>")
OWN_FONT = """<style>
@font-face { font-family: "Roboto Mono"; font-weight: 100 700; src: url("/static/fonts/RobotoMono-VariableFont_wght.ttf"); }
</style>"""
"""textual-serve ships the font, and yet its page asks Google for it."""
FOCUS = """
<script>
new MutationObserver((_, observer) => {
  if (document.body.classList.contains("-first-byte")) {  // the app has drawn
    observer.disconnect();
    document.querySelector(".xterm-helper-textarea")?.focus();
  }
}).observe(document.body, {attributes: true, attributeFilter: ["class"]});
</script>
"""
"""Gives the keyboard to the terminal in textual-serve's page, which waits for a click."""


class LoopbackServer(Server):
    """Refuses requests that a foreign page, or a foreign name for this address, leads a browser to make."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(only_own_pages)
        return app

    async def handle_index(self, request: web.Request) -> web.Response:
        page = await super().handle_index(request)
        assert isinstance(page, web.Response)
        page.text = FOREIGN_FONT.sub(OWN_FONT, page.text or "").replace("</body>", f"{FOCUS}</body>")
        return page

    async def on_startup(self, app: web.Application) -> None:
        print(f"drill is at {self.public_url}  (Ctrl-C ends it)", file=sys.stderr, flush=True)


@web.middleware
async def only_own_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A page of another site may open a web socket to the loopback; this is where it ends."""
    host = request.headers.get("Host", "")
    origin = request.headers.get("Origin")
    if urlsplit(f"//{host}").hostname not in NAMES or (origin is not None and urlsplit(origin).netloc != host):
        raise web.HTTPForbidden(text="only pages that drill served may do that")
    return await handler(request)


def serve(port: int) -> None:
    """Serve until Ctrl-C. Raises DrillError where the port is taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise DrillError(f"port {port}: {error.strerror}\nhint: drill serve --port {port + 1}") from error
    command = shlex.join([sys.executable, "-m", "app.cli"])
    LoopbackServer(command, host=HOST, port=port, title="drill", public_url=f"http://localhost:{port}").serve()
