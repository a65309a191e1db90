"""The sky: its colours, the sun or the moon, stars. Clouds are in clouds.py."""

import math

import numpy as np

from engines.sketch.clouds import clouds
from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame, Layer, Light
from engines.sketch.noise import blur, fractal, mix, smooth
from engines.sketch.palette import WHITE, ramp
from engines.sketch.palette import rgb as hex_rgb

LOW = {"dawn": 0.10, "sunset": 0.09, "dusk": 0.04}


def place_light(frame: Frame) -> None:
    """Choose where the light comes from, and whether a sun or a moon is to be seen there."""
    scene, stream = frame.scene, frame.stream("light")
    left = stream.chance(0.5)
    across = stream.uniform(0.12, 0.38) if left else stream.uniform(0.62, 0.88)
    high = stream.uniform(0.0, 1.0)
    y = frame.horizon - (0.5 + 0.9 * high) * LOW[scene.time] if scene.time in LOW else (0.11 + 0.12 * high) * min(frame.h, 1.3)
    nouns = {thing.noun for thing in scene.things}
    veiled = scene.weather in ("overcast", "rain", "storm", "fog") or (scene.weather == "snow" and scene.time != "night")
    body = None
    if scene.time == "night":
        body = None if frame.without("moon") or (veiled and "moon" not in nouns) else "moon"
    elif scene.time != "dusk":
        body = None if frame.without("sun") or veiled else "sun"
    body = "sun" if "sun" in nouns else "moon" if "moon" in nouns else body
    radius = {"moon": 0.058, "sun": 0.034 if scene.time == "day" else 0.05}.get(body or "", 0.0)
    frame.light = Light(across * frame.w, y, body, radius)
    own = next((thing for thing in scene.things if thing.noun == body), None)
    if own is not None:
        frame.light.radius *= {"tiny": 0.6, "small": 0.8, "large": 1.9, "huge": 2.8}.get(own.size, 1.0)
        frame.light.tint = hex_rgb(own.color) if own.color else None


def sky(frame: Frame, bottom: float | None = None) -> None:
    """Lay the sky down to a little under the horizon (or to `bottom`)."""
    end = bottom if bottom is not None else min(frame.h, frame.horizon + 0.14)
    part = frame.rows(0, end)
    rgb = _gradient(frame, part)
    frame.tick("Painting the sky")
    veil = np.zeros((part.stop, frame.width), F)
    if frame.scene.time in ("night", "dusk") and not frame.without("star"):
        _stars(frame, rgb, part)
        frame.tick("Lighting the stars")
    if frame.light.body:
        _body(frame, rgb, part)
    if not frame.without("cloud"):
        veil = clouds(frame, rgb)
        if frame.light.tint is not None:
            _body(frame, rgb, part)
    glow = None
    if frame.light.body:
        far = np.hypot(frame.x - frame.light.x, frame.y[part] - frame.light.y)
        disc = smooth(frame.light.radius * 1.05, frame.light.radius * 0.9, far)
        bright = 0.8 if frame.light.body == "sun" and frame.light.tint is None else 0.12
        glow = disc * (1 - veil) * bright
    frame.add(Layer("sky", 0.0, rgb, np.ones(rgb.shape[:2], F), glow, kind="sky"))
    frame.tick("Painting the sky")


def _gradient(frame: Frame, part: slice) -> Array:
    """Zenith to horizon, warmer and brighter towards the light."""
    colors, light = frame.colors, frame.light
    t = np.clip(frame.y[part] * (1 / frame.horizon), 0, 1)
    rgb = np.repeat(ramp(t**1.15, colors.sky), frame.width, axis=1)
    if light.body is None and frame.scene.time != "dusk":
        return rgb
    dx, dy = frame.x - light.x, frame.y[part] - light.y
    low = frame.scene.time in LOW
    near = np.exp(np.hypot(dx * (0.75 if low else 1), dy * (1.5 if low else 1)) * -2.6)
    tight = np.exp(np.hypot(dx, dy) * -9)
    share = {"day": 0.34, "night": 0.24, "dusk": 0.5}.get(frame.scene.time, 0.62) * max(0.3, colors.sun)
    warm = colors.light if not low else mix(colors.light, colors.sky[-1], 0.3)
    rgb += (warm - rgb) * np.clip(near * share + tight * share * 0.7, 0, 0.92)[..., None]
    return rgb


def _stars(frame: Frame, rgb: Array, part: slice) -> None:
    """A few bright stars among many faint ones, and at night the milky way."""
    stream, h, w = frame.stream("stars"), part.stop, frame.width
    clear = {"clear": 1.0, "wind": 1.0, "clouds": 0.8, "snow": 0.5}.get(frame.scene.weather, 0.0)
    clear *= 1.0 if frame.scene.time == "night" else 0.45
    if not clear:
        return
    count = int(min(520 * frame.w * frame.h, 0.004 * w * h) + 6)
    at = stream.field(count, 3)
    xs, ys = (at[:, 0] * w).astype(int), (at[:, 1] ** 1.4 * h).astype(int)
    power = (0.16 + at[:, 2] ** 5) * clear
    sheet = np.zeros((h, w), F)
    np.maximum.at(sheet, (ys, xs), power)
    big = at[:, 2] > 0.9
    reach = max(1, round(frame.unit / 700))
    for x, y in zip(xs[big].tolist(), ys[big].tolist()):
        sheet[y, max(0, x - reach) : x + reach + 1] = np.maximum(sheet[y, max(0, x - reach) : x + reach + 1], 0.5 * clear)
        sheet[max(0, y - reach) : y + reach + 1, x] = np.maximum(sheet[max(0, y - reach) : y + reach + 1, x], 0.5 * clear)
        sheet[y, x] = clear
    fade = smooth(1.0, 0.55, frame.y[part] * (1 / frame.horizon))
    sheet *= fade
    sheet += blur(sheet, frame.unit / 260) * 1.6
    if frame.scene.time == "night":
        cloud = fractal(stream, (w, h), (frame.unit * 0.4,) * 2, 5, 0.6)
        lean = frame.y[part] - frame.h * 0.22 - (frame.x - frame.w * 0.5) * 0.45
        band = np.exp(-((lean * (1 / 0.17)) ** 2)) * smooth(0.3, 0.85, cloud) * fade * (0.28 * clear)
        rgb += (mix(frame.colors.sky[-1], WHITE, 0.35) - rgb) * band[..., None]
    rgb += sheet[..., None] * np.array([0.9, 0.95, 1.0], F)


def _body(frame: Frame, rgb: Array, part: slice) -> None:
    """The disc of the sun or the moon."""
    light, colors = frame.light, frame.colors
    reach = int((light.radius * 1.2) * frame.unit) + 2
    cx, cy = int(light.x * frame.unit), int(light.y * frame.unit)
    rows = slice(max(0, cy - reach), min(part.stop, cy + reach))
    cols = slice(max(0, cx - reach), min(frame.width, cx + reach))
    if rows.stop <= rows.start or cols.stop <= cols.start:
        return
    far = np.hypot(frame.x[:, cols] - light.x, frame.y[rows] - light.y)
    edge = max(0.7 / frame.unit, light.radius * 0.03)
    disc = smooth(light.radius + edge, light.radius - edge, far)
    if light.body == "moon":
        size = (far.shape[1], far.shape[0])
        seas = smooth(0.5, 0.72, fractal(frame.stream("moon"), size, (light.radius * frame.unit * 0.7,) * 2, 4, 0.55))
        limb = 1 - 0.12 * np.clip(far * (1 / light.radius), 0, 1) ** 3
        color = np.array([0.95, 0.93, 0.85], F) * ((1 - 0.20 * seas) * limb)[..., None]
        if frame.scene.time == "day":
            color = mix(color, WHITE, 0.4)
    else:
        color = np.broadcast_to(mix(colors.light, WHITE, 0.6), (*far.shape, 3))
    if light.tint is not None:
        color = mix(color, light.tint, 0.85)
    rgb[rows, cols] += (color - rgb[rows, cols]) * disc[..., None]


def toward_light(frame: Frame, x: float, y: float) -> tuple[float, float]:
    """The direction from a place to the light, as a unit vector (y grows downwards), never from below."""
    dx, dy = frame.light.x - x, min(-0.25, frame.light.y - y)
    far = math.hypot(dx, dy)
    return dx / far, dy / far
