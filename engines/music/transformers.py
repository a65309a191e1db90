"""MusicGen through transformers, where audiocraft is not installed: the same models, read from safetensors.

The sampling is a loop of our own over the model's decoder, as the library's own hears of no stop and cannot be continued by windows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engines import local, weights
from engines.base import Ready
from engines.device import Place
from engines.music.chroma import chroma
from engines.music.dice import Dice
from engines.music.sampled import Sampled, Told, Window
from engines.sketch.composer_sound import Array
from engines.stoppable import stoppable

KINDS = ("MusicgenForConditionalGeneration", "MusicgenMelodyForConditionalGeneration")
PACKAGES = (*local.PACKAGES, "julius")
CODEC = "audio_encoder"
"""Stays in full precision, as what it makes is heard."""
SIZE, HOP = 16384, 4096
"""Samples of a spectrum and from one to the next, as the melody model was taught."""


class Musicgen(Sampled):
    """Option of a row beside those of every sampled model: `seconds`, what the model was taught to make at once."""

    def ready(self) -> Ready:
        """The packages, the memory and the weights, in this order; nothing heavy is imported."""
        return local.ready(self.row, KINDS, PACKAGES)

    def weight(self) -> int:
        """The size of all parts as they will be here, and room to work."""
        return local.weight(self._looked())

    @stoppable
    def load(self) -> None:
        """Read the weights and put them where they run."""
        import transformers

        found = self._looked()
        self.place = Place.here(found.parameters)
        local.hush()
        self.tell(0.0, "Loading the language model")
        kind = type(found.kind, (getattr(transformers, found.kind),), {"_keep_in_fp32_modules_strict": {CODEC}})
        options = {"local_files_only": True, "use_safetensors": True, "dtype": self.place.dtype}
        self.model = local.guarded("the model", kind.from_pretrained, found.folder, **options).eval()  # type: ignore[attr-defined]
        self.tell(0.7, "Loading the tokenizer")
        self.words = local.guarded("the tokenizer", transformers.AutoTokenizer.from_pretrained, found.folder, local_files_only=True)
        self.tell(0.8, "Moving the model")
        self.model.to(self.place.kind)
        self.melodic = found.kind == KINDS[1]
        settings = self.model.config.audio_encoder
        self.rate, self.frame_rate = settings.sampling_rate, float(settings.frame_rate)
        self.seconds = float(self.options.get("seconds", 30.0))
        self.tell(1.0, "The model is ready")

    def sample(self, window: Window, dice: Dice, told: Told) -> Any:
        """As the contract says."""
        import torch

        books, nothing = self.model.decoder.num_codebooks, self.model.decoder.config.pad_token_id
        line = Delayed.begun(books, window.frames, nothing, window.known)
        with torch.inference_mode():
            for step, chances in self._chances(window, line):
                line.put(step, dice.pick(chances, self.top_k).cpu())
                told(step)
        return line.tokens()

    def encode(self, sound: Array) -> Any:
        """As the contract says."""
        import torch

        given = torch.from_numpy(sound)[None].to(self.place.kind)
        with torch.inference_mode():
            found = self.model.audio_encoder.encode(given).audio_codes
        return found[0, 0].cpu().clone()

    def decode(self, tokens: Any) -> Array:
        """As the contract says."""
        import torch

        with torch.inference_mode():
            made = self.model.audio_encoder.decode(tokens[None, None].to(self.place.kind), [None]).audio_values
        sound: Array = made[0].float().cpu().numpy()
        return sound

    def _looked(self) -> weights.Model:
        return local.looked(self.row, KINDS)

    def _chances(self, window: Window, line: "Delayed") -> Iterator[tuple[int, Any]]:
        """For every step that is to be drawn: the chances of each token, by books. The line must be put before the next is asked for."""
        import torch

        decoder, said = self.model.decoder, self._said(window)
        past, before = None, 0
        for step in range(line.first, line.steps.shape[1]):
            given = line.steps[:, before:step].repeat(2, 1).to(self.place.kind)
            out = decoder(input_ids=given, past_key_values=past, use_cache=True, **(said if past is None or not self.melodic else {}))
            past, before = out.past_key_values, step
            with_words, without = out.logits[:, -1].float().reshape(2, len(line.steps), -1)
            yield step, torch.softmax((without + self.guidance * (with_words - without)) / self.temperature, -1)

    def _said(self, window: Window) -> dict[str, Any]:
        """What the decoder is told: the words and, by the melody model, the tune; with it and without it, as a batch of two."""
        import torch

        model, kind = self.model, self.place.kind
        read = self.words([window.words], return_tensors="pt").to(kind)
        states = model.text_encoder(input_ids=read.input_ids, attention_mask=read.attention_mask).last_hidden_state
        if states.shape[-1] != model.decoder.config.hidden_size:
            states = model.enc_to_dec_proj(states)
        states = torch.cat([states, torch.zeros_like(states)])
        if not self.melodic:
            return {"encoder_hidden_states": states, "encoder_attention_mask": torch.ones(states.shape[:2], dtype=torch.long, device=kind)}
        return {"encoder_hidden_states": torch.cat([self._tune(window.melody), states], dim=1)}

    def _tune(self, melody: Array | None) -> Any:
        """The tune as the melody model hears it, and no tune, as a batch of two: by frames and the width of the decoder."""
        import torch

        settings = self.model.config
        none = torch.zeros(1, settings.num_chroma)
        none[:, 0] = 1
        heard = none if melody is None else chroma(torch.from_numpy(melody), self.rate, SIZE, HOP, settings.num_chroma)
        long = settings.chroma_length
        frames = torch.stack([each.repeat(-(-long // len(each)), 1)[:long] for each in (heard, none)])
        tune = frames.to(self.place.kind, self.model.dtype)
        return self.model.audio_enc_to_dec_proj(tune) if settings.num_chroma != self.model.decoder.config.hidden_size else tune


@dataclass
class Delayed:
    """Tokens as the model hears them: every book one step behind the one before it, after a step of nothing."""

    steps: Any
    """Books by steps; `unknown` where a token is to be drawn."""
    frames: int
    first: int
    """The first step that is to be drawn."""
    unknown: int = -1

    @classmethod
    def begun(cls, books: int, frames: int, nothing: int, known: Any) -> "Delayed":
        """So many frames of which some may be known already (books by frames)."""
        import torch

        steps = torch.full((books, frames + books), nothing, dtype=torch.long)
        there = 0 if known is None else known.shape[-1]
        for book in range(books):
            steps[book, 1 + book : 1 + book + frames] = cls.unknown
            if there:
                steps[book, 1 + book : 1 + book + there] = known[book]
        return cls(steps, frames, 1 + there)

    def put(self, step: int, tokens: Any) -> None:
        """What was drawn for a step, one token a book; what is known there stays."""
        import torch

        self.steps[:, step] = torch.where(self.steps[:, step] == self.unknown, tokens, self.steps[:, step])

    def tokens(self) -> Any:
        """All of them, books by frames."""
        import torch

        return torch.stack([row[1 + book : 1 + book + self.frames] for book, row in enumerate(self.steps)])
