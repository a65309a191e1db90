"""What was heard: segments with their times, and words where the model tells them; as an answer, a text, JSON, SRT and WebVTT."""

import json
import unicodedata
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from engines import sound
from engines.base import Artifact, Made, Run
from engines.errors import BadRequest
from engines.speech import captions

RATE = 16_000
"""Samples in a second, as models of speech want them."""
LONGEST = 3 * 3600
QUIET = 30
"""Of 32,768: what never rises above it on average is silence."""
SILENT = "No speech was heard in this recording."


@dataclass(frozen=True)
class Word:
    """A word and when it is heard, in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Segment:
    """Some words that belong together and when they are heard, in seconds; `words` is empty where the model tells no times of words."""

    text: str
    start: float
    end: float
    words: list[Word] = field(default_factory=list)

    def within(self, seconds: float) -> "Segment":
        """The same, over after so many seconds, with no word before the one it follows."""
        start, end = min(max(0.0, self.start), seconds), min(max(self.start, self.end), seconds)
        edges = list(accumulate(self.words, lambda at, word: min(max(at, word.start), end), initial=start))[1:]
        words = [Word(each.text, at, min(max(at, each.end), end)) for each, at in zip(self.words, edges)]
        return Segment(self.text, start, end, words)


def heard(run: Run, source: str) -> np.ndarray:
    """The recording as 16-bit samples in one channel at RATE. Raises BadRequest if it cannot be read or is too long."""
    raw = run.folder / "heard.raw"
    try:
        samples = sound.decoded(run.open(source), RATE, LONGEST + 1, raw, lambda: run.progress(0, "Reading the recording"))
    except sound.Unheard as error:
        raise BadRequest(f"audio: {error}", fields=["audio"]) from None
    if len(samples) > LONGEST * RATE:
        raise BadRequest("audio: the recording is longer than three hours; send it in parts", fields=["audio"])
    return samples


def silent(samples: np.ndarray) -> bool:
    """Whether nothing can be heard in these samples."""
    return not len(samples) or float(np.sqrt(np.mean(np.square(samples, dtype=np.float32)))) < QUIET


def clock(seconds: float) -> str:
    """1:02:03, or 2:03."""
    whole = int(seconds)
    hours = f"{whole // 3600}:{whole // 60 % 60:02d}" if whole >= 3600 else f"{whole // 60}"
    return f"{hours}:{whole % 60:02d}"


def made(segments: list[Segment], language: str, seconds: float, run: Run) -> Made:
    """The answer, and its files: text, JSON, SRT and WebVTT."""
    segments = ordered(segments, seconds)
    words = [word for each in segments for word in each.words]
    result: dict[str, Any] = {
        "text": " ".join(each.text.strip() for each in segments),
        "language": language,
        "duration": round(seconds, 3),
        "segments": [_told(each) | ({"words": [_told(word) for word in each.words]} if each.words else {}) for each in segments],
    }
    run.progress(0.97, "Writing subtitles")
    return Made(result=result, artifacts=_files(segments, result, bool(words), run.folder), notes=[] if segments else [SILENT])


def ordered(segments: list[Segment], seconds: float) -> list[Segment]:
    """Those that say something, in order, each within the recording and over when the next one begins."""
    found = sorted((each for each in segments if each.text.strip() and each.start < seconds), key=lambda each: each.start)
    ends = [each.start for each in found[1:]] + [seconds]
    return [each.within(end) for each, end in zip(found, ends)]


def plain(text: str) -> str:
    """What a model says, without control characters and halves of letters, in one line."""
    kept = (" " if letter.isspace() else letter for letter in text if letter.isspace() or unicodedata.category(letter)[0] != "C")
    return " ".join("".join(kept).replace("\ufffd", "").split())


def _told(each: Word | Segment) -> dict[str, Any]:
    return {"start": round(each.start, 3), "end": round(each.end, 3), "text": each.text.strip()}


def _files(segments: list[Segment], result: dict[str, Any], worded: bool, folder: Path) -> list[Artifact]:
    cues = subtitles(segments, float(result["duration"]))
    lines = "\n".join(f"[{clock(each.start)}] {each.text.strip()}" for each in segments)
    found = []
    for name, kind, role, text in (
        ("transcript.txt", "text/plain", "transcript", lines),
        ("words.json" if worded else "segments.json", "application/json", "words", json.dumps(result, ensure_ascii=False, indent=1)),
        ("subtitles.srt", "application/x-subrip", "subtitles", captions.srt(cues)),
        ("subtitles.vtt", "text/vtt", "subtitles", captions.vtt(cues, result["language"])),
    ):
        (folder / name).write_text(f"{text}\n", "utf-8")
        found.append(Artifact(path=folder / name, media_type=kind, role=role))
    return found


def subtitles(segments: list[Segment], seconds: float) -> list[tuple[float, float, str]]:
    """Cues to be read: a segment where it fits two lines, else cut between words."""
    text, words, spans = "", [], []
    for segment in segments:
        start = len(text) + bool(text)
        text += (" " if text else "") + segment.text.strip()
        spans.append((start, len(text)))
        words += _placed(segment, start)
    return captions.cues(text, words, spans, seconds)


def _placed(segment: Segment, start: int) -> list[captions.Word]:
    """The words of a segment where they stand in the whole text; those without times share the segment's by their length."""
    text = segment.text.strip()
    if segment.words:
        found, at = [], 0
        for word in segment.words:
            here = text.find(word.text.strip(), at)
            at = here + len(word.text.strip()) if here >= 0 else at
            found.append(captions.Word(word.text.strip(), start + (here if here >= 0 else at), word.start, word.end))
        return found
    tokens = captions.tokens(text) or [(0, len(text))]
    edges = np.cumsum([0] + [high - low + 1 for low, high in tokens]) / sum(high - low + 1 for low, high in tokens)
    times = segment.start + edges * (segment.end - segment.start)
    return [captions.Word(text[low:high], start + low, float(a), float(b)) for (low, high), a, b in zip(tokens, times, times[1:])]
