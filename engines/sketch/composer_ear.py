"""The composer's ear: the contour of a recorded tune, by YIN's difference function, and how a tune is led along it."""

from collections.abc import Callable, Sequence

import numpy as np

from engines.sketch.composer_data import Scale
from engines.sketch.composer_score import Clock

RATE = 11025
LONGEST = 60.0
"""Seconds of a recording that are listened to; a longer piece hears them again."""
PER_SECOND = 8
FRAME, REACH = 1024, 190
HOP = RATE // (PER_SECOND * 4)
LOWEST, HIGHEST = 60.0, 1100.0
CLEAR, QUIET = 0.25, 0.03
"""How unlike itself a period may be and still count as a tone; how soft against the loudest, as a share."""
ENOUGH = 8
Contour = list[float | None]


def contour(sound: np.ndarray) -> Contour:
    """MIDI pitches, eight a second, with None where nobody sings; empty if no tune is heard. sound: samples at 11,025 Hz."""
    pitches = _pitches(sound[: int(LONGEST * RATE)])
    found: Contour = []
    for at in range(0, len(pitches), 4):
        heard = pitches[at : at + 4]
        heard = heard[~np.isnan(heard)]
        found.append(round(float(np.median(heard)), 1) if len(heard) >= 2 else None)
    while found and found[-1] is None:
        found.pop()
    return found if sum(pitch is not None for pitch in found) >= ENOUGH else []


def _pitches(sound: np.ndarray) -> np.ndarray:
    """The pitch of every hop, nan where there is none."""
    starts = np.arange(0, len(sound) - FRAME - REACH, HOP)
    if not len(starts):
        return np.empty(0)
    frames = sound[starts[:, None] + np.arange(FRAME + REACH)].astype(float)
    power = np.cumsum(np.pad(frames**2, ((0, 0), (1, 0))), axis=1)
    size = 1 << (2 * FRAME + REACH).bit_length()
    spectrum = np.fft.rfft(frames, size) * np.conj(np.fft.rfft(frames[:, :FRAME], size))
    alike = np.fft.irfft(spectrum, size)[:, :REACH]
    lags = np.arange(REACH)
    unlike = power[:, FRAME : FRAME + 1] + (power[:, FRAME + lags] - power[:, lags]) - 2 * alike
    mean = np.cumsum(unlike[:, 1:], axis=1) / lags[1:]
    share = np.ones_like(unlike)
    share[:, 1:] = unlike[:, 1:] / np.maximum(mean, 1e-9)
    loud = np.sqrt(power[:, FRAME] / FRAME)
    found = np.array([_period(row) for row in share])
    found[loud < max(1e-4, QUIET * loud.max())] = np.nan
    return np.asarray(69 + 12 * np.log2(RATE / found / 440))


def _period(share: np.ndarray) -> float:
    """The first deep valley of a difference function, in samples; nan if there is none."""
    first, last = int(RATE / HIGHEST), min(len(share) - 2, int(RATE / LOWEST))
    deep = np.flatnonzero(share[first:last] < CLEAR)
    if not len(deep):
        return float("nan")
    at = first + int(deep[0])
    while at < last and share[at + 1] < share[at]:
        at += 1
    before, here, after = share[at - 1 : at + 2]
    bend = before - 2 * here + after
    return float(at + (0.5 * (before - after) / bend if bend > 1e-9 else 0.0))


def guide(heard: Sequence[float | None], clock: Clock, scale: Scale, root: int, centre: int) -> Callable[[float], float | None] | None:
    """From a beat to the pitch that the recording has there, moved into the key and near the centre; None if nothing was heard."""
    sung = np.array([pitch for pitch in heard if pitch is not None])
    if not len(sung):
        return None
    tones = [(root + step) % 12 for step in scale.melody]

    def astray(shift: int) -> float:
        """How far the sung tones lie from those of the key, all together."""
        moved = sung + shift
        return float(np.min([np.abs((moved - tone + 6) % 12 - 6) for tone in tones], axis=0).sum())

    shift = min(range(-6, 6), key=astray)
    shift += 12 * round((centre - float(np.median(sung)) - shift) / 12)

    def led(beat: float) -> float | None:
        pitch = heard[int(clock.seconds(beat) * PER_SECOND) % len(heard)]
        return None if pitch is None else pitch + shift

    return led
