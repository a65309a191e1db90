"""Land: rolling hills, the ground underfoot, grass and flowers."""

import math

import numpy as np
from PIL import Image, ImageDraw

from engines.sketch.dice import Array, F, Stream
from engines.sketch.frame import Frame, Layer
from engines.sketch.noise import fractal, mix, moved, resize, smooth, wave

Air = tuple[float, float]


def rolling(frame: Frame, name: str, level: float, height: float, cell: float, octaves: int = 4, sharp: bool = False) -> Array:
    """The upper edge of a hill, in units for every column, swinging `height` around `level`."""
    return wave(frame.stream(name), frame.width, cell * frame.unit, octaves, 0.45, sharp) * -height * 2 + level


def hill(
    frame: Frame,
    name: str,
    depth: float,
    line: Array,
    material: str | Array,
    *,
    air: Air = (0.0, 0.0),
    grain: float = 0.5,
    until: float | None = None,
) -> None:
    """One ridge of land down to `until` (or the bottom), lit along its slopes. `air` is the haze before it and the
    mist at its foot."""
    haze, mist = air
    bottom = min(frame.h, until + 0.08) if until is not None else frame.h
    part = frame.rows(float(line.min()) - 0.01, bottom)
    deep = frame.y[part] - line[None]
    alpha = np.clip(deep * frame.unit + 0.5, 0, 1)
    tone = 0.52 + _slopes(frame, line, deep)
    tone += (ground_tone(frame, part, float(line.mean()), name + "/grain") - 0.5) * (0.42 * grain)
    tone -= 0.16 * smooth(0.05, 0.6, deep)
    rgb = frame.colors.paint(tone, material, haze)
    if mist:
        fog = smooth(0.02, 0.16, deep) * mist * (1 + frame.colors.haziness)
        rgb += (frame.colors.haze - rgb) * np.clip(fog, 0, 0.9)[..., None]
    frame.add(Layer(name, depth, rgb, alpha, top=part.start), line)
    frame.tick("Laying out the land")


def _slopes(frame: Frame, line: Array, deep: Array) -> Array:
    """Light on a hill: brighter where it leans to the light, fading below the crest; a thin bright crest."""
    lean = np.gradient(line) * frame.unit * (1.0 if frame.light.x < frame.w * 0.5 else -1.0)
    lean = np.clip(-lean * 0.55, -0.22, 0.26)
    near = np.exp(np.abs(frame.x - frame.light.x) * -1.1) * frame.colors.strength
    crest = np.exp(np.clip(deep, 0, 1) * -70) * (0.08 + 0.3 * near)
    light: Array = lean[None] * np.exp(np.clip(deep, 0, 1) * -5) + crest + near * 0.1
    return light


def ground_tone(frame: Frame, part: slice, level: float, name: str, cell: float = 0.16, octaves: int = 5) -> Array:
    """Noise lying flat on the ground: its bumps widen and flatten towards the horizon at `level`."""
    h = part.stop - part.start
    tex = 512
    sheet = fractal(frame.stream(name), (tex, tex), (tex / 8, tex / 8), octaves, 0.55)
    fold = np.concatenate([sheet, sheet[:, ::-1]], axis=1)
    fold = np.concatenate([fold, fold[::-1]], axis=0)
    away = 1 / np.clip(frame.y[part] - (level - 0.14), 0.07, None)
    rows = (away * tex * cell * 1.6).astype(np.int32) % (2 * tex)
    cols = ((frame.x - frame.w * 0.5) * away * (tex * cell * 0.75) + tex * 20).astype(np.int32) % (2 * tex)
    out = fold[np.broadcast_to(rows, (h, frame.width)), cols]
    return (out + moved(out, 1, 0) + moved(out, 0, 1)) * (1 / 3)


def tuft(stream: Stream, size: tuple[int, int], blades: int, lean: float) -> tuple[Array, Array]:
    """A strip of grass that repeats sideways: coverage and tone."""
    w, h = size
    sheet = Image.new("LA", (w * 2, h * 2))
    draw = ImageDraw.Draw(sheet)
    at = stream.field(blades, 5)
    for x, tall, bend, thick, tone in at.tolist():
        top = h * 2 * (1 - (0.35 + 0.6 * tall * tall))
        x0, half = x * w * 2, 1.0 + thick * max(1.0, h * 0.028)
        tip = x0 + (bend - 0.5 + lean) * h * 1.1
        for wrap in (-w * 2, 0, w * 2):
            points = [
                (x0 - half + wrap, h * 2),
                ((x0 + tip) / 2 - half * 0.6 + wrap + (x0 - tip) * 0.14, (top + h * 2) / 2),
                (tip + wrap, top),
                ((x0 + tip) / 2 + half * 0.6 + wrap + (x0 - tip) * 0.14, (top + h * 2) / 2),
                (x0 + half + wrap, h * 2),
            ]
            draw.polygon(points, fill=(int(70 + 150 * tone), 255))
    small = np.asarray(sheet.resize((w, h), Image.Resampling.BOX), F) * (1 / 255)
    return small[..., 1], np.where(small[..., 1] > 0.02, small[..., 0] / np.maximum(small[..., 1], 0.05), 0.5)


def grass(
    frame: Frame,
    line: Array,
    material: str | Array,
    *,
    rows: int,
    span: tuple[float, float],
    name: str,
    tall: float = 1.0,
    depth: float = 0.56,
) -> None:
    """Rows of blades between two heights, taller towards the viewer; figures stand on all but the foreground's."""
    part = frame.rows(span[0] - 0.06, span[1] + 0.01)
    h = part.stop - part.start
    alpha, tone = np.zeros((h, frame.width), F), np.full((h, frame.width), 0.5, F)
    stream = frame.stream(name)
    rows = max(rows, int((span[1] - span[0]) / 0.03))
    high, wide = max(6, int(frame.unit * 0.085 * tall)), int(frame.unit * 0.7) + 8
    lean = 0.35 if frame.scene.weather in ("wind", "storm") else 0.05
    cover, shade = tuft(stream, (wide, high), 150, lean)
    deepest = frame.h - frame.horizon
    patch = ground_tone(frame, part, float(line.mean()), name + "/patch", 0.12, 4) - 0.5
    for k in range(rows):
        t = ((k + 0.6) / rows) ** 1.5
        y = span[0] + (span[1] - span[0]) * t
        scale = 0.12 + 0.88 * min(1.0, (y - frame.horizon) / deepest) ** 1.2
        rh, rw = max(3, int(high * scale)), max(8, int(wide * scale))
        a, s = resize(cover, rw, rh), resize(shade, rw, rh)
        cols = (np.arange(frame.width) + int(stream.random() * rw)) % rw
        fade = 0.35 + 0.65 * min(1.0, scale * 1.6)
        gap = (span[1] - span[0]) / rows * frame.unit
        uneven = wave(stream, frame.width, frame.unit * 0.23, 3) * gap * 1.6
        base = (line - line.max()) * frame.unit * (1 - t) + (y * frame.unit - part.start + rh * 0.25) + uneven
        _lay_row(alpha, tone, a[:, cols] * fade, s[:, cols] - 0.12 * scale, base)
        if k % 4 == 3:
            frame.tick("Growing grass", 0.01)
    rgb = frame.colors.paint(tone + patch * 0.45 + 0.06 * bool(frame.light.body), material)
    frame.add(Layer(name, depth, rgb, alpha, top=part.start, kind="plant"), line if depth < 1 else None)
    frame.tick("Growing grass")


def _lay_row(alpha: Array, tone: Array, a: Array, s: Array, base: Array) -> None:
    """Set one strip of blades on a foot line that may rise and fall."""
    h, rh = alpha.shape[0], a.shape[0]
    low, high = int(base.min()) - rh, int(base.max()) + 1
    y0, y1 = max(0, low), min(h, high)
    if y1 <= y0:
        return
    rows = np.arange(y0, y1)[:, None] - (base[None].astype(int) - rh)
    inside = (rows >= 0) & (rows < rh)
    rows = np.clip(rows, 0, rh - 1)
    cols = np.arange(a.shape[1])[None]
    cover = a[rows, cols] * inside
    tone[y0:y1] += (s[rows, cols] - tone[y0:y1]) * cover
    alpha[y0:y1] += (1 - alpha[y0:y1]) * cover


def flowers(frame: Frame, span: tuple[float, float], count: int, name: str, depth: float) -> None:
    """Blossoms strewn over the ground between two heights, larger towards the viewer."""
    part = frame.rows(span[0] - 0.02, span[1] + 0.02)
    h = part.stop - part.start
    sheet = Image.new("RGBA", (frame.width * 2, h * 2))
    draw = ImageDraw.Draw(sheet)
    colors = frame.colors.choices("flowers")
    stream = frame.stream(name)
    drifts = ground_tone(frame, part, frame.horizon, name + "/drifts", 0.2, 3)
    at = stream.field(count, 5)
    at = at[np.argsort(at[:, 1])]
    for x, y, size, hue, turn in at.tolist():
        level = span[0] + (span[1] - span[0]) * y**0.85
        col, row = int(x * (frame.width - 1)), min(h - 1, max(0, int(level * frame.unit) - part.start))
        if drifts[row, col] < 0.50:
            continue
        t = min(1.2, (level - frame.horizon) / (frame.h - frame.horizon))
        r = (0.0012 + 0.0058 * t) * (0.6 + 0.7 * size) * frame.unit * 2
        color = colors[int((hue * 0.3 + drifts[row, col] * 2.6) * len(colors)) % len(colors)]
        _blossom(draw, (col * 2.0, (level * frame.unit - part.start) * 2), r, color * frame.colors.mid * 1.14, turn * 6.28)
    out = np.asarray(sheet.convert("RGBa").resize((frame.width, h), Image.Resampling.BOX).convert("RGBA"), F) * (1 / 255)
    foot = span[0] + (span[1] - span[0]) * 0.45 if depth < 1 else None
    frame.add(Layer(name, depth, out[..., :3].copy(), out[..., 3].copy(), top=part.start, kind="plant", foot=foot))
    frame.tick("Setting flowers")


def _blossom(draw: ImageDraw.ImageDraw, at: tuple[float, float], r: float, color: Array, turn: float) -> None:
    """Five petals and a heart, a stem below."""
    x, y = at
    ink = [tuple(int(v) for v in np.clip(color * m * 255, 0, 255)) + (255,) for m in (0.86, 1.0, 1.12)]
    for k in range(5):
        a = turn + k * 1.2566
        px, py = x + math.cos(a) * r, y + math.sin(a) * r * 0.8
        draw.ellipse([px - r * 0.66, py - r * 0.56, px + r * 0.66, py + r * 0.56], fill=ink[k % 3])
    heart = tuple(int(v) for v in np.clip(mix(color, np.array([0.95, 0.8, 0.35], F), 0.85) * 235, 0, 255)) + (255,)
    draw.ellipse([x - r * 0.42, y - r * 0.36, x + r * 0.42, y + r * 0.36], fill=heart)
