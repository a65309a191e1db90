"""The finish: weather's veil apart, everything that is done to the whole picture: bloom, rays, grade, vignette, grain."""

import numpy as np
from PIL import Image

from engines.sketch.brush import brushed
from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame, Layer, over
from engines.sketch.noise import BOX, bands, blur, mix, moved, resize, smooth
from engines.sketch.palette import LUMA, rgb

FALLING = {"far snow", "snow", "near snow", "far rain", "near rain"}
"""What falls through the air; a brush would make chips of it, so it lies over the strokes."""


def under_the_fall(frame: Frame) -> list[Layer]:
    """The layers to be painted over with strokes, if the look has any: all but what falls."""
    if not frame.look.get("strokes") or frame.indoors:
        return frame.layers
    return [layer for layer in frame.layers if layer.name not in FALLING]


def finish(frame: Frame, canvas: Array, glow: Array | None) -> Array:
    """The graded picture, as floats from 0 to 1."""
    look = frame.look
    rays = float(look.get("rays", 0.0))
    if rays and frame.light.body and not frame.indoors:
        canvas += _rays(frame, canvas, rays)
    flare = float(look.get("flare", 0.0))
    if flare and frame.light.body and not frame.indoors:
        canvas += _flare(frame) * flare
    strokes = float(look.get("strokes", 0.0))
    if strokes:
        canvas = brushed(frame, canvas, 1 - strokes)
        for layer in frame.layers:
            if layer.name in FALLING:
                over(canvas, layer)
    frame.tick("Finishing", 0.1)
    canvas += _bloom(frame, canvas, glow)
    frame.tick("Finishing", 0.1)
    for band in bands(canvas.shape[0]):
        part = graded(frame, canvas[band])
        far = np.hypot((frame.x - frame.w / 2) * (1 / frame.w), (frame.y[band] - frame.h / 2) * (1 / frame.h))
        canvas[band] = part * (1 - smooth(0.3, 0.8, far) * float(look.get("vignette", 0.2)))[..., None]
    frame.tick("Finishing", 0.2)
    _surface(frame, canvas)
    return np.clip(canvas, 0, 1, out=canvas)


def _surface(frame: Frame, canvas: Array) -> None:
    """Film grain, or the tooth of paper."""
    h, w = canvas.shape[:2]
    grain, paper = float(frame.look.get("grain", 0.0)), float(frame.look.get("paper", 0.0))
    if grain:
        canvas += (frame.stream("grain").normal(h, w) * grain)[..., None]
    if paper:
        tooth = frame.stream("paper").normal(h, w)
        tooth = (tooth + moved(tooth, 1, 0) + moved(tooth, 0, 1)) * 0.5
        fine = min(1.0, frame.unit / 900)  # in a small picture the tooth would be coarse
        canvas *= (1 + (tooth - moved(tooth, 1, 1)) * (paper * fine))[..., None]


def _rays(frame: Frame, canvas: Array, amount: float) -> Array:
    """Light streaming out from the sun or moon between what stands before it, worked out at a quarter of the size."""
    h, w = canvas.shape[:2]
    sw, sh = max(16, w // 4), max(16, h // 4)
    tone = resize(np.clip(canvas @ LUMA, 0, 1), sw, sh, BOX)
    near = np.hypot(resize(np.repeat(frame.x, h, 0), sw, sh) - frame.light.x, resize(np.repeat(frame.y, w, 1), sw, sh) - frame.light.y)
    floor = 0.55 if frame.light.body == "sun" else 0.4
    beam: Array = np.clip(tone - floor, 0, 1) * np.exp(near * -2.2)
    cx, cy = frame.light.x * frame.unit * sw / w, frame.light.y * frame.unit * sh / h
    for k in range(5):
        zoom = 1 + 0.045 * 2**k
        pull = (1 / zoom, 0, cx * (1 - 1 / zoom), 0, 1 / zoom, cy * (1 - 1 / zoom))
        moved_ = Image.fromarray(beam).transform((sw, sh), Image.Transform.AFFINE, pull, Image.Resampling.BILINEAR)
        beam = (beam + np.asarray(moved_, F)) * 0.5
    strength = amount * (0.5 if frame.scene.time == "day" else 1.0) * max(0.3, frame.colors.strength)
    return resize(beam, w, h)[..., None] * (frame.colors.light * strength)


def _flare(frame: Frame) -> Array:
    """The long thin streak an anamorphic lens draws through a strong light."""
    thin = np.exp(np.abs(frame.y - frame.light.y) * -150) + np.exp(np.abs(frame.y - frame.light.y) * -34) * 0.22
    across = np.exp(np.abs(frame.x - frame.light.x) * -2.4) * (0.34 * max(0.35, frame.colors.strength))
    streak: Array = (thin * across)[..., None] * mix(frame.colors.light, rgb("#9fd8ff"), 0.35)
    return streak


def _bloom(frame: Frame, canvas: Array, glow: Array | None) -> Array:
    """Light that spills from bright and shining places, worked out at a quarter of the size."""
    h, w = canvas.shape[:2]
    sw, sh = max(8, w // 4), max(8, h // 4)
    small = np.asarray(Image.fromarray(np.clip(canvas * 170, 0, 255).astype(np.uint8)).resize((sw, sh), BOX), F) * (1 / 170)
    amount = float(frame.look.get("bloom", 0.4))
    source: Array = np.clip(small - 0.78, 0, 1) * amount
    if glow is not None:
        source = source + small * (resize(glow, sw, sh, BOX) * 1.6)[..., None]
    k = frame.unit / 4
    spill = blur(source, k * 0.012) * 0.5 + blur(source, k * 0.05) * 0.5
    if glow is not None:
        spill += blur(source, k * 0.12) * 0.35
    return resize(spill, w, h)


def graded(frame: Frame, canvas: Array) -> Array:
    """Exposure, saturation, split tone and contrast of the style."""
    look = frame.look
    canvas *= float(look.get("exposure", 1.0))
    tone: Array = canvas @ LUMA
    lifted = float(look.get("night_lift", 1.0)) - 1
    if lifted and frame.night:
        gain = smooth(0.85, 0.4, tone) * (lifted if frame.scene.time == "night" else lifted * 0.35) + 1
        canvas *= gain[..., None]
        tone = tone * gain
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
    return mix(canvas, rgb(str(look.get("paper_tone", "#ffffff"))), lift) if lift else canvas
