"""Tiny random-weight models that hear and speak, built offline in seconds: the real classes and files, a few hundred kilobytes.

`build(folder, "whisper")` writes one as a person would have it after a download. What they say means nothing, but it is the same for
the same seed. Random numbers come from a fixed seed, so two builds are alike.
"""

import json
import string
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
        "max_length": 20, "is_multilingual": True, "lang_to_id": {f"<|{each}|>": at(f"<|{each}|>") for each in LANGUAGES},
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


def vits(folder: Path) -> None:
    """VITS as MMS-TTS has it: small letters, blanks between them."""
    from transformers import VitsConfig, VitsModel, VitsTokenizer

    signs = ["<pad>", "<unk>", " ", *string.ascii_lowercase, "'", "ü", "é"]
    (folder / "vocab.json").write_text(json.dumps({sign: number for number, sign in enumerate(signs)}))
    tokens = VitsTokenizer(str(folder / "vocab.json"), language="eng", phonemize=False, is_uroman=False)
    model = VitsModel(VitsConfig(
        vocab_size=len(signs), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16, flow_size=16, spectrogram_bins=9,
        upsample_initial_channel=16, upsample_rates=[8, 8], upsample_kernel_sizes=[16, 16], resblock_kernel_sizes=[3], sampling_rate=8000,
        resblock_dilation_sizes=[[1]], prior_encoder_num_flows=1, prior_encoder_num_wavenet_layers=1,
        posterior_encoder_num_wavenet_layers=1, duration_predictor_num_flows=1, duration_predictor_filter_channels=8,
        depth_separable_num_layers=1, num_speakers=3, speaker_embedding_size=8, speaking_rate=0.12,
    ))  # fmt: skip
    model.save_pretrained(folder, safe_serialization=True)
    tokens.save_pretrained(folder)


def speecht5(folder: Path) -> None:
    """SpeechT5 with a vocoder and two voices, as docs/models.md says how to lay them."""
    import torch
    from safetensors.torch import save_file
    from transformers import SpeechT5Config, SpeechT5ForTextToSpeech, SpeechT5HifiGan, SpeechT5HifiGanConfig, SpeechT5Tokenizer

    tokens = SpeechT5Tokenizer(spelling(folder), model_max_length=600)
    tokens.save_pretrained(folder)
    model = SpeechT5ForTextToSpeech(SpeechT5Config(
        vocab_size=len(tokens), hidden_size=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=16, decoder_ffn_dim=16, speech_decoder_prenet_units=16, speech_decoder_postnet_units=16, num_mel_bins=8,
        speech_decoder_postnet_layers=2, speaker_embedding_dim=512, positional_dropout=0.0,
    ))  # fmt: skip
    with torch.no_grad():
        model.speech_decoder_postnet.prob_out.bias -= 4  # it would end at once
    model.save_pretrained(folder, safe_serialization=True)
    vocoder = SpeechT5HifiGan(SpeechT5HifiGanConfig(
        model_in_dim=8, sampling_rate=8000, upsample_initial_channel=16, upsample_rates=[8, 4], upsample_kernel_sizes=[16, 8],
        resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1]],
    ))  # fmt: skip
    with torch.no_grad():
        vocoder.conv_post.weight *= 100  # and would hardly be heard
    vocoder.save_pretrained(folder / "vocoder", safe_serialization=True)
    save_file({name: torch.randn(512) for name in ("man", "woman")}, folder / "voices.safetensors")


def spelling(folder: Path) -> str:
    """A sentencepiece model of single letters."""
    import sentencepiece

    (folder / "text.txt").write_text("the quick brown fox jumps over the lazy dog, twice. the end!\n" * 40)
    where = str(folder / "spm_char")
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text.txt"), model_prefix=where, vocab_size=38, model_type="char", hard_vocab_limit=False, minloglevel=2
    )
    (folder / "text.txt").unlink()
    return f"{where}.model"


BUILDERS: dict[str, Any] = {"whisper": whisper, "vits": vits, "speecht5": speecht5}
