"""The review list on the page: what was flagged is seen, let pass or removed, by hand and in words."""

import pytest
from browser import chromium, visit
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
BRAND = "brand: {instead: {cheap: affordable}}\nrules: {wolves: {category: animals, why: it shows a wolf, words: [wolf]}}\n"


def test_the_review_list(start_studio) -> None:
    """Newest first with its reasons; the picture only when it is asked for; let one pass, remove the other, think better of it once."""
    studio = start_studio(moderation="flag")
    (studio.home / "moderation.yaml").write_text(BRAND)
    made = [
        studio.http.post("/api/v1/generate_image", json={"prompt": words, "width": 128, "height": 128, "wait": True}).json()["id"]
        for words in ("a grey wolf", "a cheap house", "a lighthouse")
    ]
    with chromium() as browser, visit(browser, studio.url) as one:
        one.open("/#studio/review")
        rows = one.page.locator(".tb-review")
        expect(rows).to_have_count(2, timeout=20_000)
        expect(rows.first).to_contain_text("it says 'cheap'; say 'affordable' instead")
        expect(rows.last).to_contain_text("it shows a wolf")
        expect(rows.last.locator("img")).to_have_count(0)
        rows.last.get_by_role("button", name="Show the picture").click()
        expect(rows.last.locator("img")).to_have_count(1)
        rows.last.get_by_role("button", name="Let a grey wolf pass").click()
        expect(rows).to_have_count(1)
        rows.first.get_by_role("button", name="Remove").click()
        expect(rows).to_have_count(0)
        one.page.get_by_role("button", name="Undo").click()
        expect(rows).to_have_count(1)
        rows.first.get_by_role("button", name="Remove").click()
        expect(one.page.locator(".tb-note")).to_have_count(0, timeout=15_000)
        expect(one.page.locator(".tb-review-none")).to_contain_text("Nothing waits")
        one.page.get_by_role("button", name="Let pass").click()
        expect(rows).to_have_count(1)
        assert one.overflow() <= 0 and not one.console
        one.page.evaluate("location.hash = '#studio/endpoints'")
        expect(one.page.locator("#studio-endpoints")).to_be_visible()
        expect(rows).to_be_hidden()
    listed = [each["id"] for each in studio.http.get("/api/v1/jobs").json()["jobs"]]
    assert listed == [made[2], made[0]]
