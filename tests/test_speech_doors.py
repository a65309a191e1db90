"""Speech at the doors: what a program gets back, what is refused and how, and a stop while it runs."""

import time
import wave
from typing import Any

import pytest
from doorways import Refused, gradio, mcp, rest
from jobs_house import patience
from pydantic import ValidationError

from engines.speech.request import SpeechRequest


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"text": ""}, "text is empty"),
        ({"text": "  \n "}, "there is no word"),
        ({"text": "😀 !!!"}, "there is no word"),
        ({"text": "word " * 8001}, "text must have at most 40000 characters"),
        ({}, "text is missing"),
        ({"text": 5}, "text must be text"),
        ({"text": "hi", "voice": "germn"}, "did you mean german"),
        ({"text": "hi", "voice": "en-us+f33"}, "did you mean"),
        ({"text": "hi", "voice": "../../etc/passwd"}, "unknown voice"),
        ({"text": "hi", "language": "frnch"}, "did you mean french"),
        ({"text": "hi", "language": "xx-yy"}, "unknown language"),
        ({"text": "hi", "emotion": "hungry"}, "emotion must be one of"),
        ({"text": "hi", "speed": 0}, "speed must be at least 0.5"),
        ({"text": "hi", "speed": 1e9}, "speed must be at most 2"),
        ({"text": "hi", "speed": "fast"}, "speed must be a number"),
        ({"text": "hi", "reference": "up_nothing"}, "reference: there is no file"),
        ({"text": "hi", "rate": 3}, "rate is not a parameter here"),
    ],
)
def test_bad_input_is_refused_in_words(studio: Any, values: dict[str, Any], wanted: str) -> None:
    before = [job["id"] for job in studio.listed(type="speech")]
    with pytest.raises(Refused) as refused:
        rest(studio, "generate_speech", values)
    assert refused.value.code == "VALIDATION_ERROR" and wanted in refused.value.message
    assert [job["id"] for job in studio.listed(type="speech")] == before


def test_a_recording_is_not_imitated(studio: Any) -> None:
    spoken = rest(studio, "generate_speech", {"text": "One."})["outputs"]
    with pytest.raises(Refused, match="reference cannot be honoured by eSpeak NG"):
        rest(studio, "generate_speech", {"text": "hi", "reference": spoken[0]["id"]})
    with pytest.raises(Refused, match="reference: this file is image/png; send a recording"):
        rest(studio, "generate_speech", {"text": "hi", "reference": spoken[-1]["id"]})


def test_nan_is_refused() -> None:
    for speed in (float("nan"), float("inf")):
        with pytest.raises(ValidationError):
            SpeechRequest(text="hi", speed=speed)


def test_gradio_client_gets_a_wav(studio: Any) -> None:
    job = studio.client().predict(text="Guten Tag, schöne Welt.", language="de", emotion="calm", api_name="/generate_speech")
    assert job["status"] == "complete" and job["type"] == "speech" and job["title"].startswith("Guten Tag")
    with wave.open(job["outputs"][0]["file"], "rb") as sound:
        assert sound.getnchannels() == 1 and sound.getframerate() == 22050
        assert sound.getnframes() / 22050 == pytest.approx(job["outputs"][0]["duration"], abs=0.01)


def test_the_files_are_served_as_what_they_are(studio: Any) -> None:
    job = rest(studio, "generate_speech", {"text": "A bell in the valley, a train in the night.", "wait": True})
    kinds = {each["media_type"]: each for each in job["outputs"]}
    assert set(kinds) == {"audio/wav", "audio/mpeg", "application/json", "application/x-subrip", "text/vtt", "image/png"}
    assert [each["role"] for each in job["outputs"]] == ["speech", "speech", "words", "subtitles", "subtitles", "poster"]
    for kind, output in kinds.items():
        reply = studio.http.get(output["url"])
        assert reply.status_code == 200 and reply.headers["content-type"].split(";")[0] == kind and reply.headers["x-content-type-options"]
        small = studio.http.get(output["thumbnail"])
        assert small.status_code == 200 and small.headers["content-type"] == "image/webp"
    assert studio.http.get(kinds["audio/wav"]["url"], headers={"range": "bytes=0-43"}).status_code == 206
    assert studio.http.get(kinds["image/png"]["url"]).content[:4] == b"\x89PNG"
    assert job["provenance"]["model"] == "espeak" and any("guessed" in note for note in job["provenance"]["notes"])
    assert [each["id"] for each in studio.listed(type="speech", search="valley")] == [job["id"]]


@pytest.mark.parametrize("door", [gradio, mcp])
def test_other_doors_speak_too(studio: Any, door: Any) -> None:
    assert door(studio, "generate_speech", {"text": "Hello from another door."})["status"] == "complete"
    with pytest.raises(Refused, match="VALIDATION_ERROR"):
        door(studio, "generate_speech", {"text": "hi", "voice": "germn"})


def test_a_long_text_tells_how_far_it_is_and_can_be_stopped(studio: Any) -> None:
    text = "This is a sentence about the sea. " * 580
    job = rest(studio, "generate_speech", {"text": text, "wait": False})
    deadline = time.monotonic() + 60
    seen: set[float] = set()
    while len(seen) < 3 and time.monotonic() < deadline:
        now = studio.http.get(f"/api/v1/jobs/{job['id']}").json()
        if now["progress"] > 0:
            seen.add(now["progress"])
        time.sleep(0.02)
    assert len(seen) >= 3
    asked = time.monotonic()
    studio.http.post(f"/api/v1/jobs/{job['id']}/cancel")
    ended = studio.until(job["id"])
    assert ended["status"] == "cancelled" and not ended["outputs"] and time.monotonic() - asked < patience(10)
