"""Looks through a language model's folder and loads it, so that loading can be watched and stopped at every tensor.

Nothing here goes to the network, runs code that a model brings along, or reads a pickle.
"""

import contextlib
import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from config import ModelRow
from engines import local, weights
from engines.device import ROOM, Place
from engines.errors import ModelNotReady
from engines.language import sight

TEXT = (
    "Qwen2ForCausalLM",
    "Qwen3ForCausalLM",
    "LlamaForCausalLM",
    "SmolLM3ForCausalLM",
    "MistralForCausalLM",
    "Gemma3ForCausalLM",
    "Phi3ForCausalLM",
    "GraniteForCausalLM",
    "Olmo2ForCausalLM",
)
"""Models that write."""
SIGHTED = (
    "Idefics3ForConditionalGeneration",
    "SmolVLMForConditionalGeneration",
    *sight.KINDS,
)
"""Models that also see."""
LETTERS = ("tokenizer.json", "tokenizer.model", "vocab.json")
TEMPLATES = ("chat_template.jinja", "chat_template.json")
Tell = Callable[[float, str], None]


def looked(row: ModelRow | None, kinds: Collection[str]) -> weights.Model:
    """A row's weights, whole and safe, of a class that is run here, and made for conversations. Raises ModelNotReady."""
    model = local.looked(row, kinds)
    if not any((model.folder / name).is_file() for name in LETTERS):
        raise ModelNotReady("its tokenizer.json is missing; download it again")
    if not any((model.folder / name).is_file() for name in TEMPLATES) and not _template(model.folder):
        raise ModelNotReady("it has no chat template, so it cannot be asked; get the version of it that is called instruct or chat")
    return model


def _template(folder: Path) -> bool:
    """Whether the settings of its tokenizer or processor hold a chat template."""
    for name in ("tokenizer_config.json", "processor_config.json"):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if json.loads((folder / name).read_text("utf-8")).get("chat_template"):
                return True
    return False


def load(model: weights.Model, tell: Tell) -> tuple[Any, Any, Place]:
    """The network, what reads and spells for it (a tokenizer, or a processor that takes pictures too), and where it runs.

    Where a graphics card has no room for it, it runs in the main memory. Raises ModelNotReady, OutOfMemory, and what `tell` raises.
    """
    import torch
    import transformers

    local.hush()
    place = Place.here(model.parameters)
    if place.kind == "cuda" and model.bytes(place.width) + ROOM > place.free():
        place = Place("cpu", torch.bfloat16)
    tell(0.0, "Loading its letters")
    kept = {"local_files_only": True, "trust_remote_code": False}
    if model.kind in sight.KINDS:
        reader = local.guarded("its tokenizer", sight.reader, model.folder)
    else:
        maker = transformers.AutoProcessor if model.kind in SIGHTED else transformers.AutoTokenizer
        reader = local.guarded("its tokenizer", maker.from_pretrained, model.folder, **kept)
    kind = getattr(transformers, model.kind)
    with watched(tell, 0.1, 0.9, "Loading the language model"):
        net = local.guarded("the model", kind.from_pretrained, model.folder, use_safetensors=True, dtype=place.dtype, **kept).eval()
    tell(0.95, "Putting it where it works")
    local.guarded("the model", net.to, place.kind)
    return net, reader, place


@contextlib.contextmanager
def watched(tell: Tell, low: float, high: float, note: str) -> Iterator[None]:
    """While it lasts, every tensor that transformers loads is told of; what `tell` raises ends the loading."""
    from transformers.utils import logging

    def counted(_: Any, given: tuple[Any, ...], named: dict[str, Any]) -> Iterator[Any]:
        items = list(given[0] if given else named.get("iterable", ()))
        for number, item in enumerate(items):
            tell(low + (high - low) * number / len(items), note)
            yield item

    before = logging.set_tqdm_hook(counted)
    try:
        tell(low, note)
        yield
    finally:
        logging.set_tqdm_hook(before)
