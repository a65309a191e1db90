"""ComfyUI servers on their worst days, unusable workflows and addresses: a sentence each, in time, and the next job works."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from comfy_peer import Peer
from comfy_run import Notebook
from jobs_house import eventually, patience
from PIL import Image
from pydantic import ValidationError

from config import Settings, catalog, settings
from engines import pool as engines
from engines.base import Made
from engines.clients import comfyui
from engines.clients.http import Limits
from engines.comfy import pool
from engines.comfy.template import HERE, names, template
from engines.errors import BadRequest, StudioError, Unavailable
from engines.image.request import ImageRequest

FIELDS = frozenset(ImageRequest.model_fields)


def brisk(seconds: float, megabytes: float) -> Limits:
    """Little patience, but as much as a busy machine needs."""
    return Limits(seconds=patience(seconds), megabytes=megabytes, rest_seconds=0.2)


@pytest.fixture
def peers(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Peer]]:
    """Two endpoints, known to the settings, that are given up on quickly."""
    for name in ("SHORT", "QUEUE", "SEND"):
        monkeypatch.setattr(comfyui, name, brisk(1.0, 1))
    for name in ("NODES", "FILE"):
        monkeypatch.setattr(comfyui, name, brisk(2.0, 4))
    with Peer("bad") as bad, Peer("good") as good:
        point_to(monkeypatch, bad, good)
        yield [bad, good]


def point_to(monkeypatch: pytest.MonkeyPatch, *peers: Peer) -> None:
    """These are the endpoints from now on."""
    monkeypatch.setenv("STUDIO_COMFYUI", json.dumps([peer.entry for peer in peers]))
    settings.cache_clear()


def paint(folder: Path, files: dict[str, Path] | None = None, **values: Any) -> Made:
    """One small picture by comfy-sdxl, in this process."""
    folder.mkdir(exist_ok=True)
    run = Notebook(folder, files)
    request = ImageRequest(**{"prompt": "a red boat", "width": 128, "height": 96, "steps": 3, "seed": 1} | values)
    return engines.make(catalog()["comfy-sdxl"]).generate(request, run)


def healthy() -> bool:
    """Whether some endpoint can paint now."""
    pool.pool().look(1.0, 0.2, thorough=True)
    return not pool.pool().missing([template("sdxl", FIELDS)], {}, [])


BAD = [
    ("/history", "garbage"), ("/history", "big"), ("/history", "500"), ("/history", "nested"), ("/history", "lying"), ("/history", "drip"),
    ("POST /prompt", "garbage"), ("POST /prompt", "nothing"), ("/view", "truncated"), ("/view", "html"), ("/view", "big"),
    ("/object_info", "garbage"), ("/object_info", "big"), ("/prompt", "nan"), ("/prompt", "html"),
]  # fmt: skip


@pytest.mark.parametrize(("route", "mood"), BAD, ids=[f"{mood} at {route}" for route, mood in BAD])
def test_a_bad_server_ends_in_a_sentence_in_time_and_the_next_job_works(
    peers: list[Peer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, route: str, mood: str
) -> None:
    point_to(monkeypatch, peers[0])
    peers[0].mood[route] = mood
    began = time.monotonic()
    with pytest.raises(StudioError) as refused:
        paint(tmp_path / "one")
    assert time.monotonic() - began < patience(15) and len(refused.value.message) > 20 and "Traceback" not in refused.value.message
    assert mood == "lying" or isinstance(refused.value, Unavailable)
    assert "passwd" not in refused.value.message
    eventually(lambda: not peers[0].running, 5, "the server to be free")
    peers[0].mood.clear()
    eventually(healthy, 10, "the news that it is well again")
    assert len(paint(tmp_path / "two").artifacts) == 1


@pytest.mark.parametrize("mood", ["garbage", "500", "drip"])
def test_a_good_server_takes_over_from_a_bad_one(peers: list[Peer], tmp_path: Path, mood: str) -> None:
    bad, good = peers
    good.others = 9
    bad.mood["/history"] = mood
    made = paint(tmp_path)
    assert len(made.artifacts) == 1 and len(good.ran) == 1 and "bad was lost on the way; good did it." in made.notes


def test_a_picture_and_a_mask_are_sent_at_the_size_of_the_work(peers: list[Peer], tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "red").save(tmp_path / "start.png")
    Image.new("L", (300, 200), 255).save(tmp_path / "mask.png")
    files = {"start": tmp_path / "start.png", "mask": tmp_path / "mask.png"}
    made = paint(tmp_path / "run", files, image="start", mask="mask", strength=0.8)
    ran = (peers[0].ran + peers[1].ran)[0]
    assert ran["sampler"]["inputs"]["denoise"] == 0.8 and ran["mask"]["inputs"]["image"] != ran["image"]["inputs"]["image"]
    assert made.artifacts[0].width == 128
    shaped = paint(tmp_path / "run2", files, image="start", width=None, height=None).artifacts[0]
    assert shaped.width and shaped.height and abs(shaped.width / shaped.height - 1.5) < 0.02 and shaped.width % 8 == 0


def test_the_listing_tells_up_slow_and_down_apart(peers: list[Peer], monkeypatch: pytest.MonkeyPatch) -> None:
    with Peer("dead") as dead:
        point_to(monkeypatch, *peers, dead)
    monkeypatch.setattr(comfyui, "SHORT", brisk(3.0, 1))
    monkeypatch.setattr(pool, "SLOW", 0.95)
    peers[0].mood["/prompt"] = "slow"
    told = {each["name"]: each for each in pool.states()}
    assert {name: each["state"] for name, each in told.items()} == {"bad": "slow", "good": "up", "dead": "down"}
    assert "sd_xl_base_1.0.safetensors" in told["good"]["checkpoints"] and told["good"]["version"] == "0.3.64"
    assert "reached" in told["dead"]["message"] and "127.0.0.1" not in json.dumps(told)


WRONG = {
    "ui": ({"nodes": [], "links": []}, {}, "Export (API)"),
    "list": ([1, 2], {}, "no graph"),
    "half": ({"1": {"class_type": "KSampler"}}, {}, "lacks class_type or inputs"),
    "unmapped": (None, None, "has no mapping"),
    "typo": (None, {"promt": "positive.text"}, "none of the fields"),
    "nowhere": (None, {"prompt": "99.text"}, "no such input"),
    "seedless": (None, {"prompt": "positive.text"}, "no place for seed"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_workflow_that_cannot_be_used_is_refused_in_a_sentence(home: Path, name: str) -> None:
    graph, fields, said = WRONG[name]
    folder = home / "workflows"
    folder.mkdir()
    shutil.copy(HERE / "sdxl.json", folder / f"{name}.json")
    if graph is not None:
        (folder / f"{name}.json").write_text(json.dumps(graph))
    if fields is not None:
        (folder / f"{name}.yaml").write_text(json.dumps({"title": "Mine", "fields": fields, "output": "save"}))
    with pytest.raises(BadRequest) as refused:
        template(name, FIELDS)
    assert said in refused.value.message


def test_a_workflow_of_fifty_megabytes_nan_or_a_path_as_its_name_is_refused(home: Path) -> None:
    folder = home / "workflows"
    folder.mkdir()
    nan = '{"1": {"class_type": "A", "inputs": {"x": NaN}}}'
    for name, text in (("large", '{"a": "' + "x" * (50 << 20) + '"}'), ("nan", nan), ("deep", "[" * 200_000)):
        (folder / f"{name}.json").write_text(text)
        (folder / f"{name}.yaml").write_text("title: x\nfields: {}\noutput: a\n")
        with pytest.raises(BadRequest):
            template(name, FIELDS)
    for name in ("../sdxl", "/etc/passwd", "a" * 200, ""):
        with pytest.raises(BadRequest):
            template(name, FIELDS)
    assert "sdxl" in names()


def test_a_workflow_with_unknown_nodes_is_not_ready_and_says_which(peers: list[Peer], home: Path) -> None:
    (home / "workflows").mkdir()
    graph = json.loads((HERE / "sdxl.json").read_text())
    graph["positive"]["class_type"] = "FancyCustomEncode"
    (home / "workflows" / "sdxl.json").write_text(json.dumps(graph))
    shutil.copy(HERE / "sdxl.yaml", home / "workflows" / "sdxl.yaml")
    assert "it has no node FancyCustomEncode" in pool.pool().missing([template("sdxl", FIELDS)], {}, [])


@pytest.mark.parametrize("entry", [
    {"name": "x", "address": "file:///etc"}, {"name": "x", "address": "http://user:word@box:8188"}, {"name": "x", "address": "http://box:99999"},
    {"name": "x", "address": "http://box?x=1"},
    {"name": "x", "address": "box", "weight": 0}, {"name": "x", "address": "box", "weight": "nan"}, {"ip": ""},
])  # fmt: skip
def test_an_address_that_is_none_is_refused_at_the_start(entry: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(comfyui=(entry,))


def test_older_lists_and_short_addresses_are_read() -> None:
    told = Settings(comfyui=[{"ip": "10.0.0.5", "port": "8189", "name": "older"}, {"address": "box:8188"}])
    assert [(each.name, each.address) for each in told.comfyui] == [("older", "http://10.0.0.5:8189"), ("box:8188", "http://box:8188")]
    with pytest.raises(ValidationError):
        Settings(comfyui=[{"name": "x", "address": "a"}, {"name": "x", "address": "b"}])
