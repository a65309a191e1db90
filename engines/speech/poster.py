"""The picture of a recording: its loudness from left to right, as bars."""

import numpy as np
from PIL import Image, ImageDraw

SIZE = 1024, 256
PAPER, INK, RULE = (250, 246, 236), (39, 62, 105), (224, 213, 190)
BAR, GAP = 6, 4
FINE = 2


def poster(sound: np.ndarray) -> Image.Image:
    """Bars of the peaks of a sound's samples, 16-bit, by channels."""
    width, height = SIZE[0] * FINE, SIZE[1] * FINE
    picture = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(picture)
    step = (BAR + GAP) * FINE
    count = width // step - 4
    left, middle = (width - count * step + GAP * FINE) // 2, height // 2
    draw.line((left, middle, width - left, middle), RULE, 2 * FINE)
    edges = np.linspace(0, len(sound), count + 1).astype(int)
    for k, (low, high) in enumerate(zip(edges, edges[1:])):
        part = np.asarray(sound[low : max(high, low + 1)])
        peak = float(np.abs(part.astype(np.int32)).max(initial=0)) / 32768
        half = int(peak**0.7 * (middle - 12 * FINE))
        x = left + k * step
        if half > FINE:
            draw.rounded_rectangle((x, middle - half, x + BAR * FINE, middle + half), BAR * FINE // 2, INK)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)
