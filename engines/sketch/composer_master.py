"""The master: a mix is brought to its loudness under a ceiling by a limiter that looks ahead and lets go slowly, as music wants it.

Loudness is measured by engines/loudness.py. The gains are found on energies and peaks that are measured once, so that trying again
costs nothing.
"""

from collections.abc import Callable

import numpy as np

from engines.loudness import Levels, Meter, gated, measure, pieces
from engines.sketch.composer_sound import RATE, Array, F

TARGET, CEILING, LIMIT = -14.0, -1.2, -2.0
"""LUFS; dBTP that the result is measured against; dB at which samples are limited, so that what lies between them stays under it."""
BLOCK = 105
STEP = RATE // 10
CHUNK = 100 * STEP
RISE, FALL = 0.012, 0.25
"""By how much the gain may come up and go down from block to block (2.4 ms)."""


def master(sound: Array, tell: Callable[[float], None]) -> Levels:
    """Bring a mix (two rows) to -14 LUFS under the ceiling, in place; what was reached."""
    most = 10 ** (LIMIT / 20)
    peaks, power = _measured(sound, lambda share: tell(0.6 * share))
    gain, gains = 10 ** ((TARGET - gated(power)) / 20), np.ones(len(peaks))
    for _ in range(8):
        gains = _limits(peaks * gain, most)
        now = gated(power * gain**2 * _per_step(gains, len(power)))
        if abs(now - TARGET) < 0.05:
            break
        gain *= 10 ** ((TARGET - now) / 20)
    _apply(sound, gains * gain)
    tell(0.7)
    reached = measure(sound.T, RATE)
    if reached.peak > CEILING:
        sound *= F(10 ** ((CEILING - reached.peak) / 20))
        reached = Levels(reached.lufs + CEILING - reached.peak, CEILING)
    return reached


def _measured(sound: Array, tell: Callable[[float], None]) -> tuple[Array, Array]:
    """The peak of every block, and the K-weighted energy of every 100 ms."""
    meter, peaks = Meter(RATE), []
    for _, high, piece in pieces(sound.T, CHUNK, meter.pad):
        meter.put(piece)
        peaks.append(_folded(np.abs(piece[meter.pad : len(piece) - meter.pad]).max(1), BLOCK).max(1))
        tell(high / sound.shape[1])
    return np.concatenate(peaks).astype(float), meter.energies()


def _folded(row: Array, size: int) -> Array:
    return np.pad(row, (0, -len(row) % size)).reshape(-1, size)


def _limits(peaks: Array, most: float) -> Array:
    """The gain of every block, at most 1: down before a peak comes, up again slowly after it."""
    padded = np.pad(np.minimum(1.0, most / np.maximum(peaks, 1e-9)), 2, constant_values=1.0)
    gains: list[float] = np.min([padded[shift : shift + len(peaks)] for shift in range(5)], axis=0).tolist()
    for index in range(1, len(gains)):
        gains[index] = min(gains[index], gains[index - 1] + RISE)
    for index in range(len(gains) - 2, -1, -1):
        gains[index] = min(gains[index], gains[index + 1] + FALL)
    return np.array(gains)


def _per_step(gains: Array, steps: int) -> Array:
    """The mean squared gain of every step of 100 ms."""
    at = (np.arange(len(gains)) * BLOCK // STEP).clip(0, steps - 1)
    return np.bincount(at, gains**2, steps) / np.maximum(1, np.bincount(at, minlength=steps))


def _apply(sound: Array, gains: Array) -> None:
    """The gains as a curve between the middles of the blocks, in place."""
    middles = np.arange(len(gains)) * BLOCK + BLOCK / 2
    for at in range(0, sound.shape[1], CHUNK):
        end = min(sound.shape[1], at + CHUNK)
        sound[:, at:end] *= np.interp(np.arange(at, end), middles, gains).astype(F)
