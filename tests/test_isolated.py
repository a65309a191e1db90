"""Packages in environments of their own: a real environment, a real child, a package that looks like Chatterbox."""

import io
import json
import os
import shutil
import signal
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pretend_chatterbox as pretend
import pytest
from invariants import assert_invariants
from jobs_house import House, children, eventually, furnished, patience, stored

from config import ModelRow, catalog
from engines.errors import BadRequest, Unavailable
from engines.speech.chatterbox import Chatterbox
from engines.speech.spoken import read_wav
from jobs import control, files, resolve
from jobs.control import Caller
from jobs.declared import DOORS
from jobs.store import home as store_home
from jobs.store import rows

OPTIONS = {"environment": "chatterbox", "package": "chatterbox-tts==0.1.7", "runner": "chatterbox_speech"}


def row(name: str, folder: Path, **options: Any) -> dict[str, Any]:
    """A catalog row as it stands in models.yaml."""
    held = {"folder": str(folder), "files": ["ve.safetensors", "t3_cfg.safetensors", "s3gen.safetensors"]}
    about = {"engine": "engines.speech.chatterbox:Chatterbox", "for": ["generate_speech"], "lane": "gpu", "title": name.title()}
    return about | {"hidden": True} | {"needs": ["reference"], "weights": held, "options": OPTIONS | options}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A worker, an environment with the package, and two rows: one is patient, one is not."""
    folder = pretend.weights(tmp_path_factory.mktemp("models") / "chatterbox")
    catalogued = {"box": row("box", folder), "hasty": row("hasty", folder, silent_seconds=1.0)}
    with furnished(json.dumps(catalogued), cpu_workers=1) as one:
        pretend.environment(one.home / "envs" / "chatterbox")
        yield one
        kept = offspring(one)
        one.close()
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in kept), 5, "the end of the children")
        assert_invariants(one.home)


def recording(pitch: int, seconds: float = 2.0) -> str:
    """The id of an upload: a hum."""
    samples = (9000 * np.sin(2 * np.pi * pitch * np.arange(int(16_000 * seconds)) / 16_000)).astype("<i2")
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(samples.tobytes())
    return str(files.save_upload(data.getvalue(), "voice.wav", "local")["id"])


def begin(text: str, model: str = "box", **values: Any) -> str:
    """Start a job; its id."""
    given = {"text": text, "model": model, "seed": 3, "reference": recording(200)} | values
    return str(control.start("generate_speech", given, Caller())["id"])


def spoken(house: House, job: str) -> tuple[np.ndarray, int]:
    """The samples of a job and their rate when it has ended."""
    (ended,) = house.until([job])
    assert ended["status"] == "complete", ended["error"]
    path = rows("select path from artifacts where job=? order by number", job)[0]["path"]
    sound = read_wav((store_home() / path).read_bytes())
    return sound.samples[:, 0].astype(float), sound.rate


def pitch(samples: np.ndarray, rate: int) -> int:
    """The loudest frequency of the first second, in Hz."""
    return int(np.abs(np.fft.rfft(samples[:rate])).argmax())


def offspring(house: House) -> list[int]:
    """The children of the worker for real models."""
    return [child for worker in house.workers("gpu") for child in children(worker)]


def test_a_text_is_spoken_in_the_voice_of_a_recording(house: House) -> None:
    """In the pitch of whoever was recorded, piece by piece; the child stays warm, and the same seed gives the same sound."""
    samples, rate = spoken(house, begin("Good evening."))
    (child,) = offspring(house)
    assert rate == 24_000 and len(samples) == rate and abs(pitch(samples, rate) - 200) < 3
    long = " ".join(["The harbour lies in the fog and nobody is about tonight."] * 8)
    job = begin(long, reference=recording(330))
    other, _ = spoken(house, job)
    assert abs(pitch(other, rate) - 330) < 3 and len(other) == 2 * rate + rate // 4, "two pieces and a pause"
    assert np.array_equal(samples, spoken(house, begin("Good evening."))[0])
    assert not np.array_equal(samples, spoken(house, begin("Good evening.", seed=4))[0])
    assert offspring(house) == [child]
    shown = control.job(job, Caller())
    assert [each["media_type"] for each in shown["outputs"]] == ["audio/wav", "audio/mpeg", "image/png"]


def test_it_needs_a_recording(house: House) -> None:
    """One that is a sound and long enough; what is missing is said before or after the job is made."""
    with pytest.raises(BadRequest, match="reference"):
        begin("Good evening.", reference=None)
    (ended,) = house.until([begin("Good evening.", reference=recording(200, 0.3))])
    assert json.loads(ended["error"])["code"] == "VALIDATION_ERROR" and "too short to know a voice by" in ended["message"]


def test_cancel_ends_the_child(house: House) -> None:
    """Whatever it is doing, and nothing of it is left; the next job has a new one."""
    spoken(house, begin("Good evening."))
    (before,) = offspring(house)
    job = begin("Please hang on.")
    eventually(lambda: "Speaking: Please" in stored(job)["stage"], 10, "the work of the child")
    asked = time.monotonic()
    control.cancel(job, Caller())
    house.until_status(job, "cancelled")
    assert time.monotonic() - asked < patience(1) and not Path(f"/proc/{before}").exists()
    spoken(house, begin("Good evening."))
    assert offspring(house) != [before]


def test_unloading_ends_the_child(house: House) -> None:
    """With all its memory; the next job has a new one."""
    spoken(house, begin("Good evening."))
    assert offspring(house)
    DOORS["unload_models"].work({}, Caller())
    eventually(lambda: not offspring(house), 10, "the end of the child")
    spoken(house, begin("Good evening."))


def test_a_child_that_dies_or_hangs_is_started_again(house: House) -> None:
    """A death is tried again by the queue, silence ends in TIMEOUT; the next job is done."""
    job = begin("Die once.")
    spoken(house, job)
    assert stored(job)["attempts"] == 2
    (ended,) = house.until([begin("Please hang on.", model="hasty")])
    assert json.loads(ended["error"])["code"] == "TIMEOUT" and "said nothing for 1 seconds" in ended["message"]
    spoken(house, begin("Good evening.", model="hasty"))


def test_a_child_does_not_outlive_its_worker(house: House) -> None:
    """Not even one that is killed while the child is busy."""
    job = begin("Please hang on.")
    eventually(lambda: "Speaking: Please" in stored(job)["stage"], 10, "the work of the child")
    worker = house.holder(job)
    kept = children(worker)
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in kept), 5, "the end of the child")
    control.cancel(job, Caller())
    assert house.until_status(job, "cancelled")["completed_at"]


LIES = ["../escaped.wav", "/etc/hostname", "link.wav", "gone.wav", "a/b.wav", "large.wav", "..", "", None, 7]


@pytest.mark.parametrize("names", [*([each] for each in LIES), "good.wav", None, ["good.wav"] * 3])
def test_only_files_of_its_own_folder_are_taken(tmp_path: Path, names: Any) -> None:
    """No path out of it, no link, nothing too large, no more than was asked for."""
    folder = tmp_path / "spoken"
    folder.mkdir()
    for path in (tmp_path / "escaped.wav", folder / "good.wav"):
        path.write_bytes(b"RIFF")
    (folder / "large.wav").write_bytes(bytes(2_000_000))
    (folder / "link.wav").symlink_to("/etc/hostname")
    engine = Chatterbox(**OPTIONS, megabytes=1.0)
    assert engine.files(folder, ["good.wav"], 2) == [folder / "good.wav"]
    with pytest.raises(Unavailable, match="files that are not taken"):
        engine.files(folder, names, 2)


def test_what_is_missing_is_said_with_the_command(home: Path, tmp_path: Path) -> None:
    """The environment, the package in it, its version, the weights, one of them whole; auto goes on with what is ready."""
    folder = tmp_path / "weights"
    (home / "models.yaml").write_text(json.dumps({"box": row("box", folder) | {"hidden": False, "rank": 99}}))
    catalog.cache_clear()

    def missing() -> str:
        assert resolve.choose("generate_speech", "auto", ["reference"]).name != "box"
        return resolve.ready(catalog()["box"]).missing

    with pytest.raises(BadRequest, match="reference cannot be honoured by eSpeak NG; leave it out, or set up box"):
        control.start("generate_speech", {"text": "Good evening.", "reference": recording(200)}, Caller())
    place = home / "envs" / "chatterbox"
    assert f"make that with `python3 -m venv {place} && {place}/bin/python -m pip install chatterbox-tts==0.1.7`" in missing()
    pretend.environment(place, "0.1.4")
    assert "its environment has chatterbox-tts 0.1.4; install it with" in missing()
    shutil.rmtree(place)
    pretend.environment(place)
    assert "its weights are not here" in missing()
    pretend.weights(folder)
    assert resolve.choose("generate_speech", "auto", ["reference"]).name == "box"
    (folder / "s3gen.safetensors").write_bytes(b"cut")
    assert "cut off; download it again" in missing()
    (folder / "s3gen.safetensors").unlink()
    assert "its s3gen.safetensors is missing" in missing()


def test_a_row_that_does_not_fit_says_so() -> None:
    """An environment is a name, never a path."""
    engine = Chatterbox(**OPTIONS | {"environment": "../elsewhere"})
    engine.row = ModelRow(name="box", engine="x:y", **{"for": ["generate_speech"]})
    assert "options that do not fit: environment" in engine.ready().missing
