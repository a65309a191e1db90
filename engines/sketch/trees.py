"""Trees and bushes: a few drawn as stamps per picture, set many times in rows, lit and coloured row by row."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw

from engines.sketch.dice import Array, F, Stream
from engines.sketch.frame import Frame, Layer
from engines.sketch.noise import BILINEAR, blur, fractal, mix, moved, smooth
from engines.sketch.palette import ramp
from engines.sketch.puffs import puffs


@dataclass
class Stamp:
    """A tree in tones: coverage, light, how much is wood, and where snow would lie. Its foot is at the bottom middle."""

    alpha: Array
    tone: Array
    wood: Array
    snow: Array

    @cached_property
    def prints(self) -> list[Image.Image]:
        """Light, wood, snow and coverage as the four bytes of a pixel, so that all are sized at once; then halved and halved."""
        maps = np.stack([self.tone, self.wood, self.snow, self.alpha], axis=2)
        h, w = self.alpha.shape
        found = [Image.frombuffer("CMYK", (w, h), (np.clip(maps, 0, 1) * 255 + 0.5).astype(np.uint8).tobytes(), "raw", "CMYK", 0, 1)]
        while found[-1].height > 8:
            found.append(found[-1].reduce(2))
        return found

    def sized(self, height: int, flip: bool) -> Image.Image:
        """Its print at another height; much smaller ones start from a halved copy."""
        height = max(3, height)
        near = next((each for each in self.prints if each.height <= height * 2.2), self.prints[-1])
        sized = near.resize((max(2, round(near.width * height / near.height)), height), BILINEAR)
        return sized.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if flip else sized


@dataclass
class Row:
    """Trees set one over another: their maps, what they cover, and the hue each has of its own."""

    maps: Image.Image
    cover: Image.Image
    hues: Image.Image

    @classmethod
    def empty(cls, width: int, height: int) -> "Row":
        """A row in which no tree stands yet."""
        return cls(*(Image.new(mode, (width, height)) for mode in ("CMYK", "L", "L")))

    def paste(self, tree: Image.Image, hue: float, left: int, top: int) -> None:
        """Set a tree in front of the others."""
        mask = tree.getchannel(3)
        box = (left, top, left + tree.width, top + tree.height)
        self.maps.paste(tree, box, mask)
        self.cover.paste(255, box, mask)
        self.hues.paste(round(hue * 255), box, mask)

    def tones(self) -> list[Array]:
        """Coverage, light, wood, snow and hue, from 0 to 1."""
        maps = np.asarray(self.maps)
        sheets: list[Array] = [np.asarray(self.cover), maps[..., 0], maps[..., 1], maps[..., 2], np.asarray(self.hues)]
        return [np.multiply(sheet, 1 / 255, dtype=F) for sheet in sheets]


def conifer(stream: Stream, height: int, lean: float) -> Stamp:
    """A fir: tiers of drooping boughs with light tips, narrower upwards."""
    h = max(24, height)
    w = int(h * stream.uniform(0.36, 0.46))
    tiers = 11
    sheet, snow = Image.new("LA", (w * 2, h * 2)), Image.new("L", (w * 2, h * 2))
    draw, fall = ImageDraw.Draw(sheet), ImageDraw.Draw(snow)
    mid, k = float(w), h * 2.0
    draw.rectangle([mid - h * 0.022, k * 0.85, mid + h * 0.022, k], fill=(96, 255))
    at = stream.field(tiers, 16)
    for tier in range(tiers):
        low = 0.95 - 0.86 * (tier / tiers) ** 1.05
        reach = (0.96 - 0.90 * (tier / tiers) ** 0.92) * w * (0.86 + 0.2 * float(at[tier, 0]))
        top = max(0.005, low - 0.19)
        n = 8
        xs = np.linspace(-1, 1, n * 2 + 1)
        droop = np.abs(xs) ** 1.6 * 0.05
        jag = np.where(np.arange(n * 2 + 1) % 2 == 0, 0.0, -0.03) + (at[tier, :16].mean() - 0.5) * 0.01
        jag = jag + np.append(at[tier], 0.5)[: n * 2 + 1] * 0.02
        edge = [(mid + x * reach, (low - 0.05 + d + j) * k) for x, d, j in zip(xs, droop, jag)]
        crown = [(mid + reach * 0.13, top * k), (mid - reach * 0.13, top * k)]
        draw.polygon(edge + crown, fill=(int(84 + 26 * float(at[tier, 1])), 255))
        tips = edge + [(mid + (x * 0.93) * reach, y - k * 0.030 * (0.4 + abs(x))) for x, y in zip(xs[::-1], (p[1] for p in edge[::-1]))]
        draw.polygon(tips, fill=(int(138 + 30 * float(at[tier, 2])), 255))
        fall.polygon(edge + crown, fill=0)
        fall.polygon(tips, fill=255)
    small = np.asarray(sheet.resize((w, h), Image.Resampling.BOX), F) * (1 / 255)
    alpha = small[..., 1]
    tone = small[..., 0] / np.maximum(alpha, 0.2)
    side = np.linspace(-1, 1, w, dtype=F)[None] * lean
    tone = tone + side * 0.16 + (fractal(stream, (w, h), (h * 0.03, h * 0.03), 3) - 0.5) * 0.25
    wood = np.zeros((h, w), F)
    wood[int(h * 0.93) :] = 1
    white = np.asarray(snow.resize((w, h), Image.Resampling.BOX), F) * (1 / 255)
    patch = smooth(0.3, 0.62, fractal(stream, (w, h), (h * 0.07, h * 0.045), 3, 0.6))
    white = np.clip(blur(white, h * 0.006) * (0.35 + patch * 0.9), 0, 1)
    return _needled(stream, Stamp(alpha, tone, wood * (alpha > 0), white))


def _needled(stream: Stream, tree: Stamp) -> Stamp:
    """The tree with its edges frayed into needles that hang outwards and down."""
    h, w = tree.alpha.shape
    cell = max(2.0, h * 0.011)
    comb = fractal(stream, (w, h), (cell * 0.6, cell * 1.6), 2, 0.6) - 0.5
    bulk = fractal(stream, (w, h), (h * 0.05, h * 0.04), 2, 0.6) - 0.5
    side = np.linspace(-1, 1, w, dtype=F)[None]
    dy = comb * h * 0.024 + bulk * h * 0.03
    dx = comb * side * h * 0.02 + bulk * h * 0.02
    rows = np.clip(np.arange(h, dtype=F)[:, None] + dy, 0, h - 1).astype(np.int32)
    cols = np.clip(np.arange(w, dtype=F)[None] + dx, 0, w - 1).astype(np.int32)
    return Stamp(tree.alpha[rows, cols], tree.tone[rows, cols] + comb * 0.22, tree.wood, tree.snow[rows, cols])


def broadleaf(stream: Stream, height: int, toward: tuple[float, float], trunk: float = 0.36) -> Stamp:
    """A round-headed tree: a crown of lit balls on a forked trunk. With trunk 0 it is a bush."""
    h = max(24, height)
    w = int(h * (1.0 if trunk else 1.7))
    cx, cy = w / 2, h * (0.4 if trunk else 0.62)
    rx, ry = w * (0.30 if trunk else 0.34), h * (0.25 if trunk else 0.28)
    n = 26
    at = stream.field(n, 4)
    angle, far = at[:, 0] * 6.283, np.sqrt(at[:, 1]) * 0.95
    r = (0.075 + 0.075 * at[:, 2]) * (h if trunk else h * 1.1)
    balls = np.stack([cx + np.cos(angle) * far * rx, cy + np.sin(angle) * far * ry, r], 1)
    body, tone = puffs(balls, (w, h), toward, stream, 0.5)
    alpha = smooth(0.0, 0.16, body)
    leaf = fractal(stream, (w, h), (h * 0.035, h * 0.03), 3, 0.7)
    tone = blur(tone, h * 0.008) * 0.75 + 0.1 + (leaf - 0.5) * 0.42
    tone = tone + (0.5 - np.linspace(0, 1, h, dtype=F)[:, None]) * 0.28
    wood = np.zeros((h, w), F)
    if trunk:
        stem = _stem(stream, w, h)
        side = smooth(-0.5, 0.5, np.linspace(-1, 1, w, dtype=F)[None] * 5 * (1 if toward[0] > 0 else -1))
        behind = stem * (1 - alpha)
        tone = tone * (1 - behind) + (0.25 + 0.4 * side) * behind
        wood = behind
        alpha = np.maximum(alpha, stem)
    snow = smooth(0.02, 0.16, alpha - moved(alpha, 0, h * 0.05)) + smooth(0.62, 0.8, tone) * 0.5
    return Stamp(alpha, np.clip(tone, 0, 1), wood, np.clip(snow, 0, 1) * alpha)


def _stem(stream: Stream, w: int, h: int) -> Array:
    """A trunk that widens at the foot and forks into the crown."""
    sheet = Image.new("L", (w * 2, h * 2))
    draw = ImageDraw.Draw(sheet)
    mid, k, bend = w * 1.0, h * 2.0, stream.uniform(-0.04, 0.04) * h * 2
    draw.polygon(
        [
            (mid - k * 0.04, k),
            (mid - k * 0.02, k * 0.9),
            (mid + bend - k * 0.014, k * 0.5),
            (mid + bend + k * 0.014, k * 0.5),
            (mid + k * 0.022, k * 0.9),
            (mid + k * 0.045, k),
        ],
        fill=255,
    )
    for side in (-1, 1):
        draw.line([(mid + bend * 0.6, k * 0.68), (mid + side * w * 0.32, k * 0.44)], fill=255, width=max(1, int(k * 0.014)))
    return np.asarray(sheet.resize((w, h), Image.Resampling.BOX), F) * (1 / 255)


def bare(stream: Stream, height: int, toward: tuple[float, float]) -> Stamp:
    """A leafless winter tree: branches that fork until they are twigs."""
    h = max(24, height)
    w = int(h * 0.9)
    sheet = Image.new("L", (w * 2, h * 2))
    draw = ImageDraw.Draw(sheet)
    luck = iter(stream.field(2048).tolist())

    def grow(x: float, y: float, angle: float, length: float, thick: float, deep: int) -> None:
        x1, y1 = x + np.sin(angle) * length, y - np.cos(angle) * length
        draw.line([(x, y), (x1, y1)], fill=255, width=max(1, round(thick)))
        if deep:
            for side in (-1, 1):
                spread = 0.18 + 0.42 * next(luck)
                grow(x1, y1, angle + side * spread, length * (0.66 + 0.16 * next(luck)), thick * 0.66, deep - 1)

    grow(w, h * 2.0, (next(luck) - 0.5) * 0.1, h * 0.52, h * 0.06, 7)
    alpha = np.asarray(sheet.resize((w, h), Image.Resampling.BOX), F) * (1 / 255)
    side = np.linspace(-1, 1, w, dtype=F)[None] * (1 if toward[0] > 0 else -1)
    tone = 0.42 + 0.2 * side + np.zeros((h, w), F)
    snow = np.clip(alpha - moved(alpha, 0, max(1, h * 0.008)), 0, 1)
    return Stamp(alpha, tone, np.ones((h, w), F), snow)


class Wood:
    """The stamps of one picture."""

    def __init__(self, frame: Frame, kind: str, height: float) -> None:
        self.frame = frame
        self.kind = kind
        self.closed = False
        """Whether rows are closed towards the ground, so that no light shows under them: a far wood."""
        px = int(min(720.0, height * frame.unit)) + 8
        lean = 1.0 if frame.light.x > frame.w / 2 else -1.0
        toward = (0.6 * lean, -0.75)
        streams = [frame.stream(f"{kind}/{k}") for k in range(3)]
        makers = {
            "pine": lambda s: conifer(s, px, lean),
            "leafy": lambda s: broadleaf(s, px, toward),
            "bush": lambda s: broadleaf(s, px, toward, 0.0),
            "bare": lambda s: bare(s, px, toward),
        }
        self.stamps = []
        for stream in streams:
            self.stamps.append(makers[kind](stream))
            frame.tick("Planting trees", 0.01)

    def foliage(self) -> str:
        """The material of the leaves."""
        return "pine" if self.kind == "pine" else "foliage"

    def row(
        self,
        name: str,
        feet: Array,
        heights: tuple[float, float],
        spacing: float,
        *,
        depth: float,
        air: tuple[float, float] = (0.0, 0.0),
        gap: tuple[float, float] | None = None,
    ) -> None:
        """A row of trees along a foot line, left out within `gap` (shares of the width), behind `air` (haze and mist)."""
        fill = self.closed
        frame, unit = self.frame, self.frame.unit
        part = frame.rows(float(feet.min()) - heights[1] * 1.02, float(feet.max()) + (0.05 if fill else 0.012))
        row = Row.empty(frame.width, part.stop - part.start)
        count = max(1, int(frame.w / spacing) + 2)
        at = frame.stream(name).field(count, 6)
        order = np.argsort(at[:, 5])
        for number, k in enumerate(order.tolist()):
            if number % 12 == 11:
                frame.tick("Planting trees", 0.01)
            x = (k - 0.5 + (float(at[k, 0]) - 0.5) * 0.9) * spacing
            if gap and gap[0] < x / frame.w < gap[1]:
                continue
            tall = heights[0] + (heights[1] - heights[0]) * float(at[k, 1])
            tree = self.stamps[int(float(at[k, 2]) * 2.999)].sized(int(tall * unit), float(at[k, 3]) > 0.5 and self.kind != "pine")
            foot = float(feet[frame.column(x)]) + 0.006 + float(at[k, 4]) * 0.012
            row.paste(tree, float(at[k, 5]), round(x * unit - tree.width / 2), round(foot * unit) - tree.height - part.start)
        sheets = row.tones()
        if fill:
            _fill(sheets, np.clip((frame.y[part] - feet[None]) * unit, 0, 1))
        rgb = self._colored(sheets, air, feet, part)
        frame.add(Layer(name, depth, rgb, sheets[0], top=part.start, kind="plant", foot=float(feet.max()) + 0.012))
        frame.tick("Planting trees")

    def _colored(self, sheets: list[Array], air: tuple[float, float], feet: Array, part: slice) -> Array:
        haze, mist = air
        _, tone, wood, snow, hue = sheets
        colors, frame = self.frame.colors, self.frame
        rgb = self._leaves(tone, hue, haze)
        if float(wood.max()) > 0:
            rgb = mix(rgb, ramp(tone, colors.stops("bark", haze)), wood[..., None])
        if frame.snowy:
            white = ramp(np.clip(tone * 0.7 + 0.24, 0, 1), colors.stops("snow", haze * 0.8))
            rgb = mix(rgb, white, (np.clip(snow * 1.1, 0, 1) * 0.9)[..., None])
        if mist:
            low = smooth(-0.16, 0.02, frame.y[part] - feet[None]) * mist * (1 + colors.haziness)
            rgb = mix(rgb, colors.haze, np.clip(low, 0, 0.92)[..., None])
        return rgb.astype(F)

    def _leaves(self, tone: Array, hue: Array, haze: float) -> Array:
        """Leaf colour; in autumn and in blossom it changes from tree to tree."""
        colors = self.frame.colors
        several = colors.choices("leaves") or (colors.choices("blossom") if self.kind == "leafy" else [])
        out = ramp(tone, colors.stops(self.foliage(), haze), colors.steps)
        if self.kind == "pine" or not several:
            return out
        each = 0.85 / len(several)
        for k, color in enumerate(several):
            share = smooth(0.15 + each * k - 0.01, 0.15 + each * k + 0.01, hue)
            out += (ramp(tone, colors.stops(color, haze), colors.steps) - out) * share[..., None]
        return out


def _fill(sheets: list[Array], below: Array) -> None:
    """Close a row towards the ground, so that no light shows under a hedge or a far wood."""
    sheets[1] = np.where(below > sheets[0], 0.3, sheets[1])
    sheets[0] = np.maximum(sheets[0], below)

