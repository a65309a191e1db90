"""What the page is for everybody: narrow screens, the dark, keyboards, screen readers, hostile words, bad input."""
from collections.abc import Iterator
from typing import Any

import pytest
from browser import PHONE, Visit, chromium, script, visit
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser
TABS = ("Image", "Video", "Music", "Speech", "3D", "Read a picture", "Song", "Library", "Queue", "Studio")
SMALL = {"width": 128, "height": 128}
HOSTILE = ["<img src=x onerror=\"window.hurt=1\">", "</script><script>window.hurt=2</script>", "{{7*7}} ${7*7} {{constructor}}",
           "\"><svg onload=window.hurt=3>", "a cat' onmouseover='window.hurt=4", "مدينة في الليل 🦊 " + "w" * 300]


@pytest.fixture(scope="module")
def home(studio_with) -> Any:
    one = studio_with()
    for prompt in HOSTILE:
        one.http.post("/api/v1/generate_image", json={"prompt": prompt, "wait": True, **SMALL}).raise_for_status()
    song = {"title": HOSTILE[0], "lyrics": f"{HOSTILE[1]}\n\n{HOSTILE[3]}", "tags": [HOSTILE[4]], "wait": True, **SMALL}
    one.http.post("/api/v1/illustrate_song", json=song).raise_for_status()
    tune = {"prompt": f"a tune of {HOSTILE[0]}", "duration_seconds": 5, "wait": True}
    one.http.post("/api/v1/generate_music", json=tune, timeout=180).raise_for_status()
    for verb, field in (("generate_speech", "text"), ("generate_mesh", "prompt")):
        one.http.post(f"/api/v1/{verb}", json={field: f"a red house, {HOSTILE[4]}", "wait": True}, timeout=180).raise_for_status()
    return one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def page(browser, home) -> Iterator[Visit]:
    with visit(browser, home.url) as one:
        yield one.open()
        assert one.console == []


def test_hostile_words_are_words(page) -> None:
    expect(page.page.locator("#image-wall .tb-lead")).to_contain_text("🦊", timeout=30_000)
    for name in TABS:
        page.tab(name)
        page.page.wait_for_timeout(600)
    page.tab("Song")
    expect(page.page.locator(".tb-cover h1")).to_have_text(HOSTILE[0], timeout=30_000)
    page.tab("Library")
    page.page.locator(".tb-item.is-image").first.click()
    for _ in HOSTILE:
        page.page.keyboard.press("ArrowRight")
        page.page.wait_for_timeout(100)
    assert page.page.evaluate("window.hurt") is None
    assert page.page.locator("img[src=x], svg[onload]").count() == 0
    assert page.page.get_by_text("49").count() == 0 or "{{7*7}}" in page.page.content()


def test_every_request_goes_home(browser, home) -> None:
    with visit(browser, home.url) as one:
        one.open()
        for name in TABS:
            one.tab(name)
            one.page.wait_for_timeout(500)
        assert one.strangers() == []
        assert one.console == []


@pytest.mark.parametrize("size", [PHONE, (768, 1024), (1440, 900)])
def test_nothing_is_wider_than_the_window(browser, home, size) -> None:
    with visit(browser, home.url, size) as one:
        one.open()
        for name in TABS:
            one.tab(name)
            one.page.wait_for_timeout(500)
            assert one.overflow() == 0, name
        one.tab("Image")
        for width in {size[0], min(size[0], 1024)}:  # a laptop's desk is narrower than a desktop's
            one.page.set_viewport_size({"width": width, "height": 768})
            assert one.page.evaluate(script("cut")) == [], width


@pytest.mark.parametrize("dark", [False, True])
def test_words_can_be_read_by_day_and_night(browser, home, dark) -> None:
    with visit(browser, home.url, dark=dark) as one:
        one.open()
        assert one.page.evaluate("document.body.classList.contains('dark')") is dark
        for name in TABS:
            one.tab(name)
            one.page.wait_for_timeout(600)
            assert one.page.evaluate(script("contrast")) == [], name


def test_day_and_night_are_kept(page) -> None:
    page.page.get_by_role("button", name="Switch to night").click()
    assert page.page.evaluate("document.body.classList.contains('dark')")
    page.open()
    page.page.get_by_role("button", name="Switch to day").wait_for()
    assert page.page.evaluate("document.body.classList.contains('dark')")
    page.page.get_by_role("button", name="Switch to day").click()


def test_everything_has_a_name(page) -> None:
    for name in TABS:
        page.tab(name)
        page.page.wait_for_timeout(500)
        assert page.page.evaluate(script("unnamed")) == [], name


def test_targets_are_large_enough_on_a_phone(browser, home) -> None:
    with visit(browser, home.url, PHONE, touch=True) as one:
        one.open()
        for name in TABS:
            one.tab(name)
            one.page.wait_for_timeout(500)
            assert one.page.evaluate(script("small")) == [], name


def test_with_the_keyboard_alone(page) -> None:
    keys = page.page.keyboard
    keys.press("Tab")
    assert page.page.evaluate("document.activeElement.className") == "tb-skip"
    keys.press("Tab")
    assert page.page.evaluate("document.activeElement.getAttribute('role')") == "tab"
    keys.press("Tab")
    assert page.page.evaluate("document.activeElement.className") == "tb-daynight"
    keys.press("Tab")
    assert page.page.evaluate("document.activeElement.closest('#image-prompt') !== null")
    keys.type("a small boat on the sea")
    keys.press("Tab")
    keys.press("ArrowRight")
    chosen = page.page.evaluate("document.activeElement.value")
    assert chosen != "none"
    keys.press("Control+Enter")
    expect(page.page.locator(".tb-lead .is-complete .tb-prompt")).to_contain_text("a small boat on the sea", timeout=60_000)
    page.page.locator("#tb-nav > .tab-wrapper button[role=tab]:visible").first.focus()
    keys.press("ArrowRight")
    assert page.page.evaluate("document.activeElement.textContent.trim()") == "Video"
    keys.press("End")
    expect(page.page.locator(".tb-studio-top h1")).to_be_visible()


@pytest.mark.parametrize(("values", "sentence"), [
    ({"seed": "-1"}, "Seed must be at least 0"), ({"width": "7"}, "Width must be"), ({"steps": "2.5"}, "Steps must be a whole number"),
    ({"guidance": "nan"}, "Guidance must be"), ({"scene": "{oops"}, "Scene is not JSON"),
    ({"height": "100000"}, "Height must be at most 2048")])
def test_bad_input_is_named_in_place(page, home, values, sentence) -> None:
    before = len(home.listed())
    page.write("a boat", **values)
    page.make()
    name = next(iter(values))
    expect(page.page.locator(".tb-said")).to_contain_text(sentence, timeout=15_000)
    expect(page.page.locator(f"#image-{name} [aria-invalid=true]")).to_be_visible()
    expect(page.page.locator(f"#image-{name} .tb-amiss")).to_contain_text(sentence)
    expect(page.page.locator(".tb-news")).to_have_text("")  # nothing was sent, and nothing says so
    assert len(home.listed()) == before


@pytest.mark.parametrize(("prompt", "wrong"), [("", "is empty"), ("x" * 5000, "4000")])
def test_an_empty_or_endless_prompt(page, home, prompt, wrong) -> None:
    before = len(home.listed())
    page.write(prompt)
    page.page.locator("#image-go").click()
    expect(page.page.locator(".tb-said")).to_contain_text("“What is in the picture?”", timeout=15_000)  # as the page calls it
    expect(page.page.locator("#image-prompt .tb-amiss")).to_contain_text(wrong)
    assert len(home.listed()) == before


def test_the_large_view_shows_all_its_tools_on_a_phone(browser, home) -> None:
    with visit(browser, home.url, PHONE, touch=True) as one:
        one.open()
        one.page.locator(".tb-lead .tb-open").first.click()
        for name in ("Delete", "Save", "Close"):
            tool = one.page.locator(f".tb-view-top :is(:is(a, button):has-text('{name}'), [aria-label='{name}'])").first
            box = tool.bounding_box() or {"x": -1, "width": 0}
            assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0], name
