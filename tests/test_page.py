"""The page as a person uses it: make a picture, watch it, cancel it, find it again, vary it, throw it away."""
import base64
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from browser import Visit, chromium, visit
from PIL import Image
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser
SMALL = {"width": 128, "height": 128}


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


def test_the_empty_page_teaches_and_an_example_fills_words_and_style(page) -> None:
    expect(page.page.get_by_role("heading", name="Say what you see.")).to_be_visible()
    page.page.locator(".tb-examples button").nth(1).click()
    expect(page.page.locator("#image-prompt textarea")).to_have_value("a fox sitting in a snowy forest under a full moon")
    expect(page.page.locator("#image-style input[value=anime]")).to_be_checked()


def test_ctrl_enter_makes_a_picture_and_it_is_seen(page, home) -> None:
    page.write("a lighthouse on a cliff at sunset, calm sea", seed=7, **SMALL)
    page.page.locator("#image-prompt textarea").focus()
    page.make()
    picture = page.page.locator(".tb-lead .is-complete .tb-print img").first
    expect(picture).to_be_visible(timeout=60_000)
    assert picture.evaluate("i => i.decode().then(() => i.naturalWidth)") == 128
    expect(page.page.locator(".tb-batch .tb-prompt")).to_contain_text("a lighthouse on a cliff")
    expect(page.page.locator(".tb-facts").first).to_contain_text("128 × 128")
    job = home.listed()[0]
    assert job["request"]["seed"] == 7 and job["status"] == "complete"
    expect(page.page.locator(".tb-news")).to_contain_text("Done: Picture")


def test_unmet_words_are_struck_through_in_the_prompt_itself(page) -> None:
    page.write("a lighthouse beside a zorbulator at sunset on the calm sea", seed=3, **SMALL)
    page.make()
    expect(page.page.locator(".tb-lead .is-complete .tb-prompt s")).to_have_text("zorbulator", timeout=60_000)
    expect(page.page.locator(".tb-words s").first).to_have_text("zorbulator")


def test_vary_makes_four_that_name_their_origin(page, home) -> None:
    made = home.http.post("/api/v1/generate_image", json={"prompt": "a red house", "wait": True, **SMALL}).json()
    lead = page.page.locator(f'.tb-batch[data-job="{made["id"]}"]')
    lead.get_by_role("button", name="Make 4 variations").click(timeout=30_000)
    expect(page.page.locator(".tb-lead .is-complete .tb-print")).to_have_count(4, timeout=60_000)
    expect(page.page.locator(".tb-origin").first).to_contain_text("35 %")
    assert home.listed()[0]["variation_of"] == made["id"]


def test_reuse_settings_with_and_without_the_seed(page, home) -> None:
    home.http.post("/api/v1/generate_image", json={"prompt": "two cats on a roof", "style": "cinematic", "seed": 99, "wait": True, **SMALL})
    lead = page.page.locator(".tb-lead")
    expect(lead).to_contain_text("two cats on a roof", timeout=30_000)
    lead.get_by_role("button", name="Reuse settings", exact=True).click()
    expect(page.page.locator("#image-prompt textarea")).to_have_value("two cats on a roof")
    expect(page.page.locator("#image-style input[value=cinematic]")).to_be_checked()
    lead.get_by_role("button", name="Reuse settings with the same seed").click()  # which opens the drawer: the seed stays, so it is seen
    expect(page.page.locator("#image-seed :is(input, textarea)")).to_have_value("99")
    expect(page.page.locator("#image-width :is(input, textarea)")).to_have_value("128")
    lead.get_by_role("button", name="Reuse settings", exact=True).click()
    expect(page.page.locator("#image-seed :is(input, textarea)")).to_have_value("")


def test_the_large_view_keeps_the_focus_and_gives_it_back(page, home) -> None:
    home.http.post("/api/v1/generate_image", json={"prompt": "three birds", "count": 3, "wait": True, **SMALL})
    opener = page.page.locator(".tb-lead .tb-open").first
    expect(page.page.locator(".tb-lead")).to_contain_text("three birds", timeout=30_000)
    opener.click()
    view = page.page.locator("dialog.tb-view")
    expect(view).to_be_visible()
    expect(view.locator(".tb-view-count")).to_contain_text("1 of")
    page.page.keyboard.press("ArrowRight")
    expect(view.locator(".tb-view-count")).to_contain_text("2 of")
    page.page.keyboard.press("c")
    expect(view.locator(".tb-compare input")).to_be_visible()
    for _ in range(12):
        page.page.keyboard.press("Tab")
        assert page.page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.page.keyboard.press("Escape")
    expect(view).to_be_hidden()
    assert page.page.evaluate("document.activeElement.classList.contains('tb-open')")


def test_one_picture_of_a_batch_goes_alone_and_can_be_kept(page, home) -> None:
    """Undo keeps it; else it is gone from the wall, the large view and the store, and its siblings stay."""
    made = home.http.post("/api/v1/generate_image", json={"prompt": "two boats at dawn", "count": 2, "wait": True, **SMALL}).json()
    prints, view = page.page.locator(f'.tb-batch[data-job="{made["id"]}"] .tb-open'), page.page.locator("dialog.tb-view")
    expect(prints).to_have_count(2, timeout=30_000)
    for undo, left in ((True, 2), (False, 1)):
        prints.first.click()
        view.get_by_role("button", name="Delete this one").click()
        if undo:
            view.get_by_role("button", name="Undo").click()
            expect(view.locator(".tb-note")).to_have_count(0)
        expect(prints).to_have_count(left, timeout=15_000)
        assert len(home.http.get(f"/api/v1/jobs/{made['id']}").json()["outputs"]) == left
        view.get_by_role("button", name="Close").click()


def test_library_search_favourite_delete_and_undo(page, home) -> None:
    made = home.http.post("/api/v1/generate_image", json={"prompt": "a windmill by a river", "wait": True, **SMALL}).json()
    page.tab("Library")
    page.page.locator(".tb-search").fill("windmill")
    items = page.page.locator(".tb-item")
    expect(items).to_have_count(1)
    items.first.click()
    page.page.get_by_role("button", name=re.compile("^Favourite")).last.click()
    expect(page.page.locator(".tb-view-tools [data-do=favour]")).to_have_attribute("aria-pressed", "true")
    page.page.keyboard.press("Escape")
    page.page.locator("[data-do=liked]").click()
    expect(items).to_have_count(1)
    page.page.locator(".tb-choose").click()
    items.first.click()
    page.page.locator(".tb-chosen [data-do=remove]").click()
    expect(items).to_have_count(0)
    page.page.locator(".tb-note button").click()
    expect(items).to_have_count(1)
    items.first.click()
    page.page.locator(".tb-chosen [data-do=remove]").click()
    expect(page.page.locator(".tb-note")).to_have_count(0, timeout=15_000)
    assert home.http.get(f"/api/v1/jobs/{made['id']}").status_code == 404


def test_a_search_that_finds_nothing_says_so(page) -> None:
    page.tab("Library")
    page.page.locator(".tb-search").fill("no such thing anywhere")
    expect(page.page.locator(".tb-shelf-end")).to_contain_text("Nothing here says “no such thing anywhere”")


def test_pictures_to_start_from_are_given_taken_out_and_refused_beside_the_field(page, home) -> None:
    """The sketch takes none: the first of them is named, with the models that would."""
    def chosen(name: str) -> dict[str, object]:
        data = io.BytesIO()
        Image.new("RGB", (40, 30), "teal").save(data, "PNG")
        return {"name": name, "mimeType": "image/png", "buffer": data.getvalue()}

    page.write("a heron in the reeds", seed=12, strength=0.5)
    start, others = page.page.locator("#image-image"), page.page.locator("#image-references")
    expect(start.locator(".tb-unused")).to_have_text("Not used by Sketch illustrator")  # said before anybody looks for a file
    expect(page.page.locator("#image-negative-prompt .tb-unused")).to_have_count(0)
    start.locator("input[type=file]").set_input_files(chosen("start.png"))
    for n, name in enumerate(("ann.png", "ben.png"), 1):
        others.locator("input[type=file]").set_input_files(chosen(name))
        expect(others.locator(".tb-givenname")).to_have_count(n)
    others.get_by_role("button", name="Take it out").first.click()
    expect(others.locator(".tb-givenname")).to_have_text("ben.png")
    page.make()
    expect(start.locator(".tb-amiss")).to_contain_text("A picture to start from cannot be honoured by")
    expect(page.page.locator("#image-wrong")).to_contain_text("set up Qwen-Image")
    start.get_by_role("button", name="Take it out").click()
    expect(start.locator(".tb-amiss")).to_have_count(0)
    page.make()
    expect(page.page.locator("#image-wrong")).to_contain_text("How far from it")
    page.page.locator("#image-strength :is(input, textarea)").fill("")
    page.make()
    expect(page.page.locator("#image-wrong")).to_contain_text("Pictures of faces and things to take up")
    assert not home.listed(search="heron")


def test_what_stands_on_the_desk_outlives_a_reload(page) -> None:
    page.write("a heron in the reeds", seed=12)
    for field in ("style input[value=anime]", "shape input[value=tall]", "count input[value='4']"):
        page.page.locator(f"#image-{field}").check(force=True)
    page.open()
    expect(page.page.locator("#image-prompt textarea")).to_have_value("a heron in the reeds")
    for field in ("style input[value=anime]", "shape input[value=tall]", "count input[value='4']"):
        expect(page.page.locator(f"#image-{field}")).to_be_checked()
    expect(page.page.locator("#image-seed :is(input, textarea)")).to_have_value("12")


def test_selected_works_come_as_a_zip(page, home) -> None:
    made = [home.http.post("/api/v1/generate_image", json={"prompt": f"a blue boat {k}", "wait": True, **SMALL}).json() for k in range(2)]
    reply = home.http.get("/library.zip", params={"ids": ",".join(job["id"] for job in made)})
    names = zipfile.ZipFile(io.BytesIO(reply.content)).namelist()
    assert len(names) == 2 and all(name.endswith(".png") for name in names)
    assert zipfile.ZipFile(io.BytesIO(reply.content)).testzip() is None
    assert home.http.get("/library.zip", params={"ids": "nobody"}).status_code == 404
    assert home.http.get("/library.zip").status_code == 422


def test_a_dropped_picture_brings_its_settings_back_and_is_not_uploaded(page, home) -> None:
    wanted = {"prompt": "an owl at night", "style": "digital_art", "seed": 41, "expand": False, "wait": True, **SMALL}
    made = home.http.post("/api/v1/generate_image", json=wanted).json()
    data = base64.b64encode(home.http.get(made["outputs"][0]["url"]).content).decode()
    before = len(page.requests)
    page.page.evaluate("""data => { const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0)), carried = new DataTransfer();
        carried.items.add(new File([bytes], 'x.png', {type: 'image/png'}));
        document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: carried, bubbles: true, cancelable: true})); }""", data)
    expect(page.page.locator("#image-prompt textarea")).to_have_value("an owl at night")
    expect(page.page.locator("#image-style input[value=digital_art]")).to_be_checked()
    assert not [url for url in page.requests[before:] if "upload" in url]
