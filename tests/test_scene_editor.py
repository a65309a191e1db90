"""The tab "Read a picture" and its scene editor: read, change, check while typing, undo, draw, send on."""
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tool_pictures as tools
from browser import DESKTOP, PHONE, Visit, chromium, script, visit
from playwright.sync_api import Browser, Locator, expect

pytestmark = pytest.mark.browser
SMALL = {"width": 128, "height": 96}
HURT = "<img src=x onerror=\"window.hurt=1\"><script>window.hurt=2</script>"


@pytest.fixture(scope="module")
def home(studio_with) -> Any:
    return studio_with()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def job(home) -> dict[str, Any]:
    asked = {"prompt": "two red boats on the sea at dusk", "style": "anime", "seed": 7, "wait": True, **SMALL}
    made: dict[str, Any] = home.http.post("/api/v1/generate_image", json=asked).raise_for_status().json()
    return made


@pytest.fixture
def page(browser, home, job) -> Iterator[Visit]:
    with visit(browser, home.url) as one:
        one.open()
        one.tab("Read a picture")
        one.page.locator(".tb-sceneform").wait_for()
        yield one
        assert one.console == []
        assert one.strangers() == []


def choose(page: Visit, path: Path) -> Locator:
    page.page.locator("#read-desk input[type=file]").set_input_files(str(path))
    done = page.page.locator(".tb-read.is-done, .tb-read.is-wrong")
    expect(done).to_be_visible(timeout=60_000)
    return done


def scene_of(page: Visit) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.page.locator("#read-scene textarea").input_value())
    return found


def write(page: Visit, scene: dict[str, Any] | str) -> None:
    page.page.locator("#read-scene textarea").fill(scene if isinstance(scene, str) else json.dumps(scene))


def field(page: Visit, path: str) -> Locator:
    return page.page.locator(f'[data-path="{path}"]')


def test_a_foreign_picture_gives_its_settings_to_the_image_tab(page, tmp_path) -> None:
    read = choose(page, tools.png(tmp_path / "a.png", {"parameters": tools.A1111}))
    expect(read).to_contain_text("Made with Stable Diffusion web UI")
    expect(read).to_contain_text("sd_xl_base_1.0")
    expect(read).to_contain_text("colour and composition, no model")
    read.get_by_role("button", name="Use these settings").click()
    expect(page.page.locator("#image-prompt textarea")).to_have_value('a fox, (autumn leaves:1.2), "quoted"\nsecond line: with a colon')
    page.page.locator("#image-drawer button").first.click()
    for name, value in (("seed", "3141592653"), ("width", "832"), ("height", "1216"), ("steps", "28"), ("guidance", "6.5")):
        expect(page.page.locator(f"#image-{name} :is(input, textarea)")).to_have_value(value)
    expect(page.page.locator("#image-negative-prompt textarea")).to_have_value("blurry, text\nugly")


def test_a_dropped_foreign_picture_is_read(page, tmp_path) -> None:
    page.tab("Library")
    data = base64.b64encode(tools.png(tmp_path / "a.png", {"Dream": tools.DREAM}).read_bytes()).decode()
    page.page.evaluate("""data => { const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0)), carried = new DataTransfer();
        carried.items.add(new File([bytes], 'a.png', {type: 'image/png'}));
        document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: carried, bubbles: true, cancelable: true})); }""", data)
    expect(page.page.locator(".tb-read.is-done")).to_contain_text("Made with InvokeAI", timeout=30_000)
    expect(page.page.locator(".tb-read.is-done .tb-prompt")).to_have_text("a small boat")


def test_one_made_here_gives_its_own_scene_which_draws_the_same_picture(page, home, job) -> None:
    page.page.locator(".tb-mine button").first.click()
    expect(page.page.locator(".tb-read.is-done")).to_contain_text("Made with Troubadour", timeout=30_000)
    expect(page.page.locator('[data-is="style"]')).to_have_value("anime")
    assert [thing["noun"] for thing in scene_of(page)["things"]] == ["boat"]
    page.page.locator("#read-go").click()
    expect(page.page.locator("#read-drawn .tb-open")).to_be_visible(timeout=60_000)
    made = home.listed(type="image")[0]
    assert made["id"] != job["id"] and made["request"]["seed"] == 7
    pixels = [home.http.get(each["outputs"][0]["thumbnail"]).content for each in (job, made)]
    assert pixels[0] == pixels[1]


def test_the_scene_of_any_finished_picture_can_be_edited(page) -> None:
    page.tab("Library")
    page.page.locator(".tb-item.is-image").last.click()
    page.page.get_by_role("button", name="Edit its scene").click()
    expect(page.page.locator(".tb-read.is-done")).to_contain_text("Made with Troubadour", timeout=30_000)
    assert [thing["noun"] for thing in scene_of(page)["things"]] == ["boat"]


def test_so_it_can_before_the_tab_was_ever_opened(browser, home, job) -> None:
    with visit(browser, home.url) as one:
        one.open().page.locator(".tb-lead .tb-open").first.click()
        one.page.get_by_role("button", name="Edit its scene").click()
        expect(one.page.locator(".tb-read.is-done")).to_contain_text("Made with Troubadour", timeout=30_000)
        assert scene_of(one)["things"]


def test_hostile_words_in_a_file_are_words(page, tmp_path) -> None:
    own = json.dumps({"prompt": HURT, "scene": {"schema": "scene/1", "things": [{"id": HURT[:60], "noun": HURT[:60]}]}})
    read = choose(page, tools.png(tmp_path / "a.png", {"troubadour": own, "Comment": HURT, "Title": "/etc/passwd"}))
    expect(read.locator(".tb-prompt")).to_have_text(HURT)
    read.locator("summary").click()
    expect(read.locator("pre").last).to_be_visible()
    expect(field(page, "things.0.noun")).to_have_value(HURT[:60])
    assert page.page.evaluate("window.hurt") is None and page.page.locator("img[src=x]").count() == 0


def test_what_is_no_picture_is_refused_in_words(page, tmp_path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture at all")
    read = choose(page, tmp_path / "a.png")
    expect(read).to_contain_text("no picture")
    page.console.clear()  # the browser's own word for a refused upload and a picture it cannot show


def test_form_and_json_are_one(page) -> None:
    page.page.get_by_role("button", name="Start from nothing").click()
    page.page.get_by_role("button", name="Add a thing").click()
    page.page.keyboard.type("fox")
    field(page, "things.0.count").fill("3")
    field(page, "things.0.color").select_option(label="Crimson")
    field(page, "things.0.size").select_option("huge")
    field(page, "things.0.x").select_option(label="Left")
    field(page, "setting").fill("forest")
    field(page, "time").select_option("night")
    assert scene_of(page) == {"schema": "scene/1", "setting": "forest", "time": "night",
                              "things": [{"id": "fox", "noun": "fox", "count": 3, "color": "#a51c30", "size": "huge", "x": 0.18}]}
    expect(page.page.locator('[data-say="words"]')).to_have_text("three huge crimson foxes in the forest at night")
    write(page, {"schema": "scene/1", "setting": "sea", "weather": "storm", "things": [{"id": "b", "noun": "boat", "x": 0.37}]})
    expect(field(page, "weather")).to_have_value("storm")
    expect(field(page, "things.0.noun")).to_have_value("boat")
    expect(field(page, "things.0.x")).to_have_value("0.37")


@pytest.mark.parametrize(("scene", "path", "sentence", "wrong"), [
    ({"time": "noon"}, "time", "time must be one of", True),
    ({"things": [{"id": "a", "noun": "fox", "count": 99}]}, "things.0.count", "count must be at most 24", True),
    ({"things": [{"id": "a", "noun": ""}]}, "things.0.noun", "noun is empty", True),
    ({"things": [{"id": "a", "noun": "foxx"}]}, "things.0.noun", "did you mean fox?", False),
    ({"setting": "forrest"}, "setting", "did you mean forest?", False)])
def test_errors_are_named_in_place_while_one_types(page, scene, path, sentence, wrong) -> None:
    write(page, {"schema": "scene/1", **scene})
    cell = page.page.locator(f'.tb-cell[data-at="{path}"]')
    expect(cell.locator(".tb-amiss")).to_contain_text(sentence)
    expect(page.page.locator("#scene-told")).to_contain_text(sentence)
    assert (field(page, path).get_attribute("aria-invalid") == "true") is wrong
    assert field(page, path).get_attribute("aria-describedby")


def test_what_is_wrong_is_not_drawn(page, home) -> None:
    before = len(home.listed())
    for text in ('{"schema": ', "[1]", '{"schema": "scene/1", "kolor": 3}', '{"schema": "scene/2"}', "[" * 20_000):
        write(page, text)
        expect(page.page.locator("#scene-told .is-wrong").first).to_be_visible()
        page.page.locator("#read-go").click()
        expect(page.page.locator(".tb-refused .tb-said")).to_be_visible()
    assert len(home.listed()) == before
    page.console.clear()  # the browser writes down that 20,000 brackets were refused


def test_undo_and_redo_go_through_form_and_json_alike(page) -> None:
    page.page.get_by_role("button", name="Start from nothing").click()
    first = scene_of(page)
    field(page, "time").select_option("dusk")
    field(page, "weather").select_option("rain")
    write(page, {"schema": "scene/1", "setting": "city"})
    undo, redo = (page.page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    undo.click()
    assert (scene_of(page)["time"], scene_of(page)["weather"]) == ("dusk", "rain")
    undo.click()
    assert "weather" not in scene_of(page) and scene_of(page)["time"] == "dusk"
    expect(field(page, "weather")).to_have_value("clear")
    field(page, "setting").focus()
    page.page.keyboard.press("Control+z")
    assert scene_of(page) == first
    for _ in range(3):
        page.page.keyboard.press("Control+Shift+Z")
    assert scene_of(page)["setting"] == "city"
    expect(redo).to_be_disabled()
    expect(field(page, "setting")).to_have_value("city")


def test_a_scene_from_nothing_is_drawn_and_sent_to_the_desk(page, home) -> None:
    write(page, {"schema": "scene/1", "setting": "beach", "time": "sunset", "things": [{"id": "g", "noun": "gull", "count": 2}]})
    page.page.locator('[data-is="seed"]').fill("11")
    page.page.keyboard.press("Control+Enter")
    expect(page.page.locator("#read-drawn .tb-open")).to_be_visible(timeout=60_000)
    made = home.listed(type="image")[0]
    assert made["request"]["scene"]["setting"] == "beach" and made["request"]["prompt"] == "two gulls on the beach at sunset"
    assert made["request"]["seed"] == 11
    page.page.get_by_role("button", name="Send to the Image tab").click()
    expect(page.page.locator("#image-prompt textarea")).to_have_value("two gulls on the beach at sunset")
    page.page.locator("#image-drawer button").first.click()
    assert json.loads(page.page.locator("#image-scene textarea").input_value())["things"][0]["noun"] == "gull"


def test_a_drawing_can_be_cancelled_where_it_stands(page, home) -> None:
    home.http.post("/api/v1/pause_queue", json={"lane": "cpu"}).raise_for_status()
    try:
        write(page, {"schema": "scene/1", "setting": "city"})
        page.page.locator("#read-go").click()
        page.page.locator("#read-drawn").get_by_role("button", name="Cancel").click()
        expect(page.page.locator("#read-drawn .tb-now")).to_have_count(0)
        assert home.listed(type="image")[0]["status"] == "cancelled"
    finally:
        home.http.post("/api/v1/resume_queue", json={"lane": "cpu"}).raise_for_status()


def test_the_scene_outlives_a_reload(page) -> None:
    write(page, {"schema": "scene/1", "setting": "cave"})
    expect(field(page, "setting")).to_have_value("cave")
    page.open()
    page.tab("Read a picture")
    expect(field(page, "setting")).to_have_value("cave")


@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (DESKTOP, True), (PHONE, False), (PHONE, True)])
def test_a_read_picture_can_be_read_by_everybody(browser, home, job, tmp_path, size, dark) -> None:
    with visit(browser, home.url, size, dark, touch=size == PHONE) as one:
        one.open()
        one.tab("Read a picture")
        one.page.locator(".tb-sceneform").wait_for()
        choose(one, tools.png(tmp_path / "a.png", {"parameters": tools.A1111}))
        one.page.locator(".tb-raw summary").click()
        fox = {"id": "a", "noun": "foxx", "slots": {"hat": "#ff0000"}}
        write(one, {"schema": "scene/1", "time": "noon", "palette": ["#123456"], "things": [fox]})
        expect(one.page.locator("#scene-told .is-wrong")).to_be_visible()
        assert one.page.evaluate(script("contrast")) == []
        assert one.page.evaluate(script("unnamed")) == []
        assert one.overflow() == 0
        if size == PHONE:
            assert one.page.evaluate(script("small")) == []
        assert one.console == []


def test_the_scene_is_made_with_the_keyboard_alone(page, home) -> None:
    keys = page.page.keyboard
    page.page.get_by_role("button", name="Start from nothing").focus()
    keys.press("Enter")
    page.page.get_by_role("button", name="Add a thing").focus()
    keys.press("Enter")
    keys.type("castle")
    keys.press("Tab")
    keys.press("Control+a")
    keys.type("2")
    keys.press("Tab")
    keys.type("Crim")
    assert scene_of(page)["things"] == [{"id": "castle", "noun": "castle", "count": 2, "color": "#a51c30"}]
    keys.press("Control+Enter")
    expect(page.page.locator("#read-drawn .tb-open")).to_be_visible(timeout=60_000)
    assert home.listed(type="image")[0]["request"]["prompt"] == "two crimson castles in a meadow"


def test_nine_tabs_on_a_phone(browser, home) -> None:
    with visit(browser, home.url, PHONE, touch=True) as one:
        one.open()
        bar = one.page.locator("#tb-nav > .tab-wrapper .tab-container:not(.visually-hidden) button[role=tab]")
        assert [tab.inner_text() for tab in bar.all() if tab.is_visible()] == ["Image", "Song", "Library", "Queue"]
        more = one.page.locator(".tb-moretabs")
        more.click()
        expect(more).to_have_attribute("aria-expanded", "true")
        assert all(tab.is_visible() for tab in bar.all())
        one.page.keyboard.press("Escape")
        expect(more).to_have_attribute("aria-expanded", "false")
        one.tab("Read a picture")
        expect(more).to_have_text("Read a picture")
        one.page.locator(".tb-sceneform").wait_for()
        assert one.overflow() == 0
        one.tab("Library")
        expect(more).to_have_text("More")
