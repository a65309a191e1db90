"""Words and pictures as the models of Qwen's family that see take them.

The processors of transformers for them ask for torchvision, which is for films; pictures need no more than Pillow, so this is what is used.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

KINDS = ("Qwen2VLForConditionalGeneration", "Qwen2_5_VLForConditionalGeneration", "Qwen3VLForConditionalGeneration")
"""Models whose folder has such a processor."""
PLACE = "<|image_pad|>"


class Reader:
    """A tokenizer and what cuts pictures into patches, in one."""

    def __init__(self, tokenizer: Any, patches: Any, chat_template: str | None) -> None:
        self.tokenizer, self.image_processor, self.chat_template = tokenizer, patches, chat_template
        self.place: int = tokenizer.convert_tokens_to_ids(PLACE)

    def __call__(self, text: list[str], images: Any = None, padding: bool = False, return_tensors: str = "pt") -> Any:
        """Texts, and the pictures for their places in turn: `input_ids` and `attention_mask`; with pictures also `pixel_values`,
        one row for each patch, `image_grid_thw`, and `mm_token_type_ids`, 1 where a token stands for a part of a picture.

        A place for which there is no picture is left out: those are words of a person.
        """
        from transformers import BatchFeature

        seen = self.image_processor(images=images, return_tensors=return_tensors) if images else {}
        counts = iter([int(grid.prod()) // self.image_processor.merge_size**2 for grid in seen.get("image_grid_thw", ())])
        words = [_filled(each, counts) for each in text]
        read = self.tokenizer(words, padding=padding, return_tensors=return_tensors, return_token_type_ids=False)
        kinds = {"mm_token_type_ids": (read["input_ids"] == self.place).int()} if images else {}
        return BatchFeature({**read, **seen, **kinds})

    def apply_chat_template(self, messages: list[dict[str, Any]], **options: Any) -> Any:
        """A conversation in the model's own template."""
        return self.tokenizer.apply_chat_template(messages, chat_template=self.chat_template, **options)


def _filled(text: str, counts: Iterator[int]) -> str:
    """A text with as many places for each picture as it has parts."""
    first, *others = text.split(PLACE)
    return first + "".join(PLACE * next(counts, 0) + words for words in others)


def reader(folder: Path) -> Reader:
    """What a folder holds for reading words and pictures."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    tokenizer = letters(folder)
    patches = Qwen2VLImageProcessorPil.from_pretrained(folder, local_files_only=True)
    return Reader(tokenizer, patches, tokenizer.chat_template)


def letters(folder: Path) -> Any:
    """What a folder holds for reading words alone, with the chat template that its processor has."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    tokenizer.chat_template = _template(folder) or tokenizer.chat_template
    return tokenizer


PROCESSORS: dict[str, Callable[[Path], Any]] = {
    "Qwen2VLProcessor": reader,
    "Qwen2_5_VLProcessor": reader,
    "Qwen3VLProcessor": reader,
    "PixtralProcessor": letters,
}
"""What stands in for the processors of pipelines; FLUX.2, whose is the last, shows it no pictures."""


def _template(folder: Path) -> str | None:
    """The chat template in a file of its own; None where the tokenizer's settings hold it."""
    if (folder / "chat_template.jinja").is_file():
        return (folder / "chat_template.jinja").read_text("utf-8")
    for name in ("chat_template.json", "processor_config.json"):
        if (folder / name).is_file() and (found := json.loads((folder / name).read_text("utf-8")).get("chat_template")):
            return str(found)
    return None


def places(net: Any) -> None:
    """Tell a model in a pipeline where its pictures stand, so that it counts their rows and columns as it was taught to.

    The pipelines of diffusers leave this out, and transformers then takes a picture for a line of words.
    """

    def told(net: Any, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if named.get("image_grid_thw") is not None and named.get("mm_token_type_ids") is None:
            named["mm_token_type_ids"] = (named["input_ids"] == net.config.image_token_id).int()
        return given, named

    net.register_forward_pre_hook(told, with_kwargs=True)
