"""Tiny random-weight music models, built offline in seconds: the real classes, the real files, a megabyte or two.

`build(folder, "audiocraft")` writes one as a person would have it after a download. Their music is noise, but the same noise for the same
seed. Random numbers come from a fixed seed, so two builds are alike.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tiny_models import t5

BOOKS, TOKENS, HOP, RATE = 4, 512, [10, 10, 32], 32000
"""Codebooks, tokens of each, strides of the codec (10 frames a second), samples a second."""
SECONDS = 20.0
"""What the tiny models make at once."""


def build(folder: Path, family: str) -> Path:
    """Write the tiny model of a family into folder; gives the folder back."""
    import torch

    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(11)
        folder.mkdir(parents=True, exist_ok=True)
        BUILDERS[family](folder)
    return folder


def audiocraft(folder: Path, melody: bool = False) -> None:
    """MusicGen as audiocraft's own export leaves it: two checkpoints; its text encoder in a folder of its own beside them."""
    import torch
    from omegaconf import OmegaConf

    from engines.music import audiocraft_compat as compat

    reader(folder / "t5")
    compat.models()
    from audiocraft.models import builders, loaders

    settings = OmegaConf.create(player(melody))
    asked = OmegaConf.create(OmegaConf.to_container(settings))
    for name in ("merge_text_conditions_p", "drop_desc_p"):
        loaders._delete_param(asked, f"conditioners.args.{name}")
    with compat.standing_in("demucs"), compat.reading_words_from(folder / "t5"):
        state = builders.get_lm_model(asked).state_dict()
    save(folder / "state_dict.bin", state, settings)
    own = OmegaConf.create(codec())
    model = builders.get_compression_model(own)
    for layer in model.quantizer.vq.layers:
        layer._codebook.inited.fill_(1)
        layer._codebook.embed.normal_()
    save(folder / "compression_state_dict.bin", model.state_dict(), own)
    assert torch.load(folder / "state_dict.bin", weights_only=True)["exported"]


def save(path: Path, state: Any, settings: Any) -> None:
    """A checkpoint as audiocraft exports it."""
    import torch
    from omegaconf import OmegaConf

    torch.save({"best_state": state, "xp.cfg": OmegaConf.to_yaml(settings), "version": "1.3.0", "exported": True}, path)


def reader(folder: Path) -> None:
    """A T5 of the width that audiocraft expects of a t5-small."""
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    letters = [(letter, -2.0 - n / 100) for n, letter in enumerate("▁abcdefghijklmnopqrstuvwxyz0123456789,.-")]
    T5Tokenizer(vocab=[("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *letters], extra_ids=0).save_pretrained(folder)
    config = T5Config(vocab_size=64, d_model=512, d_kv=8, d_ff=32, num_layers=1, num_decoder_layers=1, num_heads=2)
    T5ForConditionalGeneration(config).save_pretrained(folder)


def player(melody: bool) -> dict[str, Any]:
    """The settings of a language model of music, as real ones hold them."""
    said: dict[str, Any] = {
        "args": {"merge_text_conditions_p": 0.25, "drop_desc_p": 0.5},
        "description": {"model": "t5", "t5": {"name": "t5-small", "finetune": False, "word_dropout": 0.3, "normalize_text": False}},
    }
    if melody:
        heard = {"sample_rate": RATE, "n_chroma": 12, "radix2_exp": 14, "argmax": True, "match_len_on_eval": False, "eval_wavs": None,
                 "n_eval_wavs": 0, "cache_path": None}  # fmt: skip
        said["self_wav"] = {"model": "chroma_stem", "chroma_stem": heard}
    layers = {
        "n_q": BOOKS, "card": TOKENS, "dim": 16, "num_heads": 4, "num_layers": 2, "hidden_scale": 4, "dropout": 0.0, "activation": "gelu",
        "memory_efficient": True, "causal": True, "custom": False, "norm": "layer_norm", "norm_first": True, "weight_init": "gaussian",
        "depthwise_init": "current", "zero_bias_init": True, "bias_proj": False, "bias_ff": False, "bias_attn": False,
        "layer_scale": None, "emb_lr": None, "past_context": None, "attention_as_float32": False, "positional_embedding": "sin",
        "xpos": False, "checkpointing": "none", "cross_attention": not melody, "qk_layer_norm": False, "qk_layer_norm_cross": False,
        "attention_dropout": None, "kv_repeat": 1, "two_step_cfg": False,
    }  # fmt: skip
    return {
        "lm_model": "transformer_lm", "device": "cpu", "dtype": "float32", "channels": 1, "sample_rate": RATE,
        "dataset": {"segment_duration": SECONDS}, "transformer_lm": layers, "conditioners": said, "attribute_dropout": {},
        "codebooks_pattern": {"modeling": "delay", "delay": {"delays": [*range(BOOKS)], "flatten_first": 0, "empty_initial": 0}},
        "fuser": {"cross_attention_pos_emb": False, "cross_attention_pos_emb_scale": 1, "sum": [], "input_interpolate": [],
                  "prepend": ["self_wav", "description"] if melody else [], "cross": [] if melody else ["description"]},
        "classifier_free_guidance": {"training_dropout": 0.3, "inference_coef": 3.0},
    }  # fmt: skip


def codec() -> dict[str, Any]:
    """The settings of a codec."""
    sides = {"n_filters": 4, "n_residual_layers": 1, "dimension": 32, "ratios": HOP, "channels": 1, "causal": False}
    return {
        "compression_model": "encodec", "sample_rate": RATE, "channels": 1, "causal": False, "device": "cpu", "dtype": "float32",
        "encodec": {"autoencoder": "seanet", "quantizer": "rvq", "sample_rate": RATE, "channels": 1, "causal": False, "renormalize": False},
        "seanet": sides | {"encoder": {}, "decoder": {}}, "rvq": {"n_q": BOOKS, "bins": TOKENS, "q_dropout": False},
    }  # fmt: skip


def musicgen(folder: Path) -> None:
    """MusicGen in transformers' own form."""
    from transformers import MusicgenDecoderConfig, MusicgenForCausalLM, MusicgenForConditionalGeneration

    tokens, encoder = t5()
    decoder = MusicgenForCausalLM(MusicgenDecoderConfig(**small()))
    _finished(MusicgenForConditionalGeneration(text_encoder=encoder, audio_encoder=encodec(), decoder=decoder), tokens, folder)


def musicgen_melody(folder: Path) -> None:
    """MusicGen melody in transformers' own form."""
    from transformers import MusicgenMelodyDecoderConfig, MusicgenMelodyForCausalLM, MusicgenMelodyForConditionalGeneration

    tokens, encoder = t5(16)
    decoder = MusicgenMelodyForCausalLM(MusicgenMelodyDecoderConfig(**small()))
    model = MusicgenMelodyForConditionalGeneration(text_encoder=encoder, audio_encoder=encodec(), decoder=decoder)
    model.config.chroma_length = 63
    model.audio_enc_to_dec_proj.weight.data.normal_()
    _finished(model, tokens, folder)


def _finished(model: Any, tokens: Any, folder: Path) -> None:
    settings = model.generation_config
    settings.decoder_start_token_id = settings.pad_token_id = settings.bos_token_id = TOKENS
    settings.do_sample, settings.guidance_scale, settings.max_length = True, 3.0, 200
    model.save_pretrained(folder)
    tokens.save_pretrained(folder)


def small() -> dict[str, Any]:
    """The sizes of a decoder."""
    return {
        "vocab_size": TOKENS, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "ffn_dim": 64, "num_codebooks": BOOKS,
        "max_position_embeddings": 512, "pad_token_id": TOKENS, "bos_token_id": TOKENS, "audio_channels": 1,
    }  # fmt: skip


def encodec() -> Any:
    """A codec whose codebooks are not empty."""
    from transformers import EncodecConfig, EncodecModel

    config = EncodecConfig(
        sampling_rate=RATE, audio_channels=1, hidden_size=32, num_filters=4, num_residual_layers=1, upsampling_ratios=HOP,
        codebook_size=TOKENS, codebook_dim=32, target_bandwidths=[0.36], num_lstm_layers=1, normalize=False, use_causal_conv=False,
        chunk_length_s=None,
    )  # fmt: skip
    model = EncodecModel(config)
    for layer in model.quantizer.layers:
        layer.codebook.embed.normal_()
    return model


def oobleck(rate: int, ratios: list[int], latents: int) -> Any:
    """A codec of latents, in stereo."""
    from diffusers import AutoencoderOobleck

    return AutoencoderOobleck(
        encoder_hidden_size=4, downsampling_ratios=ratios, channel_multiples=[1] * len(ratios), decoder_channels=4,
        decoder_input_channels=latents, audio_channels=2, sampling_rate=rate,
    )  # fmt: skip


def stable_audio(folder: Path) -> None:
    """Stable Audio Open: its index names a scheduler that needs a package more, as the real one does."""
    from diffusers import EDMDPMSolverMultistepScheduler, StableAudioDiTModel, StableAudioPipeline
    from diffusers.pipelines.stable_audio import StableAudioProjectionModel

    tokens, encoder = t5(16)
    tokens.model_max_length = 64
    denoiser = StableAudioDiTModel(
        sample_size=int(SECONDS / 2 * 25), in_channels=4, out_channels=4, num_layers=2, attention_head_dim=8, num_attention_heads=2,
        num_key_value_attention_heads=2, cross_attention_dim=16, time_proj_dim=8, global_states_input_dim=32, cross_attention_input_dim=16,
    )  # fmt: skip
    StableAudioPipeline(
        vae=oobleck(16000, [8, 8, 10], 4), text_encoder=encoder, tokenizer=tokens, transformer=denoiser,
        projection_model=StableAudioProjectionModel(text_encoder_dim=16, conditioning_dim=16, min_value=0, max_value=512),
        scheduler=EDMDPMSolverMultistepScheduler(sigma_min=0.3, sigma_max=500, sigma_data=1.0, sigma_schedule="exponential",
                                                 prediction_type="v_prediction", final_sigmas_type="zero"),
    ).save_pretrained(folder)  # fmt: skip
    for path in (folder / "model_index.json", folder / "scheduler" / "scheduler_config.json"):
        path.write_text(path.read_text().replace("EDMDPMSolverMultistepScheduler", "CosineDPMSolverMultistepScheduler"))


def ace_step(folder: Path) -> None:
    """ACE-Step 1.5 turbo."""
    from diffusers import AceStepPipeline, AceStepTransformer1DModel, FlowMatchEulerDiscreteScheduler
    from diffusers.pipelines.ace_step import AceStepConditionEncoder
    from tiny_readers import qwen3

    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8}
    words = qwen3(2)
    encoder = AceStepConditionEncoder(
        text_hidden_dim=16, timbre_hidden_dim=4, num_lyric_encoder_hidden_layers=2, num_timbre_encoder_hidden_layers=2, **sizes
    )
    encoder.silence_latent.normal_()
    AceStepPipeline(
        vae=oobleck(48000, [8, 12, 20], 4), text_encoder=words["text_encoder"].model, tokenizer=words["tokenizer"],
        transformer=AceStepTransformer1DModel(num_hidden_layers=2, in_channels=12, audio_acoustic_hidden_dim=4, is_turbo=True, **sizes),
        condition_encoder=encoder, scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
    ).save_pretrained(folder)  # fmt: skip


BUILDERS: dict[str, Callable[[Path], None]] = {
    "audiocraft": audiocraft,
    "audiocraft-melody": lambda folder: audiocraft(folder, melody=True),
    "musicgen": musicgen,
    "musicgen-melody": musicgen_melody,
    "stable-audio": stable_audio,
    "ace-step": ace_step,
}
