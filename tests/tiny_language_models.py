"""Tiny language models in the real layout, written without torch: parrots, which say what they were built to say, and babblers.

A parrot is a real network of one layer whose attention and feed-forward part add nothing, and whose last matrix names for every token
those that may follow it. Its chat template marks a second try, so it can be built to answer better when it is asked again.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

SPECIAL = ("<pad>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|again|>", "<fake_token_around_image>", "<image>")
SPECIAL += ("<end_of_utterance>", "<global-img>")
FIRST, AGAIN, END, IMAGE = SPECIAL.index("<|assistant|>"), SPECIAL.index("<|again|>"), SPECIAL.index("<|end|>"), SPECIAL.index("<image>")
SURE = 40.0
WINDOW = 200_000
TEMPLATE = (
    "{% for each in messages %}<|{{ each['role'] }}|>{{ each['content'] }}<|end|>{% endfor %}"
    "{% if messages|length > 2 %}<|again|>{% else %}<|assistant|>{% endif %}"
)
SEEN = (
    "{% for each in messages %}<|{{ each['role'] }}|>{% for part in each['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|end|>{% endfor %}"
    "{% if messages|length > 2 %}<|again|>{% else %}<|assistant|>{% endif %}"
)
Says = Sequence[str]
"""What may come first; one of them by chance. A text that ends with … goes on for ever."""


def parrot(folder: Path, first: Says, again: Says = (), sighted: bool = False) -> Path:
    """A model that says one of `first`, and one of `again` when it is asked a second time; gives the folder back."""
    texts = list(dict.fromkeys([*first, *again]))
    letters = _tokenizer(texts)
    tokens = letters.get_vocab(with_added_tokens=True)
    width = _width(letters)
    head = np.zeros((width, width), np.float32)
    for start, said in ((FIRST, first), (AGAIN, again or first)):
        for text in said:
            head[tokens[text], start] = SURE
    for text in texts:
        head[tokens[text] if text.endswith("…") else END, tokens[text]] = SURE
    return _written(folder, letters, (head, np.eye(width, dtype=np.float32)), sighted)


def babbler(folder: Path, sighted: bool = False) -> Path:
    """A model of random numbers, which says random bytes."""
    letters = _tokenizer([])
    width = _width(letters)
    chance = np.random.default_rng(5)
    head, embedding = (chance.standard_normal((width, width)).astype(np.float32) for _ in range(2))
    return _written(folder, letters, (head, embedding), sighted)


def _width(letters: Tokenizer) -> int:
    return -(-letters.get_vocab_size(with_added_tokens=True) // 8) * 8


def _tokenizer(texts: list[str]) -> Tokenizer:
    """Bytes, the marks of a conversation, and whole texts as tokens."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *letters])}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL])
    made.add_tokens([AddedToken(text, normalized=False, special=False) for text in texts])
    return made


def _written(folder: Path, letters: Tokenizer, ends: tuple[Any, Any], sighted: bool) -> Path:
    """The folder as a download leaves it; `ends` are the last matrix and the first."""
    folder.mkdir(parents=True)
    letters.save(str(folder / "tokenizer.json"))
    width, (head, embedding) = _width(letters), ends
    base = "model.text_model" if sighted else "model"
    save_file(_text(base, width, embedding) | (_sight(width) if sighted else {}) | {"lm_head.weight": head}, folder / "model.safetensors")
    text = {
        "model_type": "llama", "vocab_size": width, "hidden_size": width, "intermediate_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": WINDOW, "pad_token_id": 0, "bos_token_id": 0,
        "eos_token_id": END, "tie_word_embeddings": False,
    }  # fmt: skip
    seeing = {
        "architectures": ["Idefics3ForConditionalGeneration"], "model_type": "idefics3", "image_token_id": IMAGE, "scale_factor": 2,
        "text_config": text, "tie_word_embeddings": False, "pad_token_id": 0, "vision_config": {
            "model_type": "idefics3_vision", "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
            "image_size": 32, "patch_size": 8,
        },
    }  # fmt: skip
    files: dict[str, Any] = {
        "config.json": seeing if sighted else text | {"architectures": ["LlamaForCausalLM"]},
        "generation_config.json": {"eos_token_id": END, "pad_token_id": 0, "do_sample": True, "temperature": 0.7, "top_k": 20},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|end|>", "pad_token": "<pad>", "model_max_length": WINDOW,
            "chat_template": TEMPLATE,
        },
    }  # fmt: skip
    if sighted:
        files["chat_template.json"] = {"chat_template": SEEN}
        files["preprocessor_config.json"] = {
            "image_processor_type": "Idefics3ImageProcessor", "size": {"longest_edge": 32}, "max_image_size": {"longest_edge": 32},
            "do_image_splitting": False, "resample": 1,
        }  # fmt: skip
        files["processor_config.json"] = {"processor_class": "Idefics3Processor", "image_seq_len": 4}
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    return folder


def _text(base: str, width: int, embedding: Any) -> dict[str, Any]:
    """The tensors of a Llama of one layer that passes its input on."""
    layer, ones = f"{base}.layers.0", np.ones(width, np.float32)
    chance = np.random.default_rng(3)
    parts = {f"{layer}.self_attn.{name}_proj.weight": (width, width) for name in "qkv"}
    parts |= {f"{layer}.mlp.{name}_proj.weight": (16, width) for name in ("gate", "up")}
    found = {name: (0.02 * chance.standard_normal(shape)).astype(np.float32) for name, shape in parts.items()}
    return found | {
        f"{base}.embed_tokens.weight": embedding,
        f"{layer}.self_attn.o_proj.weight": np.zeros((width, width), np.float32),
        f"{layer}.mlp.down_proj.weight": np.zeros((width, 16), np.float32),
        f"{layer}.input_layernorm.weight": ones,
        f"{layer}.post_attention_layernorm.weight": ones.copy(),
        f"{base}.norm.weight": ones.copy(),
    }


def _sight(width: int) -> dict[str, Any]:
    """The tensors of a small eye, of random numbers."""
    eye, chance = "model.vision_model", np.random.default_rng(4)
    layer = f"{eye}.encoder.layers.0"
    shapes: dict[str, tuple[int, ...]] = {
        "model.connector.modality_projection.proj.weight": (width, 128),
        f"{eye}.embeddings.patch_embedding.weight": (32, 3, 8, 8),
        f"{eye}.embeddings.patch_embedding.bias": (32,),
        f"{eye}.embeddings.position_embedding.weight": (16, 32),
    }
    for name in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj", "mlp.fc1", "mlp.fc2"):
        shapes |= {f"{layer}.{name}.weight": (32, 32), f"{layer}.{name}.bias": (32,)}
    for name in (f"{layer}.layer_norm1", f"{layer}.layer_norm2", f"{eye}.post_layernorm"):
        shapes |= {f"{name}.weight": (32,), f"{name}.bias": (32,)}
    return {name: (0.1 * chance.standard_normal(shape)).astype(np.float32) for name, shape in shapes.items()}
