"""Takes the page's portraits: every tab by day and night, on a desk and in a hand, while it works and when it is done.

    python -m bench.shots                    a studio of its own, pictures into docs/screens
    python -m bench.shots --url http://…     a studio that runs already
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
SCREENS = ROOT / "docs" / "screens"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run"]
DESK, HAND = (1440, 900), (390, 844)
PROMPT = "a lighthouse on a cliff at sunset, a comet above the calm sea"
WORKS: list[dict[str, Any]] = [
    {"prompt": "a fox sitting in a snowy forest under a full moon", "style": "anime", "seed": 7},
    {"prompt": "a girl in a red scarf and a black cat on a rooftop, city at night", "style": "digital_art", "seed": 5, "width": 640,
     "height": 960},
    {"prompt": "a red sailing boat on a calm sea at dawn", "style": "cinematic", "seed": 12, "width": 960, "height": 640},
    {"prompt": "a windmill in a meadow with three cows", "style": "none", "seed": 3},
    {"prompt": "a castle in the mountains, winter", "style": "photorealistic", "seed": 21, "width": 960, "height": 640},
    {"prompt": "an owl on a branch at night", "style": "digital_art", "seed": 9, "count": 4},
    {"prompt": "a steam train crossing a bridge over a river", "style": "cinematic", "seed": 2, "width": 1024, "height": 576},
    {"prompt": "a robot and a cat in a kitchen", "style": "anime", "seed": 14},
    {"prompt": "two swans on a lake in the fog", "style": "cinematic", "seed": 6, "width": 640, "height": 960}]
HEARD: dict[str, tuple[str, dict[str, Any]]] = {
    "Video": ("generate_video", {"prompt": "a red fox walking in a snowy forest at night", "style": "anime", "seed": 5}),
    "Music": ("generate_music", {"prompt": "a calm folk tune for harp and flute, by the sea", "duration_seconds": 24, "seed": 4}),
    "Speech": ("generate_speech", {"emotion": "calm", "text": "The tide had left a sail to find, a harbour and a wall behind."
                                   " The evening poured its copper in."}),
    "3D": ("generate_mesh", {"prompt": "a red lighthouse on a rock", "seed": 2})}
SONG = {"title": "The Girl with the Yellow Scarf", "style": "cinematic", "tags": ["folk", "road"], "seed": 11, "lyrics": """\
Out where the poppies lean to light
she tied her scarf of yellow tight,
and called the dog, and did not say
how long a road begins today.

The tide had left a sail to find,
a harbour and a wall behind;
the evening poured its copper in
and asked her where the songs begin.

The fir trees kept their breath all night,
an owl went by in borrowed white;
she hummed to keep the dark at bay
and heard the dark hum back halfway."""}


@contextmanager
def studio() -> Iterator[str]:
    """A studio on a home of its own; its address."""
    base = Path.home() / ".cache" / "studio-shots"
    base.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base) as home:
        env = os.environ | {"STUDIO_HOME": home, "STUDIO_PORT": "0", "STUDIO_CPU_WORKERS": "2"}
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if "listens on" in line)
            yield re.search(r"http://\S+", line)[0]  # type: ignore[index]
        finally:
            process.terminate()
            process.wait(60)


class Camera:
    """One window of one size, by day or night."""

    def __init__(self, browser: Browser, url: str, size: tuple[int, int], dark: bool) -> None:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light",
                                      has_touch=size == HAND, device_scale_factor=2 if size == HAND else 1)
        self.page: Page = context.new_page()
        self.page.goto(url)
        self.page.locator("#tb-dock .tb-dock-now > *").wait_for()
        self.page.wait_for_timeout(1500)

    def tab(self, name: str) -> "Camera":
        """Show a tab and let its pictures come."""
        tab = self.page.locator("#tb-nav > .tab-wrapper .tab-container:not(.visually-hidden) button[role=tab]", has_text=name)
        if not tab.is_visible():
            self.page.locator(".tb-moretabs").click()
        tab.click()
        self.page.wait_for_timeout(1800)
        return self

    def shoot(self, name: str) -> None:
        """Keep what is seen, small."""
        path = SCREENS / f"{name}.png"
        self.page.screenshot(path=path)
        with Image.open(path) as image:
            image.convert("RGB").save(path.with_suffix(".jpg"), quality=84, optimize=True)
        path.unlink()
        print(path.with_suffix(".jpg").relative_to(ROOT), path.with_suffix(".jpg").stat().st_size)


def make(http: httpx.Client, verb: str, values: dict[str, Any]) -> dict[str, Any]:
    """Ask for something and wait for it."""
    reply = http.post(f"/api/v1/{verb}", json={**values, "wait": True}, timeout=600)
    reply.raise_for_status()
    made: dict[str, Any] = reply.json()
    return made


def empty(browser: Browser, url: str) -> None:
    """Before anything was made."""
    for name, size, dark in (("desk", DESK, False), ("hand", HAND, False)):
        camera = Camera(browser, url, size, dark)
        camera.shoot(f"image-empty-{name}")
        for each in ("Video", "Music", "Speech", "3D", "Song"):
            camera.tab(each).shoot(f"{each.lower()}-empty-{name}")
        camera.page.context.close()


def at_work(browser: Browser, url: str, http: httpx.Client) -> None:
    """Four pictures on their way, then done, then large, then compared."""
    camera = Camera(browser, url, DESK, False)
    page = camera.page
    page.locator("#image-prompt textarea").fill(PROMPT)
    page.locator("#image-style input[value=cinematic]").check(force=True)
    page.locator("#image-count input[value='4']").check(force=True)
    page.keyboard.press("Control+Enter")
    page.locator(".tb-print.is-coming").wait_for(timeout=60_000)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and page.locator(".tb-print.is-there").count() < 2:
        page.wait_for_timeout(50)
    camera.shoot("image-working-desk")
    page.locator(".tb-lead .is-complete").wait_for(timeout=120_000)
    page.wait_for_timeout(1500)
    camera.shoot("image-done-desk")
    page.locator(".tb-open").nth(1).click()
    page.wait_for_timeout(1200)
    camera.shoot("large-view-desk")
    page.keyboard.press("c")
    page.wait_for_timeout(1000)
    camera.shoot("compare-desk")
    page.context.close()


def heard(camera: Camera) -> None:
    """The newest sound or film plays, the newest object turns."""
    lead = camera.page.locator(".tb-lead:visible")
    lead.evaluate("e => { if (innerWidth < 900) scrollTo(0, e.getBoundingClientRect().top + scrollY - 72); }")
    lead.locator("video, [data-play], [data-do=turn]").first.evaluate("e => e.play ? e.play() : e.click()")
    camera.page.wait_for_timeout(2200)


def reading(camera: Camera, name: str) -> None:
    """A picture that was made here, read, and its scene."""
    page = camera.tab("Read a picture").page
    page.locator(".tb-mine button").last.click()
    page.locator(".tb-read.is-done").wait_for(timeout=60_000)
    page.wait_for_timeout(1200)
    camera.shoot(f"read-{name}")
    page.locator("#read-scene").evaluate("e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 72)")
    page.wait_for_timeout(600)
    camera.shoot(f"scene-{name}")


def done(browser: Browser, url: str, http: httpx.Client) -> None:
    """Everything by day and night, on the desk and in the hand."""
    for name, size, dark in (("desk", DESK, False), ("desk-night", DESK, True), ("hand", HAND, False), ("hand-night", HAND, True)):
        camera = Camera(browser, url, size, dark)
        if size == HAND:
            camera.page.locator(".tb-lead").scroll_into_view_if_needed()
            camera.page.evaluate("scrollTo(0, document.querySelector('.tb-lead').getBoundingClientRect().top + scrollY - 72)")
            camera.page.wait_for_timeout(600)
        camera.shoot(f"image-{name}")
        for each in HEARD:
            heard(camera.tab(each))
            camera.shoot(f"{each.lower()}-{name}")
        reading(camera, name)
        for each in ("Song", "Library", "Queue", "Studio"):
            camera.tab(each).shoot(f"{each.lower()}-{name}")
        camera.page.context.close()


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a studio that runs already")
    given = parser.parse_args().url
    SCREENS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with studio() if not given else _there(given) as url, httpx.Client(base_url=url) as http:
            if not given:
                empty(browser, url)
            for work in WORKS:
                make(http, "generate_image", work)
            for verb, values in HEARD.values():
                make(http, verb, values)
            make(http, "illustrate_song", SONG)
            at_work(browser, url, http)
            for k in range(4):
                more = {"prompt": f"a harbour town at first light, {k + 3} fishing boats", "count": 8}
                http.post("/api/v1/generate_image", json=more).raise_for_status()
            done(browser, url, http)
        browser.close()


@contextmanager
def _there(url: str) -> Iterator[str]:
    yield url


if __name__ == "__main__":
    main()
