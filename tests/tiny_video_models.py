"""Tiny random-weight models of the video families, built offline in seconds: the real classes and files, as after a download.

`build(folder, "wan")` writes one. Their frames are noise, but the same noise for the same seed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tiny_models import WIDTH, clip, t5

COG_LATENTS, LTX_LATENTS, WAN_LATENTS = 4, 8, 16
SIGNS = ["<|begin|>", "<|end|>", "<|pad|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<image>"]


def build(folder: Path, family: str) -> Path:
    """Write the tiny model of a family into folder; gives the folder back."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(11)
        BUILDERS[family]().save_pretrained(folder, safe_serialization=True)
    return folder


def cog_parts(channels: int) -> dict[str, Any]:
    """The parts of a CogVideoX whose denoiser reads so many channels."""
    from diffusers import AutoencoderKLCogVideoX, CogVideoXDDIMScheduler, CogVideoXTransformer3DModel

    tokens, text = t5()
    denoiser = CogVideoXTransformer3DModel(
        num_attention_heads=2, attention_head_dim=16, in_channels=channels, out_channels=COG_LATENTS, time_embed_dim=8,
        text_embed_dim=WIDTH, num_layers=1, sample_width=8, sample_height=8, sample_frames=9, patch_size=2, temporal_compression_ratio=4,
        max_text_seq_length=226, use_rotary_positional_embeddings=True,
    )  # fmt: skip
    decoder = AutoencoderKLCogVideoX(
        down_block_types=("CogVideoXDownBlock3D",) * 4, up_block_types=("CogVideoXUpBlock3D",) * 4, block_out_channels=(8, 8, 8, 8),
        latent_channels=COG_LATENTS, layers_per_block=1, norm_num_groups=2, temporal_compression_ratio=4,
    )  # fmt: skip
    return {"tokenizer": tokens, "text_encoder": text, "vae": decoder, "transformer": denoiser, "scheduler": CogVideoXDDIMScheduler()}


def cogvideox() -> Any:
    """CogVideoX."""
    from diffusers import CogVideoXPipeline

    return CogVideoXPipeline(**cog_parts(COG_LATENTS))


def cogvideox_image() -> Any:
    """CogVideoX that starts from a picture."""
    from diffusers import CogVideoXImageToVideoPipeline

    return CogVideoXImageToVideoPipeline(**cog_parts(2 * COG_LATENTS))


def ltx_parts(timed: bool) -> dict[str, Any]:
    """The parts of LTX-Video; `timed` decoders, those since 0.9.1, take away the last of the noise."""
    from diffusers import AutoencoderKLLTXVideo, FlowMatchEulerDiscreteScheduler, LTXVideoTransformer3DModel

    tokens, text = t5()
    denoiser = LTXVideoTransformer3DModel(
        in_channels=LTX_LATENTS, out_channels=LTX_LATENTS, num_attention_heads=4, attention_head_dim=8, cross_attention_dim=WIDTH,
        num_layers=1, caption_channels=WIDTH,
    )  # fmt: skip
    decoder = AutoencoderKLLTXVideo(
        latent_channels=LTX_LATENTS, block_out_channels=(8, 8, 8, 8), decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1), decoder_layers_per_block=(1, 1, 1, 1, 1), spatio_temporal_scaling=(True, True, True, False),
        decoder_spatio_temporal_scaling=(True, True, True, False), decoder_inject_noise=(False,) * 5, upsample_residual=(False,) * 4,
        upsample_factor=(1,) * 4, timestep_conditioning=timed, patch_size=4, patch_size_t=1,
    )  # fmt: skip
    scheduler = FlowMatchEulerDiscreteScheduler()
    return {"scheduler": scheduler, "vae": decoder, "text_encoder": text, "tokenizer": tokens, "transformer": denoiser}


def ltx() -> Any:
    """LTX-Video since 0.9.5."""
    from diffusers import LTXConditionPipeline

    return LTXConditionPipeline(**ltx_parts(timed=True))


def ltx_first() -> Any:
    """LTX-Video 0.9.0."""
    from diffusers import LTXPipeline

    return LTXPipeline(**ltx_parts(timed=False))


def wan_parts(latents: int = WAN_LATENTS, inputs: int = WAN_LATENTS, wide: bool = False, **more: Any) -> dict[str, Any]:
    """The parts of a Wan; `wide` is the decoder of 2.2 5B, which makes sixteen pixels of one latent."""
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler

    tokens, text = t5()
    extra: dict[str, Any] = {"in_channels": 12, "out_channels": 12, "patch_size": 2, "scale_factor_spatial": 16} if wide else {}
    decoder = AutoencoderKLWan(
        base_dim=4, z_dim=latents, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True],
        latents_mean=[0.0] * latents, latents_std=[1.0] * latents, is_residual=wide, **extra,
    )  # fmt: skip
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)
    denoiser = wan_denoiser(latents, inputs, **more)
    return {"tokenizer": tokens, "text_encoder": text, "vae": decoder, "scheduler": scheduler, "transformer": denoiser}


def wan_denoiser(latents: int, inputs: int, **more: Any) -> Any:
    """A denoiser of Wan's kind."""
    from diffusers import WanTransformer3DModel

    return WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=12, in_channels=inputs, out_channels=latents, text_dim=WIDTH, freq_dim=32, ffn_dim=32,
        num_layers=1, rope_max_seq_len=32, **more,
    )  # fmt: skip


def wan() -> Any:
    """Wan 2.2 A14B, with one denoiser for the rough and one for the fine; 2.1 is the same without the second."""
    from diffusers import WanPipeline

    return WanPipeline(**wan_parts(), transformer_2=wan_denoiser(WAN_LATENTS, WAN_LATENTS), boundary_ratio=0.875)


def wan_image() -> Any:
    """Wan 2.1 that starts from a picture, which CLIP's eye looks at as well."""
    from diffusers import WanImageToVideoPipeline
    from transformers import CLIPImageProcessorPil, CLIPVisionConfig, CLIPVisionModel

    eye = CLIPVisionModel(CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=32, patch_size=16, projection_dim=16
    ))  # fmt: skip
    reader = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    parts = wan_parts(inputs=2 * WAN_LATENTS + 4, image_dim=16)
    return WanImageToVideoPipeline(**parts, image_encoder=eye, image_processor=reader)


def wan_both() -> Any:
    """Wan 2.2 5B: from words or from a picture with the same weights."""
    from diffusers import WanPipeline

    return WanPipeline(**wan_parts(8, 8, wide=True), expand_timesteps=True)


def lucy() -> Any:
    """Lucy Edit: Wan 2.2 5B whose denoiser reads the film it changes beside its own."""
    from diffusers import LucyEditPipeline

    return LucyEditPipeline(**wan_parts(8, 16, wide=True), expand_timesteps=True)


def llama_tokenizer() -> Any:
    """Bytes, and the signs of a conversation."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import LlamaTokenizer

    tokens = [*sorted(ByteLevel.alphabet()), "▁", *SIGNS]
    return LlamaTokenizer(
        vocab={token: n for n, token in enumerate(tokens)}, merges=[], bos_token=SIGNS[0], eos_token=SIGNS[1], pad_token=SIGNS[2],
        unk_token=SIGNS[2], additional_special_tokens=SIGNS[3:], model_max_length=1024,
    )  # fmt: skip


def hunyuan() -> Any:
    """HunyuanVideo."""
    from diffusers import AutoencoderKLHunyuanVideo, FlowMatchEulerDiscreteScheduler, HunyuanVideoPipeline, HunyuanVideoTransformer3DModel
    from transformers import LlamaConfig, LlamaModel

    reader = LlamaModel(LlamaConfig(
        vocab_size=300, hidden_size=16, intermediate_size=16, num_hidden_layers=4, num_attention_heads=2, max_position_embeddings=1024
    ))  # fmt: skip
    tokens, text = clip()
    denoiser = HunyuanVideoTransformer3DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=16, num_layers=1, num_single_layers=1,
        num_refiner_layers=1, text_embed_dim=16, pooled_projection_dim=WIDTH, rope_axes_dim=(4, 6, 6),
    )  # fmt: skip
    decoder = AutoencoderKLHunyuanVideo(
        latent_channels=4, block_out_channels=(8, 8, 8, 8), layers_per_block=1, norm_num_groups=4, mid_block_add_attention=True
    )
    return HunyuanVideoPipeline(
        text_encoder=reader, tokenizer=llama_tokenizer(), transformer=denoiser, vae=decoder,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0), text_encoder_2=text, tokenizer_2=tokens,
    )  # fmt: skip


START, END = "<|start_header_id|>", "<|end_header_id|>"
SHORT = {
    "template": f"{START}s{END}<image><|eot_id|>{START}u{END}{{}}<|eot_id|>{START}assistant{END}", "crop_start": 8, "image_emb_start": 4,
    "image_emb_end": 8, "image_emb_len": 4,
}  # fmt: skip
"""What HunyuanVideo says around a prompt and its picture, in few bytes, for an eye of four parts."""


def hunyuan_image() -> Any:
    """HunyuanVideo from a picture, which a model of Llava's kind looks at; its first latent frame is the picture."""
    from diffusers import HunyuanVideoImageToVideoPipeline, HunyuanVideoTransformer3DModel
    from transformers import CLIPImageProcessorPil, CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    letters = llama_tokenizer()
    eye = CLIPVisionConfig(hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=32, patch_size=16)
    words = LlamaConfig(
        vocab_size=300, hidden_size=16, intermediate_size=16, num_hidden_layers=4, num_attention_heads=2, max_position_embeddings=1024
    )
    reader = LlavaForConditionalGeneration(LlavaConfig(
        vision_config=eye, text_config=words, image_token_index=letters.convert_tokens_to_ids("<image>"), pad_token_id=letters.pad_token_id,
    ))  # fmt: skip
    denoiser = HunyuanVideoTransformer3DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=16, num_layers=1, num_single_layers=1,
        num_refiner_layers=1, text_embed_dim=16, pooled_projection_dim=WIDTH, rope_axes_dim=(4, 6, 6),
        image_condition_type="token_replace", guidance_embeds=True,
    )  # fmt: skip
    parts = hunyuan().components | {"text_encoder": reader, "tokenizer": letters, "transformer": denoiser}
    cut = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    return HunyuanVideoImageToVideoPipeline(**parts, image_processor=cut)


BUILDERS: dict[str, Callable[[], Any]] = {
    "cogvideox": cogvideox, "cogvideox-image": cogvideox_image, "ltx": ltx, "ltx-first": ltx_first, "wan": wan, "wan-image": wan_image,
    "wan-both": wan_both, "hunyuan": hunyuan, "hunyuan-image": hunyuan_image, "lucy": lucy,
}  # fmt: skip
