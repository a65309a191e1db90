"""Weather in the air: rain, snow, fog, storm and wind, as layers of their own so that films can move them."""

import numpy as np
from PIL import Image, ImageDraw

from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame, Layer
from engines.sketch.noise import blur, fractal, mix, smooth
from engines.sketch.palette import WHITE, rgb


def weather(frame: Frame) -> None:
    """Lay this weather over the scene; indoors it stays outside the window."""
    kind = frame.scene.weather
    if frame.scene.setting == "space" or frame.without(kind):
        return
    if kind in ("fog", "rain", "storm"):
        _mist(frame, 0.9 if kind == "fog" else 0.16)
    if frame.indoors:
        return
    if kind in ("rain", "storm"):
        _rain(frame, 1.0 if kind == "rain" else 1.5)
    elif kind == "snow":
        _snow(frame)
    elif kind == "wind":
        _leaves(frame)


def lightning(frame: Frame) -> None:
    """A forked bolt from the clouds, behind everything but the sky."""
    if frame.scene.weather != "storm" or frame.indoors or frame.without("lightning"):
        return
    stream = frame.stream("lightning")
    sheet = Image.new("L", (frame.width, frame.height))
    draw = ImageDraw.Draw(sheet)
    x, y = stream.uniform(0.25, 0.75) * frame.w, frame.h * 0.06
    _bolt(draw, frame, (x, y), frame.horizon - 0.01, max(1.5, frame.unit * 0.005), iter(stream.normal(400).tolist()), 3)
    core = np.asarray(sheet, F) * (1 / 255)
    halo = blur(core, frame.unit * 0.012) * 2.2 + blur(core, frame.unit * 0.06) * 2.5
    alpha = np.clip(core + halo * 0.5, 0, 1)
    color = np.broadcast_to(rgb("#dfe6ff"), (*alpha.shape, 3)).astype(F)
    frame.add(Layer("lightning", 0.02, color, alpha, np.clip(core + halo * 0.3, 0, 1), kind="sky"))


def _bolt(draw: ImageDraw.ImageDraw, frame: Frame, at: tuple[float, float], end: float, thick: float, luck: "object", forks: int) -> None:
    """A crooked line downwards that forks on its way."""
    x, y = at
    while y < end:
        nx, ny = x + next(luck) * 0.022, y + 0.018 + abs(next(luck)) * 0.018  # type: ignore[call-overload]
        draw.line([(x * frame.unit, y * frame.unit), (nx * frame.unit, ny * frame.unit)], fill=255, width=max(1, round(thick)))
        x, y = nx, ny
        if forks and next(luck) > 1.0:  # type: ignore[call-overload]
            forks -= 1
            _bolt(draw, frame, (x + 0.01, y), min(end, y + 0.12), thick * 0.5, luck, 0)


def _mist(frame: Frame, amount: float) -> None:
    """Banks of mist lying over the land, one behind the figures and a thin one before them."""
    top, unit = frame.horizon - 0.34, frame.unit
    part = frame.rows(max(0.0, top), frame.h)
    n = fractal(frame.stream("mist"), (frame.width, part.stop - part.start), (unit * 0.55, unit * 0.16), 5, 0.5)
    deep = 0.3 if amount > 0.5 else 0.2
    rise = np.exp(-(((frame.y[part] - frame.horizon - 0.06) * (1 / deep)) ** 2))
    a = np.clip((smooth(0.22, 0.75, n) * 0.75 + 0.25) * rise * amount, 0, 0.92)
    color = np.broadcast_to(mix(frame.colors.haze, WHITE, 0.06), (*a.shape, 3)).astype(F)
    behind = max(0, sum(1 for layer in frame.layers if layer.depth < 0.5 and not layer.thing) - 1)
    if not frame.indoors:
        frame.layers.insert(behind + 1, Layer("mist", 0.5, color, a, top=part.start, kind="weather"))
        frame.add(
            Layer(
                "near mist",
                1.1,
                color,
                a * ((0.6 if amount > 0.5 else 0.35) * smooth(0.0, 0.3, frame.y[part] - frame.horizon + 0.2)),
                top=part.start,
                kind="weather",
            )
        )
    frame.tick("Letting the mist rise")


def _rain(frame: Frame, force: float) -> None:
    """Slanting streaks, long and few in front, short and many behind; splashes on the ground."""
    for name, count, size, power, depth in (("far rain", 700, 0.6, 0.30, 0.9), ("near rain", 170, 1.5, 0.46, 1.2)):
        sheet = Image.new("L", (frame.width, frame.height))
        draw = ImageDraw.Draw(sheet)
        at = frame.stream(name).field(int(count * force * frame.w), 3)
        lean = 0.16 if force < 1.2 else 0.34
        for x, y, z in at.tolist():
            long = (0.018 + 0.04 * z) * size
            px, py = (x * 1.3 - 0.05) * frame.width, (y * 1.1 - 0.05) * frame.height
            draw.line(
                [(px, py), (px - long * lean * frame.unit, py + long * frame.unit)],
                fill=int(70 + 150 * z),
                width=max(1, round(frame.unit * 0.0016 * size)),
            )
        a = blur(np.asarray(sheet, F) * (1 / 255), 0.8) * power
        color = np.broadcast_to(mix(frame.colors.haze, WHITE, 0.4), (*a.shape, 3)).astype(F)
        frame.add(Layer(name, depth, color, a, kind="weather"))
        frame.tick("Letting it rain")


def _snow(frame: Frame) -> None:
    """Flakes in three distances; the nearest are large and out of focus."""
    white = mix(frame.colors.lit, WHITE, 0.55) if frame.scene.time != "night" else np.array([0.86, 0.91, 1.0], F)
    for name, count, radius, soft, power in (
        ("far snow", 620, 0.0014, 0.0, 0.75),
        ("snow", 170, 0.0030, 0.001, 0.85),
        ("near snow", 26, 0.0085, 0.004, 0.5),
    ):
        sheet = Image.new("L", (frame.width * 2, frame.height * 2))
        draw = ImageDraw.Draw(sheet)
        at = frame.stream(name).field(int(count * frame.w * frame.h) + 4, 3)
        for x, y, z in at.tolist():
            r = max(0.9, radius * (0.6 + 0.8 * z) * frame.unit * 2)
            px, py = x * frame.width * 2, y * frame.height * 2
            draw.ellipse([px - r, py - r, px + r, py + r], fill=int(140 + 115 * z))
        a = np.asarray(sheet.resize((frame.width, frame.height), Image.Resampling.BOX), F) * (power / 255)
        if soft * frame.unit > 0.6:
            a = blur(a, soft * frame.unit)
        frame.add(Layer(name, 1.2, np.broadcast_to(np.minimum(white, 1.0), (*a.shape, 3)).astype(F), a.astype(F), kind="weather"))
        frame.tick("Letting it snow")


def _leaves(frame: Frame) -> None:
    """Leaves and petals carried along by the wind."""
    if frame.without("leaf", "leaves"):
        return
    sheet = Image.new("RGBA", (frame.width * 2, frame.height * 2))
    draw = ImageDraw.Draw(sheet)
    colors: list[Array] = (
        frame.colors.choices("leaves") or frame.colors.choices("blossom") or [frame.colors.material("foliage"), rgb("#c9a74a")]
    )
    for x, y, size, turn, hue in frame.stream("leaves").field(int(26 * frame.w) + 3, 5).tolist():
        r = (0.004 + 0.008 * size) * frame.unit * 2
        px, py, a = x * frame.width * 2, (0.15 + 0.8 * y) * frame.height * 2, turn * 6.283
        c, s = np.cos(a) * r, np.sin(a) * r
        ink = tuple(int(v) for v in np.clip(colors[int(hue * len(colors)) % len(colors)] * frame.colors.lit * 240, 0, 255)) + (235,)
        draw.polygon([(px - c, py - s), (px + s * 0.45, py - c * 0.45), (px + c, py + s), (px - s * 0.45, py + c * 0.45)], fill=ink)
    out = np.asarray(sheet.convert("RGBa").resize((frame.width, frame.height), Image.Resampling.BOX).convert("RGBA"), F) * (1 / 255)
    frame.add(Layer("leaves", 1.1, out[..., :3].copy(), out[..., 3].copy(), kind="weather"))
    frame.tick("Letting the wind blow")
