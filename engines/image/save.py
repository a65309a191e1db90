"""Writes a finished picture with what it took inside it, and reads that back.

PNG carries text chunks; WebP and JPEG carry the settings as EXIF UserComment and our JSON as ImageDescription. A file
appears under its name only when it is whole.
"""

import io
import json
import os
import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import Image

from engines.image.request import ImageRequest

try:
    import fpng_py  # lossless PNG at eight times Pillow's fastest setting
except ImportError:
    fpng_py = None

MEDIA_TYPES = {"png": "image/png", "webp": "image/webp", "jpeg": "image/jpeg"}
ENDINGS = {"png": ".png", "webp": ".webp", "jpeg": ".jpg"}
EXIF, USER_COMMENT, DESCRIPTION = 0x8769, 0x9286, 0x010E
ROOM = 60_000
"""A JPEG's EXIF block holds 64 kB."""


def save(image: Image.Image, path: Path, format: str, texts: dict[str, str]) -> Path:
    """Write the picture as png, webp or jpeg with its texts; gives back the path with the format's ending."""
    path = path.with_suffix(ENDINGS[format])
    data = _png(image, texts) if format == "png" else _lossy(image, format, texts)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    unfinished.write_bytes(data)
    os.replace(unfinished, path)
    return path


def texts_of(source: Path | io.BytesIO) -> dict[str, str]:
    """The texts a picture carries: `parameters` as other tools know it, `troubadour` as JSON; empty if none."""
    with Image.open(source) as image:
        found = {str(k): v for k, v in image.info.items() if isinstance(v, str)}
        exif = image.getexif()
    comment = exif.get_ifd(EXIF).get(USER_COMMENT)
    if isinstance(comment, bytes) and comment.startswith(b"UNICODE\0"):
        found.setdefault("parameters", comment[8:].decode("utf-16-be", "replace"))
    described = exif.get(DESCRIPTION)
    if isinstance(described, str) and described.startswith("{"):
        found.setdefault("troubadour", described)
    return {key: found[key] for key in ("parameters", "troubadour") if key in found}


def describe(
    request: ImageRequest, words: str, seed: int, size: tuple[int, int], model: str, scene: dict[str, Any] | None
) -> dict[str, str]:
    """What a picture took, as the text other tools read and as our JSON; `words` are the person's own, before expansion."""
    lines = [request.prompt]
    if request.negative_prompt:
        lines.append(f"Negative prompt: {request.negative_prompt}")
    settings: dict[str, Any] = {"Steps": request.steps or 1}
    if request.guidance is not None:
        settings["CFG scale"] = request.guidance
    if request.scheduler:
        settings["Sampler"] = request.scheduler
    settings |= {"Seed": seed, "Size": f"{size[0]}x{size[1]}", "Model": model}
    if request.loras:
        settings["Loras"] = f'"{", ".join(request.loras)}"'
    lines.append(", ".join(f"{key}: {value}" for key, value in settings.items()))
    own: dict[str, Any] = {
        "prompt": words or request.prompt,
        "resolved_prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "style": request.style,
        "seed": seed,
        "width": size[0],
        "height": size[1],
        "model": model,
        "scene": scene,
    }
    own |= {name: getattr(request, name) for name in ("scheduler", "loras") if getattr(request, name)}
    return {"parameters": "\n".join(lines), "troubadour": json.dumps(own)}


def _png(image: Image.Image, texts: dict[str, str]) -> bytes:
    if fpng_py is not None and image.mode in ("RGB", "RGBA"):
        plain: bytes = fpng_py.fpng_encode_image_to_memory(image.tobytes(), image.width, image.height, len(image.mode))
    else:
        buffer = io.BytesIO()
        image.save(buffer, "PNG", compress_level=1)
        plain = buffer.getvalue()
    head = 8 + 25  # the signature and the header chunk
    return plain[:head] + b"".join(_text_chunk(key, text) for key, text in texts.items()) + plain[head:]


def _text_chunk(key: str, text: str) -> bytes:
    """A tEXt chunk where Latin-1 holds the text, else iTXt in UTF-8."""
    name = key.encode("latin-1")
    try:
        kind, body = b"tEXt", name + b"\0" + text.encode("latin-1")
    except UnicodeEncodeError:
        kind, body = b"iTXt", name + b"\0\0\0\0\0" + text.encode("utf-8", "replace")
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _lossy(image: Image.Image, format: str, texts: dict[str, str]) -> bytes:
    exif = Image.Exif()
    if "parameters" in texts:
        exif.get_ifd(EXIF)[USER_COMMENT] = b"UNICODE\0" + texts["parameters"].encode("utf-16-be", "replace")
    own = texts.get("troubadour", "")
    if own and len(own) + 2 * len(texts.get("parameters", "")) < ROOM:
        exif[DESCRIPTION] = own
    buffer = io.BytesIO()
    if format == "webp":
        image.save(buffer, "WEBP", lossless=True, quality=0, method=0, exif=exif.tobytes())
    else:
        image.convert("RGB").save(buffer, "JPEG", quality=92, subsampling=0, exif=exif.tobytes())
    return buffer.getvalue()
