from __future__ import annotations

import base64
import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from infraction_model.maps.page.html import html_page

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Opened:
    """A page in the browser, and everything it did that it should not do."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def texts(self, selector: str) -> list[str]:
        return self.page.locator(selector).all_text_contents()

    def data(self) -> dict:
        """What the page was given, unpacked here."""
        packed = self.page.text_content("#week-data")
        return json.loads(zlib.decompress(base64.b64decode(packed)))

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text()

    def go_to(self, hour: int) -> None:
        self.page.evaluate(
            """async (hour) => {
            const slider = document.querySelector("[data-part=slider]");
            slider.value = hour;
            slider.dispatchEvent(new Event("input"));
            // the lists follow in the next frame
            const frame = () => new Promise((done) => requestAnimationFrame(done));
            await frame();
            await frame();
            }""",
            hour,
        )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for found in map(shutil.which, names) if found), None)
    if path is None:
        pytest.skip("no Chromium on the PATH; `make setup` installs one where it may")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def open_html(browser, tmp_path):
    """Open a whole page; at the end of the test nothing may have been complained of."""
    yield from opening(browser, tmp_path)


def opening(browser: Browser, folder: Path) -> Iterator[Callable]:
    """What opens pages that are written into a folder, and in the end closes and judges them."""
    opened: list[Opened] = []

    def show(
        html: str,
        width: int = 1400,
        height: int = 900,
        host: str = "",
        answer: Callable | None = None,
    ) -> Opened:
        path = folder / f"page-{len(opened)}.html"
        path.write_text(html, encoding="utf-8")
        found = Opened(browser.new_page(viewport={"width": width, "height": height}))
        opened.append(found)
        page, complain = found.page, found.complaints.append
        page.on("console", lambda message: complain(f"console: {message.text}"))
        page.on("pageerror", lambda error: complain(f"error: {error}"))
        page.on("dialog", lambda dialog: (complain("dialog"), dialog.dismiss()))
        page.on(
            "request",
            lambda request: (
                None
                if request.url == path.as_uri()
                or request.url.startswith("data:")
                or (host and request.url.startswith(host + "/"))
                else complain(f"request: {request.url[:80]}")
            ),
        )
        if answer is not None:  # a basemap's host, played by the test
            page.route(host + "/**", answer)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=true]", timeout=10_000)
        return found

    yield show
    for one in opened:
        one.page.close()
        assert one.complaints == []


@pytest.fixture(scope="module")
def open_shared(browser, tmp_path_factory):
    """Open a page that all tests of a module share; at its end nothing may be complained of."""
    yield from opening(browser, tmp_path_factory.mktemp("shared"))


@pytest.fixture
def keep_picture() -> Callable[[Opened, str], None]:
    """Keep a picture of a page under a name, in the folder that ARTEFACTS names."""
    folder = Path(os.environ.get("ARTEFACTS", "build/screenshots"))

    def keep(opened: Opened, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        opened.page.screenshot(path=folder / f"{name}.png")

    return keep


@pytest.fixture
def open_page(open_html):
    """Open the page of a MapWeek; `beside` goes to html_page."""

    def show(week, language: str = "fr", width: int = 1400, height: int = 900, **beside) -> Opened:
        played = {key: beside.pop(key) for key in ("host", "answer") if key in beside}
        return open_html(html_page(week, language, **beside), width, height, **played)

    return show
