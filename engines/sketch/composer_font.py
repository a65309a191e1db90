"""A score played on a soundfont (.sf2, .sf3) instead of our own instruments, in the same room: General MIDI programs by TinySoundFont."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engines.errors import ModelNotReady
from engines.sketch.composer_data import drums, genres, timbres
from engines.sketch.composer_mix import PLACES, SECONDS, Space, released
from engines.sketch.composer_score import Score
from engines.sketch.composer_sound import RATE, Array, F

KIT = 9
GAIN = -6.0
"""Decibels: room for many voices before the master."""
STROKE = 0.25
"""Seconds a drum's key is held."""
Event = tuple[int, int, int, int, int]
"""At which sample, 0 to let go or 1 to strike, the channel, the key, how hard (1 to 127)."""


def render(score: Score, font: Path, tell: Callable[[float, Array], None]) -> Array:
    """Two rows of samples, exactly as long as the score says. `tell` hears how far it is, with what there is so far."""
    synth = _synth(score, font)
    count, size = round(score.duration * RATE), SECONDS * RATE
    out = np.zeros((2, count), F)
    silent = np.zeros((2, size), F)
    space = Space(genres()[score.genre].room, score, size)
    waiting = _events(score)
    for at in range(0, count, size):
        dry = np.zeros((size, 2), F)
        place = 0
        while waiting and waiting[0][0] < at + size:
            moment, struck, channel, key, touch = waiting.pop(0)
            place = _play(synth, dry, place, moment - at)
            synth.noteon(channel, key, touch) if struck else synth.noteoff(channel, key)
        _play(synth, dry, place, size)
        part = space.around(np.ascontiguousarray(dry.T), np.ascontiguousarray(dry.T), silent)
        end = min(count, at + size)
        out[:, at:end] = part[:, : end - at]
        tell(min(1.0, end / count), out[:, :end])
    return released(out, score)


def _synth(score: Score, font: Path) -> Any:
    """TinySoundFont with a channel for every player; ModelNotReady if the file is no soundfont."""
    import tinysoundfont

    synth = tinysoundfont.Synth(gain=GAIN, samplerate=RATE)
    try:
        number = synth.sfload(str(font))
        for channel, track in enumerate(score.tracks):
            synth.program_select(_channel(channel), number, 0, timbres()[track.timbre].program)
            pan = timbres()[track.timbre].pan + PLACES.get(track.role, 0.0)
            for control, value in ((7, 100 * track.level**0.5), (10, 64 + 63 * pan)):
                synth.control_change(_channel(channel), control, int(max(0, min(127, value))))
        if score.hits:
            synth.program_select(KIT, number, 128, 0, True)
    except (RuntimeError, tinysoundfont.SoundFontException):
        raise ModelNotReady(f"{font.name} is no soundfont with all General MIDI instruments; put another .sf2 file in its place.") from None
    return synth


def _channel(number: int) -> int:
    return number if number < KIT else number + 1


def _events(score: Score) -> list[Event]:
    """All strokes in order; a key is let go before it is struck again."""
    found: list[Event] = []
    for number, track in enumerate(score.tracks):
        for note in track.notes:
            start, stop = (int(score.clock.seconds(beat) * RATE) for beat in (note.beat, note.beat + note.length))
            touch = round(min(127.0, max(1.0, note.touch * score.touch * 110)))
            found += [(start, 1, _channel(number), note.pitch, touch), (max(stop, start + RATE // 50), 0, _channel(number), note.pitch, 0)]
    for hit in score.hits:
        if key := drums()[hit.drum].note:
            start = int(score.clock.seconds(hit.beat) * RATE)
            touch = round(min(127.0, max(1.0, hit.touch * score.touch * 110)))
            found += [(start, 1, KIT, key, touch), (start + int(STROKE * RATE), 0, KIT, key, 0)]
    return sorted(found)


def _play(synth: Any, dry: Array, place: int, until: int) -> int:
    """Sound from one sample to another; where it stopped."""
    until = min(until, len(dry))
    if until > place:
        dry[place:until] = np.frombuffer(synth.generate_simple(until - place), F).reshape(-1, 2)
        return until
    return place
