from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from infraction_model.maps.page import html_page

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
        return self.page.locator(selector).all_inner_texts()

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text()

    def go_to(self, hour: int) -> None:
        self.page.evaluate(
            """hour => { const slider = document.querySelector("[data-part=slider]");
            slider.value = hour; slider.dispatchEvent(new Event("input")); }""",
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
def open_page(browser, tmp_path):
    """Open the page of a MapWeek; at the end of the test nothing may have been complained of."""
    opened: list[Opened] = []

    def show(week, language: str = "fr", width: int = 1400, height: int = 900) -> Opened:
        path = tmp_path / f"page-{len(opened)}.html"
        path.write_text(html_page(week, language), encoding="utf-8")
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
                if request.url == path.as_uri() or request.url.startswith("data:")
                else complain(f"request: {request.url[:80]}")
            ),
        )
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=true]", timeout=10_000)
        return found

    yield show
    for one in opened:
        one.page.close()
        assert one.complaints == []
