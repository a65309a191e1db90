"""A recorded melody: its contour is heard and the tune follows it; what is no recording never reaches a decoder."""

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.music import overlap
from engines import ffmpeg, sound
from engines.music.request import MusicRequest
from engines.music.sketch import UNSUNG, SketchMusic
from engines.sketch import composer_ear as ear
from engines.sketch.composer import compose
from engines.sketch.composer_brief import Brief, brief_of
from engines.sketch.composer_data import scales
from engines.sketch.composer_dice import Genes
from engines.sketch.composer_score import Score

ARCH = [60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 74, 72, 71, 69, 67, 65, 64, 62]


def sung(pitches: list[int], seconds: float = 0.5, rate: int = ear.RATE, first: int = 0) -> np.ndarray:
    """A voice with eight overtones and some vibrato."""
    time = np.arange(int(seconds * rate)) / rate
    notes = []
    for pitch in pitches:
        phase = 2 * np.pi * 440 * 2 ** ((pitch + first - 69) / 12) * time + 0.15 * np.sin(2 * np.pi * 5 * time)
        notes.append(sum(np.sin(k * phase) / k for k in range(1, 9)) * np.minimum(1, time * 30) * 0.15)
    return np.concatenate(notes).astype(np.float32)


def written(path: Path, samples: np.ndarray, rate: int = ear.RATE) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


class Desk:
    """A run with one recording."""

    def __init__(self, folder: Path, recording: Path | None = None) -> None:
        self.folder, self.recording = folder, recording
        folder.mkdir(exist_ok=True)

    def progress(self, fraction: float, note: str = "", preview: Any = None) -> None:
        assert 0 <= fraction <= 1

    def open(self, source: str) -> Path:
        assert self.recording is not None
        return self.recording


def likeness(score: Score, pitches: list[int], seconds: float = 0.5) -> float:
    """How far the tune rises and falls as the recording does."""
    tune = score.track("tune")[:-1]
    at = [int(score.clock.seconds(note.beat) / seconds) % len(pitches) for note in tune]
    return float(np.corrcoef([pitches[each] for each in at], [note.pitch for note in tune])[0, 1])


def composed(genre: str, contour: list[float | None], turns: tuple[tuple[int, float], ...] = ()) -> Score:
    brief = brief_of({"genre": genre, "duration_seconds": 24.0})
    return compose(Brief(**{**brief.as_json(), "contour": contour}), Genes(5, turns))


def test_the_ear_hears_the_notes_that_were_sung() -> None:
    heard = ear.contour(sung(ARCH))
    steady = [heard[4 * number + 2] for number in range(len(ARCH) - 1)]
    assert all(found is not None and abs(found - wanted) < 0.5 for found, wanted in zip(steady, ARCH))
    rest = ear.contour(np.concatenate([sung([60, 62, 64]), np.zeros(ear.RATE, np.float32), sung([64, 62])]))
    assert rest.count(None) >= 5 and rest[-1] is not None


@pytest.mark.parametrize("noise", [np.zeros(ear.RATE * 3), np.random.default_rng(1).standard_normal(ear.RATE * 4) * 0.1, np.zeros(5)])
def test_no_tune_is_heard_where_there_is_none(noise: np.ndarray) -> None:
    assert ear.contour(noise.astype(np.float32)) == []


@pytest.mark.parametrize("genre", ["folk", "waltz", "pop", "cinematic", "celtic"])
@pytest.mark.parametrize("first", [-13, 0, 6])
def test_the_tune_rises_and_falls_with_the_recording_in_any_key(genre: str, first: int) -> None:
    led = composed(genre, ear.contour(sung(ARCH, first=first)))
    plain = composed(genre, [])
    assert likeness(led, ARCH) > 0.75 and likeness(led, ARCH) > likeness(plain, ARCH) + 0.25
    assert led.track("bass") == plain.track("bass") and led.track("chords") == plain.track("chords") and led.sections == plain.sections
    scale = scales()[led.scale]
    tones = {(led.root + step) % 12 for step in {*scale.steps, *scale.melody}}
    tune = led.track("tune")
    assert sum(note.pitch % 12 in tones for note in tune) >= 0.9 * len(tune) and tune[-1].pitch % 12 == led.root


def test_a_variation_leaves_the_recording_step_by_step() -> None:
    contour = ear.contour(sung(ARCH))
    first = composed("folk", contour)
    shares = [overlap(first, composed("folk", contour, ((99, strength),))) for strength in (0.0, 0.25, 0.5, 1.0)]
    assert shares[0] == 1.0 and shares[0] > shares[1] > shares[2] > shares[3] and shares[3] < 0.4


def test_wav_and_mp3_are_decoded_and_the_piece_remembers_what_it_heard(tmp_path: Path) -> None:
    wav = written(tmp_path / "tune.wav", sung(ARCH, rate=44100), 44100)
    mp3 = ffmpeg.mp3(wav, tmp_path / "tune.mp3")
    assert sound.checked(wav).media_type == "audio/wav" and sound.checked(mp3).media_type == "audio/mpeg"
    request = MusicRequest(genre="folk", duration_seconds=6.0, seed=5, melody="up_1")
    made = [SketchMusic().generate(request, Desk(tmp_path / name, path)) for name, path in (("a", wav), ("b", mp3))]
    heard = [work.artifacts[0].meta["brief"]["contour"] for work in made]
    assert len(heard[0]) >= 60 and sum(abs(a - b) < 0.6 for a, b in zip(*heard) if a and b) > 50
    assert any("follows the recording" in note for note in made[0].notes)


def test_a_recording_without_a_tune_is_left_aside_and_said_so(tmp_path: Path) -> None:
    noise = written(tmp_path / "rain.wav", np.random.default_rng(1).standard_normal(ear.RATE * 3).astype(np.float32) * 0.05)
    asked = {"genre": "folk", "duration_seconds": 5.0, "seed": 5}
    work = SketchMusic().generate(MusicRequest(melody="up_1", **asked), Desk(tmp_path / "a", noise))
    plain = SketchMusic().generate(MusicRequest(**asked), Desk(tmp_path / "b"))
    assert UNSUNG in work.notes and work.artifacts[0].path.read_bytes() == plain.artifacts[0].path.read_bytes()


FAKES = {
    "a playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nCANARY\n#EXT-X-ENDLIST\n",
    "a list of files": b"ffconcat version 1.0\nfile CANARY\n",
    "a script": b"#!/bin/sh\ncat CANARY\n",
    "a session": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    "a playlist behind a tag": b"ID3\x03\0\0\0\0\0\x0a" + bytes(10) + b"#EXTM3U\n#EXTINF:5,\nCANARY\n",
    "a list behind a wave's head": b"RIFF\x24\0\0\0WAVEffconcat version 1.0\nfile CANARY\n",
    "a head alone": b"RIFF\x24\0\0\0WAVE",
    "nothing": b"",
}


@pytest.mark.parametrize("fake", FAKES)
@pytest.mark.parametrize("ending", ["wav", "mp3", "m3u8"])
def test_no_other_file_is_opened_for_a_fake(tmp_path: Path, fake: str, ending: str) -> None:
    canary = written(tmp_path / "canary.wav", sung(ARCH))
    path = tmp_path / f"fake.{ending}"
    path.write_bytes(FAKES[fake].replace(b"CANARY", str(canary).encode()))
    with pytest.raises(sound.Unheard):
        sound.checked(path)
    with pytest.raises(sound.Unheard):
        sound.samples(path, 8000, 5.0)
