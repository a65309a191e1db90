"""The mix: the score becomes stereo sound, a few seconds at a time, with a room around it and nothing held longer than needed."""

import math
from collections.abc import Callable

import numpy as np

from engines.seeds import derive
from engines.sketch.composer_data import Genre, Room, drums, genres, timbres
from engines.sketch.composer_score import Score
from engines.sketch.composer_sound import LONGEST, RATE, Array, Bank, F

SECONDS = 8
KERNEL = 255
Strip = tuple[int, int, str, int, float, float]
"""Where a note begins and how many samples it lasts, its timbre and pitch, its gain, its place left to right."""
PLACES = {"tune": 0.0, "chords": -0.22, "arp": 0.28, "bass": 0.0, "pad": 0.0}


def render(score: Score, tell: Callable[[float, Array], None]) -> Array:
    """Two rows of samples, exactly as long as the score says. `tell` hears how far it is, with what there is so far."""
    genre, count = genres()[score.genre], round(score.duration * RATE)
    size, tail = SECONDS * RATE, int((LONGEST + 2) * RATE)
    out = np.zeros((2, count), F)
    bank, notes = Bank(), _strips(score)
    dry, wet = np.zeros((2, size + tail), F), np.zeros((2, size + tail), F)
    space = Space(genre.room, score, size)
    at = index = 0
    while at < count:
        while index < len(notes) and notes[index][0] < at + size:
            _add(bank, notes[index], at, dry, wet)
            index += 1
        ducked = _ducked(score, genre, at, size)
        beaten = _beaten(score, at, size + tail)
        part = space.around(dry[:, :size] * ducked, wet[:, :size] * ducked, beaten)
        end = min(count, at + size)
        out[:, at:end] = part[:, : end - at]
        for bus in (dry, wet):
            bus[:, :tail] = bus[:, size:].copy()
            bus[:, tail:] = 0
        at += size
        tell(min(1.0, at / count), out[:, :end])
    return released(out, score)


def _strips(score: Score) -> list[Strip]:
    """All notes as places in time, in order."""
    found: list[Strip] = []
    for track in score.tracks:
        timbre = timbres()[track.timbre]
        pan = timbre.pan + PLACES.get(track.role, 0.0)
        for note in track.notes:
            start, stop = score.clock.seconds(note.beat), score.clock.seconds(note.beat + note.length)
            held = max(0.03, stop - start) + timbre.ring
            touch = note.touch * score.touch
            if start < score.duration - 0.02:
                found.append((int(start * RATE), int(held * RATE), track.timbre, note.pitch, track.level * touch**1.4, pan))
    return sorted(found)


def _add(bank: Bank, strip: Strip, at: int, dry: Array, wet: Array) -> None:
    start, held, name, pitch, gain, pan = strip
    timbre = timbres()[name]
    fall = max(64, int(timbre.release * RATE))
    sound = bank.note(name, pitch, (held + fall) / RATE)
    count = sound.shape[1]
    fall = min(fall, count)
    place = start - at
    sides = np.array([[math.cos((pan + 1) * math.pi / 4)], [math.sin((pan + 1) * math.pi / 4)]], F) * F(gain * 1.4)
    voiced = sound * sides
    voiced[:, count - fall :] *= (np.linspace(1, 0, fall, dtype=F) ** 2)[None]
    dry[:, place : place + count] += voiced
    if timbre.send:
        wet[:, place : place + count] += voiced * F(timbre.send)


def _ducked(score: Score, genre: Genre, at: int, size: int) -> Array:
    """The pump of a strong kick drum: everything else gives way for a moment."""
    shape = np.ones(size, F)
    if not genre.duck:
        return shape
    dip = int(0.26 * RATE)
    curve = (1 - genre.duck * (1 - np.linspace(0, 1, dip)) ** 1.6).astype(F)
    for hit in score.hits:
        place = int(score.clock.seconds(hit.beat) * RATE) - at
        if hit.drum == "kick" and -dip < place < size:
            first, last = max(0, place), min(size, place + dip)
            shape[first:last] = np.minimum(shape[first:last], curve[first - place : last - place])
    return shape


def _beaten(score: Score, at: int, size: int) -> Array:
    """The strokes that begin in this stretch or sound on into it."""
    out = np.zeros((2, size), F)
    kit = genres()[score.genre].drums
    level = kit.level if kit else 0.7
    for hit in score.hits:
        sound = Bank.drum(hit.drum)
        place = int(score.clock.seconds(hit.beat) * RATE) - at
        if -len(sound) < place < size:
            first, last = max(0, place), min(size, place + len(sound))
            gain, pan = hit.touch * score.touch * level, drums()[hit.drum].pan
            piece = sound[first - place : last - place]
            out[0, first:last] += piece * F(gain * math.cos((pan + 1) * math.pi / 4))
            out[1, first:last] += piece * F(gain * math.sin((pan + 1) * math.pi / 4))
    return out


class Space:
    """The room: a decaying tail, echoes in time, and how dark it all is; by FFT, stretch after stretch."""

    def __init__(self, room: Room, score: Score, size: int) -> None:
        self.size = size
        amount = room.amount * score.wet
        tail = self._tail(room, score)
        self.count = fast(size + tail.shape[1] + KERNEL)
        edge = min(room.dark, 16000.0) * score.dark
        tone = np.fft.irfft(1 / (1 + (np.fft.rfftfreq(512, 1 / RATE) / edge) ** 3), 512)
        kernel = (np.roll(tone, KERNEL // 2)[:KERNEL] * np.hanning(KERNEL)).astype(F)
        self.direct = np.fft.rfft(kernel, self.count)
        self.spread = np.fft.rfft(tail, self.count, axis=1) * self.direct * F(amount * 1.6)
        self.carry = np.zeros((2, self.count - size), F)

    @staticmethod
    def _tail(room: Room, score: Score) -> Array:
        count = int(room.seconds * RATE)
        time = np.arange(count) / RATE
        chance = np.random.default_rng(derive(4, score.genre))
        noise = chance.standard_normal((2, count))
        fade = np.exp(-time * 6.9 / room.seconds)
        smooth = np.cumsum(noise, axis=1) - np.cumsum(np.pad(noise, ((0, 0), (6, 0)))[:, :count], axis=1)
        late = np.clip(time / 0.012, 0, 1) * fade
        tail = noise * np.exp(-time * 16 / room.seconds) * late + smooth * 0.35 * late
        tail /= np.sqrt((tail**2).sum(1, keepdims=True))
        if room.echo:
            step = int(room.echo * 60 / score.clock.bpm * RATE)
            for number in range(1, 4):
                if step * number < count:
                    tail[number % 2, step * number] += 0.5**number
        return tail.astype(F)

    def around(self, dry: Array, wet: Array, beaten: Array) -> Array:
        """One stretch with its room; what sounds on is kept for the next."""
        size = self.size
        straight = dry + beaten[:, :size]
        soft = wet + beaten[:, :size] * F(0.12)
        spectrum = np.fft.rfft(straight, self.count, axis=1) * self.direct
        spectrum += np.fft.rfft(soft, self.count, axis=1) * self.spread
        whole = np.fft.irfft(spectrum, self.count, axis=1).astype(F)
        whole[:, : self.carry.shape[1]] += self.carry[:, : self.count]
        self.carry = np.zeros((2, self.count - size), F)
        self.carry += whole[:, size:]
        return whole[:, :size]


def fast(count: int) -> int:
    """The next size that an FFT likes: no prime factor above 7."""
    while True:
        rest = count
        for prime in (2, 3, 5, 7):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return count
        count += 1


def released(out: Array, score: Score) -> Array:
    """A breath at the start and the last chord's release, down to nothing at the very end."""
    rise = int(0.004 * RATE)
    out[:, :rise] *= np.linspace(0, 1, rise, dtype=F)
    ring = score.duration - score.clock.seconds(score.end)
    fall = int(min(1.6, max(0.25, ring * 0.65)) * RATE)
    out[:, -fall:] *= (np.cos(np.linspace(0, np.pi / 2, fall)) ** 1.6).astype(F)
    return out
