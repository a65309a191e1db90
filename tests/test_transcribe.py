"""Words from recordings: the real Whisper with tiny random weights, a server on 127.0.0.1, and every door; files that are no recordings."""

import io
import json
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_speech_models
from hypothesis import given
from hypothesis import strategies as some
from invariants import assert_invariants
from jobs_house import House, eventually, furnished, patience, stored
from loopback import Loopback
from server_house import done, open_house
from server_house import row as server_row

from config import ModelRow
from engines import ffmpeg, local
from engines.errors import BadRequest, ModelNotReady
from engines.hearing import openai, transcript
from engines.hearing.transcript import RATE, Segment, Word
from engines.hearing.words import words
from jobs import control, files
from jobs.control import Caller
from jobs.store import home, rows

ROW = """tiny-ear:
  engine: "engines.hearing.transformers:Whisper"
  for: [transcribe]
  lane: gpu
  hidden: true
  weights: {{folder: "{folder}"}}
"""
PACKAGES = ("text/plain", "application/json", "application/x-subrip", "text/vtt")


def recording(seconds: float = 8.0, rate: int = 22050, quiet: tuple[float, float] = (0, 0)) -> bytes:
    """A WAV of gliding tones, silent in one stretch."""
    time = np.arange(int(seconds * rate)) / rate
    sound = np.sin(900 * time + 60 * np.sin(3 * time)) * (0.6 + 0.4 * np.sin(11 * time)) * 9000
    sound[(time >= quiet[0]) & (time < quiet[1])] = 0
    data = io.BytesIO()
    with wave.open(data, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(sound.astype("<i2").tobytes())
    return data.getvalue()


def upload(data: bytes) -> str:
    return str(files.save_upload(data, "speech.wav", "local")["id"])


@pytest.fixture(scope="module")
def ear(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Whisper."""
    return tiny_speech_models.build(tmp_path_factory.mktemp("models") / "whisper", "whisper")


@pytest.fixture(scope="module")
def house(ear: Path) -> Iterator[House]:
    """Worker processes with the tiny ear in the catalog."""
    with furnished(ROW.format(folder=ear), cpu_workers=1, lease_seconds=30) as one:
        yield one
        assert_invariants(one.home)


def started(**values: Any) -> str:
    return str(control.start("transcribe", {"model": "tiny-ear", "seed": 7} | values, Caller())["id"])


def heard(house: House, **values: Any) -> dict[str, Any]:
    """A job of the tiny ear as the person sees it when it has ended."""
    job = started(**values)
    (ended,) = house.until([job])
    assert ended["status"] == "complete", ended["error"]
    return control.job(job, Caller())


def seconds_of(mark: str) -> float:
    hours, minutes, seconds = mark.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def test_a_recording_becomes_words_with_times(house: House) -> None:
    """Segments and words in order and within the recording; a text, JSON, SRT and WebVTT that say the same; the seed decides."""
    sound = upload(recording())
    shown = heard(house, audio=sound)
    result = shown["result"]
    assert shown["type"] == "text" and result["duration"] == pytest.approx(8, abs=0.05)
    assert result["language"] in tiny_speech_models.LANGUAGES
    assert any("language was heard" in note for note in shown["provenance"]["notes"])
    at = 0.0
    for segment in result["segments"]:
        assert segment["text"] and at - 0.001 <= segment["start"] <= segment["end"] <= result["duration"]
        at = segment["start"]
        for word in segment.get("words", []):
            assert word["text"] and at - 0.001 <= word["start"] <= word["end"] <= segment["end"] + 0.001
            at = word["start"]
    assert any(segment.get("words") for segment in result["segments"]), "the settings name the heads that tell times"
    assert result["text"] == " ".join(segment["text"] for segment in result["segments"])
    made = {each["media_type"]: home() / file["path"] for each, file in zip(
        shown["outputs"], rows("select path from artifacts where job=? order by number", shown["id"]))}
    assert tuple(made) == PACKAGES
    assert json.loads(made["application/json"].read_text()) == result and "WEBVTT" in made["text/vtt"].read_text()
    cues = [line.split(" --> ") for line in made["application/x-subrip"].read_text().splitlines() if "-->" in line]
    edges = [seconds_of(mark) for cue in cues for mark in cue]
    assert edges == sorted(edges) and edges[-1] <= 8.01
    assert heard(house, audio=sound)["result"] == result, "the same seed hears the same"
    assert heard(house, audio=sound, seed=8)["result"] != result, "what is hardly believed is heard again by chance"


def test_long_recordings_go_by_windows_and_silence_is_not_listened_to(house: House) -> None:
    """70 seconds with silence from 30 on: progress tells how far it is, and nothing is said to be there."""
    mp3 = house.home / "long.mp3"
    (house.home / "long.wav").write_bytes(recording(70, quiet=(29.9, 70)))
    ffmpeg.mp3(house.home / "long.wav", mp3)
    shown = heard(house, audio=upload(mp3.read_bytes()), language="German")
    assert shown["request"]["language"] == shown["result"]["language"] == "de"
    assert shown["result"]["segments"] and all(segment["start"] < 31 for segment in shown["result"]["segments"])
    nothing = heard(house, audio=upload(recording(3, quiet=(0, 3))))
    assert nothing["result"]["segments"] == [] and transcript.SILENT in nothing["provenance"]["notes"]


def test_cancel_stops_within_a_token(house: House) -> None:
    """A long job stops in a moment, the worker and its warm model stay."""
    job = started(audio=upload(recording(600)), language="en")
    holder = house.holder(job)
    eventually(lambda: "Heard 0:" in stored(job)["stage"], 60, "a window")
    asked = time.monotonic()
    control.cancel(job, Caller())
    house.until_status(job, "cancelled")
    assert time.monotonic() - asked < patience(2)
    heard(house, audio=upload(recording(2)))
    assert house.workers("gpu") == [holder]


def test_a_language_the_model_does_not_know_is_refused_before_a_job_is_made(house: House) -> None:
    with pytest.raises(BadRequest, match="this model does not know Cantonese; choose a larger one"):
        started(audio=upload(recording(2)), language="cantonese")


def test_without_weights_it_says_the_next_step(house: House) -> None:
    sound = upload(recording(1))
    for model in ("auto", "whisper-tiny"):
        with pytest.raises(ModelNotReady, match=r"hf download openai/whisper-tiny --revision 169d4a43\S+ .*--include 'model.safetensors'"):
            control.start("transcribe", {"audio": sound, "model": model}, Caller())


@pytest.mark.parametrize("reader", [{"architectures": ["BertModel"]}, {"architectures": None, "model_type": 3}])
def test_another_kind_of_model_is_refused_before_a_job_is_made(house: House, ear: Path, tmp_path: Path, reader: dict[str, Any]) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(json.loads((ear / "config.json").read_text()) | reader))
    (folder / "model.safetensors").write_bytes((ear / "model.safetensors").read_bytes())
    row = ModelRow.model_validate({"name": "x", "engine": "a:b", "for": ["transcribe"], "weights": {"folder": str(folder)}})
    told = local.ready(row, ("WhisperForConditionalGeneration",))
    assert not told.ok and told.needs == "weights" and ("BertModel" in told.missing or "names no model" in told.missing)


# -- a server ----------------------------------------------------------------------------------------------------------

SEGMENTS = [{"start": 0.0, "end": 1.0, "text": " Bell,"}, {"start": 1.0, "end": 3.2, "text": " book\u0007."}]
WORDS = [{"word": "Bell", "start": 0.1, "end": 0.6}, {"word": "book", "start": 1.2, "end": 1.9}]


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with Loopback() as one:
        one.answers |= {"segments": SEGMENTS, "words": WORDS}
        yield one


@pytest.fixture(scope="module")
def served(server: Loopback) -> Iterator[House]:
    moods = ("good", "plain", "no_transcript", "unauthorised", "silent")
    with open_house("".join(server_row("hearing", mood, server) for mood in moods)) as one:
        yield one


def test_a_server_hears_segments_and_words(served: House, server: Loopback) -> None:
    shown = done(served, "transcribe", "hearing-good", audio=upload(recording(3)))
    assert shown["status"] == "complete", shown["error"]
    first, second = shown["result"]["segments"]
    assert shown["result"]["text"] == "Bell, book." and shown["result"]["language"] == "en" and second["end"] == 3.0
    assert first["words"] == [{"start": 0.1, "end": 0.6, "text": "Bell"}] and second["words"][0]["start"] == 1.2
    plain = done(served, "transcribe", "hearing-plain", audio=upload(recording(3)), language="fr")
    assert [(each["start"], each["end"]) for each in plain["result"]["segments"]] == [(0, 3.0)] and plain["result"]["language"] == "fr"
    sent = next(body for path, _, body in server.bodies if path == "plain/audio/transcriptions")
    assert b'name="language"\r\n\r\nfr' in sent and b"verbose_json" in sent and b"speech.wav" not in sent, "its own name stays here"


def test_a_server_that_fails_ends_in_words(served: House) -> None:
    sound = upload(recording(2))
    for mood, code, words_ in (("no_transcript", "LLM_ERROR", "no transcript"), ("unauthorised", "MODEL_NOT_READY", "TRIAL_KEY"),
                               ("silent", "SERVICE_UNAVAILABLE", "silent did not answer")):
        shown = done(served, "transcribe", f"hearing-{mood}", audio=sound)
        assert shown["error"]["code"] == code and words_ in shown["error"]["message"], shown["error"]


def test_long_recordings_are_cut_where_they_are_quiet() -> None:
    samples = np.full(RATE * 1500, 1000, np.int16)
    samples[int(RATE * 591.2) : int(RATE * 592)] = 0
    found = list(openai.pieces(samples))
    assert len(found) == 3 and 591.2 <= found[1][0] <= 592 and sum(len(piece) for _, piece in found) == len(samples)
    assert all(len(openai.wav(piece)) < 25_000_000 for _, piece in found)


# -- words and subtitles -----------------------------------------------------------------------------------------------

LETTERS = some.text(min_size=1, max_size=24)


@given(some.lists(some.tuples(LETTERS, some.floats(-5, 90), some.floats(-5, 90)), max_size=8), some.floats(0.1, 60))
def test_whatever_a_model_says_the_times_stay_in_order(told: list[tuple[str, float, float]], seconds: float) -> None:
    segment = Segment("said", 0, seconds, [Word(text, start, end) for text, start, end in told]).within(seconds)
    edges = [edge for word in segment.words for edge in (word.start, word.end)]
    starts = [word.start for word in segment.words]
    assert all(0 <= edge <= seconds for edge in edges) and starts == sorted(starts)
    said = [Segment(text, *sorted((abs(start), abs(end)))) for text, start, end in told if transcript.plain(text)]
    cues = transcript.subtitles(transcript.ordered(said, 80), 80)
    edges = [edge for start, end, _ in cues for edge in (start, end)]
    assert edges == sorted(edges) and all(0 <= edge <= 80 for edge in edges)


@pytest.mark.parametrize(("language", "text", "wanted"), [
    ("en", "It's half-past ten, isn't it?", ["It's", "half-past", "ten,", "isn't", "it?"]),
    ("de", "Grüße, »Bär«!", ["Grüße,", "»Bär«!"]),
    ("ja", "鐘が鳴る。", ["鐘", "が", "鳴", "る。"]),
])
def test_half_letters_and_signs_join_their_words(language: str, text: str, wanted: list[str]) -> None:
    """Tokens of single bytes, as rare letters are written: no word holds half a letter."""
    data = text.encode()
    found = words(list(data), [k * 0.1 for k in range(len(data) + 1)], language, lambda some: bytes(some).decode("utf-8", "replace"))
    assert [each.text for each in found] == wanted
    assert found[0].start == 0 and found[-1].end == pytest.approx(0.1 * len(data))


def test_three_hours_are_the_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Desk:
        folder = tmp_path

        def progress(self, fraction: float, note: str = "", preview: Any = None) -> None: ...

        def open(self, source: str) -> Path:
            return tmp_path / source

    (tmp_path / "a.wav").write_bytes(recording(3))
    assert len(transcript.heard(Desk(), "a.wav")) == pytest.approx(3 * RATE, abs=RATE // 50)
    monkeypatch.setattr(transcript, "LONGEST", 1)
    with pytest.raises(BadRequest, match="send it in parts"):
        transcript.heard(Desk(), "a.wav")
