"""Chromium, as the page tests use it: one browser, a page per visit, and everything that must not happen written down."""
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Locator, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run"]
expect.set_options(timeout=20_000)  # machines may be busy
DESKTOP, PHONE = (1440, 900), (390, 844)


def script(name: str) -> str:
    """A check that runs in the page."""
    text = (Path(__file__).parent / "pagejs" / f"{name}.js").read_text("utf-8")
    return text[text.index("\n") + 1:].strip()


class Visit:
    """One page, with its console, its requests and a few words for what a person does."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.console: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console.append(f"{message.text} {message.location.get('url', '')}".strip())

    def open(self, where: str = "/") -> "Visit":
        """Go there and wait until the page lives."""
        self.page.goto(self.url + where)
        self.page.locator("#tb-dock .tb-dock-now > *").wait_for(timeout=60_000)
        self.page.locator("#image-go").wait_for(state="attached")
        return self

    def tab(self, name: str) -> None:
        """Show a tab; on a phone it may lie in the second row."""
        tab = self.page.locator("#tb-nav > .tab-wrapper .tab-container:not(.visually-hidden) button[role=tab]", has_text=name)
        if not tab.is_visible():
            self.page.locator(".tb-moretabs").click()
        tab.click()
        self.page.locator(f"#tb-nav > .tab-wrapper button[aria-selected=true]:has-text('{name}')").first.wait_for(state="attached")

    def write(self, prompt: str, **values: Any) -> None:
        """Put words on the desk, and values into the drawer."""
        self.page.locator("#image-prompt textarea").fill(prompt)
        if values and not self.page.locator("#image-seed").is_visible():
            self.page.locator("#image-drawer button").first.click()
        for name, value in values.items():
            self._type(self.page.locator(f"#image-{name} :is(input, textarea)"), str(value))

    def _type(self, field: Locator, text: str) -> None:
        """Fill a field as a person does, who looks whether the words are there: a drawer that has just opened may still be settling."""
        for _ in range(3):
            field.fill(text)
            self.page.wait_for_timeout(100)
            if field.input_value() == text:
                return

    def make(self) -> None:
        """Ctrl+Enter, from where the focus is."""
        self.page.keyboard.press("Control+Enter")

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def strangers(self) -> list[str]:
        """Requests that went anywhere but to the studio."""
        home = urlsplit(self.url).netloc
        return [url for url in self.requests if urlsplit(url).netloc not in (home, "") and not url.startswith(("data:", "blob:"))]


_resting: dict[tuple[object, ...], list[BrowserContext]] = {}
"""Contexts that nobody looks into, by browser, studio and window."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for as long as the block lasts."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        for kind in [kind for kind in _resting if kind[0] is browser]:
            del _resting[kind]
        browser.close()


@contextmanager
def visit(browser: Browser, url: str, size: tuple[int, int] = DESKTOP, dark: bool = False, touch: bool = False) -> Iterator[Visit]:
    """A page of its own, as on a first visit but for what a browser keeps of the files it has fetched before."""
    kind = (browser, url, size, dark, touch)
    resting = _resting.setdefault(kind, [])
    context = resting.pop() if resting else browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light", has_touch=touch,
        reduced_motion="reduce", accept_downloads=True)
    page = context.new_page()
    try:
        yield Visit(page, url)
    except BaseException:
        context.close()
        raise
    with suppress(Error):
        page.evaluate("localStorage.clear()")
    page.close()
    context.clear_cookies()
    resting.append(context)
