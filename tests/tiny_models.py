"""Tiny random-weight models of the families, built offline in seconds: the real classes, the real files, a few hundred kilobytes.

`build(folder, "sd15")` writes one as a person would have it after a download. Their pictures are noise, but the same noise for the
same seed, which is what the tests ask for. Random numbers come from a fixed seed, so two builds are alike.
"""

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

WORDS = ["a", "the", "cat", "dog", "red", "blue", "house", "of", "in", "on", "photo", "video"]
MERGES = [("t", "h"), ("c", "a"), ("d", "o"), ("r", "e"), ("th", "e</w>"), ("ca", "t</w>"), ("do", "g</w>"), ("re", "d</w>")]
WIDTH = 32


def build(folder: Path, family: str) -> Path:
    """Write the tiny model of a family into folder; gives the folder back."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(11)
        import tiny_readers

        (BUILDERS | tiny_readers.BUILDERS)[family]().save_pretrained(folder, safe_serialization=True)
    return folder


def clip_tokenizer() -> Any:
    """Bytes and a few merges: any text can be read."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizer

    letters = sorted(ByteLevel.alphabet())
    tokens = [*letters, *(letter + "</w>" for letter in letters), *(a + b for a, b in MERGES), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={token: n for n, token in enumerate(tokens)}, merges=MERGES, model_max_length=77)


def clip(projected: bool = False) -> tuple[Any, Any]:
    """A tokenizer and a text encoder of CLIP's kind."""
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    tokens = clip_tokenizer()
    config = CLIPTextConfig(
        vocab_size=600, hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=2, num_attention_heads=4, projection_dim=WIDTH,
        max_position_embeddings=77, bos_token_id=tokens.bos_token_id, eos_token_id=tokens.eos_token_id, pad_token_id=tokens.pad_token_id,
    )  # fmt: skip
    return tokens, (CLIPTextModelWithProjection if projected else CLIPTextModel)(config)


def t5(width: int = WIDTH) -> tuple[Any, Any]:
    """A tokenizer and an encoder of T5's kind."""
    from transformers import T5Config, T5EncoderModel, T5TokenizerFast

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(sign, -4.0) for sign in string.printable.strip()] + [("▁" + word, -3.0) for word in WORDS]
    tokens = T5TokenizerFast(vocab=pieces, extra_ids=0, model_max_length=512)
    config = T5Config(vocab_size=256, d_model=width, d_kv=8, d_ff=2 * width, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu")
    return tokens, T5EncoderModel(config)


def vae(channels: int = 4, **more: Any) -> Any:
    """A decoder that makes eight pixels of one latent."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(16, 16, 32, 32), down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
        latent_channels=channels, norm_num_groups=8, sample_size=64, **more,
    )  # fmt: skip


def unet(**more: Any) -> Any:
    """The denoiser of the older families."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, sample_size=32, in_channels=4, out_channels=4, norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), **more,
    )  # fmt: skip


def sd15() -> Any:
    """Stable Diffusion 1.x."""
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    tokens, text = clip()
    return StableDiffusionPipeline(
        vae=vae(), text_encoder=text, tokenizer=tokens, unet=unet(cross_attention_dim=WIDTH, attention_head_dim=4),
        scheduler=DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False, steps_offset=1
        ),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def sdxl() -> Any:
    """Stable Diffusion XL."""
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    tokens, text = clip()
    more_tokens, more_text = clip(projected=True)
    denoiser = unet(
        attention_head_dim=(2, 4), use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2), projection_class_embeddings_input_dim=80, cross_attention_dim=2 * WIDTH,
    )  # fmt: skip
    return StableDiffusionXLPipeline(
        vae=vae(), text_encoder=text, tokenizer=tokens, text_encoder_2=more_text, tokenizer_2=more_tokens, unet=denoiser,
        scheduler=EulerDiscreteScheduler(), add_watermarker=False,
    )  # fmt: skip


def flux() -> Any:
    """FLUX.1."""
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel

    tokens, text = clip()
    more_tokens, more_text = t5()
    denoiser = FluxTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=WIDTH, pooled_projection_dim=WIDTH, axes_dims_rope=[4, 4, 8], guidance_embeds=True,
    )  # fmt: skip
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), text_encoder=text, tokenizer=tokens, text_encoder_2=more_text, tokenizer_2=more_tokens,
        transformer=denoiser, vae=vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.0609, scaling_factor=1.5),
    )  # fmt: skip


def flux_kontext() -> Any:
    """FLUX.1 Kontext: the same parts, called another way."""
    from diffusers import FluxKontextPipeline

    return FluxKontextPipeline(**flux().components)


def sd3() -> Any:
    """Stable Diffusion 3.5."""
    from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline

    texts = [clip(projected=True), clip(projected=True), t5(2 * WIDTH)]
    denoiser = SD3Transformer2DModel(
        sample_size=32, patch_size=1, in_channels=16, out_channels=16, num_layers=1, attention_head_dim=8, num_attention_heads=4,
        caption_projection_dim=WIDTH, joint_attention_dim=2 * WIDTH, pooled_projection_dim=2 * WIDTH, qk_norm="rms_norm",
    )  # fmt: skip
    return StableDiffusion3Pipeline(
        transformer=denoiser, scheduler=FlowMatchEulerDiscreteScheduler(), text_encoder=texts[0][1], tokenizer=texts[0][0],
        text_encoder_2=texts[1][1], tokenizer_2=texts[1][0], text_encoder_3=texts[2][1], tokenizer_3=texts[2][0],
        vae=vae(16, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.0609, scaling_factor=1.5),
    )  # fmt: skip


def chroma() -> Any:
    """Chroma."""
    from diffusers import ChromaPipeline, ChromaTransformer2DModel, FlowMatchEulerDiscreteScheduler

    tokens, text = t5()
    denoiser = ChromaTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=WIDTH, axes_dims_rope=[4, 4, 8], approximator_hidden_dim=WIDTH, approximator_layers=1,
        approximator_num_channels=16,
    )  # fmt: skip
    return ChromaPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), text_encoder=text, tokenizer=tokens, transformer=denoiser,
        vae=vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.0609, scaling_factor=1.5),
    )  # fmt: skip


BUILDERS: dict[str, Callable[[], Any]] = {
    "sd15": sd15, "sdxl": sdxl, "sd3": sd3, "flux": flux, "flux-kontext": flux_kontext, "chroma": chroma,
}  # fmt: skip
