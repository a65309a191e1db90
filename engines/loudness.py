"""Loudness as people hear it (ITU-R BS.1770: K-weighted, gated) and peaks between the samples; and sound brought to both.

Everything goes in pieces, so that an hour of sound needs no more memory than a minute. Sound is an array of samples by channels,
16-bit or float, in memory or mapped from a file.
"""

import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Sound = np.ndarray[Any, Any]
OVERSAMPLED = 4
REACH = 0.005
"""Seconds that the limiter looks ahead, and takes to let go."""
SILENCE = -70.0
TRIES = 4


@dataclass(frozen=True)
class Levels:
    """Integrated loudness in LUFS, and the true peak in dBTP."""

    lufs: float
    peak: float


def pieces(sound: Sound, size: int, pad: int) -> Iterator[tuple[int, int, Sound]]:
    """Stretches of a sound as floats, with `pad` samples of what is around them (silence beyond the ends)."""
    for low in range(0, len(sound), size):
        high = min(low + size, len(sound))
        part = np.asarray(sound[max(0, low - pad) : high + pad])
        scale = 1 / 32768 if part.dtype == np.int16 else 1.0
        before, after = max(0, pad - low), max(0, high + pad - len(sound))
        yield low, high, np.pad(part.astype(np.float32) * np.float32(scale), ((before, after), (0, 0)))


def k_weighting(rate: int, count: int) -> Sound:
    """The response of the two filters of BS.1770 at the frequencies of a transform of `count` samples."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(count))
    k, q = np.tan(np.pi * 1681.974450955533 / rate), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    middle = high**0.4996667741545416
    shelf = (high + middle * k / q + k * k) + 2 * (k * k - high) * z + (high - middle * k / q + k * k) * z * z
    response = shelf / ((1 + k / q + k * k) + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z * z)
    k, q = np.tan(np.pi * 38.13547087602444 / rate), 0.5003270373238773
    a0 = 1 + k / q + k * k
    weighted: Sound = response * (1 - z) ** 2 / (1 + 2 * (k * k - 1) / a0 * z + (1 - k / q + k * k) / a0 * z * z)
    return weighted


class Meter:
    """Integrated loudness of what is put in, piece by piece; each piece comes with `pad` samples on both sides."""

    def __init__(self, rate: int) -> None:
        self.rate, self.hop = rate, max(1, rate // 10)
        self.pad = rate // 2
        self.size = self.hop * 100
        self._energies: list[Sound] = []

    def put(self, piece: Sound) -> None:
        """One stretch; every stretch but the last is `size` long."""
        count = 1 << (len(piece) - 1).bit_length()
        spectrum = np.fft.rfft(piece, count, axis=0) * k_weighting(self.rate, count)[:, None]
        heard = np.fft.irfft(spectrum, count, axis=0)[self.pad : len(piece) - self.pad]
        heard = np.pad(heard, ((0, -len(heard) % self.hop), (0, 0)))
        self._energies.append((heard.reshape(-1, self.hop, heard.shape[1]) ** 2).mean(axis=1).sum(axis=1))

    def energies(self) -> Sound:
        """The weighted energy of every 100 ms so far, all channels together."""
        return np.concatenate(self._energies) if self._energies else np.zeros(1)

    def lufs(self) -> float:
        """The loudness so far; -70 for silence."""
        return gated(self.energies())


def gated(energies: Sound) -> float:
    """LUFS from the weighted energies of 100 ms each: blocks of 400 ms, those below -70 LUFS and 10 below the mean left out."""
    energies = np.pad(energies, (0, max(0, 4 - len(energies))))
    blocks = np.convolve(energies, np.full(4, 0.25), "valid")
    loud = blocks[blocks > 10 ** ((SILENCE + 0.691) / 10)]
    return float(-0.691 + 10 * np.log10(loud[loud > loud.mean() * 0.1].mean())) if len(loud) else SILENCE


def oversampled(piece: Sound) -> Sound:
    """The largest magnitude at and just after each sample, between the samples too, over all channels."""
    count = 1 << (len(piece) - 1).bit_length()
    spectrum = np.fft.rfft(piece, count, axis=0)
    fine = np.fft.irfft(spectrum, count * OVERSAMPLED, axis=0)[: len(piece) * OVERSAMPLED] * OVERSAMPLED
    largest: Sound = np.abs(fine).reshape(len(piece), -1).max(axis=1)
    return largest


def measure(sound: Sound, rate: int) -> Levels:
    """Loudness and true peak of a sound."""
    meter, top = Meter(rate), 0.0
    for _, _, piece in pieces(sound, meter.size, meter.pad):
        meter.put(piece)
        top = max(top, float(oversampled(piece)[meter.pad : len(piece) - meter.pad].max(initial=0.0)))
    return Levels(meter.lufs(), float(20 * np.log10(max(top, 1e-5))))


def limited(piece: Sound, ceiling: float, reach: int) -> Sound:
    """The piece with its peaks held under a ceiling by a gain that comes and goes softly."""
    peaks = oversampled(piece)
    peaks = np.maximum(peaks, np.roll(peaks, 1))
    if peaks.max(initial=0.0) <= ceiling:
        return piece
    gain = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    lowest = np.pad(gain, reach, constant_values=1.0)
    width = 1
    while width < 2 * reach + 1:  # the least gain in a window, by windows of twice the width
        step = min(width, 2 * reach + 1 - width)
        lowest = np.minimum(lowest[:-step], lowest[step:])
        width += step
    window = np.hanning(2 * reach + 3)[1:-1]
    soft = np.convolve(np.pad(lowest, reach, mode="edge"), window / window.sum(), "valid")
    return piece * soft[:, None].astype(np.float32)


def master(sound: Sound, rate: int, target: Levels, path: Path, told: Callable[[float], None]) -> Levels:
    """Write a sound as a 16-bit WAV of the target's loudness, its true peak under the target's; gives back what was reached.

    told: is told how far along it is, 0 to 1, and may raise to stop.
    """
    gain, ceiling = target.lufs - measure(sound, rate).lufs, 10 ** ((target.peak - 0.2) / 20)
    for attempt in range(TRIES):
        reached = _write(sound, rate, (10 ** (gain / 20), ceiling), path, lambda part, done=attempt: told((done + part) / TRIES))  # type: ignore[misc]
        if abs(reached.lufs - target.lufs) < 0.2 or reached.lufs <= SILENCE:
            break
        gain += 1.3 * (target.lufs - reached.lufs)
    return reached


def _write(sound: Sound, rate: int, levels: tuple[float, float], path: Path, told: Callable[[float], None]) -> Levels:
    gain, ceiling = levels
    meter, reach = Meter(rate), max(1, int(REACH * rate))
    margin = 8 * reach
    with wave.open(str(path), "wb") as out:
        out.setnchannels(sound.shape[1])
        out.setsampwidth(2)
        out.setframerate(rate)
        for _, high, piece in pieces(sound, meter.size, margin):
            ready = limited(piece * np.float32(gain), ceiling, reach)[margin : len(piece) - margin]
            out.writeframes(np.round(np.clip(ready, -1, 1) * 32767).astype("<i2").tobytes())
            told(high / len(sound) / 2)
    return measure(mapped(path), rate)


def mapped(path: Path) -> Sound:
    """The samples of a 16-bit WAV file by channels, read as they are needed."""
    with wave.open(str(path), "rb") as file:
        channels, frames = file.getnchannels(), file.getnframes()
    if not frames:
        return np.zeros((0, channels), np.int16)
    return np.memmap(path, "<i2", "r", offset=44, shape=(frames, channels))
