"""The finish: weather's veil apart, everything that is done to the whole picture: bloom, rays, grade, vignette, grain."""
import numpy as np
from PIL import Image

from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame
from engines.sketch.noise import BOX, blur, mix, resize, smooth
from engines.sketch.palette import LUMA, rgb, saturated


def finish(frame: Frame, canvas: Array, glow: Array | None) -> Array:
    """The graded picture, as floats from 0 to 1."""
    look = frame.look
    canvas += _bloom(frame, canvas, glow)
    frame.tick("Finishing", 0.2)
    canvas = _graded(frame, canvas)
    frame.tick("Finishing", 0.2)
    far = np.hypot((frame.x - frame.w / 2) * (1 / frame.w), (frame.y - frame.h / 2) * (1 / frame.h))
    canvas *= (1 - smooth(0.3, 0.8, far) * float(look.get("vignette", 0.2)))[..., None]
    grain = float(look.get("grain", 0.0))
    if grain:
        canvas += (frame.stream("grain").normal(*canvas.shape[:2]) * grain)[..., None]
    return np.clip(canvas, 0, 1, out=canvas)


def _bloom(frame: Frame, canvas: Array, glow: Array | None) -> Array:
    """Light that spills from bright and shining places, worked out at a quarter of the size."""
    h, w = canvas.shape[:2]
    sw, sh = max(8, w // 4), max(8, h // 4)
    small = np.asarray(Image.fromarray(np.clip(canvas * 170, 0, 255).astype(np.uint8)).resize((sw, sh), BOX), F) * (1 / 170)
    amount = float(frame.look.get("bloom", 0.4))
    source = np.clip(small - 0.78, 0, 1) * amount
    if glow is not None:
        source = source + small * (resize(glow, sw, sh, BOX) * 0.9)[..., None]
    k = frame.unit / 4
    spill = blur(source, k * 0.012) * 0.5 + blur(source, k * 0.05) * 0.5
    if glow is not None:
        spill += blur(source, k * 0.12) * 0.35
    return resize(spill, w, h)


def _graded(frame: Frame, canvas: Array) -> Array:
    """Exposure, saturation, split tone and contrast of the style."""
    look = frame.look
    canvas *= float(look.get("exposure", 1.0))
    tone = canvas @ LUMA
    strength = float(look.get("split", 0.0))
    if strength:
        cool, warm = rgb(str(look.get("shadows", "#808080"))), rgb(str(look.get("highlights", "#808080")))
        canvas += (cool - float(cool @ LUMA)) * (smooth(0.55, 0.0, tone) * strength)[..., None]
        canvas += (warm - float(warm @ LUMA)) * (smooth(0.35, 1.0, tone) * strength)[..., None]
    vivid = float(look.get("saturation", 1.0))
    if vivid != 1.0:
        canvas += (canvas - tone[..., None]) * (vivid - 1)
    np.clip(canvas, 0, 1.5, out=canvas)
    over = np.clip(canvas - 0.8, 0, None)
    canvas -= over - over * (1 / (1 + over * 2.2)) * 0.8
    contrast = float(look.get("contrast", 0.0))
    if contrast:
        bent = np.clip(canvas, 0, 1)
        canvas = mix(canvas, bent * bent * (3 - 2 * bent), contrast)
    lift = float(look.get("lift", 0.0))
    return canvas * (1 - lift) + lift if lift else canvas


__all__ = ["finish", "saturated"]
