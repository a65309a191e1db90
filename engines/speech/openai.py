"""Speech by an OpenAI-compatible server: /audio/speech. The row's `body` names the voice; the sound comes back as WAV."""

import re
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines import ffmpeg, loudness
from engines.base import Artifact, Engine, Made, Ready, Run
from engines.clients.openai import OpenAIServer
from engines.errors import ModelNotReady, Transient, Unavailable
from engines.speech.poster import SIZE, poster
from engines.speech.request import SpeechRequest

PIECE = 3500
LUFS, PEAK = -16.0, -1.0
RATES = range(8000, 96001)
LEAST_SECONDS = 0.02
SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s+|\n+")


@dataclass(frozen=True)
class Sound:
    """Samples, 16-bit by channels, and their rate."""

    samples: np.ndarray
    rate: int


class OpenAISpeech(Engine[SpeechRequest]):
    """Long texts are spoken sentence by sentence, and levelled like every recording of the studio."""

    def ready(self) -> Ready:
        """Whether the server is known, lets the studio in, and answers."""
        try:
            return OpenAIServer(self.options).ready()
        except ModelNotReady as error:
            return Ready(ok=False, missing=error.message)

    def generate(self, request: SpeechRequest, run: Run) -> Made:
        """WAV, MP3 and a picture of the sound."""
        server = OpenAIServer(self.options)
        texts = pieces(request.text)
        try:
            sounds = [self._spoken(server, request, run, text, number / len(texts)) for number, text in enumerate(texts)]
            if len({(sound.rate, sound.samples.shape[1]) for sound in sounds}) > 1:
                raise Unavailable(f"{server.name} changed its sound in the middle of the text.")
        except Transient as error:
            raise server.later(error) from None
        whole, rate = np.concatenate([sound.samples for sound in sounds]), sounds[0].rate
        wav = run.folder / "speech.wav"
        loudness.master(whole, rate, loudness.Levels(LUFS, PEAK), wav, lambda part: run.progress(0.8 + 0.1 * part, "Levelling the sound"))
        notes = [f"Spoken by {server.model()} on {server.name}, which tells no times of words, so there are no subtitles."]
        return Made(artifacts=_written(wav, len(whole) / rate, run), seeds=[request.seed or 0], notes=notes, resolved_prompt=request.text)

    def _spoken(self, server: OpenAIServer, request: SpeechRequest, run: Run, text: str, done: float) -> Sound:
        def check() -> None:
            run.progress(0.05 + 0.7 * done, f"Waiting for {server.name}")

        check()
        body = {"voice": "alloy", "response_format": "wav"} | server.options.body
        into = run.folder / "reply.wav"
        server.fetch("audio/speech", check, into, json=body | {"model": server.model(), "input": text, "speed": request.speed})
        try:
            return read_wav(into.read_bytes())
        except ValueError as error:
            raise Unavailable(f"{server.name} sent a sound that cannot be read: {error}.") from None
        finally:
            into.unlink()


def pieces(text: str) -> list[str]:
    """The text in pieces that such servers take, cut between sentences, else between words."""
    found = [""]
    for sentence in filter(None, SENTENCE_END.split(text)):
        for start in range(0, len(sentence), PIECE):
            part = sentence[start : start + PIECE]
            if len(found[-1]) + len(part) < PIECE:
                found[-1] = f"{found[-1]} {part}".strip()
            else:
                found.append(part)
    return [each for each in found if each.strip()]


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


def _written(wav: Path, seconds: float, run: Run) -> list[Artifact]:
    run.progress(0.92, "Writing MP3")
    mp3 = ffmpeg.mp3(wav, run.folder / "speech.mp3", lambda: run.progress(0.95, "Writing MP3"))
    picture = poster(loudness.mapped(wav))
    picture.save(run.folder / "poster.png")
    seconds = round(seconds, 3)
    return [
        Artifact(path=wav, media_type="audio/wav", role="speech", duration=seconds),
        Artifact(path=mp3, media_type="audio/mpeg", role="speech", duration=seconds),
        Artifact(path=run.folder / "poster.png", media_type="image/png", role="poster", picture=picture, width=SIZE[0], height=SIZE[1]),
    ]
