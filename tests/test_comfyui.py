"""Pictures by ComfyUI servers, with real worker processes and servers that speak its protocol: good days, deaths, cancels, sharing."""

import json
import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest
from comfy_peer import Peer
from jobs_house import House, eventually, furnished, patience, stored

from config import catalog, settings
from jobs import control, files, resolve
from jobs.control import Caller
from jobs.store import home as store_home
from jobs.store import rows

ROW = (
    '{name}: {{engine: "engines.image.comfyui:ComfyImage", for: [generate_image], lane: io, hidden: true, '
    "options: {{workflows: [{flows}], {more}}}}}\n"
)
LOCAL = Caller("local")


class Place:
    """A house with two endpoints, `a` and `b`, which may die and come back at the same address."""

    def __init__(self, house: House, peers: dict[str, Peer]) -> None:
        self.house, self.peers = house, peers

    def __getitem__(self, name: str) -> Peer:
        return self.peers[name]

    def revive(self, name: str) -> Peer:
        """A fresh server where one has died."""
        old = self.peers[name]
        old.die()
        self.peers[name] = Peer(name, port=old.port)
        return self.peers[name]

    def start(self, **values: Any) -> str:
        """Submit a small picture; the id of its job."""
        given = {"prompt": "a red boat", "model": "comfy-sdxl", "width": 128, "height": 96, "steps": 5} | values
        return str(control.start("generate_image", given, LOCAL)["id"])

    def busy(self, name: str, others: int = 99) -> None:
        """Let an endpoint have other people's work waiting, and let that be known."""
        self.peers[name].others = others
        time.sleep(0.4)

    def ended(self, ident: str, seconds: float = 30) -> dict[str, Any]:
        """The job when it has ended."""
        self.house.until([ident], seconds)
        return control.job(ident, LOCAL)


@pytest.fixture(scope="module")
def open_place() -> Iterator[Place]:
    """One house for all tests here."""
    peers = {name: Peer(name) for name in ("a", "b")}
    entries = json.dumps([peers["a"].entry, {"ip": "127.0.0.1", "port": peers["b"].port, "name": "b"}])
    models = "".join(ROW.format(name=name, flows=flows, more=more) for name, flows, more in (
        ("quiet", "sdxl", "quiet: 1"), ("own", "own", ""), ("tagged", "sdxl", "tags: [video]")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_COMFYUI", entries)
        with furnished(models, comfyui=entries) as house:
            yield Place(house, peers)
    for peer in peers.values():
        peer.die()


@pytest.fixture
def place(open_place: Place) -> Place:
    """The same with two healthy endpoints."""
    for name, peer in open_place.peers.items():
        if peer.stopped:
            open_place.revive(name)
        peer = open_place[name]
        peer.step, peer.most_pixels, peer.broken_node, peer.deaf, peer.old, peer.others = 0.02, 10**9, "", False, False, 0
        peer.die_at = peer.forget_at = -1.0
        peer.mood.clear(), peer.ran.clear(), peer.asked.clear()
    eventually(lambda: resolve.ready(catalog()["comfy-sdxl"]).ok, 10, "a ready endpoint")
    return open_place


def test_words_become_a_picture_with_steps_on_the_way(place: Place) -> None:
    place["a"].step = place["b"].step = 0.1
    ident = place.start(steps=20, seed=7, negative_prompt="rain", style="anime")
    steps, previews = [], 0
    while (job := control.job(ident, LOCAL))["status"] in ("queued", "loading", "generating"):
        steps.append((job["progress"], job["stage"]))
        previews += files.preview(ident, "local") is not None
        time.sleep(0.05)
    job = place.ended(ident)
    assert job["status"] == "complete", job["error"]
    assert any("step" in stage and " of 20" in stage for _, stage in steps) and previews
    shares = [share for share, _ in steps]
    assert shares == sorted(shares) and len({round(share, 1) for share in shares}) > 4
    assert (job["outputs"][0]["width"], job["outputs"][0]["height"]) == (128, 96)
    graph = (place["a"].ran + place["b"].ran)[0]
    assert graph["sampler"]["inputs"]["seed"] == 7 and graph["sampler"]["inputs"]["steps"] == 20
    assert graph["positive"]["inputs"]["text"].startswith("a red boat") and "anime" in graph["positive"]["inputs"]["text"]
    assert graph["negative"]["inputs"]["text"].startswith("rain")
    assert graph["checkpoint"]["inputs"]["ckpt_name"] == "sd_xl_base_1.0.safetensors"


def test_four_pictures_are_shared_out_and_keep_their_seeds(place: Place) -> None:
    place["a"].step = place["b"].step = 0.1
    idents = [place.start(seed=10 * k, count=2) for k in range(4)]
    jobs = [place.ended(ident) for ident in idents]
    assert [job["provenance"]["seeds"] for job in jobs] == [[0, 1], [10, 11], [20, 21], [30, 31]]
    assert len(place["a"].ran) >= 2 and len(place["b"].ran) >= 2


def test_the_least_busy_endpoint_is_taken(place: Place) -> None:
    place.busy("a")
    for _ in range(3):
        assert place.ended(place.start())["status"] == "complete"
    assert not place["a"].ran and len(place["b"].ran) == 3


@pytest.mark.parametrize("old", [False, True], ids=["newer", "older"])
def test_a_cancel_stops_this_prompt_there_within_a_second_and_no_other(place: Place, old: bool) -> None:
    for peer in place.peers.values():
        peer.old, peer.step = old, 0.1
    place.busy("b")
    runs, waits = place.start(steps=200), place.start(steps=10)
    eventually(lambda: place["a"].running and place["a"].waiting, 10, "one running and one waiting")
    control.cancel(runs, LOCAL)
    began = time.monotonic()
    eventually(lambda: stored(runs)["status"] == "cancelled", 5, "the cancel")
    assert time.monotonic() - began < patience(1.5)
    assert place.ended(waits)["status"] == "complete"
    third, fourth = place.start(steps=100), place.start(steps=10)
    eventually(lambda: place["a"].running and place["a"].waiting, 10, "one running and one waiting")
    control.cancel(fourth, LOCAL)
    eventually(lambda: stored(fourth)["status"] == "cancelled" and not place["a"].waiting, 5, "the cancel of one that waits")
    assert place["a"].running, "the one that runs was left alone"
    control.cancel(third, LOCAL)
    eventually(lambda: not place["a"].running, 5, "the server to be free")


def test_without_an_endpoint_the_row_says_how_to_get_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_COMFYUI", "[]")
    settings.cache_clear()
    assert "studio.yaml" in resolve.ready(catalog()["comfy-sdxl"]).missing
    monkeypatch.undo()
    settings.cache_clear()


def test_a_tag_keeps_jobs_off_endpoints_without_it(place: Place) -> None:
    assert "tags video" in resolve.ready(catalog()["tagged"]).missing


def test_a_server_that_tells_nothing_while_it_works_is_believed_by_its_history(place: Place) -> None:
    place["a"].deaf = place["b"].deaf = True
    assert place.ended(place.start())["status"] == "complete"


def test_too_little_memory_there_tries_a_smaller_size_and_says_so(place: Place) -> None:
    place["a"].most_pixels = place["b"].most_pixels = 200 * 200
    job = place.ended(place.start(width=256, height=192))
    assert job["status"] == "complete" and (job["outputs"][0]["width"], job["outputs"][0]["height"]) == (192, 144)
    assert any("75% of the size" in note for note in job["provenance"]["notes"])


def test_a_workflow_that_fails_is_followed_by_a_simpler_one(place: Place) -> None:
    place["a"].broken_node = place["b"].broken_node = "ConditioningZeroOut"
    own = store_home() / "workflows"
    own.mkdir(exist_ok=True)
    for name in ("flux.json", "flux.yaml"):
        shutil.copy(f"engines/comfy/workflows/{name}", own / name.replace("flux", "own"))
    job = place.ended(place.start(model="own"))
    assert job["status"] == "complete", job["error"]
    assert any("FLUX.1 failed" in note and "Stable Diffusion XL" in note for note in job["provenance"]["notes"])


@pytest.mark.parametrize("end", ["forget_at", "die_at"])
def test_an_endpoint_that_dies_or_forgets_midway_is_replaced(place: Place, end: str) -> None:
    setattr(place["a"], end, 0.5)
    place.busy("b")
    job = place.ended(place.start(steps=10))
    assert job["status"] == "complete" and len(place["b"].ran) == 1
    assert any("a was lost on the way; b did it" in note for note in job["provenance"]["notes"])
    assert len(rows("select 1 from artifacts where job=?", job["id"])) == 1 and job["attempts"] == 1


def test_when_the_last_one_dies_the_job_waits_and_goes_on_when_it_is_back(place: Place) -> None:
    place["b"].die()
    place["a"].die_at = 0.3
    ident = place.start(steps=10)
    eventually(lambda: "Trying again" in (stored(ident)["message"] or ""), 15, "the return to the queue")
    assert stored(ident)["status"] == "queued"
    place.revive("a")
    assert place.ended(ident, 40)["status"] == "complete"


def test_auto_takes_a_living_endpoint_and_never_a_dead_one(place: Place) -> None:
    assert resolve.choose("generate_image", "auto").name == "comfy-flux"
    place["a"].die()
    place["b"].die()
    eventually(lambda: not resolve.ready(catalog()["comfy-flux"]).ok, 15, "the news of their end")
    assert resolve.choose("generate_image", "auto").name == "sketch"
    assert "a: " in resolve.ready(catalog()["comfy-sdxl"]).missing


def test_a_lowered_whole_number_stays_whole() -> None:
    """An input that takes whole numbers refuses 16777215.0."""
    from engines.comfy.template import Place as Spot

    fitted = Spot(at=["canvas.color"], most=16777215).fit(2**32 - 1)
    assert fitted == 16777215 and isinstance(fitted, int)
