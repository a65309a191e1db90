"""Tiny random-weight models that hear and speak, built offline in seconds: the real classes and files, a few hundred kilobytes.

`build(folder, "whisper")` writes one as a person would have it after a download. What they say means nothing, but it is the same for
the same seed. Random numbers come from a fixed seed, so two builds are alike.
"""

import json
from pathlib import Path
from typing import Any

LANGUAGES = ["en", "de", "fr", "ja"]
WIDTH, LIFT = 32, 9.0


def build(folder: Path, kind: str) -> Path:
    """Write a tiny model into folder; gives the folder back."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng():
        torch.manual_seed(11)
        BUILDERS[kind](folder)
    return folder


def byte_letters() -> list[str]:
    """One token for each byte, as byte-level tokenizers write them."""
    from tokenizers.pre_tokenizers import ByteLevel

    return sorted(ByteLevel.alphabet())


def whisper(folder: Path) -> None:
    """Whisper with two layers, four languages and the real windows of 30 seconds."""
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperProcessor, WhisperTokenizer

    signs = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{each}|>" for each in LANGUAGES), "<|translate|>", "<|transcribe|>",
             "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]  # fmt: skip
    letters = byte_letters()
    tokens = WhisperTokenizer(vocab={letter: number for number, letter in enumerate(letters)}, merges=[])
    tokens.add_special_tokens({"additional_special_tokens": signs})
    tokens.add_tokens([f"<|{number * 0.02:.2f}|>" for number in range(1501)])
    at = tokens.convert_tokens_to_ids
    model = WhisperForConditionalGeneration(WhisperConfig(
        vocab_size=len(tokens), d_model=WIDTH, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=2 * WIDTH, decoder_ffn_dim=2 * WIDTH, num_mel_bins=80, max_target_positions=64, init_std=0.15,
        bos_token_id=at(signs[0]), eos_token_id=at(signs[0]), pad_token_id=at(signs[0]), decoder_start_token_id=at(signs[1]),
    ))  # fmt: skip
    _talkative(model, len(letters))
    WhisperProcessor(WhisperFeatureExtractor(feature_size=80), tokens).save_pretrained(folder)
    model.save_pretrained(folder, safe_serialization=True)
    settings = {
        "bos_token_id": at(signs[0]), "eos_token_id": at(signs[0]), "pad_token_id": at(signs[0]), "decoder_start_token_id": at(signs[1]),
        "max_length": 28, "is_multilingual": True, "lang_to_id": {f"<|{each}|>": at(f"<|{each}|>") for each in LANGUAGES},
        "task_to_id": {"transcribe": at("<|transcribe|>"), "translate": at("<|translate|>")}, "prev_sot_token_id": at("<|startofprev|>"),
        "no_timestamps_token_id": at("<|notimestamps|>"), "max_initial_timestamp_index": 50, "return_timestamps": False,
        "alignment_heads": [[0, 1], [1, 0]], "begin_suppress_tokens": [at("Ġ"), at(signs[0])], "suppress_tokens": [],
    }  # fmt: skip
    (folder / "generation_config.json").write_text(json.dumps(settings))


def _talkative(model: Any, letters: int) -> None:
    """Letters are as likely as the many signs of time: by chance alone it would hardly say a word."""
    import torch

    decoder = model.model.decoder
    with torch.no_grad():
        decoder.layer_norm.bias.copy_(torch.randn(WIDTH))
        lift = decoder.layer_norm.bias / decoder.layer_norm.bias.square().sum()
        decoder.embed_tokens.weight[:letters] += LIFT * lift


BUILDERS: dict[str, Any] = {"whisper": whisper}
