"""What is alive on the page: progress, cancel, reload, the queue, and a song that becomes a book."""
import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser import Visit, chromium, visit
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser
LARGE = {"width": 1536, "height": 1536}
SMALL = {"width": 128, "height": 128}
PERCENT = re.compile(r"^\d+ %$")
SONG = ("A red fox walked beneath the moon\nand hummed a long forgotten tune\n\n"
        "The lighthouse blinked across the bay\nand sang the weary ships a way")


@pytest.fixture(scope="module")
def home(studio_with) -> Any:
    return studio_with(cpu_workers="1")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def page(browser, home) -> Iterator[Visit]:
    with visit(browser, home.url) as one:
        yield one.open()
        assert one.console == []


def long_job(home) -> dict[str, Any]:
    """Work that is still going on a while from now."""
    return home.http.post("/api/v1/generate_image", json={"prompt": "a castle in the mountains", "count": 16, **LARGE}).json()


def test_watch_reload_and_cancel(page, home) -> None:
    page.write("a castle in the mountains at dawn", **LARGE)
    page.page.locator("#image-count input[value='4']").check(force=True)
    page.make()
    notes = page.page.locator(".tb-dock .tb-notes i:is(.sung, .sounds)")
    expect(notes.first).to_be_visible(timeout=60_000)
    expect(page.page.locator(".tb-now [data-say=percent]")).to_have_text(PERCENT)
    page.open()
    expect(page.page.locator(".tb-batch .tb-prompt")).to_contain_text("a castle in the mountains at dawn")
    expect(page.page.locator(".tb-print")).to_have_count(4)
    for name in ("Song", "Library", "Queue"):
        page.tab(name)
        expect(page.page.locator(".tb-dock-job")).to_contain_text("a castle in the mountains at dawn")
    page.page.locator(".tb-dock").get_by_role("button", name="Cancel").click()
    expect(page.page.locator("[data-part=earlier] .tb-row").first).to_contain_text("Cancelled", timeout=30_000)
    assert home.listed()[0]["status"] == "cancelled"


def test_an_answer_that_comes_late_turns_nothing_back(page, home) -> None:
    """The job is done by the time that the page hears that it went back to the queue."""
    home.http.post("/api/v1/pause_queue", json={"lane": "cpu"})
    job = home.http.post("/api/v1/generate_image", json={"prompt": "a slow letter", **SMALL}).json()["id"]
    home.http.post(f"/api/v1/jobs/{job}/cancel")
    home.http.post("/api/v1/resume_queue", json={"lane": "cpu"})

    def late(route) -> None:
        answer = route.fetch()
        assert home.until(job)["status"] == "complete"
        page.page.wait_for_timeout(1500)
        route.fulfill(response=answer)

    page.page.route("**/requeue_job", late)
    page.tab("Queue")
    row = page.page.locator(f'.tb-row[data-job="{job}"]')
    with page.page.expect_response("**/requeue_job"):
        row.get_by_role("button", name="Try a slow letter again").click()
    page.page.wait_for_timeout(500)
    expect(row).to_contain_text("Done")
    expect(page.page.locator(".tb-dock-idle")).to_be_visible()


def test_another_browser_sees_the_same_job(browser, home, page) -> None:
    job = long_job(home)
    with visit(browser, home.url) as other:
        other.open("/#queue")
        expect(other.page.locator(f'.tb-row[data-job="{job["id"]}"]')).to_be_visible(timeout=30_000)
        other.page.locator(f'.tb-row[data-job="{job["id"]}"]').get_by_role("button", name="Cancel").click()
        expect(page.page.locator(".tb-dock-idle")).to_be_visible(timeout=30_000)


def test_the_queue_moves_pauses_and_requeues(page, home) -> None:
    page.tab("Queue")
    lane = page.page.locator(".tb-lane", has_text="Processor")
    lane.get_by_role("button", name="Pause").click()
    expect(lane).to_contain_text("Paused")
    made = [home.http.post("/api/v1/generate_image", json={"prompt": f"boat number {k}", **SMALL}).json() for k in range(3)]
    rows = page.page.locator("[data-part=next] .tb-row")
    expect(rows).to_have_count(3)
    page.page.get_by_role("button", name="Move boat number 2 to the top").click()
    expect(rows.first).to_contain_text("boat number 2")
    page.page.get_by_role("button", name="Cancel boat number 1").click()
    expect(rows).to_have_count(2)
    lane.get_by_role("button", name="Resume").click()
    for done in ("boat number 2", "boat number 0"):
        expect(page.page.locator("[data-part=earlier] .tb-row", has_text=done)).to_contain_text("Done", timeout=60_000)
    page.page.get_by_role("button", name="Try boat number 1 again").click()
    expect(page.page.locator("[data-part=earlier] .tb-row", has_text="boat number 1")).to_contain_text("Done", timeout=60_000)
    expect(page.page.locator(".tb-dock-idle")).to_contain_text("Last: boat number 1")  # what ended last, not what was asked for last
    assert home.until(made[1]["id"])["status"] == "complete"


def test_the_wall_shows_what_is_painted_not_what_waits(page, home) -> None:
    made = [long_job(home) for _ in range(2)]
    expect(page.page.locator(".tb-lead .tb-batch")).to_have_attribute("data-job", made[0]["id"], timeout=30_000)
    expect(page.page.locator(".tb-earlier h2")).to_have_text("Waiting and earlier")
    for each in reversed(made):
        home.http.post("/api/v1/cancel_job", json={"job_id": each["id"]})


def test_a_song_becomes_a_book(page, home) -> None:
    page.tab("Song")
    page.page.locator("#song-title :is(input, textarea)").fill("Fox and Light")
    page.page.locator("#song-lyrics textarea").fill(SONG)
    page.make()
    verses = page.page.locator(".tb-verse")
    expect(verses).to_have_count(2, timeout=60_000)
    expect(page.page.locator(".tb-verse.is-complete img")).to_have_count(2, timeout=120_000)
    expect(page.page.locator(".tb-cover h1")).to_have_text("Fox and Light")
    expect(page.page.get_by_role("link", name="Book (PDF)")).to_be_visible(timeout=60_000)
    redo_one_verse(page, home)
    publish_and_take_back(page, home)


def redo_one_verse(page: Visit, home: Any) -> None:
    """Own words for the second verse, which says that it is to be painted anew; the first stays as it is."""
    first = page.page.locator(".tb-verse img").first.get_attribute("src")
    second = page.page.locator(".tb-verse").nth(1)
    old = second.locator("img").first.get_attribute("src")
    second.get_by_role("button", name="Redo").click()
    expect(second.get_by_role("button", name="Paint it again")).to_be_in_viewport()
    second.locator("textarea").fill("a lighthouse in a storm at night")
    home.http.post("/api/v1/pause_queue", json={"lane": "cpu"})
    second.locator("textarea").press("Control+Enter")  # the deed of this box, not of the desk
    expect(second.locator(".tb-state")).to_contain_text("waiting")
    home.http.post("/api/v1/resume_queue", json={"lane": "cpu"})
    expect(second.locator(".tb-open img")).not_to_have_attribute("src", old or "", timeout=120_000)
    expect(page.page.locator(".tb-verse img").first).to_have_attribute("src", first or "")
    made = home.until(home.listed(type="song")[0]["id"])  # the picture is there before the book that it goes into
    anew = next(each["id"] for each in made["outputs"] if each["seed"] == made["request"]["seed"])
    page.tab("Queue")  # where it goes by the name of its verse, and shows that and not the first
    row = page.page.locator("[data-part=earlier] .tb-row").first
    expect(row).to_contain_text("Verse 2")
    expect(row.locator("img")).to_have_attribute("src", re.compile(anew))
    page.tab("Song")


def publish_and_take_back(page: Visit, home: Any) -> None:
    """The published page is there, and gone when it is taken back."""
    page.page.get_by_role("button", name="Publish", exact=True).click()
    link = page.page.locator(".tb-cover-facts a")
    expect(link).to_be_visible(timeout=15_000)
    where = link.get_attribute("href") or ""
    assert home.http.get(where).status_code == 200
    page.page.get_by_role("button", name="Unpublish").click()
    expect(link).to_be_hidden(timeout=15_000)
    assert home.http.get(where).status_code == 404
