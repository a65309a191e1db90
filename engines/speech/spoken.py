"""Speech that somebody else speaks, piece by piece: a text cut for it, its WAV files read, and the whole levelled and written.

Such speakers tell no times of words, so there are no subtitles.
"""

import re
import struct
import textwrap
from dataclasses import dataclass

import numpy as np

from engines import ffmpeg, loudness
from engines.base import Artifact, Run
from engines.errors import Unavailable
from engines.speech.poster import SIZE, poster

LUFS, PEAK = -16.0, -1.0
RATES = range(8000, 96001)
LEAST_SECONDS = 0.02
SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s+|\n+")


@dataclass(frozen=True)
class Sound:
    """Samples, 16-bit by channels, and their rate."""

    samples: np.ndarray
    rate: int


def pieces(text: str, most: int) -> list[str]:
    """The text in pieces of at most so many characters, cut between sentences, else between words."""
    found = [""]
    for sentence in filter(None, SENTENCE_END.split(text)):
        for part in textwrap.wrap(sentence, most - 1):
            if len(found[-1]) + len(part) < most:
                found[-1] = f"{found[-1]} {part}".strip()
            else:
                found.append(part)
    return [each for each in found if each.strip()]


def joined(sounds: list[Sound], who: str, pause: float = 0.0) -> Sound:
    """All pieces as one sound, with so many seconds between them. Unavailable if they do not go together."""
    if len({(sound.rate, sound.samples.shape[1]) for sound in sounds}) != 1:
        raise Unavailable(f"{who} changed its sound in the middle of the text.")
    rate, silence = sounds[0].rate, np.zeros((int(pause * sounds[0].rate), sounds[0].samples.shape[1]), sounds[0].samples.dtype)
    parts = [part for sound in sounds for part in (sound.samples, silence)]
    return Sound(np.concatenate(parts[:-1]), rate)


def read_wav(data: bytes) -> Sound:
    """16-bit PCM in RIFF; a length that is not known, as streaming servers write it, means to the end. ValueError if it is not that."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("it is no WAV")
    at, form = 12, None
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == b"fmt " and at + 24 <= len(data):
            form = struct.unpack_from("<HHIIHH", data, at + 8)
        if name == b"data":
            return _samples(form, data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    raise ValueError("there is no sound in it")


def _samples(form: tuple[int, ...] | None, raw: bytes) -> Sound:
    if form is None or form[0] not in (1, 0xFFFE) or form[5] != 16 or form[1] not in (1, 2) or form[2] not in RATES:
        raise ValueError("it is not 16-bit PCM")
    channels, rate = form[1], form[2]
    samples = np.frombuffer(raw[: len(raw) // (2 * channels) * 2 * channels], "<i2").reshape(-1, channels)
    if len(samples) < LEAST_SECONDS * rate:
        raise ValueError("it is empty")
    return Sound(samples, rate)


def written(sound: Sound, run: Run) -> list[Artifact]:
    """A recording levelled like every one of the studio: WAV, MP3 and a picture of it."""
    wav, seconds = run.folder / "speech.wav", round(len(sound.samples) / sound.rate, 3)
    levels = loudness.Levels(LUFS, PEAK)
    loudness.master(sound.samples, sound.rate, levels, wav, lambda part: run.progress(0.8 + 0.1 * part, "Levelling the sound"))
    run.progress(0.92, "Writing MP3")
    mp3 = ffmpeg.mp3(wav, run.folder / "speech.mp3", lambda: run.progress(0.95, "Writing MP3"))
    picture = poster(loudness.mapped(wav))
    picture.save(run.folder / "poster.png")
    return [
        Artifact(path=wav, media_type="audio/wav", role="speech", duration=seconds),
        Artifact(path=mp3, media_type="audio/mpeg", role="speech", duration=seconds),
        Artifact(path=run.folder / "poster.png", media_type="image/png", role="poster", picture=picture, width=SIZE[0], height=SIZE[1]),
    ]
