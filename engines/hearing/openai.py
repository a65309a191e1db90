"""Words heard by an OpenAI-compatible server: /audio/transcriptions. The recording is sent in pieces that such servers take."""

import io
import wave
from collections.abc import Iterator
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engines.base import Made, Run
from engines.clients.openai import OpenAIServer, Usage, paid
from engines.clients.served import Served
from engines.errors import LlmError, Transient
from engines.hearing import transcript
from engines.hearing.languages import find
from engines.hearing.request import TranscribeRequest
from engines.hearing.transcript import RATE, Segment, Word, clock, plain

PIECE, LOOK = 600, 20
"""Seconds of one piece at most, and how long before that a pause is looked for: 20 MB are below what these servers take."""
FRAME = 0.1
NO_NAME = "en"


class _Timed(BaseModel):
    """Some words with their times, as a server tells them."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    start: float = Field(ge=0, le=1e6)
    end: float = Field(ge=0, le=1e6)
    text: str = Field("", max_length=20_000)
    word: str = Field("", max_length=2000)


class _Told(BaseModel):
    """The answer: a text, and its segments and words if the server can tell times."""

    model_config = ConfigDict(frozen=True)

    text: str = Field(max_length=500_000)
    language: str | None = Field(None, max_length=100)
    segments: list[_Timed] | None = Field(None, max_length=50_000)
    words: list[_Timed] | None = Field(None, max_length=200_000)


class OpenAIHearing(Served[TranscribeRequest]):
    """Asks for times of segments and words; a server that has none gives text, whose times are then those of the piece."""

    def generate(self, request: TranscribeRequest, run: Run) -> Made:
        """The words of the recording, with text, JSON, SRT and WebVTT."""
        server, usage = OpenAIServer(self.options), Usage()
        samples = transcript.heard(run, request.audio)
        found: list[Segment] = []
        language = request.language or ""
        for start, piece in pieces(samples):
            if transcript.silent(piece):
                continue
            told = self._told(server, request, run, (start, piece, len(samples)), usage)
            language = language or _code(told.language)
            found += segments(told, start, len(piece) / RATE)
        made = transcript.made(found, language or NO_NAME, len(samples) / RATE, run)
        made.notes.append(f"Heard by {server.model()} on {server.name}.")
        return made.model_copy(update={"seeds": [request.seed or 0], "usage": usage.told})

    def _told(
        self, server: OpenAIServer, request: TranscribeRequest, run: Run, part: tuple[float, np.ndarray, int], usage: Usage
    ) -> _Told:
        start, piece, whole = part

        def check() -> None:
            run.progress(0.05 + 0.9 * start * RATE / whole, f"{server.name} has heard {clock(start)} of {clock(whole / RATE)}")

        body: dict[str, Any] = {"response_format": "verbose_json"} | server.options.body
        if body["response_format"] == "verbose_json":
            body["timestamp_granularities"] = ["segment", "word"]
        if request.language:
            body["language"] = request.language
        model, file = server.model(), ("recording.wav", wav(piece), "audio/wav")

        def call(sdk: Any) -> Any:
            return sdk.audio.transcriptions.create(model=model, file=file, extra_body=body)

        try:
            name, seconds = f"piece-{round(start)}", len(piece) / RATE
            answer = paid(run, server, name, lambda: server.told(call, check, until=server.deadline()), seconds=seconds)
            usage.add(answer)
            return _Told.model_validate(answer)
        except ValidationError:
            raise server.later(LlmError(f"{server.name} answered with something that is no transcript.")) from None
        except Transient as error:
            raise server.later(error) from None


def pieces(samples: np.ndarray) -> Iterator[tuple[float, np.ndarray]]:
    """The recording in pieces, each with the second it begins at, cut where it is quietest."""
    at = 0
    while at < len(samples):
        end = at + PIECE * RATE
        if end < len(samples):
            frames = np.asarray(samples[end - LOOK * RATE : end], np.float32).reshape(-1, int(FRAME * RATE))
            end += int((np.argmin(np.square(frames).mean(axis=1)) + 0.5) * FRAME * RATE) - LOOK * RATE
        yield at / RATE, samples[at:end]
        at = end


def wav(samples: np.ndarray) -> bytes:
    """16-bit samples as a WAV file."""
    data = io.BytesIO()
    with wave.open(data, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return data.getvalue()


def segments(told: _Told, start: float, seconds: float) -> list[Segment]:
    """What a server told of a piece that begins at `start`; every word lies in the segment in which it begins."""
    listed = told.segments or [_Timed(start=0, end=seconds, text=told.text[:20_000])]
    words = [each for each in told.words or [] if plain(each.word)]
    bounds = [each.start for each in listed[1:]] + [float("inf")]
    found, at = [], 0
    for each, until in zip(listed, bounds):
        mine = []
        while at < len(words) and words[at].start < until:
            mine.append(Word(plain(words[at].word), start + words[at].start, start + words[at].end))
            at += 1
        found.append(Segment(plain(each.text), start + each.start, start + each.end, mine))
    return found


def _code(name: str | None) -> str:
    """The code of a language that a server names; empty if it is none we know."""
    try:
        return find(name) if name else ""
    except ValueError:
        return ""
