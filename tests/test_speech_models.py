"""Voices of real models, tiny ones: one contract for every family, random weights built here, the real store and worker."""

import json
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_speech_models
from invariants import assert_invariants
from jobs_house import House, eventually, furnished, patience, stored
from test_transcribe import seconds_of

from config import ModelRow, catalog
from engines import local, weights
from engines.errors import BadRequest, ModelNotReady
from engines.speech.local import spelled
from engines.speech.transformers import SpeechT5
from jobs import control
from jobs.control import Caller
from jobs.store import home, rows

FAMILIES = {"vits": "Vits", "speecht5": "SpeechT5"}
ROW = """{name}:
  engine: "engines.speech.transformers:{engine}"
  for: [generate_speech]
  hidden: true
  honours: [text, voice, language{more}]
  weights: {{folder: "{folder}"}}
  options: {options}
"""
MEDIA = ["audio/wav", "audio/mpeg", "application/json", "application/x-subrip", "text/vtt", "image/png"]
TEXT = "Good evening! One fox; Ω."


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A tiny model of every family."""
    folder = tmp_path_factory.mktemp("models")
    return {kind: tiny_speech_models.build(folder / kind, kind) for kind in FAMILIES}


@pytest.fixture(scope="module")
def house(models: dict[str, Path]) -> Iterator[House]:
    """Worker processes with them in the catalog."""
    options = {"vits": "{language: en, speakers: {woman: 1, man: 2}}", "speecht5": "{language: en}"}
    told = "".join(
        ROW.format(name=kind, engine=FAMILIES[kind], folder=folder, options=options[kind], more=", speed" if kind == "vits" else "")
        for kind, folder in models.items()
    )
    with furnished(told, cpu_workers=1, lease_seconds=30) as one:
        yield one
        assert_invariants(one.home)


def started(model: str, **values: Any) -> str:
    asked = {"text": TEXT, "model": model, "voice": "woman", "seed": 7} | values
    return str(control.start("generate_speech", asked, Caller())["id"])


def spoken(house: House, model: str, **values: Any) -> tuple[dict[str, Any], dict[str, Path]]:
    """A job as the person sees it when it has ended, and its files by media type."""
    job = started(model, **values)
    (ended,) = house.until([job], 120)
    assert ended["status"] == "complete", ended["error"]
    found = rows("select path, media_type from artifacts where job=? order by number", job)
    return control.job(job, Caller()), {file["media_type"]: home() / file["path"] for file in found}


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_contract_of_every_family(house: House, family: str) -> None:
    """The files, levels and times that eSpeak's row has; the seed and the voice decide, and only they do."""
    shown, files = spoken(house, family)
    assert list(files) == MEDIA and shown["provenance"]["unmet"] == ["Ω"] and shown["provenance"]["seeds"] == [7]
    meta = json.loads(rows("select meta from artifacts where job=? order by number", shown["id"])[0]["meta"])
    assert meta["lufs"] == pytest.approx(-16, abs=0.5) and meta["peak_db"] <= -0.9
    told = json.loads(files["application/json"].read_text())
    assert [each["text"] for each in told["words"]] == ["Good", "evening", "One", "fox"]
    edges = [edge for each in told["words"] for edge in (each["start"], each["end"])]
    assert edges == sorted(edges) and edges[0] >= 0 and edges[-1] <= told["duration"] + 0.001 and edges[1] > edges[0]
    assert told["words"][2]["start"] - told["words"][1]["end"] >= 0.25, "silence between the sentences"
    cues = [line for line in files["application/x-subrip"].read_text().splitlines() if "-->" in line]
    assert len(cues) == 2 and seconds_of(cues[1].split(" --> ")[1]) <= told["duration"] + 0.001
    sound = samples(files["audio/wav"])
    assert np.array_equal(samples(spoken(house, family)[1]["audio/wav"]), sound), "the same seed says the same"
    for values in ({"seed": 8}, {"voice": "man"}):
        other = samples(spoken(house, family, **values)[1]["audio/wav"])
        assert len(other) != len(sound) or not np.array_equal(other, sound), values


def test_a_sentence_is_its_own_whatever_stands_beside_it(house: House) -> None:
    """The same first sentence, level apart, in a longer text."""
    one, two = (samples(spoken(house, "vits", text=text)[1]["audio/wav"]) for text in ("Good evening!", "Good evening! The end."))
    first = two[: len(one)].astype(float)
    assert np.corrcoef(one, first)[0, 1] > 0.99


def test_pace_is_honoured_or_refused(house: House) -> None:
    usual, fast = (spoken(house, "vits", speed=speed)[0]["outputs"][0]["duration"] for speed in (1.0, 2.0))
    assert 0.4 < fast / usual < 0.75
    with pytest.raises(BadRequest, match="speed cannot be honoured by speecht5"):
        started("speecht5", speed=2.0)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_it_cannot_speak_is_refused_before_a_job_is_made(house: House, family: str) -> None:
    with pytest.raises(BadRequest, match="voice: this model has no voice 'robot'; choose one of man, woman"):
        started(family, voice="robot")
    with pytest.raises(BadRequest, match="language: this model speaks en only"):
        started(family, language="german")
    assert stored(started(family, language="en-GB"))["status"] != "error"
    job = started(family, text="Ωμέγα και άλφα.")
    (ended,) = house.until([job])
    assert json.loads(ended["error"])["code"] == "VALIDATION_ERROR" and "no voice for these letters" in ended["message"]


@pytest.mark.parametrize("family", FAMILIES)
def test_cancel_stops_between_and_within_sentences(house: House, family: str) -> None:
    """A chapter stops in a moment; the worker and its warm model stay."""
    job = started(family, text="The quick brown fox jumps over the lazy dog. " * 300)
    holder = house.holder(job)
    eventually(lambda: "Speaking" in stored(job)["stage"], 60, "a sentence")
    asked = time.monotonic()
    control.cancel(job, Caller())
    house.until_status(job, "cancelled")
    assert time.monotonic() - asked < patience(2)
    spoken(house, family, text="The end.")
    assert house.workers() == [holder]


@pytest.mark.parametrize("part", ["voices.safetensors", "vocoder/model.safetensors"])
def test_a_voice_that_is_not_whole_says_what_is_missing(models: dict[str, Path], tmp_path: Path, part: str) -> None:
    import shutil

    folder = Path(shutil.copytree(models["speecht5"], tmp_path / "half"))
    (folder / part).unlink()
    engine = SpeechT5()
    engine.row = ModelRow.model_validate({"name": "x", "engine": "a:b", "for": ["generate_speech"], "weights": {"folder": str(folder)}})
    state = engine.ready()
    assert not state.ok and state.needs == "weights" and part in state.missing and "docs/models.md" in state.missing


def test_the_real_rows_say_how_to_get_them_and_auto_stays_with_all_languages(house: House) -> None:
    with pytest.raises(ModelNotReady, match=r"hf download facebook/mms-tts-eng --revision c71de0fe\S+ .*'model.safetensors'"):
        started("mms-english", voice=None)
    with pytest.raises(ModelNotReady, match="put its folder into .* as speecht5"):
        started("speecht5-voices", voice=None)
    assert stored(started("auto", voice=None, text="A bell."))["model"] == "espeak"
    assert not any(catalog()[name].commercial for name in catalog() if name.startswith("mms-"))


def test_without_a_pinned_commit_the_downloaded_one_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    told = {"name": "x", "engine": "a:b", "for": ["generate_speech"], "weights": {"repo": "some/voice"}}
    row, there = ModelRow.model_validate(told), tmp_path / "models--some--voice"
    assert weights.find(row) is None and not local.ready(row, ("VitsModel",)).ok
    (there / "snapshots" / "abc").mkdir(parents=True)
    (there / "refs").mkdir()
    (there / "refs" / "main").write_text("abc\n")
    assert weights.find(row) == there / "snapshots" / "abc"
    (there / "refs" / "main").write_text("../../..")
    assert weights.find(row) is None, "a name of a commit, not a path"


@pytest.mark.parametrize(("word", "language", "wanted"), [
    ("3", "en", "three"), ("1815", "en", "one thousand, eight hundred and fifteen"), ("3", "de", "drei"), ("fox", "en", "fox"),
    ("2.5", "en", "two point five"), ("7th", "en", "seven th"), ("3", "xx", "3"), ("9" * 400, "en", None),
])  # fmt: skip
def test_numbers_are_written_out(word: str, language: str, wanted: str | None) -> None:
    said = spelled(word, language)
    assert said == wanted if wanted else not any(letter.isdigit() for letter in said)
