"""Voices through transformers: VITS (MMS-TTS has a thousand languages, one model each) and SpeechT5.

Every part of a sentence asks whether the work is still wanted. VITS tells how long each letter lasts, so the times of its words are its
own; those of SpeechT5 share their sentence by their length.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engines import local
from engines.base import Ready
from engines.errors import ModelNotReady
from engines.speech.local import LocalVoice, Spoken, among, asking, few_threads, heard
from engines.speech.request import SpeechRequest
from engines.stoppable import stoppable

VOICES, VOCODER = "voices.safetensors", "vocoder"


class Vits(LocalVoice):
    """VITS and MMS-TTS. A row may name `speakers`: voices by name, each the number of a speaker of the model."""

    kinds = ("VitsModel",)

    def check(self, request: SpeechRequest) -> list[str]:
        """Its language and its speakers."""
        among(request.voice, self.options.get("speakers") or {})
        return super().check(request)

    @stoppable
    def load(self) -> None:
        """Read the weights."""
        model = local.looked(self.row, self.kinds)
        few_threads(model.parameters)
        import transformers

        local.hush()
        self.tell(0.0, "Loading the voice")
        kind = transformers.VitsModel.from_pretrained
        self.model = local.guarded("the model", kind, model.folder, local_files_only=True, use_safetensors=True).eval()
        self.tell(0.9, "Loading its letters")
        reader = transformers.VitsTokenizer.from_pretrained
        self.tokenizer = local.guarded("its tokenizer", reader, model.folder, local_files_only=True)
        if self.tokenizer.phonemize:
            raise ModelNotReady("this VITS reads phonemes; choose one that reads letters, as MMS-TTS does")
        self.rate = int(self.model.config.sampling_rate)

    def unload(self) -> None:
        """Give the memory back."""
        self.model = self.tokenizer = None

    def letters(self, word: str) -> str:
        """In small letters, without what is not in its alphabet."""
        return str(self.tokenizer.prepare_for_tokenization(word)[0])

    def say(self, words: list[str], request: SpeechRequest, check: Callable[[], None]) -> Spoken:
        """One sentence; the times follow from how long the model holds each letter."""
        import torch

        gap = " " if " " in self.tokenizer.encoder else ""
        text = gap.join(words)
        told = self.tokenizer(text, return_tensors="pt", normalize=False)
        model = self.model
        lengths: list[Any] = []
        speakers = self.options.get("speakers") or {}
        speaker = {"speaker_id": int(speakers[request.voice or next(iter(speakers))])} if speakers else {}
        pace = float(model.speaking_rate) * request.speed
        parts = [model.flow, *model.decoder.resblocks]
        with asking(parts, check), heard(model.duration_predictor, lengths):
            waveform = model(**told, **speaker, speaking_rate=pace).waveform[0]
        held = torch.ceil(torch.exp(lengths[0][0, 0]) / pace)
        edges = np.concatenate([[0], torch.cumsum(held, 0).numpy()]) * int(np.prod(model.config.upsample_rates)) / self.rate
        return Spoken(waveform.float().numpy(), self._times(words, gap, edges, len(waveform) / self.rate))

    def _times(self, words: list[str], gap: str, edges: np.ndarray, seconds: float) -> list[tuple[float, float]]:
        """When each word begins and ends: from its first letter to its last, between blanks."""
        step, first = (2, 1) if self.tokenizer.add_blank else (1, 0)
        at, found = 0, []
        for word in words:
            begin, end = first + step * at, first + step * (at + len(word) - 1) + 1
            found.append((min(float(edges[min(begin, len(edges) - 1)]), seconds), min(float(edges[min(end, len(edges) - 1)]), seconds)))
            at += len(word) + len(gap)
        return found


class SpeechT5(LocalVoice):
    """SpeechT5 with its vocoder (in the folder `vocoder`) and speakers by name (`voices.safetensors`: 512 numbers each)."""

    kinds = ("SpeechT5ForTextToSpeech",)

    def ready(self) -> Ready:
        """The packages, the memory, the weights, the vocoder and the voices."""
        state = super().ready()
        if not state.ok:
            return state
        folder = local.looked(self.row, self.kinds).folder
        for name in (VOICES, f"{VOCODER}/config.json", f"{VOCODER}/model.safetensors"):
            if not (folder / name).is_file():
                return Ready(ok=False, needs="weights", missing=f"its {name} is missing; docs/models.md says how to make it")
        return state

    def check(self, request: SpeechRequest) -> list[str]:
        """Its language and its voices."""
        among(request.voice, _named(local.looked(self.row, self.kinds).folder / VOICES))
        return super().check(request)

    @stoppable
    def load(self) -> None:
        """Read the weights, the vocoder and the voices."""
        model = local.looked(self.row, self.kinds)
        few_threads(model.parameters)
        import transformers
        from safetensors.torch import load_file

        local.hush()
        safe = {"local_files_only": True, "use_safetensors": True}
        self.tell(0.0, "Loading the voice")
        self.model = local.guarded("the model", transformers.SpeechT5ForTextToSpeech.from_pretrained, model.folder, **safe).eval()
        self.tell(0.7, "Loading the vocoder")
        self.vocoder = local.guarded("the vocoder", transformers.SpeechT5HifiGan.from_pretrained, model.folder / VOCODER, **safe).eval()
        self.tell(0.9, "Loading its letters")
        reader = transformers.SpeechT5Tokenizer.from_pretrained
        self.tokenizer = local.guarded("its tokenizer", reader, model.folder, local_files_only=True)
        self.voices = local.guarded("the voices", load_file, model.folder / VOICES)
        self.rate = int(self.vocoder.config.sampling_rate)

    def unload(self) -> None:
        """Give the memory back."""
        self.model = self.vocoder = self.tokenizer = self.voices = None

    def letters(self, word: str) -> str:
        """Without what is not in its alphabet."""
        unknown = self.tokenizer.unk_token_id
        return "".join(letter for letter in word if self.tokenizer.convert_tokens_to_ids(letter) != unknown)

    def say(self, words: list[str], request: SpeechRequest, check: Callable[[], None]) -> Spoken:
        """One sentence; its words share the time by their length."""
        voice = self.voices[request.voice or next(iter(sorted(self.voices)))].float().reshape(1, -1)
        told = self.tokenizer(" ".join(words), return_tensors="pt")
        with asking([self.model.speecht5.decoder.prenet, *self.vocoder.resblocks], check):
            waveform = self.model.generate_speech(told.input_ids, voice, vocoder=self.vocoder)
        seconds = len(waveform) / self.rate
        edges = np.cumsum([0, *(len(word) + 1 for word in words)]) / sum(len(word) + 1 for word in words) * seconds
        return Spoken(waveform.float().numpy(), [(float(a), float(b)) for a, b in zip(edges, edges[1:])])


def _named(path: Path) -> list[str]:
    """The names in a safetensors file."""
    from safetensors import safe_open

    def listed() -> list[str]:
        with safe_open(path, framework="np") as file:
            return list(file.keys())

    return list(local.guarded("the voices", listed))
