"""The master: loudness by ITU-R BS.1770, true peaks by oversampling, and a limiter that looks ahead."""

import math
from collections.abc import Callable

import numpy as np

from engines.sketch.composer_sound import RATE, Array, F

TARGET, CEILING = -14.0, -1.5
BLOCK = 110
STEP = RATE // 10
CHUNK = 100 * STEP
WARM = 4 * STEP
PHASES = 4
TAPS = 24


def _shelf() -> tuple[list[float], list[float]]:
    slope = math.tan(math.pi * 1681.974450955533 / RATE)
    high, middle, q = 10 ** (3.999843853973347 / 20), 10 ** (3.999843853973347 / 20 * 0.4996667741545416), 0.7071752369554196
    base = 1 + slope / q + slope * slope
    return (
        [(high + middle * slope / q + slope * slope) / base, 2 * (slope * slope - high) / base, (high - middle * slope / q + slope * slope) / base],
        [1.0, 2 * (slope * slope - 1) / base, (1 - slope / q + slope * slope) / base],
    )


def _high_pass() -> tuple[list[float], list[float]]:
    slope, q = math.tan(math.pi * 38.13547087602444 / RATE), 0.5003270373238773
    base = 1 + slope / q + slope * slope
    return [1.0, -2.0, 1.0], [1.0, 2 * (slope * slope - 1) / base, (1 - slope / q + slope * slope) / base]


def _weighted(sound: Array) -> Array:
    """The K curve, applied in the frequency domain."""
    count = sound.shape[1]
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(count))
    spectrum = np.fft.rfft(sound, axis=1)
    for above, below in (_shelf(), _high_pass()):
        spectrum *= (above[0] + above[1] * turn + above[2] * turn**2) / (below[0] + below[1] * turn + below[2] * turn**2)
    return np.fft.irfft(spectrum, count, axis=1)


def energies(sound: Array, step: int = STEP) -> Array:
    """Mean square of the K-weighted sound for every step (100 ms as a rule), both channels together."""
    found = []
    for at in range(0, sound.shape[1], CHUNK):
        before = min(at, WARM)
        piece = _weighted(sound[:, at - before : at + CHUNK + WARM])[:, before : before + min(CHUNK, sound.shape[1] - at)]
        power = (piece**2).sum(0)
        whole = len(power) // step * step
        found.append(power[:whole].reshape(-1, step).mean(1))
    return np.concatenate(found)


def loudness(power: Array) -> float:
    """Integrated loudness in LUFS from the energies of 100 ms steps: blocks of 400 ms, gated at -70 and 10 below."""
    blocks = np.convolve(power, np.ones(4) / 4, "valid") if len(power) >= 4 else power
    loud = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    if not len(loud):
        return -99.0
    gate = loud.mean() / 10
    return float(-0.691 + 10 * np.log10(loud[loud > gate].mean()))


def _peaks(sound: Array) -> Array:
    """The largest true peak of every block of 2.5 ms: four times oversampled by a windowed sinc."""
    place = np.arange(-TAPS // 2, TAPS // 2) + 1
    blocks = -(-sound.shape[1] // BLOCK)
    found = np.zeros(blocks)
    for at in range(0, blocks * BLOCK, 4000 * BLOCK):
        first = max(0, at - TAPS)
        piece = np.pad(sound[:, first : at + 4000 * BLOCK + TAPS], ((0, 0), (TAPS - (at - first), TAPS)))
        size = min(4000 * BLOCK, blocks * BLOCK - at)
        highest = np.zeros(size, F)
        for phase in range(PHASES):
            share = phase / PHASES
            kernel = (np.sinc(place - share) * np.cos((place - share) * np.pi / (TAPS + 2)) ** 2).astype(F)
            for row in piece:
                heard = np.abs(row if phase == 0 else np.convolve(row, kernel[::-1], "same"))[TAPS : TAPS + size]
                highest[: len(heard)] = np.maximum(highest[: len(heard)], heard)
        found[at // BLOCK : (at + size) // BLOCK] = highest.reshape(-1, BLOCK).max(1)
    return found


def true_peak(sound: Array) -> float:
    """The highest true peak in dBTP."""
    return float(20 * np.log10(max(1e-9, _peaks(sound).max())))


def _limits(peaks: Array, most: float) -> Array:
    """The gain of every block, at most 1: down before a peak comes, up again slowly after it."""
    wanted = np.minimum(1.0, most / np.maximum(peaks, 1e-9))
    padded = np.pad(wanted, 2, constant_values=1.0)
    wanted = np.min([padded[shift : shift + len(wanted)] for shift in range(5)], axis=0)
    gains = wanted.tolist()
    for index in range(1, len(gains)):
        gains[index] = min(gains[index], gains[index - 1] + 0.012)
    for index in range(len(gains) - 2, -1, -1):
        gains[index] = min(gains[index], gains[index + 1] + 0.25)
    return np.array(gains)


def master(sound: Array, tell: Callable[[float], None]) -> tuple[float, float]:
    """Bring a mix to -14 LUFS under the ceiling, in place; returns its loudness and true peak."""
    most = 10 ** (CEILING / 20)
    peaks = _peaks(sound)
    tell(0.3)
    fine = energies(sound)
    tell(0.6)
    gain = 10 ** ((TARGET - loudness(fine)) / 20)
    gains = np.ones(len(peaks))
    for _ in range(8):
        gains = _limits(peaks * gain, most)
        now = loudness(fine * gain**2 * _per_step(gains, len(fine)))
        if abs(now - TARGET) < 0.05:
            break
        gain *= 10 ** ((TARGET - now) / 20)
    _apply(sound, gains * gain)
    tell(0.8)
    high = float(_peaks(sound).max())
    if high > most:
        sound *= F(most / high)
    heard = loudness(energies(sound))
    return heard, 20 * math.log10(max(1e-9, min(high, most)))


def _per_step(gains: Array, steps: int) -> Array:
    """The mean squared gain of every step of 100 ms."""
    at = (np.arange(len(gains)) * BLOCK // STEP).clip(0, steps - 1)
    return np.bincount(at, gains**2, steps) / np.maximum(1, np.bincount(at, minlength=steps))


def _apply(sound: Array, gains: Array) -> None:
    """The gains as a curve between the middles of the blocks, in place."""
    count = sound.shape[1]
    middles = np.arange(len(gains)) * BLOCK + BLOCK / 2
    for at in range(0, count, CHUNK):
        end = min(count, at + CHUNK)
        sound[:, at:end] *= np.interp(np.arange(at, end), middles, gains).astype(F)
