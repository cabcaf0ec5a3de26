"""`drill serve` in a real headless Chromium: open, sit a drill, submit, see the verdict."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pyte
import pytest

from app.desk import Desk
from app.home import Home
from tests.tui.conftest import DRILL
from tests.tui.terminal import without_questions

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocket

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
LIMIT_S = 60.0
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a running `drill serve` with a record of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DRILL_HOME": str(tmp_path), "LANG": "C.UTF-8"}
    command = [str(Path(sys.executable).parent / "drill"), "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert server.stdout is not None
        assert b"drill is at" in server.stdout.readline()
        wait_until_it_answers(port)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.communicate(timeout=20)


def wait_until_it_answers(port: int) -> None:
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("drill serve does not answer")


def status_of(address: str, **headers: str) -> int:
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_only_pages_of_its_own_may_open_the_app(served: str) -> None:
    assert status_of(served) == 200
    assert status_of(served, Host="evil.example") == 403
    assert status_of(served + "/ws", Origin="http://evil.example") == 403


def test_the_page_asks_no_other_site_for_anything(served: str) -> None:
    with urllib.request.urlopen(served, timeout=10) as answer:
        page = answer.read().decode()
    font = re.search(r'url\("(/static/fonts/[^"]*)"\)', page)

    assert all(address.startswith((served, "ws" + served.removeprefix("http"))) for address in loads(page))
    assert font is not None and status_of(served + font[1]) == 200


def loads(page: str) -> list[str]:
    """What a browser fetches for this page by itself, as far as it names a site."""
    return re.findall(r'(?:src|href|-url)="((?:https?|wss?)://[^"]*)"', page)


class PageTerminal:
    """What the terminal in a page was sent, as a screen: the page draws it on a canvas, where no text can be read."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)
        page.on("websocket", self.listen)

    def listen(self, connection: WebSocket) -> None:
        size = parse_qs(urlsplit(connection.url).query)
        self.screen.resize(int(size["height"][0]), int(size["width"][0]))
        connection.on("framereceived", self.take)

    def take(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes):
            self.stream.feed(without_questions(payload))

    def wait_for(self, *wanted: str) -> None:
        until = time.monotonic() + LIMIT_S
        while not all(word in "\n".join(self.screen.display) for word in wanted):
            if time.monotonic() > until:
                raise AssertionError(f"{wanted} did not appear in\n" + "\n".join(self.screen.display))
            self.page.wait_for_timeout(100)


@needs_chromium
def test_a_drill_is_sat_in_the_browser(served: str, tmp_path: Path, catalogue) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page(viewport={"width": 1300, "height": 800})
            terminal = PageTerminal(page)
            blank = page.screenshot()
            page.goto(served)
            terminal.wait_for("Welcome to drill", "SwiGLU, par")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            terminal.wait_for("left", "gated feed-forward")
            page.keyboard.press("Control+n")
            terminal.wait_for("costs 10 points")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            terminal.wait_for("# drill: swiglu")
            with Desk(Home(tmp_path)) as desk:
                (sitting,) = desk.open_sittings()
            sitting.file.write_text(catalogue.find(DRILL).reference.read_text())
            terminal.wait_for("by another program")
            page.keyboard.press("F9")
            terminal.wait_for("PASSED", "PASS  numerics")
            assert len(page.screenshot()) > len(blank)  # the page drew it: an empty terminal compresses to less
        finally:
            browser.close()
