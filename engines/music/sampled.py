"""Music drawn token after token (MusicGen), whoever runs the model: what is longer than the model's window is continued by overlapping
windows, and a variation goes on from the beginning that it keeps of its original.
"""

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engines import device
from engines.base import Engine, Made, Run
from engines.errors import BadRequest, OutOfMemory
from engines.music.dice import Dice
from engines.music.kept import beginning
from engines.music.request import MusicRequest
from engines.music.save import saved
from engines.music.waves import finished, joined, resampled
from engines.music.words import tags
from engines.seeds import draw, nth
from engines.sketch.composer_files import waveform
from engines.sketch.composer_sound import RATE, Array, F
from engines.sound import Unheard, samples

OVERLAP = 0.4
"""How much of a window is what was there before, which the model hears and goes on from."""
SAMPLED = 0.85
LISTENED = 60.0
Told = Callable[[int], None]


@dataclass(frozen=True)
class Window:
    """One stretch that the model makes at once: words, melody (samples at the model's rate, or None), tokens that are there already
    (books by frames, or None), and how many frames it has in all.
    """

    words: str
    melody: Array | None
    known: Any
    frames: int


class Sampled(Engine[MusicRequest]):
    """Options of a row: `guidance`, `top_k`, `temperature`. `load` of a subclass sets model, rate, frame_rate, seconds and melodic."""

    model: Any = None
    place: Any = None
    rate: int
    """Samples a second of its codec."""
    frame_rate: float
    """Frames a second; a frame is one token from each codebook."""
    seconds: float
    """What it was taught to make at once."""
    melodic: bool
    """Whether it can follow a melody."""

    @abstractmethod
    def sample(self, window: Window, dice: Dice, told: Told) -> Any:
        """The tokens of a window, books by frames; `told` hears of every frame and may raise to stop."""

    @abstractmethod
    def encode(self, sound: Array) -> Any:
        """A sound (one row at the model's rate) as tokens, books by frames."""

    @abstractmethod
    def decode(self, tokens: Any) -> Array:
        """Tokens as sound: one or two rows at the model's rate."""

    @property
    def overlap(self) -> float:
        """Seconds of what was there before that a new window hears."""
        return OVERLAP * self.seconds

    @property
    def guidance(self) -> float:
        """How much the words weigh."""
        return float(self.options.get("guidance", 3.0))

    @property
    def top_k(self) -> int:
        """Among how many tokens is drawn."""
        return int(self.options.get("top_k", 250))

    @property
    def temperature(self) -> float:
        """How bold the draw is."""
        return float(self.options.get("temperature", 1.0))

    def unload(self) -> None:
        """Give the memory back."""
        self.model = None

    def generate(self, request: MusicRequest, run: Run) -> Made:
        """Make `count` pieces; piece k has seed + k. WAV, MP3 and picture of each."""
        first = request.seed if request.seed is not None else draw()
        melody, start = self._melody(request, run), beginning(request, run)
        made = Made(resolved_prompt=tags(request) or None, notes=self._notes(request, start))
        for k in range(request.count):
            seed = nth(first, k)
            report = _report(run, k, request.count)
            sound = self._tried(request, melody, start, (seed, report))
            meta = {"seed": seed, "index": k, "prompt": tags(request), "kept": round(start.shape[1] / RATE, 3)}
            stem = run.folder / f"music-{k + 1:02d}"
            made.artifacts += saved(sound, stem, meta, lambda share, note, say=report: say(SAMPLED + (1 - SAMPLED) * share, note))  # type: ignore[misc]
            made.seeds.append(seed)
        return made

    def _tried(self, request: MusicRequest, melody: Array | None, start: Array, how: tuple[int, Any]) -> Array:
        """A piece; when memory runs out, another model makes room for it, or it is said that there is none."""
        while True:
            try:
                return self._piece(request, melody, start, how)
            except Exception as error:
                if not device.full(error):
                    raise
            if not self.make_room():
                raise OutOfMemory("There is not enough memory for this model to play; choose a smaller one.")

    def _piece(self, request: MusicRequest, melody: Array | None, start: Array, how: tuple[int, Any]) -> Array:
        """The sound of one piece, two rows at RATE, to the sample."""
        (seed, report), whole = how, round(request.duration_seconds * RATE)
        dice, sound, at, known = Dice(seed), start, 0.0, None
        if 0 < start.shape[1] < whole:
            at = max(0.0, start.shape[1] / RATE - self.overlap)
            known = self.encode(resampled(start[:, round(at * RATE) :].mean(0, keepdims=True), RATE, self.rate))
        while sound.shape[1] < whole:
            frames = math.ceil(min(self.seconds, whole / RATE - at) * self.frame_rate)
            frames = frames if known is None else max(frames, known.shape[-1] + 1)
            heard = None if melody is None else _turned(melody, round(at * self.rate), round(self.seconds * self.rate))
            told = _telling(report, (at, at + frames / self.frame_rate), self.frame_rate, whole / RATE)
            known = self.sample(Window(tags(request), heard, known, frames), dice, told)
            sound = joined(sound, finished(self.decode(known), self.rate), round(at * RATE))
            share = min(1.0, sound.shape[1] / whole)
            report(SAMPLED * share, "Playing", waveform(sound, share, (320, 96)) if share < 1 else None)
            over = round(self.overlap * self.frame_rate)
            at += (frames - over) / self.frame_rate
            known = known[:, -over:]
        return np.pad(sound, ((0, 0), (0, max(0, whole - sound.shape[1]))))[:, :whole].astype(F)

    def _melody(self, request: MusicRequest, run: Run) -> Array | None:
        """The recording that is followed, one row at the model's rate."""
        if request.melody is None:
            return None
        if not self.melodic:
            raise BadRequest("this model cannot follow a melody; choose one that can, or leave melody out", fields=["melody"])
        try:
            return samples(run.open(request.melody), self.rate, LISTENED, lambda: run.progress(0.0, "Listening to the melody"))
        except Unheard as error:
            raise BadRequest(f"melody: {error}", fields=["melody"]) from None

    def _notes(self, request: MusicRequest, start: Array) -> list[str]:
        notes = []
        whole = start.shape[1] >= round(request.duration_seconds * RATE)
        if request.duration_seconds > self.seconds and not whole:
            notes.append(
                f"The model makes {self.seconds:g} seconds at once; the piece was continued by windows that overlap by {self.overlap:g}."
            )
        if start.shape[1]:
            notes.append(f"The first {start.shape[1] / RATE:.1f} seconds are those of the original.")
        if request.melody:
            notes.append("The melody was heard in the recording as a whole; one voice or instrument alone is followed best.")
        return notes


def _report(run: Run, k: int, count: int) -> Callable[..., None]:
    """Where piece k reports: as a share of the whole job."""
    where = f", piece {k + 1} of {count}" if count > 1 else ""

    def report(share: float, note: str, preview: Any = None) -> None:
        run.progress((k + share) / count, note + where, preview)

    return report


def _telling(report: Callable[..., None], window: tuple[float, float], frame_rate: float, seconds: float) -> Told:
    """What hears of the frames of a window, which is from one second of a piece to another."""

    def told(frame: int) -> None:
        reached = min(seconds, window[1], window[0] + frame / frame_rate)
        report(SAMPLED * (reached / seconds), f"Playing: {reached:.0f} of {seconds:.0f} seconds")

    return told


def _turned(melody: Array, first: int, count: int) -> Array:
    """So many samples of a melody from one of them on; it begins anew where it ends."""
    return np.take(melody, np.arange(first, first + count), mode="wrap")

