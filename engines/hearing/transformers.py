"""Whisper through transformers: a recording becomes words with their times, window by window of at most 30 seconds.

A window begins where the last whole segment of the one before has ended. Every token asks whether the work is still wanted. What was
heard badly (repeated, or hardly believed) is heard again with some chance in it, by the seed; silence is not listened to.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines import device, local
from engines.base import Engine, Made, Ready, Run
from engines.device import Place
from engines.errors import BadRequest, OutOfMemory
from engines.hearing import transcript
from engines.hearing.languages import languages
from engines.hearing.request import TranscribeRequest
from engines.hearing.transcript import RATE, Segment, clock
from engines.hearing.words import words
from engines.seeds import derive
from engines.stoppable import stoppable

KINDS = ("WhisperForConditionalGeneration",)
WINDOW, LEAST = 30.0, 1.0
"""Seconds that are heard at once, and how far the next window is from the last at least."""
END = 0.3
"""Less than this is no speech."""
DECODING = {
    "temperature": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
    "compression_ratio_threshold": 1.35,
    "logprob_threshold": -1.0,
    "no_speech_threshold": 0.6,
    "return_timestamps": True,
    "return_segments": True,
    "force_unique_generate_call": True,
}


@dataclass(frozen=True)
class _Task:
    """What is heard, in which language (empty for a model that knows only English), for whom, and by which seed."""

    samples: np.ndarray
    language: str
    run: Run
    seed: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE

    def window(self, start: float) -> np.ndarray:
        """The samples from a time on, -1 to 1."""
        first = int(start * RATE)
        return np.asarray(self.samples[first : first + int(WINDOW * RATE)], np.float32) / 32768

    def check(self, at: float) -> None:
        """Say how far it is; raises Cancelled."""
        self.run.progress(0.05 + 0.9 * min(1.0, at / self.seconds), f"Heard {clock(at)} of {clock(self.seconds)}")


class Whisper(Engine[TranscribeRequest]):
    """Hears about a hundred languages; the words have times of their own where the model's settings name its heads for that."""

    def ready(self) -> Ready:
        """The packages, the memory and the weights."""
        return local.ready(self.row, KINDS)

    def check(self, request: TranscribeRequest) -> list[str]:
        """A language that the model was not taught is refused."""
        if request.language:
            _taught(request.language, _settings(local.looked(self.row, KINDS).folder))
        return []

    def weight(self) -> int:
        """The size of the model as it will be here, and room to work."""
        return local.weight(local.looked(self.row, KINDS))

    @stoppable
    def load(self) -> None:
        """Read the weights and put them where they belong."""
        model = local.looked(self.row, KINDS)
        self.place = Place.here(model.parameters)
        import transformers

        local.hush()
        self.tell(0.0, "Loading the ear")
        kind = transformers.WhisperForConditionalGeneration.from_pretrained
        settings = {"local_files_only": True, "use_safetensors": True, "dtype": self.place.dtype, "attn_implementation": "eager"}
        self.model = local.guarded("the model", kind, model.folder, **settings).eval()
        self.tell(0.8, "Loading its letters")
        reader = transformers.WhisperProcessor.from_pretrained
        self.processor = local.guarded("its tokenizer", reader, model.folder, local_files_only=True)
        local.guarded("the model", self.model.to, self.place.kind)

    def unload(self) -> None:
        """Give the memory back."""
        self.model = self.processor = None

    def generate(self, request: TranscribeRequest, run: Run) -> Made:
        """The words of the recording, with text, JSON, SRT and WebVTT."""
        samples = transcript.heard(run, request.audio)
        try:
            language = self._language(request.language, samples)
            task = _Task(samples, language, run, request.seed or 0)
            made = transcript.made(list(self._segments(task)), language or "en", task.seconds, run)
        except Exception as error:
            if not device.full(error):
                raise
            raise OutOfMemory("There is not enough memory to hear this; choose a smaller model.") from error
        if request.language is None and made.result and made.result["segments"] and language:
            made.notes.append(f"The language was heard: {languages().get(language, language)}.")
        return made.model_copy(update={"seeds": [task.seed]})

    def _language(self, asked: str | None, samples: np.ndarray) -> str:
        """The code of the language: the one asked for, else the one heard first; empty for a model that knows only English."""
        settings = self.model.generation_config.to_dict()
        known = settings.get("lang_to_id") or {}
        if asked is not None:
            _taught(asked, settings)
        if not settings.get("is_multilingual", True) or not known:
            return ""
        if asked is not None:
            return asked
        spoken = next((window for window in _windows(samples) if not transcript.silent(window)), samples[: int(WINDOW * RATE)])
        features, _ = self._features(np.asarray(spoken, np.float32) / 32768)
        found = int(self.model.detect_language(features)[0])
        return next((name.strip("<|>") for name, number in known.items() if number == found), "en")

    def _features(self, window: np.ndarray) -> tuple[Any, Any]:
        """A window as the model sees it, and which part of it is sound."""
        read = self.processor.feature_extractor
        told = read(window, sampling_rate=RATE, return_tensors="pt", return_attention_mask=True)
        return told.input_features.to(self.place.kind, self.place.dtype), told.attention_mask.to(self.place.kind)

    def _segments(self, task: _Task) -> Iterator[Segment]:
        """Everything that is said, from window to window."""
        at = 0.0
        while task.seconds - at > END or not at:
            task.check(at)
            window = task.window(at)
            if transcript.silent(window * 32768):
                at += WINDOW
                continue
            found, on = self._heard(task, window, at)
            yield from found
            at += on

    def _heard(self, task: _Task, window: np.ndarray, at: float) -> tuple[list[Segment], float]:
        """The segments of a window that begins `at` seconds, and how many seconds of it have been heard to the end."""
        import torch
        from transformers import StoppingCriteriaList

        features, mask = self._features(window)
        settings = self.model.generation_config
        timed = bool(getattr(settings, "alignment_heads", None))
        spoken = {"language": task.language, "task": "transcribe"} if task.language else {}
        with torch.random.fork_rng(devices=range(torch.cuda.device_count()) if self.place.kind == "cuda" else []):
            torch.manual_seed(derive(task.seed, f"{at:.2f}"))
            wanted = StoppingCriteriaList([_Wanted(task, at)])
            options = DECODING | spoken | {"stopping_criteria": wanted, "return_token_timestamps": timed}
            told = self.model.generate(features, attention_mask=mask, **options)["segments"][0]
        length = len(window) / RATE
        first = settings.no_timestamps_token_id + 1
        whole = len(told) and len(told[-1]["tokens"]) > 1 and min(int(token) for token in told[-1]["tokens"][-2:]) >= first
        on = float(told[-1]["end"]) if whole else length
        return [self._segment(each, at, task.language) for each in told], on if LEAST <= on <= length else max(length, LEAST)

    def _segment(self, told: dict[str, Any], at: float, language: str) -> Segment:
        read = self.processor.tokenizer
        most = self.model.generation_config.eos_token_id
        most = most[0] if isinstance(most, list) else most
        tokens = [int(token) for token in told["tokens"]]
        kept = [number for number, token in enumerate(tokens) if token < most]
        found = []
        if kept and "token_timestamps" in told:
            times = [at + float(time) for time in told["token_timestamps"]]
            edges = [times[max(0, kept[0] - 1)], *(times[number] for number in kept)]
            found = words([tokens[number] for number in kept], edges, language, lambda some: str(read.decode(some)))
        text = transcript.plain(str(read.decode([tokens[number] for number in kept])))
        return Segment(text, at + float(told["start"]), at + float(told["end"]), found)


def _settings(folder: Path) -> dict[str, Any]:
    """How a model is meant to be used, as it lies beside its weights; empty if that cannot be read."""
    try:
        found = json.loads((folder / "generation_config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _taught(language: str, settings: dict[str, Any]) -> None:
    """BadRequest for a language that a model of these settings does not know."""
    if not settings.get("is_multilingual", True) and language != "en":
        raise BadRequest("language: this model knows English only; choose another model", fields=["language"])
    known = settings.get("lang_to_id")
    if isinstance(known, dict) and known and f"<|{language}|>" not in known:
        raise BadRequest(f"language: this model does not know {languages()[language]}; choose a larger one", fields=["language"])


class _Wanted:
    """Asked after every token; ends nothing itself, but the run may raise Cancelled."""

    def __init__(self, task: _Task, at: float) -> None:
        self.task, self.at = task, at

    def __call__(self, tokens: Any, scores: Any, **_: Any) -> Any:
        import torch

        self.task.check(self.at)
        return torch.zeros(tokens.shape[0], dtype=torch.bool, device=tokens.device)


def _windows(samples: np.ndarray) -> Iterator[np.ndarray]:
    for first in range(0, len(samples), int(WINDOW * RATE)):
        yield np.asarray(samples[first : first + int(WINDOW * RATE)])
