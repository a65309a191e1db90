"""Speech by Chatterbox, in the voice of a recording: a package with pins of its own, in an environment of its own."""

import wave
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from engines import sound
from engines.base import Made, Run
from engines.errors import BadRequest, Unavailable
from engines.isolated.provider import Isolated, Lodging
from engines.seeds import derive, draw
from engines.share import share
from engines.speech.request import SpeechRequest
from engines.speech.spoken import joined, pieces, read_wav, written

PIECE, PIECES_MOST = 280, 400
PAUSE = 0.25
"""Seconds between two pieces."""
HEARD, RATE, LEAST = 20.0, 24_000, 1.0
"""Seconds of the recording that are listened to, at which rate, and how many there must be."""


class Voiced(Lodging):
    """The options of its row."""

    exaggeration: dict[str, float] = Field(default_factory=dict, description="How much feeling is put into the voice, 0 to 2, by emotion")


class Chatterbox(Isolated[SpeechRequest]):
    """Speaks English as the voice in `reference` does. What it makes carries the inaudible watermark that the package puts into it."""

    beside = ("tokenizer.json",)

    def generate(self, request: SpeechRequest, run: Run) -> Made:
        """WAV, MP3 and a picture of the sound."""
        seed = draw() if request.seed is None else request.seed
        texts = pieces(request.text, PIECE)
        if len(texts) > PIECES_MOST:
            most = f"{PIECES_MOST * PIECE:,} characters"
            raise BadRequest(f"text: {self._title()} speaks about {most} at once; make it shorter", fields=["text"])
        folder = run.folder / "spoken"
        folder.mkdir()
        task = {
            "do": "speak",
            "texts": texts,
            "seeds": [derive(seed, f"piece {number}") for number in range(len(texts))],
            "folder": str(folder),
            "reference": self._reference(request, run),
            "exaggeration": Voiced.model_validate(self.options).exaggeration.get(request.emotion, 0.5),
        }
        answer = self.work(task, share(run, 0.05, 0.8).progress)
        sounds = [_read(path, self._title()) for path in self.files(folder, answer.get("files"), len(texts))]
        if len(sounds) != len(texts):
            raise Unavailable(f"{self._title()} has not spoken the whole text; it is tried again.")
        notes = [f"Spoken by {self._title()}, which tells no times of words, so there are no subtitles."]
        artifacts = written(joined(sounds, self._title(), PAUSE), run)
        artifacts[0].meta.update(seed=seed)
        return Made(artifacts=artifacts, seeds=[seed], notes=notes, resolved_prompt=request.text)

    def _reference(self, request: SpeechRequest, run: Run) -> str | None:
        """The recording as a plain WAV of our own making, which is all that the package sees of it."""
        if request.reference is None:
            return None
        run.progress(0.0, "Listening to the recording")
        try:
            samples: Any = sound.samples(run.open(request.reference), RATE, HEARD, lambda: run.progress(0.0, "Listening to the recording"))
        except sound.Unheard as error:
            raise BadRequest(f"reference: {error}", fields=["reference"]) from None
        if len(samples) < LEAST * RATE:
            raise BadRequest("reference: it is too short to know a voice by; send some seconds of speech", fields=["reference"])
        path = run.folder / "reference.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
        return str(path)


def _read(path: Path, who: str) -> Any:
    try:
        return read_wav(path.read_bytes())
    except ValueError as error:
        raise Unavailable(f"{who} made a sound that cannot be read: {error}.") from None
