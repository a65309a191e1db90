"""A real server of other people's: `transformers serve` with tiny models, spoken to through the real store and workers."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import tiny_language_models as tiny
from jobs_house import House, patience
from server_house import done, open_house

from engines.prompt.expand import enrich

STARTS = 120
HARBOUR = "a quiet harbour"
SCENE = {"setting": "sea", "time": "night", "weather": "rain", "things": [{"id": "a", "noun": "boat", "x": 0.3}]}
ADDITIONS = ["fog over the water", "a single warm lamp"]
INSTEAD = "Done by the studio's own rules instead: "
ROW = '{name}: {{engine: "{engine}", for: {serves}, hidden: true, lane: io, options: {options}}}\n'
WORDS = ("engines.prompt.openai:Chat", "[expand_prompt, plan_song, plan_scenes]")
SKETCH = ("engines.image.openai_scene:ChatSketch", "[generate_image]")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny models."""
    base = tmp_path_factory.mktemp("models")
    tiny.babbler(base / "babble")
    tiny.parrot(base / "second", ["Well."], [json.dumps({"additions": ADDITIONS})])
    tiny.parrot(base / "scene", [f"Here you are:\n```json\n{json.dumps(SCENE)}\n```"])
    return base


@pytest.fixture(scope="module")
def house(models: Path) -> Iterator[House]:
    """The server, and a studio with a row per model of it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (models / "hub").mkdir()
    env = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(models / "hub"), "OMP_NUM_THREADS": "1"}
    command = [str(Path(sys.executable).with_name("transformers")), "serve", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    with open(models / "log", "wb") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}/v1"
        _until_it_answers(url, server, models / "log")
        with open_house("".join(_row(name, models / model, url) for name, model in NAMES.items()), HOUSE_LANES="io") as one:
            yield one
    finally:
        server.kill()
        server.wait()


NAMES = {"words-babble": "babble", "sketch-babble": "babble", "words-second": "second", "sketch-scene": "scene"}


def _row(name: str, model: Path, url: str) -> str:
    engine, serves = WORDS if name.startswith("words") else SKETCH
    options = {"server": "serve", "base_url": url, "model": str(model), "seconds": 180, "body": {"max_tokens": 60}}
    return ROW.format(name=name, engine=engine, serves=serves, options=json.dumps(options))


def _until_it_answers(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + patience(STARTS)
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return httpx.get(f"{url}/models", timeout=5).raise_for_status() and None
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError(f"transformers serve did not start: {log.read_text()[-2000:]}")


def told(house: House, kind: str, model: str, **values: Any) -> tuple[dict[str, Any], list[str]]:
    """A job that is complete, and its notes."""
    shown = done(house, kind, model, **values)
    assert shown["status"] == "complete", shown["error"]
    return shown, shown["provenance"]["notes"]


def test_noise_ends_in_good_work_all_the_same(house: House) -> None:
    """A model of random numbers writes nothing that can be read: the rules enrich the prompt and paint the scene, and say so."""
    shown, notes = told(house, "expand_prompt", "words-babble", prompt=HARBOUR)
    assert shown["result"]["prompt"] == enrich(HARBOUR, "none", 7).prompt
    assert any(note.startswith(INSTEAD) for note in notes) and 2 <= shown["provenance"]["usage"]["tokens_out"] <= 120
    shown, notes = told(house, "generate_image", "sketch-babble", prompt="a boat by a cliff at night", width=128, height=128)
    assert any(note.startswith(INSTEAD) for note in notes)
    assert len(shown["outputs"]) == 1 and shown["provenance"]["unmet"] == []


def test_it_is_asked_again_and_believed(house: House) -> None:
    """What could not be read the first time is asked for once more; a scene in its prose is found and painted."""
    shown, notes = told(house, "expand_prompt", "words-second", prompt=HARBOUR)
    assert shown["result"]["added"] == ADDITIONS and "serve had to be asked twice." in notes
    shown, notes = told(house, "generate_image", "sketch-scene", prompt="a boat and a dog", width=128, height=128)
    assert any(note.startswith("Written by ") for note in notes) and shown["provenance"]["unmet"] == ["dog"]
