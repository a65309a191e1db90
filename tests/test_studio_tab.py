"""The Studio tab as an owner uses it: see what is here, bring a model, pause, throw it away; watch the servers come and go."""
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from browser import DESKTOP, PHONE, Visit, chromium, script, visit
from comfy_peer import Peer
from conftest import Studio, fresh_home
from hub_peer import REVISION, Hub
from loopback import Loopback
from playwright.sync_api import Browser, Locator, expect

from config import settings
from engines.errors import Unauthorized
from jobs.control import Caller
from jobs.declared import DOORS

pytestmark = pytest.mark.browser
ROW = """{name}:
  title: {title}
  about: Noise of a few megabytes
  engine: "engines.image.diffusers:Diffusers"
  for: [generate_image]
  lane: gpu
  rank: {rank}
  weights: {{repo: "tiny/{name}", revision: "{revision}", gb: 0.0041, gated: {gated}}}
  memory_gb: {{full: {memory}}}
  options: {{family: sd15, side: 64}}
  licence: {licence}
  commercial: {commercial}
"""
LICENCE = "A Research License"
SIZES = [(DESKTOP, True), (PHONE, False)]


def row(name: str, title: str, rank: int = -500, gated: bool = False, memory: float = 0.1, commercial: bool = True) -> str:
    """A row of models.yaml."""
    return ROW.format(name=name, title=title, rank=rank, revision=REVISION, gated=str(gated).lower(), memory=memory,
                      licence="Apache-2.0" if commercial else LICENCE, commercial=str(commercial).lower())


def weights(size: int) -> bytes:
    """A safetensors file of one tensor."""
    header = json.dumps({"noise": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(size)


def offer(hub: Hub, repo: str) -> None:
    """A pipeline of one part, whole enough to be looked through."""
    hub.files[repo] = {
        "model_index.json": b'{"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}',
        "unet/config.json": b"{}", "unet/diffusion_pytorch_model.safetensors": weights(4_000_000)}


class World:
    """A studio with a hub and four servers: up, slow, dead, and one that speaks as OpenAI does."""

    def __init__(self, stack: ExitStack, home: Path) -> None:
        self.hub, self.talker = stack.enter_context(Hub()), stack.enter_context(Loopback())
        self.tower, self.attic = (stack.enter_context(Peer(name)) for name in ("tower", "attic"))
        self.attic.mood["/prompt"] = "slow"
        peers = {"tower": self.tower.port, "attic": self.attic.port, "cellar": 9}
        (home / "models/torn/unet").mkdir(parents=True)
        (home / "models/torn/model_index.json").write_text('{"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet"]}')
        (home / "models/torn/unet/x.safetensors").write_bytes(weights(4000)[:-9])
        rows = row("torn", "Torn") + row("vast", "Vast").replace("0.0041", "900000")
        rows += row("tiny", "Tiny diffusion") + row("research", "Research diffusion", commercial=False) + row("gated", "Gated", gated=True)
        (home / "models.yaml").write_text(rows + row("huge", "Huge diffusion", memory=9000) + row("hurt", "<img src=x onerror=hurt=1>"))
        for name in ("tiny", "research"):
            offer(self.hub, f"tiny/{name}")
        self.studio = Studio(home, hub=self.hub.url, servers=json.dumps({"lm-studio": self.talker.at("open")}), comfyui=json.dumps(
            [{"name": name, "address": f"http://127.0.0.1:{port}"} for name, port in peers.items()]))
        self.studio.env |= {"HF_HUB_OFFLINE": "0", "HF_HOME": str(home / "hf")}
        self.studio.start()
        stack.callback(self.studio.stop)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    home = fresh_home()
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        yield World(stack, home)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def visitor(browser: Browser, world: World) -> Iterator[Visit]:
    with visit(browser, world.studio.url) as one:
        yield one.open()


@pytest.fixture
def page(visitor: Visit, world: World) -> Iterator[Visit]:
    """The room of models with everything in it, as one who has just come in sees it."""
    world.hub.mood.clear()
    visitor.tab("Studio")
    visitor.page.get_by_role("button", name="Models", exact=True).click()
    visitor.page.locator(".tb-model-states button").first.click()
    visitor.page.get_by_label("Search the models").fill("")
    visitor.page.locator('.tb-model[data-model="tiny"]').wait_for()
    yield visitor
    assert visitor.console == []
    assert visitor.strangers() == []


def model(page: Visit, name: str) -> Locator:
    """A model's row."""
    return page.page.locator(f'.tb-model[data-model="{name}"]')


def told(world: World, name: str) -> dict[str, Any]:
    """What the listing says of a model."""
    found: dict[str, Any] = next(each for each in world.studio.http.get("/api/v1/models").json()["models"] if each["name"] == name)
    return found


def test_every_model_says_how_it_stands(page: Visit) -> None:
    """State in a word, licence, size; what auto takes, and why."""
    expect(model(page, "tiny").locator(".tb-mark")).to_have_text("To download")
    expect(model(page, "tiny")).to_contain_text("Apache-2.0")
    expect(model(page, "tiny")).to_contain_text("4 MB to download")
    expect(model(page, "huge").locator(".tb-mark")).to_have_text("Will not fit")
    expect(model(page, "huge").get_by_role("button", name="Download")).to_have_count(0)
    expect(model(page, "sketch").locator(".tb-mark")).to_have_text("Ready")
    expect(model(page, "research")).to_contain_text("not for commercial use")
    gated = model(page, "gated")
    expect(gated.locator(".tb-mark")).to_have_text("Needs a key")
    expect(gated).to_contain_text("HF_TOKEN")
    expect(gated.get_by_role("link", name="Its terms")).to_have_attribute("href", re.compile("/tiny/gated$"))
    auto = page.page.locator(".tb-auto", has_text="Pictures").first
    auto.locator("summary").click()
    expect(auto.locator("p")).to_contain_text("the best that is ready here")
    assert page.page.evaluate("window.hurt") is None


def test_a_model_that_is_here_and_of_no_use_says_why(page: Visit) -> None:
    """Beside the button that mends it; a download that was refused says so where it was asked for, and the sentence stays."""
    expect(model(page, "torn").locator(".tb-wrong")).to_contain_text("is cut off")
    expect(model(page, "torn").get_by_role("button", name="Download")).to_be_visible()
    model(page, "vast").get_by_role("button", name="Download").click()
    expect(model(page, "vast").locator(".tb-wrong")).to_contain_text("set STUDIO_MODELS_FOLDER to a larger disk")
    assert all("507" in page.console.pop() for _ in list(page.console)), "the browser's own line about the refusal"


def test_models_are_found_by_words_and_state(page: Visit) -> None:
    page.page.get_by_label("Search the models").fill("tiny diff")
    expect(page.page.locator(".tb-model[data-model]")).to_have_count(1)
    page.page.get_by_label("Search the models").fill("")
    page.page.get_by_role("button", name=re.compile("^Needs a key")).click()
    expect(model(page, "gated")).to_be_visible()
    expect(model(page, "tiny")).to_have_count(0)


def test_a_model_is_brought_paused_resumed_and_thrown_away(page: Visit, world: World) -> None:
    """Progress in notes, bytes and seconds; a pause keeps what came; deleting can be thought better of."""
    world.hub.mood |= {"step": 1 << 15, "pause": 0.04}
    mine = model(page, "tiny")
    mine.get_by_role("button", name="Download Tiny diffusion").click()
    expect(mine.locator(".tb-mark")).to_have_text("Coming")
    expect(mine.locator("[data-say=stage]")).to_contain_text(re.compile(r"of 4\.0 MB, \d+ kB/s"), timeout=20_000)
    expect(mine.locator("[data-say=left]")).to_contain_text("left", timeout=20_000)
    expect(page.page.locator("#tb-dock")).to_contain_text("Download of Tiny diffusion")
    mine.get_by_role("button", name="Pause").click()
    expect(mine.locator(".tb-mark")).to_have_text("Paused", timeout=15_000)
    expect(mine).to_contain_text("of 4 MB are here")
    world.hub.mood.clear()
    mine.get_by_role("button", name="Resume").click()
    expect(mine.locator(".tb-mark")).to_have_text("Ready", timeout=30_000)
    assert max(start for start in world.hub.bytes_asked("unet/diffusion_pytorch_model.safetensors")) > 0
    mine.get_by_role("button", name="Delete").click()
    page.page.locator(".tb-note").get_by_role("button", name="Keep it").click()
    assert told(world, "tiny")["ready"]
    mine.get_by_role("button", name="Delete").click()
    expect(mine.locator(".tb-mark")).to_have_text("To download", timeout=20_000)
    assert not told(world, "tiny")["ready"]


def test_non_commercial_weights_come_after_a_yes(page: Visit, world: World) -> None:
    mine = model(page, "research")
    mine.get_by_role("button", name="Download Research diffusion").click()
    asked = mine.get_by_role("group", name="Licence of Research diffusion")
    expect(asked).to_contain_text(f"{LICENCE} does not allow commercial use")
    asked.get_by_role("button", name="Not now").click()
    expect(asked).to_have_count(0)
    assert not [job for job in world.studio.listed(type="model") if job["request"]["weights"] == "research"]
    mine.get_by_role("button", name="Download Research diffusion").click()
    asked.get_by_role("button", name="I agree, download").click()
    expect(mine.locator(".tb-mark")).to_have_text("Ready", timeout=30_000)
    assert [job["request"]["consent"] for job in world.studio.listed(type="model") if job["request"]["weights"] == "research"] == [True]


def test_servers_come_and_go_before_ones_eyes(page: Visit, world: World) -> None:
    """Up, slow, dead, one by one in words; the page asks our own route, now and then, only while the room is seen."""
    def mark(name: str) -> Locator:
        return page.page.locator(f'.tb-peer[data-peer="{name}"] .tb-mark')

    page.page.get_by_role("button", name="Endpoints").click()
    expect(mark("tower")).to_have_text("Up", timeout=20_000)
    expect(mark("attic")).to_have_text("Slow", timeout=20_000)
    expect(mark("cellar")).to_have_text("Does not answer")
    expect(page.page.locator(".tb-peer[data-peer=cellar]")).to_contain_text("cannot be reached; start it")
    expect(mark("lm-studio")).to_have_text("Up")
    expect(page.page.locator(".tb-peer[data-peer=lm-studio]")).to_contain_text("tiny-chat")
    expect(mark("openai")).to_have_text("Not set up")
    world.tower.step = 0.5
    made = world.studio.http.post("/api/v1/generate_image", json={"prompt": "a far hill", "model": "comfy-sdxl", "steps": 20}).json()
    expect(page.page.locator(".tb-peer[data-peer=tower], .tb-peer[data-peer=attic]").filter(has_text="a far hill")).to_be_visible(
        timeout=20_000)
    world.studio.http.post(f"/api/v1/jobs/{made['id']}/cancel")
    world.tower.die()
    expect(mark("tower")).to_have_text("Does not answer", timeout=30_000)
    page.page.wait_for_timeout(300)
    page.tab("Queue")
    before = len(page.requests)
    page.page.wait_for_timeout(4500)
    assert not [url for url in page.requests[before:] if "/api/v1/" in url]
    assert not [url for url in page.requests if "/queue/" in url]


@pytest.mark.parametrize(("size", "dark"), SIZES)
def test_both_rooms_are_for_everybody(browser: Browser, world: World, size: tuple[int, int], dark: bool) -> None:
    """Nothing wider than the window, everything named, readable, large enough for a finger."""
    with visit(browser, world.studio.url, size, dark=dark, touch=size == PHONE) as one:
        one.open("/#studio/endpoints")
        one.page.locator(".tb-peer").first.wait_for(timeout=20_000)
        for name in ("Endpoints", "Models"):
            one.page.get_by_role("button", name=name, exact=True).click()
            one.page.wait_for_timeout(600)
            assert one.overflow() == 0
            assert one.page.evaluate(script("contrast")) == []
            assert one.page.evaluate(script("unnamed")) == []
            assert size != PHONE or one.page.evaluate(script("small")) == []
        assert one.console == []


def test_without_a_network_the_row_says_so(page: Visit, world: World) -> None:
    """A sentence where the model stands, and a way to stop trying."""
    for server in world.hub.servers:
        server.shutdown()
        server.server_close()
    mine = model(page, "tiny")
    mine.get_by_role("button", name="Download Tiny diffusion").click()
    expect(mine).to_contain_text("127.0.0.1 cannot be reached; see whether this machine is online", timeout=20_000)
    mine.get_by_role("button", name="Pause").click()
    expect(mine.get_by_role("button", name="Download Tiny diffusion")).to_be_visible(timeout=20_000)


def test_a_visitor_of_a_public_studio_may_look_and_not_touch(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No visitor fills or empties the owner's disk; the owner, in the shell, may."""
    monkeypatch.setenv("STUDIO_PUBLIC", "true")
    settings.cache_clear()
    visitor = Caller("v0123456789abcdef")
    listing = DOORS["models"].work({}, visitor)
    assert listing["machine"] is None  # the device, the memory and the disk are the owner's own
    assert listing["may_change"] is False and any(each["state"] == "download" for each in listing["models"])
    for verb in ("download_model", "delete_model"):
        with pytest.raises(Unauthorized, match="only its owner"):
            DOORS[verb].work({"model": "sdxl"}, visitor)
    owners = DOORS["models"].work({}, Caller())
    assert owners["may_change"] is True and owners["machine"]["free_disk_gb"] > 0
