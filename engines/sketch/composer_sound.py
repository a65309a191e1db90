"""The instruments: one sample per timbre and pitch, made by numpy and kept while a piece is rendered.

Wave tables with detuned copies, plucked strings (Karplus-Strong, one period per step), struck partials, and FM.
"""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.seeds import derive
from engines.sketch.composer_data import Drum, Timbre, drums, partials, timbres

Array = NDArray[Any]
RATE = 44100
F = np.float32
TABLE = 4096
LONGEST = 14.0
KEPT_BYTES = 120_000_000
LOUDNESS = 0.16


class Bank:
    """Samples by timbre and pitch; the oldest go when they are too many."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], Array] = {}
        self._bytes = 0

    def note(self, name: str, pitch: int, seconds: float) -> Array:
        """At least so many seconds of a pitch: one row if it is mono, two if it is stereo."""
        count = int(min(LONGEST, seconds) * RATE)
        known = self._kept.get((name, pitch))
        if known is None or known.shape[1] < count:
            size = next((each for each in (0.75, 1.5, 3.0, 6.0, 10.0) if each * RATE >= count), LONGEST)
            fresh = _sample(name, timbres()[name], pitch, int(size * RATE))
            self._bytes += fresh.nbytes - (known.nbytes if known is not None else 0)
            self._kept.pop((name, pitch), None)
            self._kept[name, pitch] = known = fresh
            while self._bytes > KEPT_BYTES and len(self._kept) > 1:
                self._bytes -= self._kept.pop(next(iter(self._kept))).nbytes
        return known[:, :count]

    @staticmethod
    def drum(name: str) -> Array:
        """One stroke of a drum."""
        return _stroke(name)


def _noise(key: str, count: int) -> Array:
    return np.random.default_rng(derive(0, key)).standard_normal(count, F)


def _sample(name: str, timbre: Timbre, pitch: int, count: int) -> Array:
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    make = {"wave": _wave, "pluck": _pluck, "struck": _struck, "fm": _fm}[timbre.kind]
    sound = make(timbre, hertz, count, f"{name}/{pitch}")
    if timbre.drive:
        sound = np.tanh(sound * F(timbre.drive / max(1e-6, float(np.abs(sound[:, : RATE // 4]).max()))))
        sound = _low_pass(sound, timbre.top)
    if timbre.tremolo:
        swing = timbre.tremolo * np.sin(2 * np.pi * 5.0 * np.arange(count) / RATE)
        sound = np.concatenate([sound * (1 + swing), sound * (1 - swing)]) if len(sound) == 1 else sound * (1 + swing)
    if timbre.width and len(sound) == 1:
        late = int(0.011 * timbre.width * RATE)
        sound = np.concatenate([sound, np.pad(sound, ((0, 0), (late, 0)))[:, :count] * F(0.9)])
    rise = max(2, min(count, int(timbre.attack * RATE)))
    sound[:, :rise] *= np.linspace(0, 1, rise, dtype=F) ** F(1.5)
    return _levelled(sound.astype(F), timbre, pitch)


def _levelled(sound: Array, timbre: Timbre, pitch: int) -> Array:
    """Equal loudness for all: the loudest fifth of a second of each sample, low notes a little stronger."""
    size = RATE // 5
    power = (sound**2).mean(0)
    blocks = power[: len(power) // size * size].reshape(-1, size).mean(1)
    loud = float(np.sqrt(blocks.max() if len(blocks) else power.mean()))
    tilt = 2 ** ((60 - pitch) / 72)
    return (sound * F(LOUDNESS * timbre.gain * tilt / max(loud, 1e-6))).astype(F)


def _low_pass(sound: Array, hertz: float) -> Array:
    count = sound.shape[1]
    spectrum = np.fft.rfft(sound, axis=1)
    spectrum *= 1 / (1 + (np.fft.rfftfreq(count, 1 / RATE) / hertz) ** 4)
    filtered: Array = np.fft.irfft(spectrum, count, axis=1).astype(F)
    return filtered


@functools.lru_cache(256)
def _table(slope: float, odd: float, top: int, hertz: int, body: tuple[tuple[float, float], ...]) -> Array:
    """One period of a wave: harmonics that fall with `slope`, even ones weakened by `odd`, lifted where the body resonates."""
    number = np.arange(1, max(2, min(60, top // max(1, hertz))) + 1)
    level = number ** (-slope) * np.where(number % 2 == 0, 1 - odd, 1.0)
    for centre, gain in body:
        level *= 1 + (gain - 1) * np.exp(-((np.log2(number * hertz / centre) / 0.45) ** 2))
    spectrum = np.zeros(TABLE // 2 + 1, complex)
    spectrum[number] = level * np.exp(1j * (number * number * 0.7))
    wave = np.fft.irfft(spectrum, TABLE)
    table: Array = (wave / np.sqrt((wave**2).mean())).astype(F)
    return table


def _wave(timbre: Timbre, hertz: float, count: int, key: str) -> Array:
    """A wave table, or several a little apart; from bright to dark as the note goes on."""
    time = np.arange(count) / RATE
    chance = np.random.default_rng(derive(1, key))
    bright = _table(timbre.slope, timbre.odd, int(timbre.top), int(hertz), tuple(timbre.body))
    dark = _table(timbre.dark, timbre.odd, int(timbre.top), int(hertz), tuple(timbre.body)) if timbre.dark else None
    fading = np.exp(-time / timbre.fade).astype(F) * F(0.8) + F(0.2) if dark is not None else None
    wobble = np.zeros(1)
    if timbre.vibrato:
        depth = hertz * (2 ** (timbre.vibrato / 1200) - 1) / (2 * np.pi * 5.3)
        wobble = depth * np.sin(2 * np.pi * 5.3 * time) * np.clip((time - 0.15) / 0.4, 0, 1)
    out = np.zeros((2 if timbre.copies > 1 else 1, count), F)
    for copy in range(timbre.copies):
        side = copy / (timbre.copies - 1) * 2 - 1 if timbre.copies > 1 else 0.0
        cents = timbre.detune * side + (chance.uniform(-1.5, 1.5) if copy else 0.0)
        phase = hertz * 2 ** (cents / 1200) * time + wobble * (1 + 0.2 * copy) + chance.random()
        place = (phase * TABLE).astype(np.int64) & (TABLE - 1)
        sound = bright[place]
        if dark is not None and fading is not None:
            other = dark[place]
            sound = other + (sound - other) * fading
        if timbre.breath:
            sound = sound + _noise(f"{key}/{copy}", count) * F(timbre.breath)
        out[0] += sound * F(0.5 * (1 - 0.8 * side))
        if len(out) == 2:
            out[1] += sound * F(0.5 * (1 + 0.8 * side))
    if timbre.decay:
        out *= np.exp(-time / timbre.decay).astype(F)
    return out


def _pluck(timbre: Timbre, hertz: float, count: int, key: str) -> Array:
    """Karplus-Strong: a burst of noise goes round a string and loses its edge; all of one period in one step of numpy."""
    soft = 0.5 * (1 - 0.75 * timbre.tone)
    copies = [_string(timbre, hertz * (1 + 0.0016 * copy), count, soft, f"{key}/{copy}") for copy in range(timbre.copies)]
    sound = np.stack(copies) if timbre.copies > 1 else copies[0][None]
    if timbre.body:
        for centre, gain in timbre.body:
            spectrum = np.fft.rfft(sound, axis=1)
            at = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 1)
            spectrum *= 1 + (gain - 1) * np.exp(-((np.log2(at / centre) / 0.5) ** 2))
            sound = np.fft.irfft(spectrum, count, axis=1).astype(F)
    return sound


def _string(timbre: Timbre, hertz: float, count: int, soft: float, key: str) -> Array:
    period = max(8, int(RATE / hertz))
    burst = np.random.default_rng(derive(2, key)).uniform(-1, 1, period).astype(F)
    for _ in range(1 + int((1 - timbre.tone) * 6)):
        burst = (burst + np.roll(burst, 1)) * F(0.5)
    burst = burst - np.roll(burst, max(1, int(period * timbre.pick)))  # where the string is plucked
    burst -= burst.mean()
    keep = F(10 ** (-3 * period / RATE / (timbre.sustain * 2 * (60 / max(50.0, hertz / 2)) ** 0.25)))
    step = hertz * (period + soft) / RATE
    rows = np.empty((int(count * step) // period + 3, period), F)
    stay, move = keep * F(1 - soft), keep * F(soft)
    last = np.empty(period, F)
    for row in rows:
        row[:] = burst
        last[1:], last[0] = burst[:-1], burst[-1]
        burst = stay * burst + move * last
    flat = rows.ravel()
    place = np.arange(count) * step
    if timbre.vibrato:
        time = np.arange(count) / RATE
        depth = period * hertz * (2 ** (timbre.vibrato / 1200) - 1) / (2 * np.pi * 5.0)
        place = np.maximum(place + depth * np.sin(2 * np.pi * 5.0 * time) * np.clip((time - 0.2) / 0.4, 0, 1), 0)
    whole = place.astype(np.int64)
    share = (place - whole).astype(F)
    return np.asarray(flat[whole] + (flat[whole + 1] - flat[whole]) * share)


def _struck(timbre: Timbre, hertz: float, count: int, key: str) -> Array:
    """Partials that die away one by one, and the knock of the hammer."""
    out = np.zeros((1, count), F)
    shorter = 2 ** ((60 - 69 - 12 * np.log2(hertz / 440)) / 30)
    for ratio, level, seconds in partials()[timbre.partials]:
        if hertz * ratio > 15000:
            continue
        tau = seconds * float(shorter)
        length = min(count, int(tau * 7 * RATE))
        time = np.arange(length) / RATE
        out[0, :length] += (np.sin(2 * np.pi * hertz * ratio * time) * np.exp(-time / tau) * level).astype(F)
    knock = min(count, RATE // 30)
    out[0, :knock] += _noise(key, knock) * np.exp(-np.arange(knock) / (RATE * 0.004)).astype(F) * F(timbre.hammer)
    return out


def _fm(timbre: Timbre, hertz: float, count: int, key: str) -> Array:
    """An electric piano: a modulator that fades, and a short bright tine."""
    time = np.arange(count) / RATE
    turn = 2 * np.pi * hertz * time
    bend = np.sin(turn * timbre.ratio) * np.exp(-time / timbre.fade) * timbre.index
    if timbre.tine and hertz * timbre.tine < 14000:
        bend = bend + np.sin(turn * timbre.tine) * np.exp(-time * 16) * 0.18
    return (np.sin(turn + bend) * np.exp(-time / timbre.decay))[None].astype(F)


@functools.lru_cache(64)
def _stroke(name: str) -> Array:
    drum = drums()[name]
    longest = max(drum.tone[3] if drum.tone else 0, drum.noise[2] if drum.noise else 0)
    count = int(min(2.0, longest * 6 + 0.05) * RATE)
    time = np.arange(count) / RATE
    out = np.zeros(count)
    if drum.tone:
        start, stop, sweep, decay, level = drum.tone
        phase = stop * time + (start - stop) * sweep * (1 - np.exp(-time / sweep))
        out += np.sin(2 * np.pi * phase) * np.exp(-time / decay) * level
    if drum.noise:
        out += _hiss(drum, drum.noise, name, time)
    rise = max(8, int(drum.soft * RATE))
    out[:rise] *= np.linspace(0, 1, rise)
    fall = min(count, RATE // 50)
    out[-fall:] *= np.linspace(1, 0, fall)
    stroke: Array = (out * drum.level / np.abs(out).max()).astype(F)
    return stroke


def _hiss(drum: Drum, noise: tuple[float, float, float, float], name: str, time: Array) -> Array:
    """Noise within a band: one stroke, several close together, or specks of dust."""
    low, high, decay, level = noise
    count = len(time)
    spectrum = np.fft.rfft(_noise(name, count).astype(float))
    at = np.fft.rfftfreq(count, 1 / RATE)
    spectrum *= 1 / (1 + (low / np.maximum(at, 1)) ** 6) / (1 + (at / high) ** 6)
    hiss = np.fft.irfft(spectrum, count)
    hiss /= np.sqrt((hiss**2).mean())
    if drum.specks:
        places = np.random.default_rng(derive(3, name)).integers(0, count - 400, drum.specks)
        shape = np.zeros(count)
        for place in places:
            shape[place : place + 300] += np.exp(-np.arange(300) / 40)
        return hiss * (shape + 0.02) * level
    shape = np.exp(-time / decay)
    for burst in range(1, drum.bursts):
        shape = np.maximum(shape, np.where(time > 0.011 * burst, np.exp(-np.maximum(0, time - 0.011 * burst) / decay), 0))
        shape *= np.where((time > 0.011 * burst - 0.004) & (time < 0.011 * burst), 0.3, 1)
    return hiss * shape * level
