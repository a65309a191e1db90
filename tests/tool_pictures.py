"""Pictures as other tools write them: the same chunks, fields, encodings and words; what each should be read as beside it."""

import json
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

EXIF, USER_COMMENT = 0x8769, 0x9286
A1111 = (
    'a fox, (autumn leaves:1.2), "quoted"\nsecond line: with a colon\nNegative prompt: blurry, text\nugly\n'
    "Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 3141592653, Size: 832x1216, Model hash: 31e35c80fc, "
    'Model: sd_xl_base_1.0, Denoising strength: 0.4, Clip skip: 2, Lora hashes: "fox: 8f2a, leaf: 77ab", Version: v1.10.1'
)
COMFY = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 156680208700286,
            "steps": 20,
            "cfg": 8,
            "sampler_name": "euler",
            "scheduler": "normal",
            "denoise": 1,
            "model": ["4", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5-pruned-emaonly.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "beautiful scenery, glass bottle", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "text, watermark", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}, "is_changed": [float("nan")]},
}
FLUX = {
    "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-dev.safetensors", "weight_dtype": "default"}},
    "2": {"class_type": "PrimitiveString", "inputs": {"value": "a lighthouse in fog"}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": ["2", 0], "clip": ["20", 0]}},
    "4": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["3", 0]}},
    "5": {"class_type": "BasicGuider", "inputs": {"model": ["1", 0], "conditioning": ["4", 0]}},
    "6": {"class_type": "RandomNoise", "inputs": {"noise_seed": 77}},
    "7": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
    "8": {"class_type": "BasicScheduler", "inputs": {"scheduler": "simple", "steps": 25, "denoise": 1, "model": ["1", 0]}},
    "9": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 1024, "height": 640, "batch_size": 1}},
    "10": {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {"noise": ["6", 0], "guider": ["5", 0], "sampler": ["7", 0], "sigmas": ["8", 0], "latent_image": ["9", 0]},
    },
    "11": {"class_type": "VAEDecode", "inputs": {"samples": ["10", 0], "vae": ["21", 0]}},
    "12": {"class_type": "SaveImage", "inputs": {"images": ["11", 0], "filename_prefix": "flux"}},
}
SCREEN = {
    "last_node_id": 9,
    "version": 0.4,
    "links": [
        [1, 4, 1, 6, 0, "CLIP"],
        [2, 6, 0, 3, 1, "CONDITIONING"],
        [3, 7, 0, 3, 2, "CONDITIONING"],
        [4, 5, 0, 3, 3, "LATENT"],
        [5, 4, 0, 3, 0, "MODEL"],
    ],
    "nodes": [
        {
            "id": 3,
            "type": "KSampler",
            "widgets_values": [4242, "randomize", 30, 7.5, "dpmpp_2m", "karras", 1],
            "inputs": [
                {"name": "model", "link": 5},
                {"name": "positive", "link": 2},
                {"name": "negative", "link": 3},
                {"name": "latent_image", "link": 4},
            ],
        },
        {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["dreamshaper.safetensors"], "inputs": []},
        {"id": 5, "type": "EmptyLatentImage", "widgets_values": [640, 512, 1]},
        {"id": 6, "type": "CLIPTextEncode", "widgets_values": ["an old mill"], "inputs": [{"name": "clip", "link": 1}]},
        {"id": 7, "type": "CLIPTextEncode", "widgets_values": ["people"], "inputs": [{"name": "clip", "link": 1}]},
    ],
}
INVOKE = {
    "generation_mode": "sdxl_txt2img",
    "positive_prompt": "a stone bridge",
    "negative_prompt": "cars",
    "width": 1024,
    "height": 768,
    "seed": 99,
    "rand_device": "cpu",
    "cfg_scale": 7.0,
    "steps": 32,
    "scheduler": "dpmpp_2m_k",
    "clip_skip": 0,
    "model": {"key": "0f", "hash": "blake3:1", "name": "juggernaut-xl", "base": "sdxl", "type": "main"},
    "loras": [],
    "app_version": "4.2.7",
}
SD_METADATA = {
    "model": "stable diffusion",
    "model_id": "stable-diffusion-1.5",
    "model_weights": "stable-diffusion-1.5",
    "model_hash": "cc6c",
    "app_id": "invoke-ai/InvokeAI",
    "app_version": "2.3.0",
    "image": {
        "prompt": [{"prompt": "a small boat [storm, rain]", "weight": 1.0}],
        "steps": 50,
        "cfg_scale": 7.5,
        "threshold": 0,
        "perlin": 0,
        "height": 512,
        "width": 704,
        "seed": 947026880,
        "seamless": False,
        "hires_fix": False,
        "type": "txt2img",
        "postprocessing": None,
        "sampler": "k_lms",
        "variations": [],
    },
}
DREAM = '"a small boat [storm]" -s 50 -S 1618033988 -W 512 -H 640 -C 7.5 -A k_lms'
FOOOCUS = {
    "adm_guidance": "(1.5, 0.8, 0.3)",
    "base_model": "juggernautXL_v8Rundiffusion",
    "base_model_hash": "aeb7e9e689",
    "full_prompt": ["a cat", "cinematic"],
    "full_negative_prompt": ["dogs"],
    "guidance_scale": 4,
    "loras": [["sd_xl_offset", 0.1, "4852686128"]],
    "metadata_scheme": "fooocus",
    "negative_prompt": "dogs",
    "performance": "Speed",
    "prompt": "a cat in the window",
    "resolution": "(1152, 896)",
    "sampler": "dpmpp_2m_sde_gpu",
    "scheduler": "karras",
    "seed": "8145972351064302951",
    "sharpness": 2,
    "steps": 30,
    "styles": "['Fooocus V2', 'SAI Anime']",
    "vae": "Default (model)",
    "version": "Fooocus v2.5.5",
}
FOOOCUS_TEXT = (
    "cinematic still a cat, highly detailed\nNegative prompt: anime, dogs\nSteps: 30, Sampler: DPM++ 2M SDE Karras, Seed: 12345, "
    "Size: 1152x896, CFG scale: 4, Sharpness: 2, Model: juggernautXL, Scheduler: karras, Raw prompt: a cat, Raw negative prompt: dogs, "
    "Version: Fooocus v2.5.5"
)
SWARM = {
    "sui_image_params": {
        "prompt": "a harbour at night",
        "negativeprompt": "people",
        "model": "Flux/flux1-dev-fp8",
        "seed": 305223794,
        "steps": 25,
        "cfgscale": 1.0,
        "aspectratio": "1:1",
        "width": 1024,
        "height": 1024,
        "sampler": "euler",
        "scheduler": "normal",
        "swarm_version": "0.9.5.2",
    },
    "sui_extra_data": {"date": "2025-03-15", "generation_time": "4.09 min"},
}


def blank(size: tuple[int, int] = (24, 16), mode: str = "RGB") -> Image.Image:
    """A small picture."""
    return Image.new(mode, size, 90 if len(mode) == 1 or mode.startswith("I") else tuple([120, 60, 30, 255][: len(mode)]))


def png(path: Path, texts: dict[str, str]) -> Path:
    """A PNG with these text chunks, as Pillow's tools write them."""
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    blank().save(path, pnginfo=info)
    return path


def with_comment(path: Path, comment: bytes | str, inner: bool = True, **more: str) -> Path:
    """A JPEG or WebP with this UserComment, in the EXIF directory or (as Fooocus does) in the first one."""
    exif = Image.Exif()
    if inner:
        exif.get_ifd(EXIF)[USER_COMMENT] = comment
    else:
        exif[USER_COMMENT] = comment
    for name, value in more.items():
        exif[{"Software": 0x0131, "MakerNote": 0x927C, "Model": 0x0110, "Make": 0x010F}[name]] = value
    blank().save(path, exif=exif)
    return path


def unicode(text: str, order: str = "be") -> bytes:
    """A UserComment as piexif (big-endian) or ImageSharp (little-endian) writes it."""
    return b"UNICODE\0" + text.encode(f"utf-16-{order}")


def dumped(told: Any) -> str:
    """JSON with NaN where Python has one, as ComfyUI writes it."""
    return json.dumps(told)
