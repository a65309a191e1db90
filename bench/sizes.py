"""Models in their real sizes with random weights, and the same ones tiny: made on the device itself, nothing is downloaded.

The numbers are those of the published configurations, so that time and memory are those of the real models; their pictures are noise.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent / "tests"))

import tiny_models  # noqa: E402


@dataclass(frozen=True)
class Size:
    """A model to measure: how to make it, how to ask it, and in which sizes of batch."""

    family: str
    large: Callable[[], Any]
    tiny: Callable[[], Any]
    side: int
    guidance: float
    batches: tuple[int, ...] = (1,)


def _clip(projected: bool = False, **size: Any) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    tokens = tiny_models.clip_tokenizer()
    ends = {"bos_token_id": tokens.bos_token_id, "eos_token_id": tokens.eos_token_id, "pad_token_id": tokens.pad_token_id}
    kind = CLIPTextModelWithProjection if projected else CLIPTextModel
    return kind(CLIPTextConfig(vocab_size=49408, max_position_embeddings=77, **size, **ends))


def _clip_l() -> Any:
    return _clip(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, projection_dim=768)


def _t5_xxl() -> Any:
    from transformers import T5Config, T5EncoderModel

    return T5EncoderModel(
        T5Config(vocab_size=32128, d_model=4096, d_kv=64, d_ff=10240, num_layers=24, num_heads=64, feed_forward_proj="gated-gelu")
    )


def _vae(channels: int, **more: Any) -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512), down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
        layers_per_block=2, latent_channels=channels, norm_num_groups=32, sample_size=1024, **more,
    )  # fmt: skip


def flux() -> Any:
    """FLUX.1: twelve thousand million parameters, and T5 XXL beside them."""
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel

    denoiser = FluxTransformer2DModel(
        patch_size=1, in_channels=64, num_layers=19, num_single_layers=38, attention_head_dim=128, num_attention_heads=24,
        joint_attention_dim=4096, pooled_projection_dim=768, guidance_embeds=True, axes_dims_rope=(16, 56, 56),
    )  # fmt: skip
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), text_encoder=_clip_l(), tokenizer=tiny_models.clip_tokenizer(),
        text_encoder_2=_t5_xxl(), tokenizer_2=tiny_models.t5()[0], transformer=denoiser,
        vae=_vae(16, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1159, scaling_factor=0.3611),
    )  # fmt: skip


def sdxl() -> Any:
    """Stable Diffusion XL."""
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel

    denoiser = UNet2DConditionModel(
        sample_size=128, block_out_channels=(320, 640, 1280), layers_per_block=2, attention_head_dim=(5, 10, 20),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), transformer_layers_per_block=(1, 2, 10),
        cross_attention_dim=2048, use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    )  # fmt: skip
    large = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 20, "projection_dim": 1280}
    return StableDiffusionXLPipeline(
        vae=_vae(4, scaling_factor=0.13025), text_encoder=_clip_l(), tokenizer=tiny_models.clip_tokenizer(), unet=denoiser,
        text_encoder_2=_clip(projected=True, hidden_act="gelu", **large), tokenizer_2=tiny_models.clip_tokenizer(),
        scheduler=EulerDiscreteScheduler(), add_watermarker=False,
    )  # fmt: skip


def cogvideox() -> Any:
    """CogVideoX 5B."""
    from diffusers import AutoencoderKLCogVideoX, CogVideoXDDIMScheduler, CogVideoXPipeline, CogVideoXTransformer3DModel

    denoiser = CogVideoXTransformer3DModel(
        num_attention_heads=48, attention_head_dim=64, in_channels=16, out_channels=16, num_layers=42, time_embed_dim=512,
        text_embed_dim=4096, sample_width=90, sample_height=60, sample_frames=49, patch_size=2, temporal_compression_ratio=4,
        max_text_seq_length=226, use_rotary_positional_embeddings=True,
    )  # fmt: skip
    decoder = AutoencoderKLCogVideoX(
        down_block_types=("CogVideoXDownBlock3D",) * 4, up_block_types=("CogVideoXUpBlock3D",) * 4,
        block_out_channels=(128, 256, 256, 512), latent_channels=16, layers_per_block=3, norm_num_groups=32,
        temporal_compression_ratio=4, scaling_factor=0.7,
    )  # fmt: skip
    return CogVideoXPipeline(
        tokenizer=tiny_models.t5()[0], text_encoder=_t5_xxl(), vae=decoder, transformer=denoiser, scheduler=CogVideoXDDIMScheduler()
    )


def tiny_cogvideox() -> Any:
    """A tiny one."""
    import tiny_video_models

    return tiny_video_models.cogvideox()


def musicgen() -> Any:
    """MusicGen large."""
    from transformers import (
        EncodecConfig,
        EncodecModel,
        MusicgenDecoderConfig,
        MusicgenForCausalLM,
        MusicgenForConditionalGeneration,
        T5Config,
        T5EncoderModel,
    )

    reader = T5EncoderModel(T5Config(vocab_size=32128, d_model=768, d_kv=64, d_ff=3072, num_layers=12, num_heads=12))
    settings = {"hidden_size": 2048, "num_hidden_layers": 48, "num_attention_heads": 32, "ffn_dim": 8192, "vocab_size": 2048}
    decoder = MusicgenForCausalLM(MusicgenDecoderConfig(num_codebooks=4, **settings))
    codec = EncodecModel(
        EncodecConfig(
            sampling_rate=32000, num_filters=64, upsampling_ratios=[8, 5, 4, 4], codebook_size=2048, codebook_dim=128, hidden_size=128,
            target_bandwidths=[2.2], use_causal_conv=False, norm_type="weight_norm", num_lstm_layers=2, chunk_length_s=None,
        )
    )  # fmt: skip
    return MusicgenForConditionalGeneration(text_encoder=reader, audio_encoder=codec, decoder=decoder)


def tiny_musicgen() -> Any:
    """A tiny one."""
    from tiny_music_models import encodec, small
    from transformers import MusicgenDecoderConfig, MusicgenForCausalLM, MusicgenForConditionalGeneration

    decoder = MusicgenForCausalLM(MusicgenDecoderConfig(**small()))
    return MusicgenForConditionalGeneration(text_encoder=tiny_models.t5()[1], audio_encoder=encodec(), decoder=decoder)


SIZES: dict[str, Size] = {
    "FLUX.1": Size("flux", flux, tiny_models.flux, 1024, 3.5, (1, 2, 4, 8, 16)),
    "SDXL": Size("sdxl", sdxl, tiny_models.sdxl, 1024, 6.0, (1, 2, 4, 8, 16)),
    "CogVideoX 5B": Size("cogvideox", cogvideox, tiny_cogvideox, 480, 6.0),
    "MusicGen large": Size("musicgen", musicgen, tiny_musicgen, 0, 3.0),
}
