"""Bad input for what is heard, turned and planned: its code and a sentence that helps, alike through every door; nothing is enqueued."""

import base64
import io
import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from doorways import WAYS, Refused, page, rest
from gradio_client import handle_file
from PIL import Image

NAN, INF, HUGE = float("nan"), float("inf"), 10**9
CODE = "VALIDATION_ERROR"
NOVEL = "word " * 8001
CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "music of no length": ("generate_music", {"genre": "rock", "duration_seconds": 0}, "duration_seconds must be at least 5"),
    "music of -1 s": ("generate_music", {"genre": "rock", "duration_seconds": -1}, "duration_seconds must be at least 5"),
    "music of 30 years": ("generate_music", {"genre": "rock", "duration_seconds": HUGE}, "duration_seconds must be at most 300"),
    "music of NaN s": ("generate_music", {"genre": "rock", "duration_seconds": NAN}, "duration_seconds must be a finite number"),
    "tempo fast": ("generate_music", {"genre": "rock", "tempo": "fast"}, "tempo must be a whole number"),
    "tempo 9999": ("generate_music", {"genre": "rock", "tempo": 9999}, "tempo must be at most 240"),
    "genre lofy": ("generate_music", {"genre": "lofy"}, "did you mean lofi?"),
    "music of nothing": ("generate_music", {"prompt": "  "}, "there is nothing to play; write a few words"),
    "no such melody": ("generate_music", {"genre": "rock", "melody": "up_nothing"}, "melody: there is no file 'up_nothing'"),
    "a path for a melody": ("generate_music", {"genre": "rock", "melody": "/etc/passwd"}, "melody: there is no file"),
    "nothing said": ("generate_speech", {"text": ""}, "text is empty"),
    "no word in it": ("generate_speech", {"text": "… !"}, "there is no word in it to speak; write a few words"),
    "a novel": ("generate_speech", {"text": NOVEL}, "text must have at most 40000 characters"),
    "voice germn": ("generate_speech", {"text": "hi", "voice": "germn"}, "did you mean german?"),
    "language frnch": ("generate_speech", {"text": "hi", "language": "frnch"}, "did you mean french?"),
    "speed 0": ("generate_speech", {"text": "hi", "speed": 0}, "speed must be at least 0.5"),
    "speed 10^9": ("generate_speech", {"text": "hi", "speed": HUGE}, "speed must be at most 2"),
    "speed NaN": ("generate_speech", {"text": "hi", "speed": NAN}, "speed must be a finite number"),
    "speed fast": ("generate_speech", {"text": "hi", "speed": "fast"}, "speed must be a number"),
    "no object": ("generate_mesh", {"prompt": " "}, "prompt: it is empty; write a few words"),
    "an obj": ("generate_mesh", {"prompt": "a cat", "format": "obj"}, "format must be one of 'glb' or 'stl'"),
    "a mesh in 0 pieces": ("generate_mesh", {"prompt": "a cat", "count": 0}, "count must be at least 1"),
    "a mesh in NaN pieces": ("generate_mesh", {"prompt": "a cat", "count": NAN}, "count must be a"),
    "no script": ("plan_scenes", {"script": ""}, "script is empty"),
    "a script of signs": ("plan_scenes", {"script": "?!"}, "there is no word in it; write what happens"),
    "a plan of no length": ("plan_scenes", {"script": "a cat", "duration_seconds": 0}, "duration_seconds must be at least 1"),
    "a plan of 10^9 s": ("plan_scenes", {"script": "a cat", "duration_seconds": HUGE}, "duration_seconds must be at most 3600"),
    "a plan of NaN s": ("plan_scenes", {"script": "a cat", "duration_seconds": NAN}, "duration_seconds must be a finite number"),
    "a long plan": ("plan_scenes", {"script": "a cat", "duration_seconds": "long"}, "duration_seconds must be a number"),
}
TYPED = ("music of -1 s", "music of NaN s", "tempo fast", "genre lofy", "voice germn", "no word in it", "an obj", "a plan of 10^9 s")
"""What is also tried in a shell, which takes a second to start."""
DESK = {"duration_seconds", "genre", "prompt", "tempo", "text", "voice", "language", "speed", "format"}
"""Fields that a person finds on the tabs."""


def ways(case: str) -> list[str]:
    name, values, _ = CASES[case]
    nan = any(value != value for value in values.values())
    found = ["rest", "gradio"] + ([] if nan else ["mcp"]) + (["shell"] if case in TYPED else [])  # MCP's client writes NaN as null
    return found + (["page"] if name != "plan_scenes" and set(values) <= DESK else [])


def jobs(studio: Any) -> list[str]:
    return [job["id"] for job in studio.listed()]


def uploads(studio: Any) -> set[str]:
    return {path.name for path in (studio.home / "uploads").iterdir()}


@pytest.mark.parametrize(("case", "way"), [(case, way) for case in CASES for way in ways(case)])
def test_refused_alike_and_nothing_is_enqueued(studio: Any, case: str, way: str) -> None:
    name, values, words = CASES[case]
    before = jobs(studio)
    with pytest.raises(Refused) as refused:
        {**WAYS, "page": page}[way](studio, name, values)
    assert refused.value.code == CODE and words in refused.value.message
    assert "Traceback" not in refused.value.message and str(studio.home) not in refused.value.message
    assert jobs(studio) == before, "bad input made a job"


def test_five_thousand_words_are_spoken(studio: Any) -> None:
    job = rest(studio, "generate_speech", {"text": "a " * 5000, "speed": 2.0, "wait_seconds": 120})
    assert job["status"] == "complete" and {each["media_type"] for each in job["outputs"]} >= {"audio/wav", "audio/mpeg"}


# -- files that are not what they are called -------------------------------------------------------------------------

def flat_stl() -> bytes:
    """One triangle without any volume."""
    return bytes(80) + struct.pack("<I", 1) + struct.pack("<12fH", *[0.0] * 12, 0)


def recording(pitches: tuple[int, ...] = (60, 64, 67, 64, 60, 55)) -> bytes:
    """A small WAV of sung notes."""
    time = np.arange(6000) / 12000
    notes = [sum(np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * k * time) / k for k in range(1, 6)) for pitch in pitches]
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(12000)
        file.writeframes((np.concatenate(notes) * 5000).astype("<i2").tobytes())
    return out.getvalue()


FAKES = {
    "a playlist": ("tune.mp3", b"#EXTM3U\n#EXTINF:5,\n/etc/hostname\n#EXT-X-ENDLIST\n"),
    "a playlist behind a tag": ("tune.mp3", b"ID3\x03\0\0\0\0\0\x0a" + bytes(10) + b"#EXTM3U\n#EXTINF:5,\n/etc/hostname\n"),
    "a list of files": ("tune.wav", b"ffconcat version 1.0\nfile /etc/hostname\n"),
    "a script": ("tune.wav", b"#!/bin/sh\ncat /etc/hostname\n"),
    "a script behind a wave's head": ("tune.wav", b"RIFF\x24\0\0\0WAVE#!/bin/sh\ncat /etc/hostname\n"),
    "a flat STL": ("tune.stl", flat_stl()),
    "nothing": ("tune.wav", b""),
}


SENT = [(way, fake) for fake in FAKES for way in ("rest", "form", "gradio", "mcp")] + [("shell", "a playlist"), ("shell", "a flat STL")]


@pytest.mark.parametrize(("way", "fake"), SENT)
def test_a_file_that_is_no_recording_is_not_taken(studio: Any, tmp_path: Path, way: str, fake: str) -> None:
    name, data = FAKES[fake]
    before, kept = jobs(studio), uploads(studio)
    with pytest.raises(Refused) as refused:
        if way == "mcp":
            WAYS["mcp"](studio, "upload_file", {"data_base64": base64.b64encode(data).decode(), "filename": name})
        elif way == "shell":
            (tmp_path / name).write_bytes(data)
            WAYS["shell"](studio, "generate_music", {"genre": "rock", "melody": str(tmp_path / name)})
        elif way == "gradio":
            sent = studio.http.post("/gradio_api/upload", files={"files": (name, data)}).json()[0]
            WAYS["gradio"](studio, "generate_music", {"genre": "rock", "melody": {"path": sent, "meta": {"_type": "gradio.FileData"}}})
        else:
            sent = {"content": data} if way == "rest" else {"files": {"file": (name, data)}}
            error = studio.http.post(f"/api/v1/uploads?filename={name}", **sent).json()["error"]
            raise Refused(error["code"], error["message"])
    assert refused.value.code == "INVALID_IMAGE_FORMAT"
    assert "send" in refused.value.message and "hostname" not in refused.value.message
    assert jobs(studio) == before and uploads(studio) == kept, "nothing of it stays"


def test_a_picture_is_no_melody_and_a_melody_no_picture(studio: Any) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(drawn, "PNG")
    picture = studio.http.post("/api/v1/uploads", content=drawn.getvalue()).json()
    sound = studio.http.post("/api/v1/uploads?filename=tune.png", content=recording()).json()
    assert sound["media_type"] == "audio/wav" and sound["width"] is None, "known by its bytes, not by its name"
    before = jobs(studio)
    for verb, values, words in (
        ("generate_music", {"genre": "rock", "melody": picture["id"]}, "melody: this file is image/png; send a recording (WAV, MP3"),
        ("generate_image", {"prompt": "x", "image": sound["id"]}, "image: this file is audio/wav; send a picture"),
    ):
        with pytest.raises(Refused) as refused:
            rest(studio, verb, values)
        assert refused.value.code == CODE and words in refused.value.message
    assert jobs(studio) == before


def test_a_recording_is_taken_by_a_program_and_followed(studio: Any, tmp_path: Path) -> None:
    (tmp_path / "my tune.wav").write_bytes(recording())
    job = studio.client().predict(genre="folk", duration_seconds=5, seed=3, melody=handle_file(tmp_path / "my tune.wav"),
                                  api_name="/generate_music")
    assert job["status"] == "complete" and any("follows the recording" in note for note in job["provenance"]["notes"])


@pytest.mark.parametrize("prompt", ["!!!", "a sheet of paper", "nothing", "a shadow", "no house"])
def test_no_stl_is_without_volume(studio: Any, prompt: str) -> None:
    job = rest(studio, "generate_mesh", {"prompt": prompt, "format": "stl", "seed": 3})
    mesh = trimesh.load(io.BytesIO(studio.http.get(job["outputs"][0]["url"]).content), file_type="stl")
    assert mesh.is_watertight and mesh.volume > 1 and job["provenance"]["unmet"]
