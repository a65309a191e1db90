"""A studio whose catalog has a row for every mood of the loopback server, and a key that must be found nowhere."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jobs_house import House, eventually, furnished
from loopback import KEY, Loopback

from config import catalog
from jobs import control, resolve
from jobs.control import Caller

ENGINES = {
    "words": ("engines.prompt.openai:Chat", "[expand_prompt, plan_song, plan_scenes]"),
    "sketch": ("engines.image.openai_scene:ChatSketch", "[generate_image]"),
    "images": ("engines.image.openai:OpenAIImages", "[generate_image]"),
    "chat": ("engines.image.openrouter:OpenRouterImages", "[generate_image]"),
    "speech": ("engines.speech.openai:OpenAISpeech", "[generate_speech]"),
    "eye": ("engines.vision.openai:ChatEye", "[describe_image]"),
    "hearing": ("engines.hearing.openai:OpenAIHearing", "[transcribe]"),
}
SECONDS, ENOUGH = 1.5, 30.0
HANGING = ("drip", "half_open", "silent")


def row(kind: str, mood: str, loopback: Loopback, **options: Any) -> str:
    """A catalog row called <kind>-<mood>."""
    engine, serves = ENGINES[kind]
    model = "gpt-image-1" if kind == "images" else "tiny-chat"
    told = {"server": mood, "base_url": loopback.at(mood), "key": "TRIAL_KEY", "model": model, "megabytes": 2}
    told |= {"seconds": SECONDS if mood in HANGING else ENOUGH, "rest_seconds": 1, "retry_seconds": 0.1} | options
    return f'{kind}-{mood}: {{engine: "{engine}", for: {serves}, hidden: true, lane: io, options: {json.dumps(told)}}}\n'


@contextlib.contextmanager
def open_house(rows: str, settings: dict[str, Any] | None = None, **environment: str) -> Iterator[House]:
    """The studio at work, with further settings and environment; at its end, the key is looked for in every file it wrote.

    What others' servers do is done in one lane, HOUSE_LANES=io.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, setting in {"TRIAL_KEY": KEY, **environment}.items():
            patch.setenv(name, setting)
        with furnished(rows, **{"cpu_workers": 1} | (settings or {})) as house:
            yield house
            house.close()
            nowhere(house.home)


def nowhere(home: Path) -> None:
    """The key is in no file: database, log, sidecar, picture."""
    for path in home.rglob("*"):
        if path.is_file() and path.name != "secrets.yaml":
            assert KEY.encode() not in path.read_bytes(), f"the key is in {path.name}"


def begin(kind: str, model: str, **values: Any) -> str:
    """Start a job of a row once its server has been seen; the id."""
    eventually(lambda: resolve.ready(catalog()[model]).ok, 30, f"an answer for {model}")
    return str(control.start(kind, {"model": model, "seed": 7} | values, Caller())["id"])


def done(house: House, kind: str, model: str, **values: Any) -> dict[str, Any]:
    """A job as the person sees it when it has ended; the key is not in what they see."""
    job = begin(kind, model, **values)
    house.until([job])
    shown = control.job(job, Caller())
    assert KEY not in json.dumps(shown)
    return shown
