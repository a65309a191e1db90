"""The Video tab: a film is made, shown and played; a picture is chosen and set in motion; what is wrong is said in place."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from browser import PHONE, Visit, chromium, visit
from PIL import Image
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser
SMALL = {"width": 128, "height": 96, "num_frames": 6, "seed": 3, "wait": True}


@pytest.fixture(scope="module")
def home(studio_with) -> Any:
    return studio_with()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def page(browser, home) -> Iterator[Visit]:
    with visit(browser, home.url) as one:
        yield one.open()
        assert one.console == [] and one.strangers() == []


def field(page: Visit, name: str) -> Any:
    return page.page.locator(f"#video-{name} :is(input, textarea)").first


def test_an_example_becomes_a_film_that_plays(page, home) -> None:
    page.tab("Video")
    example = page.page.locator("#video-wall .tb-examples button").first
    words = example.locator(".tb-saying").inner_text()
    example.click()
    expect(page.page.locator("#video-prompt textarea")).to_have_value(words)
    expect(page.page.locator("#video-style select")).to_have_value("anime")
    field(page, "duration-seconds").fill("1")
    page.make()
    reel = page.page.locator("#video-wall .tb-lead .is-complete video")
    expect(reel).to_be_visible(timeout=120_000)
    assert "w=1024" in reel.get_attribute("poster")
    reel.evaluate("video => video.play()")
    page.page.wait_for_function("document.querySelector('video').currentTime > 0.3", timeout=20_000)
    assert reel.evaluate("video => [video.videoWidth, video.videoHeight, Math.round(video.duration)]") == [720, 480, 1]
    page.tab("Music")
    page.page.wait_for_function("document.querySelector('video').paused", timeout=5_000)
    assert home.listed(type="video")[0]["request"]["style"] == "anime"


def test_a_picture_is_chosen_taken_out_and_set_in_motion(page, home) -> None:
    page.tab("Video")
    data = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(data, "PNG")
    chosen = {"name": "slope.png", "mimeType": "image/png", "buffer": data.getvalue()}
    given = page.page.locator("#video-image")
    given.locator("input[type=file]").set_input_files(chosen)
    expect(given.locator(".tb-givenname")).to_have_text("slope.png")
    given.get_by_role("button", name="Take it out").click()
    given.locator("input[type=file]").set_input_files(chosen)
    expect(given.locator("img")).to_be_visible()
    field(page, "duration-seconds").fill("0.5")
    page.make()
    lead = page.page.locator("#video-wall .tb-lead .is-complete")
    expect(lead.locator("video")).to_be_visible(timeout=120_000)
    expect(lead).to_contain_text("depth was guessed")
    assert home.listed(type="video")[0]["request"]["image"].startswith("up_")


def test_a_file_that_is_no_picture_is_refused_beside_the_field(browser, home) -> None:
    with visit(browser, home.url) as one:
        one.open().tab("Video")
        given = one.page.locator("#video-image")
        given.locator("input[type=file]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"no picture"})
        expect(given.locator(".tb-amiss")).to_contain_text("no picture")


def test_what_cannot_be_filmed_is_said_in_place(page, home) -> None:
    page.tab("Video")
    before = len(home.listed(type="video"))
    page.page.locator("#video-go").click()
    expect(page.page.locator("#video-said .tb-said")).to_contain_text("nothing to film", timeout=15_000)
    page.page.locator("#video-prompt textarea").fill("a cat")
    field(page, "duration-seconds").fill("31")
    page.page.locator("#video-go").click()
    expect(page.page.locator("#video-duration-seconds .tb-amiss")).to_contain_text("at most 30", timeout=15_000)
    assert len(home.listed(type="video")) == before


def test_a_film_is_varied_and_found_in_the_library(page, home) -> None:
    job = home.http.post("/api/v1/generate_video", json={"prompt": "a boat on the sea"} | SMALL, timeout=180).json()
    page.tab("Video")
    lead = page.page.locator(f'#video-wall .tb-batch[data-job="{job["id"]}"]')
    lead.get_by_role("button", name="Make a variation").click()
    expect(page.page.locator("#video-wall .tb-lead .is-complete .tb-origin")).to_contain_text("35 %", timeout=120_000)
    page.tab("Library")
    page.page.locator(".tb-item").first.click()
    expect(page.page.locator("dialog[open] video")).to_be_visible()
    page.page.keyboard.press("Escape")


def test_it_fits_a_phone(browser, home) -> None:
    with visit(browser, home.url, PHONE, touch=True) as one:
        one.open().tab("Video")
        one.page.wait_for_timeout(800)
        expect(one.page.locator("#video-wall")).to_be_visible()
        assert one.overflow() <= 0
