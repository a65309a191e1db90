"""Brushwork: the picture painted again with bristle strokes that follow its forms, broad first and fine where there is detail."""

import math

import numpy as np

from engines.sketch.dice import Array, F, Stream
from engines.sketch.frame import Frame
from engines.sketch.noise import BOX, bands, blur, fractal, resize
from engines.sketch.palette import LUMA

TURNS = 16
CHUNK = 40_000
"""Pixels of paint laid at once: what stays in the processor's cache."""
LEVELS = ((0.046, 0.0135, 1.3, 0.0), (0.026, 0.0080, 1.2, 0.010), (0.0125, 0.0042, 1.15, 0.025))
"""Half length, half width (in units), spacing (in widths of about two), and the detail a place needs to be gone over."""


def brushed(frame: Frame, image: Array, share: float) -> Array:
    """The picture in strokes; `share` says how much of it stays smooth underneath (0 all strokes)."""
    unit = frame.unit
    soft = blur(image, unit * 0.004)
    h, w = soft.shape[:2]
    angle, detail = _forms(frame, image @ LUMA, soft @ LUMA)
    margin = int(0.05 * unit) + 3
    canvas = np.pad(soft, ((margin, margin), (margin, margin), (0, 0)), "edge")
    frame.tick("Laying on the strokes", 0.05)
    drawn, crisp = _drawn(frame), blur(image, unit * 0.0016)
    for number, (long, wide, gap, needed) in enumerate(LEVELS):
        frame.tick("Laying on the strokes", 0.12)
        _level(
            frame,
            canvas,
            crisp if number == 2 else soft,
            (angle, detail, drawn if number < 2 else None),
            (long * unit, wide * unit, gap, needed),
            number,
        )
    painted = canvas[margin : margin + h, margin : margin + w]
    np.maximum(drawn, share, out=drawn)
    for band in bands(h):
        sparks = np.clip(image[band] - soft[band] - 0.06, 0, 1)
        sparks *= 0.7
        painted[band] += (image[band] - painted[band]) * drawn[band][..., None]
        painted[band] += sparks
    return painted


def _forms(frame: Frame, sharp: Array, tone: Array) -> tuple[Array, Array]:
    """The way strokes lie and how much detail there is, both at half size: along edges, else with a slow current."""
    unit, (h, w) = frame.unit, tone.shape
    half = max(2, w // 2), max(2, h // 2)
    gy, gx = np.gradient(blur(resize(tone, *half, BOX), unit * 0.003))
    steep = np.hypot(gx, gy) * (unit * 0.5)
    flow = (fractal(frame.stream("flow"), half, (unit * 0.225,) * 2, 3) - 0.5) * 5.0
    angle = np.where(steep > 0.6, np.arctan2(gy, gx) + math.pi / 2, flow)
    fine = resize(np.abs(sharp - tone), *half, BOX)
    return angle, blur(fine, unit * 0.002) + steep * 0.004


def _drawn(frame: Frame) -> Array:
    """Where the drawing shows through the paint: faces, and walls with their windows."""
    mask = np.zeros((frame.height, frame.width), F)
    for layer in frame.layers:
        h, w = layer.alpha.shape
        part = mask[layer.top : layer.top + h, layer.left : layer.left + w]
        kept = 0.6 if layer.kind in ("building", "furniture") else 0.0
        if layer.thing:
            kept = 0.92 if h < frame.unit * 0.1 else 0.62
        part += (kept - part) * layer.alpha
    return mask


def _level(
    frame: Frame,
    canvas: Array,
    image: Array,
    fields: tuple[Array, Array, Array | None],
    size: tuple[float, float, float, float],
    number: int,
) -> None:
    """All strokes of one size, in two coats; none where the drawing shows, if that is given."""
    angle, detail, drawn = fields
    long, wide, gap, needed = size
    h, w = image.shape[:2]
    margin = (canvas.shape[0] - h) // 2
    stream = frame.stream(f"strokes{number}")
    step = max(2.0, wide * 2 * gap)
    rows, cols = max(1, int(h / step)), max(1, int(w / step))
    at = stream.field(rows * cols, 4)
    ys = np.clip((np.repeat(np.arange(rows), cols) + at[:, 0]) * (h / rows), 0, h - 1).astype(np.int32)
    xs = np.clip((np.tile(np.arange(cols), rows) + at[:, 1]) * (w / cols), 0, w - 1).astype(np.int32)
    half = np.minimum(ys // 2, angle.shape[0] - 1), np.minimum(xs // 2, angle.shape[1] - 1)
    keep = detail[half] > (needed or -1.0)
    if drawn is not None:
        keep &= drawn[ys, xs] <= 0.5
    ys, xs, at, lie = ys[keep], xs[keep], at[keep], angle[half][keep]
    if not len(ys):
        return
    color = image[ys, xs] * (1 + (at[:, 2:3] - 0.5) * 0.18) + (at[:, 3:4] - 0.5) * np.array([0.035, 0.0, -0.035], F)
    turn = np.round((lie + (at[:, 2] - 0.5) * 0.5) * (TURNS / math.pi)).astype(int) % TURNS
    flat = canvas.reshape(-1, 3)
    order = np.argsort(at[:, 3])
    for coat in (order[::2], order[1::2]):
        for k in range(TURNS):
            if k % 4 == 0:
                frame.tick("Laying on the strokes", 0.02)
            here = coat[turn[coat] == k]
            if len(here):
                _stamp(flat, canvas.shape[1], (ys[here] + margin, xs[here] + margin), color[here], _bristles(stream, long, wide, k))


def _bristles(stream: Stream, long: float, wide: float, turn: int) -> tuple[Array, Array, Array, Array]:
    """One brush mark: pixel offsets, how much paint is there, and its ridges."""
    reach = int(math.ceil(long)) + 1
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    a = turn * math.pi / TURNS
    along, across = (dx * math.cos(a) + dy * math.sin(a)) / long, (dy * math.cos(a) - dx * math.sin(a)) / max(0.8, wide)
    hairs = stream.field(24)
    lane = np.clip((across * 0.5 + 0.5) * 23, 0, 23).astype(int)
    body = np.clip((1.0 - np.abs(across) ** 3) * 2, 0, 1) * np.clip((1.0 - np.abs(along) - 0.35 * hairs[lane] * (along > 0)) * 5, 0, 1)
    body = np.where((np.abs(across) < 1) & (np.abs(along) < 1), body, 0)
    on = body > 0.06
    ridge = (hairs[lane] - 0.5) * 0.10
    return dy[on], dx[on], (body[on] * 0.88).astype(F), ridge[on].astype(F)


def _stamp(flat: Array, width: int, at: tuple[Array, Array], color: Array, mark: tuple[Array, Array, Array, Array]) -> None:
    """Set the mark at every place; where marks of one coat meet, the last one covers."""
    dy, dx, paint, ridge = mark
    reach = dy * width + dx
    place, relief, cover = at[0] * width + at[1], (1 + ridge)[None, :, None], paint[None, :, None]
    few = max(1, CHUNK // max(1, len(reach)))
    for first in range(0, len(place), few):
        index = place[first : first + few, None] + reach[None]
        under = np.take(flat, index, axis=0)
        wanted = color[first : first + few, None, :] * relief
        wanted -= under
        wanted *= cover
        wanted += under
        flat[index] = wanted
