"""The tabs for what is heard and turned: each makes one thing and shows it, and what was made can be used again."""
import base64
import io
import re
import wave
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from browser import PHONE, Visit, chromium, visit
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

pytestmark = pytest.mark.browser
TABS = ("Music", "Speech", "3D")
LONG = {"prompt": "slow ambient strings", "duration_seconds": 300}


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
        assert one.console == []
        assert one.strangers() == []


def wall(page: Visit, kind: str) -> Locator:
    return page.page.locator(f"#{kind}-wall")


def humming() -> bytes:
    """Three seconds of four notes, as a WAV file."""
    rate, data = 22050, io.BytesIO()
    notes = np.concatenate([np.sin(2 * np.pi * pitch * np.arange(rate * 3 // 4) / rate) for pitch in (220.0, 246.9, 277.2, 329.6)])
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((notes * 12000).astype("<i2").tobytes())
    return data.getvalue()


def made(home, verb: str, **values: Any) -> dict[str, Any]:
    reply = home.http.post(f"/api/v1/{verb}", json={**values, "wait": True}, timeout=180)
    reply.raise_for_status()
    job: dict[str, Any] = reply.json()
    assert job["status"] == "complete", job
    return job


@pytest.mark.parametrize(("tab", "kind", "field"), [("Music", "music", "prompt"), ("Speech", "speech", "text"), ("3D", "mesh", "prompt")])
def test_an_empty_wall_teaches_and_its_examples_fill_the_desk(page, tab, kind, field) -> None:
    page.tab(tab)
    expect(wall(page, kind).locator("h1")).to_be_visible()
    example = wall(page, kind).locator(".tb-examples button").nth(1)
    words = example.locator(".tb-saying").inner_text()
    example.click()
    expect(page.page.locator(f"#{kind}-{field} textarea")).to_have_value(words)


def test_music_is_made_heard_and_saved(page, home) -> None:
    page.tab("Music")
    page.page.locator("#music-prompt textarea").fill("a calm tune for harp")
    page.page.locator("#music-duration-seconds :is(input, textarea)").fill("6")
    page.page.locator("#music-prompt textarea").focus()
    page.make()
    player = wall(page, "music").locator(".tb-lead .is-complete .tb-player")
    expect(player).to_be_visible(timeout=120_000)
    expect(player.locator(".tb-time")).to_have_text("0:00 / 0:06")
    player.get_by_role("button", name="Play").click()
    expect(player).to_have_class(re.compile("is-playing"))
    page.page.wait_for_function("document.querySelector('.tb-sounds audio').currentTime > 0.4")
    player.get_by_role("button", name="Pause").click()
    player.locator("input").focus()
    page.page.keyboard.press("End")
    expect(player.locator(".tb-time b")).to_have_text("0:06")
    names = wall(page, "music").locator(".tb-saving a")
    expect(names).to_have_count(3)
    expect(names.nth(2)).to_contain_text("Score (MIDI)")
    for link in names.all():
        assert home.http.get(link.get_attribute("href") or "").status_code == 200
    assert home.listed(type="music")[0]["request"]["duration_seconds"] == 6


def test_a_tune_is_varied_and_its_settings_come_back(page, home) -> None:
    job = made(home, "generate_music", prompt="a merry waltz", genre="waltz", instruments=["piano", "flute"], duration_seconds=5, seed=8)
    page.tab("Music")
    lead = wall(page, "music").locator(f'.tb-batch[data-job="{job["id"]}"]')
    lead.get_by_role("button", name="Reuse settings with the same seed").click(timeout=30_000)
    expect(page.page.locator("#music-prompt textarea")).to_have_value("a merry waltz")
    expect(page.page.locator("#music-genre select")).to_have_value("waltz")
    expect(page.page.locator("#music-instruments :is(input, textarea)")).to_have_value("piano, flute")
    expect(page.page.locator("#music-duration-seconds :is(input, textarea)")).to_have_value("5")
    lead.get_by_role("button", name="Make a variation").click()
    expect(wall(page, "music").locator(".tb-lead .is-complete .tb-origin")).to_contain_text("35 %", timeout=120_000)
    assert home.listed(type="music")[0]["variation_of"] == job["id"]


def test_words_light_up_while_they_are_heard(page) -> None:
    page.tab("Speech")
    page.page.locator("#speech-text textarea").fill("Good evening to everybody on the ship.")
    page.make()
    expect(page.page.locator("#speech-voice option", has_text="oman")).to_have_count(1)
    expect(page.page.locator("#speech-voice option", has_text="emale")).to_have_count(0)  # one name for one kind of voice
    lead = wall(page, "speech").locator(".tb-lead .is-complete")
    expect(lead.locator(".tb-spoken")).to_have_text("Good evening to everybody on the ship.", timeout=120_000)
    lead.get_by_role("button", name="Play").click()
    expect(lead.locator(".tb-spoken span")).to_have_count(7)
    expect(lead.locator(".tb-spoken .is-now")).to_have_count(1)
    page.page.wait_for_function("document.querySelectorAll('.tb-spoken .is-heard').length >= 2")
    lead.locator(".tb-spoken span").last.click()
    expect(lead.locator(".tb-spoken .is-now")).to_have_text("ship")
    expect(lead.locator(".tb-saving")).to_contain_text("Subtitles (SRT)")


def test_an_object_turns_without_anything_from_elsewhere(page) -> None:
    page.tab("3D")
    page.page.locator("#mesh-prompt textarea").fill("a red house")
    page.make()
    lead = wall(page, "mesh").locator(".tb-lead .is-complete")
    expect(lead.locator(".tb-solid img")).to_be_visible(timeout=120_000)
    lead.get_by_role("button", name="Turn it: load the object").click()
    canvas = lead.locator("canvas")
    expect(canvas).to_be_visible()
    page.page.wait_for_timeout(600)
    before = canvas.screenshot()
    canvas.focus()
    for _ in range(3):
        page.page.keyboard.press("ArrowRight")
    page.page.wait_for_timeout(600)
    assert canvas.screenshot() != before
    expect(lead.locator(".tb-solid figcaption")).to_have_count(0)  # whoever turns it needs no more telling
    expect(lead.locator(".tb-saving a")).to_have_count(1)


def test_a_print_turns_too_and_is_saved_as_stl(page, home) -> None:
    page.tab("3D")
    page.page.locator("#mesh-prompt textarea").fill("a lighthouse")
    page.page.locator("#mesh-format label", has_text="STL").click()
    page.make()
    lead = wall(page, "mesh").locator(".tb-lead .is-complete", has_text="a lighthouse")
    expect(lead.locator(".tb-solid img")).to_be_visible(timeout=120_000)
    lead.get_by_role("button", name="Turn it: load the object").click()
    canvas = lead.locator("canvas")
    expect(canvas).to_be_visible()
    page.page.wait_for_timeout(600)
    drawn = Image.open(io.BytesIO(canvas.screenshot())).convert("L")
    darkest, lightest = drawn.getextrema()
    assert lightest - darkest > 60, "the solid is shaded, not a blank"
    link = lead.locator(".tb-saving a")
    expect(link).to_have_count(1)
    expect(link).to_contain_text("STL")
    reply = home.http.get(link.get_attribute("href") or "")
    assert reply.headers["content-type"] == "model/stl" and (link.get_attribute("download") or "").endswith(".stl")
    assert len(reply.content) == 84 + 50 * int.from_bytes(reply.content[80:84], "little")


def test_a_recording_leads_the_tune(page, home) -> None:
    page.tab("Music")
    page.page.locator("#music-prompt textarea").fill("a slow harp")
    page.page.locator("#music-duration-seconds :is(input, textarea)").fill("6")
    page.page.locator("#music-drawer button").first.click()
    taken = page.page.locator("#music-melody")
    taken.locator("input[type=file]").set_input_files({"name": "hum.wav", "mimeType": "audio/wav", "buffer": humming()})
    expect(taken.locator(".tb-givenname")).to_have_text("hum.wav")
    taken.locator("audio").wait_for()
    page.make()
    expect(wall(page, "music").locator(".tb-lead .is-complete")).to_contain_text("a slow harp", timeout=60_000)
    job = home.listed(type="music")[0]
    assert job["request"]["melody"] and job["status"] == "complete"


def test_a_link_opens_a_tab_that_lies_folded_on_a_phone(browser, home) -> None:
    with visit(browser, home.url, PHONE, touch=True) as one:
        one.open("/#music")
        expect(one.page.locator("#music-prompt textarea")).to_be_visible()
        expect(one.page.locator(".tb-moretabs")).to_have_text("Music")


def test_cancel_while_it_plays(page, home) -> None:
    job = home.http.post("/api/v1/generate_music", json={**LONG, "wait": False}).json()
    page.tab("Music")
    lead = wall(page, "music").locator(f'.tb-batch[data-job="{job["id"]}"]')
    expect(lead.locator("[data-say=percent]")).to_have_text(re.compile(r"^\d+ %$"), timeout=30_000)
    lead.get_by_role("button", name="Cancel").click()
    assert home.until(job["id"])["status"] == "cancelled"
    expect(lead).to_have_count(0)


@pytest.mark.parametrize(("tab", "kind", "values", "sentence"), [
    ("Music", "music", {"prompt": "a tune", "duration_seconds": "9000"}, "at most 300"),
    ("Music", "music", {"prompt": ""}, "nothing to play"),
    ("Speech", "speech", {"text": ""}, "“What is said?”"), ("Speech", "speech", {"text": "…"}, "no word in it"),
    ("3D", "mesh", {"prompt": ""}, "“What stands there?”")])
def test_what_cannot_be_made_is_said_in_place(page, home, tab, kind, values, sentence) -> None:
    before = len(home.listed())
    page.tab(tab)
    for name, value in values.items():
        page.page.locator(f"#{kind}-{name.replace('_', '-')} :is(input, textarea)").fill(value)
    page.page.locator(f"#{kind}-go").click()
    expect(page.page.locator(f"#{kind}-said .tb-said")).to_contain_text(sentence, timeout=15_000)
    assert len(home.listed()) == before


def test_the_library_shows_plays_and_turns_every_type(page, home) -> None:
    made(home, "generate_speech", text="One, two, three.")
    made(home, "generate_mesh", prompt="a green tree")
    made(home, "generate_music", prompt="a lullaby", duration_seconds=5)
    page.tab("Library")
    view = page.page.locator("dialog.tb-view")
    for kind, inside in (("music", ".tb-player"), ("speech", ".tb-spoken"), ("mesh", "canvas")):
        item = page.page.locator(f".tb-item.is-{kind}").first
        shown = item.locator("img")
        expect(shown).to_be_visible(timeout=30_000)
        assert shown.evaluate("i => i.decode().then(() => i.naturalWidth)") > 0
        item.click()
        expect(view.locator(inside)).to_be_visible(timeout=15_000)
        page.page.keyboard.press("Escape")
        expect(view).to_be_hidden()
    for chip in ("Music", "Voices", "3D"):
        page.page.locator(".tb-chips").get_by_role("button", name=chip, exact=True).click()
        expect(page.page.locator(".tb-item").first).to_be_visible()
    page.tab("Queue")
    expect(page.page.locator("[data-part=earlier] .tb-row").first).to_contain_text("Music")


def test_nothing_is_wider_than_a_phone(browser, home) -> None:
    with visit(browser, home.url, PHONE, touch=True) as one:
        one.open()
        for name in TABS:
            one.tab(name)
            one.page.wait_for_timeout(500)
            assert one.overflow() == 0, name


def test_a_picture_dropped_on_another_tab_goes_to_its_own_desk(page, home) -> None:
    picture = made(home, "generate_image", prompt="an owl at night", width=128, height=128)
    data = base64.b64encode(home.http.get(picture["outputs"][0]["url"]).content).decode()
    page.tab("Music")
    page.page.evaluate("""data => { const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0)), carried = new DataTransfer();
        carried.items.add(new File([bytes], 'x.png', {type: 'image/png'}));
        document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: carried, bubbles: true, cancelable: true})); }""", data)
    expect(page.page.locator("#image-prompt textarea")).to_have_value("an owl at night")


def test_the_chosen_piece_is_varied(page, home) -> None:
    tune = made(home, "generate_music", genre="folk", duration_seconds=5, seed=4, count=2)
    page.tab("Music")
    with page.page.expect_request("**/api/v1/vary") as asked:
        wall(page, "music").locator(f'[data-job="{tune["id"]}"]').get_by_role("button", name="Make a variation of piece 2").click()
    assert tune["outputs"][asked.value.post_data_json["output"]]["role"] == "music" and asked.value.post_data_json["output"] == 4
