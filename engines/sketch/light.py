"""One light for all sprites: ambient colour, form from the silhouette, a rim, a shadow on the ground, a mirror image.

Sprites come as flat colour. Relighting them all the same way is what makes a picture of them instead of a collage.
"""

import numpy as np

from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame, Layer
from engines.sketch.noise import blur, fractal, mix, moved, resize, smooth
from engines.sketch.palette import LUMA
from engines.sketch.palette import rgb as hex_rgb
from engines.sketch.parts import Sprite
from engines.sketch.sky import toward_light
from engines.sketch.spots import Spot
from engines.sketch.vocabulary import LIVING

LADEN = {"plant", "building"}
"""What snow lies on: it stands still."""


def lit_layer(frame: Frame, spot: Spot, sprite: Sprite) -> Layer | None:
    """The sprite, lit and set on its spot; None if nothing of it is on the sheet."""
    pad = max(6, int(frame.unit * 0.012)), max(4, int(sprite.alpha.shape[0] * 0.1))
    rgb, alpha, glow = (_padded(a, pad) for a in (sprite.rgb, sprite.alpha, sprite.glow))
    left = round(spot.x * frame.unit - sprite.origin[0]) - pad[1]
    top = round(spot.y * frame.unit - sprite.origin[1]) - pad[0]
    toward = toward_light(frame, spot.x, spot.y - spot.height * 0.5)
    if frame.snowy and not frame.indoors and spot.noun is not None and spot.noun.kind in LADEN:
        rgb = _snowed(frame, rgb, alpha)
    color = _shaded(frame, spot, rgb, alpha, toward)
    color = mix(color, rgb * 1.08, (glow * (0.9 if frame.night or frame.indoors else 0.3))[..., None])
    color = _aired(frame, spot, color)
    if frame.look.get("outline"):
        color, alpha = _outlined(frame, spot, color, alpha)
    kind = spot.noun.kind if spot.noun else "thing"
    layer = Layer(spot.thing.id, _depth(frame, spot), color, alpha, _glow(frame, glow), left, top, kind, spot.thing.id)
    if spot.cut is not None:
        below = np.arange(top, top + layer.alpha.shape[0])[:, None] > spot.cut * frame.unit
        layer.alpha = np.where(below, 0, layer.alpha).astype(F)
    if spot.where == "ground" and not spot.tied:
        layer = _with_shadow(frame, spot, layer, toward)
    elif spot.where == "water" and not spot.tied:
        layer = _with_mirror(frame, spot, layer)
    return _cropped(frame, layer)


def _padded(a: Array, pad: tuple[int, int]) -> Array:
    widths = [(pad[0], pad[0]), (pad[1], pad[1])] + [(0, 0)] * (a.ndim - 2)
    return np.pad(a, widths, mode="edge" if a.ndim == 3 else "constant").astype(F)


def _depth(frame: Frame, spot: Spot) -> float:
    if spot.where == "sky":
        return 0.3
    foot = spot.order if spot.tied else spot.y
    return float(min(1.0, max(0.15, (foot - frame.horizon) / (frame.front - frame.horizon))))


def _glow(frame: Frame, glow: Array) -> Array | None:
    strength = 1.0 if frame.night or frame.indoors else 0.5 if frame.scene.time in ("dawn", "sunset") else 0.0
    return glow * strength if strength and float(glow.max(initial=0)) > 0 else None


def _shaded(frame: Frame, spot: Spot, rgb: Array, alpha: Array, toward: tuple[float, float]) -> Array:
    """Ambient times form plus rim. Warm hues of the living keep half of their own colour, or skin goes grey at night."""
    colors, h = frame.colors, alpha.shape[0]
    reach = max(2.0, h * 0.03)
    form = blur(alpha, reach * 1.3) * 0.75 + blur((rgb @ LUMA) * alpha, reach * 0.8) * 0.12
    gy, gx = np.gradient(form)
    facing = np.clip(-(gx * toward[0] + gy * toward[1]) * (reach * 2.6), -1, 1)
    if frame.look.get("cel"):
        facing = smooth(-0.26, -0.16, facing) * 0.5 + smooth(0.2, 0.3, facing) * 0.25 - 0.33
    living = spot.noun is not None and spot.noun.kind in LIVING
    ambient = np.broadcast_to(colors.actor, rgb.shape)
    if living:
        warm = np.clip((rgb[..., 0] - rgb[..., 2]) * 2.2 + 0.1, 0, 1) * np.clip(rgb @ LUMA * 1.8, 0, 1)
        level = float(colors.actor @ LUMA)
        kept = np.array([1.04, 0.97, 0.92], F) * (level * 0.75 + 0.25)
        ambient = mix(ambient, kept, (warm * 0.55)[..., None])
    form_share = float(frame.look.get("form", 0.5))
    tall = np.linspace(1.05, 0.9, h, dtype=F)[:, None]
    out = rgb * ambient * ((1 + form_share * facing) * tall)[..., None]
    k = max(1.5, min(h * 0.014, frame.unit * 0.012))
    rim = np.clip(alpha - moved(alpha, -toward[0] * k, -toward[1] * k), 0, 1) * alpha
    if not frame.look.get("cel"):
        rim = blur(rim, 1.2) * 0.5 + rim * 0.5
    tint = frame.look.get("rim_tint")
    edge_light = mix(colors.light, hex_rgb(str(tint)), 0.6) if tint else colors.light
    rooted = spot.noun is not None and spot.noun.kind in LADEN
    out += edge_light * (rim * (0.12 + 0.5 * colors.strength) * float(frame.look.get("rim", 1.0)) * (0.3 if rooted else 1.0))[..., None]
    if rooted and frame.night:
        out = mix(out, out * colors.mid / max(0.05, float(colors.mid @ LUMA)), 0.35) * 0.82
    rough = float(frame.look.get("texture", 0.0))
    if rough:
        fine = fractal(frame.stream("skin"), (alpha.shape[1], h), (frame.unit * 0.005,) * 2, 3, 0.7)
        out *= (1 + rough * (fine - 0.5))[..., None]
    lit: Array = np.clip(out, 0, 1.4)
    return lit


def _snowed(frame: Frame, rgb: Array, alpha: Array) -> Array:
    """The sprite with snow on all that faces up: roofs, ledges, boughs."""
    deep = max(2.0, alpha.shape[0] * 0.035)
    top = np.clip(alpha - moved(alpha, 0, deep), 0, 1)
    tone = rgb @ LUMA
    ledge = np.clip((moved(tone, 0, -deep * 0.5) - moved(tone, 0, deep * 0.5)) * 1.5 - 0.12, 0, 0.6)
    patch = fractal(frame.stream("snow cap"), (alpha.shape[1], alpha.shape[0]), (deep * 2.5, deep * 1.6), 3, 0.6)
    white = smooth(0.12, 0.5, (blur(top, max(1.0, deep * 0.25)) * 1.2 + ledge) * (0.5 + patch)) * 0.92
    return mix(rgb, np.array([0.93, 0.96, 1.0], F), white[..., None])


def _aired(frame: Frame, spot: Spot, color: Array) -> Array:
    """Far things take on the colour of the air before them."""
    if frame.indoors:
        return color
    far = 0.4 if spot.where == "sky" else 1 - _depth(frame, spot)
    amount = min(0.6, far * (0.34 + 0.5 * frame.colors.haziness))
    return mix(color, frame.colors.haze, amount)


def _outlined(frame: Frame, spot: Spot, color: Array, alpha: Array) -> tuple[Array, Array]:
    """A drawn line around the figure, thinner for far ones."""
    thick = float(frame.look["outline"]) * frame.unit * min(1.0, 0.35 + spot.height * 1.6)
    wide = np.clip(blur(alpha, max(0.6, thick)) * 3.2, 0, 1)
    line = np.clip(wide - alpha, 0, 1)
    ink = frame.colors.dark * 0.35
    both = np.clip(alpha + line * (1 - alpha), 0, 1)
    mixed = (color * alpha[..., None] + ink * (line * (1 - alpha))[..., None]) / np.maximum(both, 1e-3)[..., None]
    return mixed.astype(F), both


def _with_shadow(frame: Frame, spot: Spot, layer: Layer, toward: tuple[float, float]) -> Layer:
    """A soft dark foot, and the figure's own shadow thrown away from the light."""
    a = layer.alpha
    h, w = a.shape
    foot = spot.y * frame.unit - layer.top
    strength = frame.colors.strength if frame.light.body else 0.15
    long = max(3, int(h * (0.16 if frame.scene.time in ("day", "night") else 0.26)))
    extra = int(h * 0.55)
    grown = np.pad(a, ((0, long), (extra, extra)))
    thrown = resize(a[: max(2, int(foot))][::-1], w, long)
    rows = np.arange(long)
    shift = (-toward[0] * rows * (1.5 if long < h * 0.2 else 1.9)).astype(int)
    cast = np.zeros_like(grown)
    y0 = int(foot) - max(1, long // 14)
    cols = np.arange(w)
    for r in rows.tolist():
        y = y0 + r
        if 0 <= y < cast.shape[0]:
            cast[y, np.clip(cols + extra + shift[r], 0, cast.shape[1] - 1)] = thrown[r] * (1 - 0.75 * r / long)
    cast = blur(cast, max(1.0, h * 0.012)) * (0.42 * strength)
    width = float(a.max(axis=0)[a.shape[1] // 8 :].sum()) * 0.5
    ys, xs = np.arange(grown.shape[0], dtype=F)[:, None], np.arange(grown.shape[1], dtype=F)[None]
    middle = spot.x * frame.unit - layer.left + extra
    around = ((xs - middle) * (1 / max(2.0, width * 0.72))) ** 2 + ((ys - foot) * (1 / max(1.5, width * 0.13))) ** 2
    shadow = np.clip(np.maximum(cast, np.exp(-around) * 0.42), 0, 0.8)
    both = grown + shadow * (1 - grown)
    dark = frame.colors.dark * (0.3 if not frame.snowy else 0.7)
    rgb = np.pad(layer.rgb, ((0, long), (extra, extra), (0, 0)))
    rgb = (rgb * grown[..., None] + dark * (shadow * (1 - grown))[..., None]) / np.maximum(both, 1e-3)[..., None]
    glow = None if layer.glow is None else np.pad(layer.glow, ((0, long), (extra, extra)))
    return Layer(layer.name, layer.depth, rgb.astype(F), both, glow, layer.left - extra, layer.top, layer.kind, layer.thing)


def _with_mirror(frame: Frame, spot: Spot, layer: Layer) -> Layer:
    """The thing's own image in the water below it, broken by ripples."""
    foot = int(min(layer.alpha.shape[0] - 1, max(2, spot.y * frame.unit - layer.top)))
    deep = int(foot * 0.6)
    rows = np.clip(foot - 1 - (np.arange(deep) / 0.7).astype(int), 0, foot)
    w = layer.alpha.shape[1]
    waves = fractal(frame.stream("mirror"), (w, max(4, deep)), (w * 0.5, max(2.0, frame.unit * 0.012)), 2)[:deep] - 0.5
    cols = np.clip(np.arange(w)[None] + (waves * frame.unit * 0.03).astype(int), 0, w - 1)
    alpha = layer.alpha[rows[:, None], cols] * np.linspace(0.62, 0.0, deep, dtype=F)[:, None]
    rgb = layer.rgb[rows[:, None], cols] * 0.7 + frame.colors.sea * 0.2
    joined = [np.concatenate([a[:foot], b]) for a, b in ((layer.rgb, rgb), (layer.alpha, alpha))]
    glow = None if layer.glow is None else np.concatenate([layer.glow[:foot], np.zeros((deep, w), F)])
    return Layer(layer.name, layer.depth, joined[0], joined[1], glow, layer.left, layer.top, layer.kind, layer.thing)


def _cropped(frame: Frame, layer: Layer) -> Layer | None:
    h, w = layer.alpha.shape
    x0, y0 = max(0, -layer.left), max(0, -layer.top)
    x1, y1 = min(w, frame.width - layer.left), min(h, frame.height - layer.top)
    if x1 <= x0 or y1 <= y0:
        return None
    part = np.s_[y0:y1, x0:x1]
    layer.rgb, layer.alpha = layer.rgb[part], layer.alpha[part]
    layer.glow = layer.glow[part] if layer.glow is not None else None
    layer.left, layer.top = layer.left + x0, layer.top + y0
    return layer


def lamplight(frame: Frame, canvas: Array) -> None:
    """Fires, lamps and candles light what is around them, after dark and in rooms."""
    lamps = [layer for layer in frame.layers if layer.thing and layer.glow is not None and float(layer.glow.max()) > 0.4]
    if not lamps or not (frame.night or frame.indoors):
        return
    h, w = canvas.shape[:2]
    sw, sh = max(8, w // 8), max(8, h // 8)
    x, y = resize(np.repeat(frame.x, 4, 0), sw, 4)[:1], resize(np.repeat(frame.y, 4, 1), 4, sh)[:, :1]
    shine = np.zeros((sh, sw, 3), F)
    for lamp in lamps[:8]:
        glow = lamp.glow if lamp.glow is not None else lamp.alpha
        total = float(glow.sum())
        cy = (float(glow.sum(axis=1) @ np.arange(glow.shape[0])) / total + lamp.top) / frame.unit
        cx = (float(glow.sum(axis=0) @ np.arange(glow.shape[1])) / total + lamp.left) / frame.unit
        reach = 0.16 + 1.1 * (total / frame.unit**2) ** 0.5
        color = (lamp.rgb * glow[..., None]).sum(axis=(0, 1)) / total
        far = np.hypot(x - cx, (y - cy) * 1.15)
        strength = 0.9 if lamp.kind not in ("building", "vehicle") else 0.35
        shine += np.exp(far * (-1.6 / reach))[..., None] * (mix(color, frame.colors.light, 0.2) * strength)
    shine *= len(lamps[:8]) ** -0.4  # many candles are no bonfire
    canvas *= 1 + resize(np.clip(shine, 0, 1.2), w, h)
