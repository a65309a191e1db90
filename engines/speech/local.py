"""What voices of local models share: a text spoken sentence by sentence on the CPU, levelled and written with the times of its words.

They run faster than they are heard there, and a seed means the same on every machine.
"""

import contextlib
import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from engines import device, local, loudness
from engines.base import Engine, Made, Ready, Run
from engines.errors import BadRequest, OutOfMemory
from engines.seeds import derive, draw
from engines.speech import captions, voices
from engines.speech.espeak import LONGEST, LUFS, PEAK, written
from engines.speech.reading import Reading, clean, guess, sentences
from engines.speech.request import SpeechRequest

PAUSE = 0.3
"""Seconds of silence between two sentences."""
NUMBER = re.compile(r"\d{1,15}(?:[.,]\d{1,9})?")


@dataclass(frozen=True)
class Spoken:
    """A sentence: samples from -1 to 1, and when each of its words begins and ends in them, in seconds."""

    samples: np.ndarray
    times: list[tuple[float, float]]


class LocalVoice(Engine[SpeechRequest]):
    """What both families share. Options of a row: `language`, the code of what it speaks."""

    kinds: ClassVar[tuple[str, ...]]
    rate: int

    def ready(self) -> Ready:
        """The packages, the memory and the weights."""
        return local.ready(self.row, self.kinds)

    def weight(self) -> int:
        """The size of the model in full precision, and room to work."""
        return int(local.looked(self.row, self.kinds).bytes(4) + device.ROOM)

    def check(self, request: SpeechRequest) -> list[str]:
        """It speaks one language; another one is refused."""
        own = str(self.options.get("language", "en"))
        wanted = voices.find_language(request.language) if request.language else own
        if wanted.lower().split("-")[0] != own:
            raise BadRequest(f"language: this model speaks {own} only; choose another model or leave it out", fields=["language"])
        return []

    @abstractmethod
    def say(self, words: list[str], request: SpeechRequest, check: Callable[[], None]) -> Spoken:
        """One sentence, as words that letters() left something of; the random numbers are torch's own."""

    @abstractmethod
    def letters(self, word: str) -> str:
        """What the model can read of a word; empty if nothing."""

    def generate(self, request: SpeechRequest, run: Run) -> Made:
        """WAV, MP3, the times of the words as JSON, SRT and VTT, and a picture of the sound."""
        seed = draw() if request.seed is None else request.seed
        reading = self._read(request.text)
        try:
            parts, words = self._spoken(reading, request, seed, run)
        except Exception as error:
            if not device.full(error):
                raise
            raise OutOfMemory("There is not enough memory to speak this; close other programs.") from error
        wav = run.folder / "speech.wav"
        whole = np.concatenate(parts)[:, None]
        levels = loudness.master(
            whole, self.rate, loudness.Levels(LUFS, PEAK), wav, lambda part: run.progress(0.8 + 0.1 * part, "Levelling the sound")
        )
        artifacts = written(reading, words, wav, self.rate, run)
        artifacts[0].meta.update(seed=seed, lufs=round(levels.lufs, 2), peak_db=round(levels.peak, 2))
        return Made(artifacts=artifacts, seeds=[seed], unmet=reading.unmet, notes=reading.notes, resolved_prompt=reading.text)

    def _read(self, text: str) -> Reading:
        """The text as it will be spoken, cut into sentences."""
        language = str(self.options.get("language", "en"))
        said, emoji = clean(text)
        reading = Reading(said, language, sentences=[(start, end) for start, end, _ in sentences(said)])
        if emoji:
            reading.notes.append(f"{emoji} emoji left out." if emoji > 1 else "One emoji left out.")
        if guess(said).split("-")[0] != language:
            reading.notes.append(f"The text does not look like {language}, which is what this model speaks.")
        return reading

    def _spoken(
        self, reading: Reading, request: SpeechRequest, seed: int, run: Run
    ) -> tuple[list[np.ndarray], list[captions.Word]]:
        """The sound of every sentence with silence between them, and the words in it; what cannot be read goes to `unmet`."""
        import torch

        parts: list[np.ndarray] = []
        found: list[captions.Word] = []
        frames, kept = 0, []
        for number, (start, end) in enumerate(reading.sentences):
            share, said = 0.8 * number / len(reading.sentences), reading.text[start:end].strip()

            def check(share: float = share, said: str = said) -> None:
                run.progress(share, f"Speaking: {said[:60]}")

            check()
            spans, texts = self._words(reading, start, end)
            if not texts:
                continue
            with torch.random.fork_rng(devices=[]), torch.inference_mode():
                torch.manual_seed(derive(seed, f"sentence {number}"))
                spoken = self.say(texts, request, check)
            began = frames / self.rate
            found += [captions.Word(reading.text[a:b], a, began + low, began + high) for (a, b), (low, high) in zip(spans, spoken.times)]
            parts += [spoken.samples.astype(np.float32), np.zeros(int(PAUSE * self.rate), np.float32)]
            frames += len(parts[-2]) + len(parts[-1])
            kept.append((start, end))
            if frames > LONGEST * self.rate:
                raise BadRequest(f"text: it takes more than {LONGEST / 60:.0f} minutes to speak; make it shorter", fields=["text"])
        if not parts:
            raise BadRequest("text: this model has no voice for these letters; try another model or another text", fields=["text"])
        reading.sentences = kept
        reading.unmet = list(dict.fromkeys(reading.unmet))
        return parts[:-1], found

    def _words(self, reading: Reading, start: int, end: int) -> tuple[list[tuple[int, int]], list[str]]:
        """The words of a sentence that can be read: where they stand, and as the model reads them, with the signs behind them."""
        tokens = [(start + a, start + b) for a, b in captions.tokens(reading.text[start:end])]
        spans, texts = [], []
        for (a, b), following in zip(tokens, [*(token[0] for token in tokens[1:]), end]):
            word = reading.text[a:b]
            read = self.letters(spelled(word, reading.language) + reading.text[b:following].rstrip())
            if any(letter.isalnum() for letter in read):
                spans.append((a, b))
                texts.append(read)
            else:
                reading.unmet.append(word)
        return spans, texts


def spelled(word: str, language: str) -> str:
    """A word with its numbers written out, where that is known for the language."""
    if not any(letter.isdigit() for letter in word) or not local.installed("num2words"):
        return word
    from num2words import num2words

    def written_out(found: re.Match[str]) -> str:
        number = found[0].replace(",", ".")
        return f" {num2words(float(number) if '.' in number else int(number), lang=language)} ".replace("-", " ")

    try:
        return " ".join(NUMBER.sub(written_out, word).split())
    except (NotImplementedError, OverflowError, ValueError, TypeError):
        return word


def among(voice: str | None, known: Iterable[str]) -> None:
    """BadRequest for a voice that the model does not have."""
    names = sorted(known)
    if voice is not None and voice not in names:
        hint = f"choose one of {', '.join(names)}" if names else "leave it out"
        raise BadRequest(f"voice: this model has no voice {voice!r}; {hint}", fields=["voice"])


def few_threads(parameters: int) -> None:
    """A tiny model is faster in one thread."""
    if parameters < device.TINY:
        import torch

        torch.set_num_threads(1)


@contextlib.contextmanager
def asking(parts: Iterable[Any], check: Callable[[], None]) -> Iterator[None]:
    """While this lasts, every use of these parts of a model asks first whether the work is still wanted."""
    hooks = [part.register_forward_pre_hook(lambda *_: check()) for part in parts]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@contextlib.contextmanager
def heard(part: Any, into: list[Any]) -> Iterator[None]:
    """While this lasts, what a part of a model answers is kept."""
    hook = part.register_forward_hook(lambda module, given, answer: into.append(answer))
    try:
        yield
    finally:
        hook.remove()
