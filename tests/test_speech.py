"""Speech as a listener and a reader of subtitles find it: words in their places, one loudness, any script, and a stop at once."""

import json
import re
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jobs_house import patience
from PIL import Image

from engines import ffmpeg, loudness
from engines.base import Made
from engines.errors import BadRequest, Cancelled, JobTimeout, Unavailable
from engines.speech import captions, espeak, reading, voices
from engines.speech.espeak import Espeak
from engines.speech.request import SpeechRequest

STORY = 'Hello there, Dr. Smith! It was 1984 and "quoted"; don’t go.\n\nThe owl <sang> & flew --> away.'
CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d)[.,](\d\d\d)")


class Desk:
    """A run of no job."""

    words = ""

    def __init__(self, folder: Path, stop_after: float = 2.0) -> None:
        self.folder, self.stop_after, self.told = folder, stop_after, []  # type: ignore[var-annotated]
        folder.mkdir(parents=True, exist_ok=True)

    def progress(self, fraction: float, note: str = "", preview: Any = None) -> None:
        self.told.append((fraction, note))
        if fraction >= self.stop_after:
            raise Cancelled

    def open(self, source: str) -> Path:
        raise BadRequest(source)

    def recall(self, artifact_id: str) -> dict[str, Any]:
        raise BadRequest(artifact_id)


def said(folder: Path, text: str = STORY, **values: Any) -> tuple[Made, Desk]:
    desk = Desk(folder)
    return Espeak().generate(SpeechRequest(text=text, seed=1, **values), desk), desk


def words(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((desk.folder / "words.json").read_text())["words"]
    return found


def seconds(text: str) -> list[float]:
    return [int(h) * 3600 + int(m) * 60 + int(s) + int(t) / 1000 for h, m, s, t in CLOCK.findall(text)]


def test_every_word_has_its_time(tmp_path: Path) -> None:
    made, desk = said(tmp_path)
    length = made.artifacts[0].duration or 0
    heard = words(desk)
    assert [each["text"] for each in heard] == (
        ["Hello", "there", "Dr", "Smith", "It", "was", "1984", "and", "quoted", "don’t", "go"] + ["The", "owl", "sang", "flew", "away"]
    )
    assert all(0 <= each["start"] < each["end"] <= length for each in heard)
    assert all(a["end"] <= b["start"] + 0.001 and a["start"] < b["start"] for a, b in zip(heard, heard[1:]))
    gap = heard[11]["start"] - heard[10]["end"]
    assert gap > 0.4, "a paragraph is a pause"


def test_words_are_where_the_sound_is(tmp_path: Path) -> None:
    _, desk = said(tmp_path, "One. Two. Three. Four. Five.")
    sound = loudness.mapped(desk.folder / "speech.wav")[:, 0].astype(float)
    inside = np.zeros(len(sound), bool)
    for each in words(desk):
        inside[int(each["start"] * 22050) : int(each["end"] * 22050)] = True
    assert (sound[inside] ** 2).sum() > 0.99 * (sound**2).sum() and inside.mean() < 0.85


def test_subtitles_can_be_read(tmp_path: Path) -> None:
    made, desk = said(tmp_path, STORY + " And this sentence goes on and on, past meadows and mills," * 4)
    length = made.artifacts[0].duration or 0
    srt, vtt = (desk.folder / "subtitles.srt").read_text(), (desk.folder / "subtitles.vtt").read_text()
    assert vtt.startswith("WEBVTT\n") and "&lt;sang&gt; &amp; flew --&gt;" in vtt
    assert seconds(srt) == seconds(vtt) == sorted(seconds(srt)) and seconds(srt)[-1] <= length
    blocks = srt.strip().split("\n\n")
    assert [block.split("\n")[0] for block in blocks] == [str(k + 1) for k in range(len(blocks))]
    lines = [line for block in blocks for line in block.split("\n")[2:]]
    assert max(map(len, lines)) <= 60 and max(block.count("\n") for block in blocks) <= 3
    text = json.loads((desk.folder / "words.json").read_text())["text"]
    assert " ".join(lines).replace("→", "-->").split() == text.split()
    command = [ffmpeg.program(), "-nostdin", "-v", "error", "-i", str(desk.folder / "subtitles.vtt"), "-f", "srt", "-"]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0 and len(seconds(checked.stdout)) == len(seconds(srt))


@pytest.mark.parametrize("emotion", ["neutral", "happy", "sad", "calm", "excited", "angry", "whisper"])
def test_one_loudness_whatever_the_feeling(tmp_path: Path, emotion: str) -> None:
    made, desk = said(tmp_path, emotion=emotion)
    heard = subprocess.run(
        [ffmpeg.program(), "-nostdin", "-i", str(desk.folder / "speech.wav"), "-af", "ebur128=peak=true", "-f", "null", "-"],
        capture_output=True,
        text=True,
    ).stderr
    summary = heard[heard.rindex("Summary") :]
    lufs, peak = float(re.findall(r"I:\s+(-[\d.]+) LUFS", summary)[0]), float(re.findall(r"Peak:\s+(-[\d.]+) dBFS", summary)[0])
    assert abs(lufs + 16) <= 1 and peak <= -1
    assert made.artifacts[0].meta["lufs"] == pytest.approx(lufs, abs=0.15)


def test_feelings_and_speed_are_heard(tmp_path: Path) -> None:
    def length(**values: Any) -> float:
        return said(tmp_path, **values)[0].artifacts[0].duration or 0

    plain = length()
    assert length(speed=2.0) < 0.7 * plain < plain < length(emotion="sad") < 0.8 * length(speed=0.5)
    assert length(emotion="excited") < plain
    feelings = ("neutral", "happy", "angry", "whisper")
    assert len({(said(tmp_path, emotion=each)[1].folder / "speech.wav").read_bytes() for each in feelings}) == 4


def test_the_same_work_again(tmp_path: Path) -> None:
    files = [said(tmp_path / str(k), voice="woman", emotion="happy")[1].folder for k in range(2)]
    for name in ("speech.wav", "speech.mp3", "words.json", "subtitles.srt", "poster.png"):
        assert (files[0] / name).read_bytes() == (files[1] / name).read_bytes()
    other = said(tmp_path / "2", voice="man", emotion="happy")[1].folder
    assert (other / "speech.wav").read_bytes() != (files[0] / "speech.wav").read_bytes()


@pytest.mark.parametrize(
    ("values", "voice"),
    [
        ({"text": "Guten Tag, wie geht es Ihnen?"}, "de"),
        ({"text": "Bonjour tout le monde, ceci est un test."}, "fr"),
        ({"text": "Hola, ¿cómo está usted? Es un día muy bonito."}, "es"),
        ({"text": "The sea is calm."}, "en-US"),
        ({"text": "Привет, как дела?"}, "ru"),
        ({"text": "你好世界，我们去北京。"}, "cmn"),
        ({"text": "こんにちは、せかい"}, "ja"),
        ({"text": "مرحبا بالعالم"}, "ar"),
        ({"text": "hello", "language": "de-AT"}, "de"),
        ({"text": "hello", "language": "french", "voice": "woman"}, "fr+f3"),
        ({"text": "hello", "voice": "en-us+f3"}, "en-US+f3"),
        ({"text": "hello", "voice": "en-gb"}, "en"),
        ({"text": "hello", "voice": "robot", "language": "zh-Hans"}, "cmn+robosoft"),
        ({"text": "hello", "voice": "woman", "emotion": "whisper"}, "en-US+whisperf"),
    ],
)
def test_languages_and_voices(tmp_path: Path, values: dict[str, Any], voice: str) -> None:
    made, desk = said(tmp_path, **values)
    assert made.artifacts[0].meta["voice"] == voice and not made.unmet
    assert words(desk) and (made.artifacts[0].duration or 0) > 0.3


def test_every_voice_of_the_list_speaks(tmp_path: Path) -> None:
    made = reading.Reading("one", "en", [reading.Segment(0, "one", name, 0.0) for name in sorted(set(voices.languages().values()))])
    how = espeak.manner(SpeechRequest(text="one"))
    assert len(list(espeak.spoken(made, how, tmp_path / "raw.wav", Desk(tmp_path)))) == len(made.segments) + 1 > 140


def test_what_cannot_be_spoken_is_told(tmp_path: Path) -> None:
    made, desk = said(tmp_path, "He said 你好 to 😀👍🏽 Привет, then ខ្មែរ and Mary\u0000\ud7ff\ue000.", language="en")
    assert made.unmet == ["ខ្មែរ"] and any("emoji" in note for note in made.notes)
    assert {"He", "你", "好", "Привет", "Mary"} <= {each["text"] for each in words(desk)}
    assert "ខ្មែរ" not in {each["text"] for each in words(desk)}
    with pytest.raises(BadRequest, match="no voice for the letters"):
        said(tmp_path, "ខ្មែរ ខ្មែរ")


@pytest.mark.parametrize(
    "text", ["a" * 3000, "1" * 200, "...!?a", "\n\n a \n\n", "x\u0301" * 50, "<speak>hi</speak> [[h@]]", "a,,,,;;b", "A.B.C. d. e.", "𝔘𝔫𝔦"]
)
def test_odd_texts(tmp_path: Path, text: str) -> None:
    made, desk = said(tmp_path, text)
    assert all(each["end"] <= (made.artifacts[0].duration or 0) for each in words(desk)) and words(desk)


def test_sentences_end_where_they_should() -> None:
    text = "Dr. Smith met Mr. Jones. They ate 3.5 pies! Did they? Yes…\nA line\nAnother line\n\nA paragraph 你好。世界。"
    assert [text[a:b].strip() for a, b, _ in reading.sentences(text)] == [
        "Dr. Smith met Mr. Jones.", "They ate 3.5 pies!", "Did they?", "Yes…", "A line", "Another line", "A paragraph 你好。", "世界。",
    ]  # fmt: skip
    assert all(b - a <= reading.LONGEST for a, b, _ in reading.sentences("word " * 3000))


def test_a_stop_between_sentences_ends_the_child(tmp_path: Path) -> None:
    desk = Desk(tmp_path, stop_after=0.1)
    before = threading.active_count()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        Espeak().generate(SpeechRequest(text="This is a sentence. " * 900), desk)
    assert time.monotonic() - began < patience(10) and threading.active_count() == before
    assert not (tmp_path / "speech.wav").exists()


def test_a_child_that_hangs_or_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Child(subprocess.Popen):  # type: ignore[type-arg]
        script = ""

        def __init__(self, command: list[str], **options: Any) -> None:
            super().__init__([command[0], "-c", self.script], **options)

    monkeypatch.setattr(espeak.subprocess, "Popen", Child)
    monkeypatch.setattr(espeak, "SILENT_SECONDS", 0.5)
    for script, error in (("import time; time.sleep(60)", JobTimeout), ("", Unavailable)):
        Child.script = script
        with pytest.raises(error):
            Espeak().generate(SpeechRequest(text="hello"), Desk(tmp_path))


def test_a_text_that_would_speak_for_hours_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "LONGEST", 5.0)
    with pytest.raises(BadRequest, match="make it shorter"):
        said(tmp_path, "This is a sentence. " * 20)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "folder", lambda: None)
    assert "pip install espeakng-loader==" in Espeak().ready().missing


def test_clocks() -> None:
    assert captions.clock(3661.5, ",") == "01:01:01,500" and captions.clock(0.0004, ".") == "00:00:00.000"


def test_the_poster_shows_the_sound(tmp_path: Path) -> None:
    _, desk = said(tmp_path)
    with Image.open(desk.folder / "poster.png") as picture:
        assert picture.size == (1024, 256) and len(set(picture.convert("L").resize((64, 16)).tobytes())) > 8
