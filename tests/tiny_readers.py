"""Tiny models of the families whose words are read by a language model: Qwen-Image and its editor, Z-Image, FLUX.2 and klein, Sana."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tiny_models import WIDTH, vae

SIGNS = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
CHAT = "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
PLACED = "{% for part in message.content %}{{ part.text or '<|vision_start|><|image_pad|><|vision_end|>' }}{% endfor %}"
PARTS = CHAT.replace("{{ message.content }}", PLACED)
"""The same for messages of several parts."""
PATCHES = {"image_processor_type": "Qwen2VLImageProcessor", "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
           "size": {"shortest_edge": 3136, "longest_edge": 12544}}  # fmt: skip
LATENTS = 4


def qwen_tokenizer() -> Any:
    """Bytes, and the signs of a conversation."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import Qwen2Tokenizer

    tokens = [*sorted(ByteLevel.alphabet()), *SIGNS]
    return Qwen2Tokenizer(
        vocab={token: n for n, token in enumerate(tokens)}, merges=[], model_max_length=1024, chat_template=CHAT,
        additional_special_tokens=SIGNS,
    )  # fmt: skip


def qwen_eye() -> Any:
    """Qwen 2.5 with eyes."""
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    sign = {name: qwen_tokenizer().convert_tokens_to_ids(token) for name, token in zip(("start", "end", "image", "video"), SIGNS[3:])}
    return Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(
        text_config={
            "hidden_size": WIDTH, "intermediate_size": WIDTH, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2,
            "vocab_size": 300, "rope_parameters": {"mrope_section": [2, 3, 3], "rope_type": "default", "rope_theta": 1e6},
        },
        vision_config={
            "depth": 2, "hidden_size": WIDTH, "intermediate_size": WIDTH, "num_heads": 2, "out_hidden_size": WIDTH, "patch_size": 14,
            "fullatt_block_indexes": [1], "window_size": 56,
        },
        vision_start_token_id=sign["start"], vision_end_token_id=sign["end"], image_token_id=sign["image"], video_token_id=sign["video"],
    ))  # fmt: skip


def qwen() -> Any:
    """Qwen-Image."""
    from diffusers import AutoencoderKLQwenImage, FlowMatchEulerDiscreteScheduler, QwenImagePipeline, QwenImageTransformer2DModel

    decoder = AutoencoderKLQwenImage(
        base_dim=12, z_dim=LATENTS, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True],
        latents_mean=[0.0] * LATENTS, latents_std=[1.0] * LATENTS,
    )  # fmt: skip
    denoiser = QwenImageTransformer2DModel(
        patch_size=2, in_channels=4 * LATENTS, out_channels=LATENTS, num_layers=2, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=WIDTH, axes_dims_rope=(8, 4, 4),
    )  # fmt: skip
    return QwenImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=decoder, text_encoder=qwen_eye(), tokenizer=qwen_tokenizer(), transformer=denoiser
    )


def letters_to(folder: Path, **cut: Any) -> None:
    """The files of a processor: letters, a chat template, and how pictures are cut."""
    letters = qwen_tokenizer()
    letters.chat_template = PARTS
    letters.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PATCHES | cut))


def qwen3_eye(folder: Path) -> None:
    """Qwen 3 with eyes, in a folder of its own."""
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

    letters_to(folder, patch_size=16)
    sign = {name: qwen_tokenizer().convert_tokens_to_ids(token) for name, token in zip(("start", "end", "image", "video"), SIGNS[3:])}
    text = {
        "vocab_size": 300, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 1024,
        "rope_parameters": {"mrope_section": [2, 1, 1], "mrope_interleaved": True, "rope_type": "default", "rope_theta": 1e6},
    }  # fmt: skip
    sight = {
        "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16, "deepstack_visual_indexes": [0],
        "num_position_embeddings": 64,
    }  # fmt: skip
    config = Qwen3VLConfig(
        text_config=text, vision_config=sight, vision_start_token_id=sign["start"], vision_end_token_id=sign["end"],
        image_token_id=sign["image"], video_token_id=sign["video"],
    )  # fmt: skip
    Qwen3VLForConditionalGeneration(config).save_pretrained(folder, safe_serialization=True)


class Odd:
    """A model whose processor cannot be made without torchvision: the other parts are written, then the files that such a one leaves."""

    def __init__(self, pipe: Any, name: str, processor: str, kind: str = "") -> None:
        """name: of the part, whose class `processor` is; kind: of the whole, if another than the pipeline's."""
        self.pipe, self.name, self.processor, self.kind = pipe, name, processor, kind or type(pipe).__name__

    def save_pretrained(self, folder: Path, **options: Any) -> None:
        """Write it as a download leaves it."""
        self.pipe.save_pretrained(folder, **options)
        letters_to(folder / self.name)
        index = json.loads((folder / "model_index.json").read_text())
        index |= {"_class_name": self.kind, self.name: ["transformers", self.processor]}
        (folder / "model_index.json").write_text(json.dumps(index))


def qwen_edit() -> Any:
    """Qwen-Image-Edit: the parts of Qwen-Image, and a processor for the pictures that are changed."""
    return Odd(qwen(), "processor", "Qwen2VLProcessor", "QwenImageEditPlusPipeline")


def qwen3(layers: int) -> dict[str, Any]:
    """A tokenizer and Qwen 3 with so many layers."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    config = Qwen3Config(
        vocab_size=300, hidden_size=16, intermediate_size=16, num_hidden_layers=layers, num_attention_heads=2, num_key_value_heads=2,
        head_dim=8, max_position_embeddings=1024,
    )  # fmt: skip
    return {"tokenizer": qwen_tokenizer(), "text_encoder": Qwen3ForCausalLM(config)}


def z_image() -> Any:
    """Z-Image."""
    from diffusers import FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel

    denoiser = ZImageTransformer2DModel(
        in_channels=16, dim=WIDTH, n_layers=2, n_refiner_layers=1, n_heads=2, n_kv_heads=2, cap_feat_dim=16, axes_dims=[8, 4, 4],
        axes_lens=[1024, 64, 64],
    )  # fmt: skip
    return ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=vae(16, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1),
        transformer=denoiser, **qwen3(2),
    )  # fmt: skip


def flux2_klein() -> Any:
    """FLUX.2 klein, which reads three of its reader's inner layers."""
    from diffusers import AutoencoderKLFlux2, FlowMatchEulerDiscreteScheduler, Flux2KleinPipeline, Flux2Transformer2DModel

    denoiser = Flux2Transformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=48, timestep_guidance_channels=256, axes_dims_rope=[4, 4, 4, 4], guidance_embeds=False,
    )  # fmt: skip
    decoder = AutoencoderKLFlux2(block_out_channels=(16, 16, 32, 32), layers_per_block=1, latent_channels=LATENTS, norm_num_groups=8)
    return Flux2KleinPipeline(scheduler=FlowMatchEulerDiscreteScheduler(), vae=decoder, transformer=denoiser, **qwen3(28))


def flux2() -> Any:
    """FLUX.2, which reads three inner layers of a reader of Mistral's kind with eyes that it never opens."""
    from diffusers import Flux2Pipeline
    from transformers import Mistral3Config, Mistral3ForConditionalGeneration

    text = {
        "model_type": "mistral", "vocab_size": 300, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 30,
        "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 1024, "bos_token_id": 1,
        "eos_token_id": 2,
    }  # fmt: skip
    sight = {"model_type": "pixtral", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    reader = Mistral3ForConditionalGeneration(Mistral3Config(text_config=text, vision_config=sight, image_token_index=270))
    parts = flux2_klein().components | {"text_encoder": reader}
    parts.pop("is_distilled", None)
    return Odd(Flux2Pipeline(**parts), "tokenizer", "PixtralProcessor")


def sana() -> Any:
    """Sana, whose decoder makes 32 pixels of one latent."""
    from diffusers import AutoencoderDC, DPMSolverMultistepScheduler, SanaPipeline, SanaTransformer2DModel
    from transformers import Gemma2Config, Gemma2Model, GemmaTokenizer

    letters = [chr(code) for code in range(33, 127)]
    vocab = {token: n for n, token in enumerate(["<pad>", "<eos>", "<bos>", "<unk>", "▁", *letters])}
    config = Gemma2Config(
        vocab_size=300, hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, head_dim=8
    )
    blocks = {f"{side}_block_out_channels": (8, 8, 16, 16, 16, 16) for side in ("encoder", "decoder")}
    layers = {f"{side}_layers_per_block": (1,) * 6 for side in ("encoder", "decoder")}
    return SanaPipeline(
        tokenizer=GemmaTokenizer(vocab=vocab, merges=[], model_max_length=300), text_encoder=Gemma2Model(config),
        vae=AutoencoderDC(
            latent_channels=LATENTS, attention_head_dim=2, encoder_block_types="ResBlock", decoder_block_types="ResBlock",
            encoder_qkv_multiscales=((),) * 6, decoder_qkv_multiscales=((),) * 6, encoder_out_shortcut=True, **blocks, **layers,
        ),
        transformer=SanaTransformer2DModel(
            in_channels=LATENTS, out_channels=LATENTS, num_attention_heads=2, attention_head_dim=8, num_layers=1,
            num_cross_attention_heads=2, cross_attention_head_dim=8, cross_attention_dim=16, caption_channels=16, sample_size=32,
        ),
        scheduler=DPMSolverMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True),
    )  # fmt: skip


BUILDERS: dict[str, Callable[[], Any]] = {
    "qwen": qwen, "qwen-edit": qwen_edit, "z-image": z_image, "flux2-klein": flux2_klein, "flux2": flux2, "sana": sana,
}  # fmt: skip
