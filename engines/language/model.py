"""A language model, loaded: a conversation goes in, the text that follows it comes out."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from engines.errors import LlmError
from engines.language.sampling import Chance, Watch

ROOM = 64
"""Tokens that an answer has at least, where a model has a limit for both together."""


class Manner(BaseModel):
    """The options of a catalog row whose model runs in this process."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    seconds: float = Field(600.0, gt=0, le=36000, description="Deadline for one answer, its repair in it")
    reads: int = Field(16_000, ge=256, le=1_000_000, description="Tokens that it is given at most; longer words are left to the rules")
    writes: int = Field(3_000, ge=16, le=100_000, description="Tokens of one answer at most")
    temperature: float = Field(0.6, ge=0, le=2, description="0 takes the likeliest token; more leaves more to chance")
    top_p: float = Field(0.9, gt=0, le=1, description="The likeliest tokens that together have this chance are chosen among")


@dataclass(frozen=True)
class Written:
    """A text, how many tokens were read for it, and how many were written."""

    text: str
    read: int
    tokens: int


class LanguageModel:
    """A network with what reads and spells for it. One conversation at a time."""

    def __init__(self, net: Any, reader: Any) -> None:
        self.net, self.reader = net, reader
        self.letters = getattr(reader, "tokenizer", reader)
        self.sighted = self.letters is not reader
        if self.sighted and not reader.chat_template:
            reader.chat_template = self.letters.chat_template
        self._marks = [mark.content for mark in self.letters.added_tokens_decoder.values() if mark.special and mark.content]

    def write(self, messages: list[dict[str, Any]], manner: Manner, seed: int, told: Callable[[int], None]) -> Written:
        """What follows a conversation. `told(tokens)` is called after every token and may raise to stop.

        LlmError if the conversation is longer than the model reads.
        """
        import torch
        from transformers import LogitsProcessorList, StoppingCriteriaList

        given = self._read(messages)
        length = given["input_ids"].shape[-1]
        window = getattr(self.net.config.get_text_config(), "max_position_embeddings", None) or manner.reads + manner.writes
        most = min(manner.reads, window - ROOM)
        if length > most:
            raise LlmError(f"The words are {length:,} tokens with all that the model is told; it reads {most:,}.")
        watch = Watch(told)
        told(0)
        handles = watch.on(self.net)
        try:
            with torch.inference_mode():
                out = self.net.generate(
                    **given,
                    generation_config=self._settings(min(manner.writes, window - length)),
                    logits_processor=LogitsProcessorList([Chance(manner.temperature, manner.top_p, seed)]),
                    stopping_criteria=StoppingCriteriaList([watch]),
                )
        finally:
            for handle in handles:
                handle.remove()
        text = self.letters.decode(out[0, length:], skip_special_tokens=True)
        return Written(str(text), length, watch.tokens)

    def _settings(self, writes: int) -> Any:
        """The model's own settings for generation, with the choosing left to Chance.

        No penalty on repetition: an object repeats its names, and many words of the conversation belong in the answer.
        """
        import copy

        settings = copy.deepcopy(self.net.generation_config)
        plain = dict.fromkeys(("max_length", "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "no_repeat_ngram_size"))
        settings.update(max_new_tokens=writes, do_sample=False, num_beams=1, **plain)
        ends = settings.eos_token_id if settings.eos_token_id is not None else self.letters.eos_token_id
        settings.eos_token_id = ends
        if settings.pad_token_id is None:
            settings.pad_token_id = ends[0] if isinstance(ends, list) else ends
        return settings

    def _read(self, messages: list[dict[str, Any]]) -> Any:
        """The conversation as the network takes it."""
        plain, pictures = self._plain(messages)
        prompt = self._prompt(plain)
        if self.sighted:
            given = self.reader(text=[prompt], images=pictures or None, return_tensors="pt")
        else:
            given = self.letters(prompt, add_special_tokens=False, return_tensors="pt", return_token_type_ids=False)
        return given.to(self.net.device, self.net.dtype) if self.sighted else given.to(self.net.device)

    def _prompt(self, messages: list[dict[str, Any]]) -> str:
        """The conversation in the model's own template; where that knows no system, its words come first in the person's."""
        from jinja2 import TemplateError

        options = {"add_generation_prompt": True, "tokenize": False, "enable_thinking": False}
        try:
            return str(self.reader.apply_chat_template(messages, **options))
        except TemplateError:
            first, second, *others = messages
            joint: Any = [*first["content"], *second["content"]] if self.sighted else f"{first['content']}\n\n{second['content']}"
            return str(self.reader.apply_chat_template([{"role": "user", "content": joint}, *others], **options))

    def _plain(self, messages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Image.Image]]:
        """The messages with the model's own marks taken out of all words, and the pictures apart."""
        plain, pictures = [], []
        for message in messages:
            parts = message["content"] if isinstance(message["content"], list) else [{"type": "text", "text": message["content"]}]
            kept: list[dict[str, Any]] = []
            for part in parts:
                if part["type"] == "text":
                    kept.append({"type": "text", "text": self._unmarked(part["text"])})
                elif self.sighted:
                    pictures.append(_picture(part["image_url"]["url"]))
                    kept.insert(0, {"type": "image"})
            words = "\n".join(part["text"] for part in kept if part["type"] == "text")
            plain.append({"role": message["role"], "content": kept if self.sighted else words})
        return plain, pictures

    def _unmarked(self, words: str) -> str:
        """Words without what would be read as a mark, such as the end of a turn."""
        for mark in self._marks:
            words = words.replace(mark, " ")
        return words


def _picture(url: str) -> Image.Image:
    """The picture within a data URL of our own making."""
    with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as image:
        return image.convert("RGB")
