"""What a composition leaves behind: the WAV, the score as standard MIDI, and a picture of the waveform."""

import struct
import wave
from pathlib import Path

import numpy as np
from PIL import Image

from engines.sketch.composer_data import drums, genres, timbres
from engines.sketch.composer_score import Score, Track
from engines.sketch.composer_sound import RATE, Array

CHUNK = 10 * RATE
TICKS = 480
PAPER, INK, RED, STAFF = (246, 239, 224), (58, 52, 47), (158, 42, 43), (214, 203, 180)
WIDTH, HEIGHT = 1024, 288


def write_wav(sound: Array, path: Path) -> None:
    """16-bit stereo, ten seconds at a time."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        for at in range(0, sound.shape[1], CHUNK):
            piece = np.clip(np.rint(sound[:, at : at + CHUNK] * 32767), -32768, 32767)
            out.writeframes(piece.T.astype("<i2").tobytes())


def write_midi(score: Score, title: str, path: Path) -> None:
    """A standard MIDI file of type 1: tempo, metre and sections on the first track, then one track per player."""
    tracks = [_conductor(score, title)]
    channels = [number for number in range(16) if number != 9]
    ticks = _ticks(score)
    tracks += [_player(track, channels[number % 15], ticks) for number, track in enumerate(score.tracks)]
    if score.hits:
        tracks.append(_kit(score))
    head = struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), TICKS)
    path.write_bytes(head + b"".join(struct.pack(">4sI", b"MTrk", len(body)) + body for body in tracks))


Event = tuple[int, int, bytes]


def _conductor(score: Score, title: str) -> bytes:
    clock, ticks = score.clock, _ticks(score)
    over, under = (score.beats, 2) if ticks == TICKS else (3 * score.beats, 3)
    events: list[Event] = [
        (0, 0, _meta(3, title[:120].encode())),
        (0, 0, _meta(0x58, bytes((over, under, 24, 8)))),
        (0, 0, _tempo(clock.bpm * ticks / TICKS)),
    ]
    events += [(_tick(section.first * score.beats, ticks), 1, _meta(6, section.kind.encode())) for section in score.sections]
    if clock.rit:
        events.append((_tick(clock.turn, ticks), 1, _tempo(clock.bpm / (1 + clock.rit) * ticks / TICKS)))
    return _packed(events)


def _tempo(bpm: float) -> bytes:
    return _meta(0x51, round(60e6 / bpm).to_bytes(3, "big"))


def _player(track: Track, channel: int, ticks: int) -> bytes:
    program = timbres()[track.timbre].program
    events: list[Event] = [(0, 0, _meta(3, f"{track.role}: {track.timbre}".encode())), (0, 0, bytes((0xC0 | channel, program)))]
    sounding: dict[int, int] = {}
    for number, note in enumerate(track.notes):
        start, stop = _tick(note.beat, ticks), _tick(note.beat + note.length, ticks)
        later = next((_tick(other.beat, ticks) for other in track.notes[number + 1 :] if other.pitch == note.pitch), stop)
        stop = max(start + 1, min(stop, later))
        if sounding.get(note.pitch) == start:  # two of the same at once are one
            continue
        sounding[note.pitch] = start
        touch = max(1, min(127, round(note.touch * 110)))
        events += [(start, 3, bytes((0x90 | channel, note.pitch, touch))), (stop, 2, bytes((0x80 | channel, note.pitch, 0)))]
    return _packed(events)


def _kit(score: Score) -> bytes:
    events: list[Event] = [(0, 0, _meta(3, b"drums"))]
    for hit in score.hits:
        key = drums()[hit.drum].note
        if key:
            start = _tick(hit.beat, _ticks(score))
            touch = max(1, min(127, round(hit.touch * 110)))
            events += [(start, 3, bytes((0x99, key, touch))), (start + TICKS // 8, 2, bytes((0x89, key, 0)))]
    return _packed(events)


def _ticks(score: Score) -> int:
    """Ticks of a beat: a quarter, or a dotted quarter where beats are in threes."""
    return TICKS * genres()[score.genre].steps // 4


def _tick(beat: float, ticks: int) -> int:
    return round(beat * ticks)


def _meta(kind: int, data: bytes) -> bytes:
    return bytes((0xFF, kind)) + _length(len(data)) + data


def _length(number: int) -> bytes:
    """MIDI's way to write a number: seven bits a byte, all but the last marked."""
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(0x80 | (number & 0x7F))
    return bytes(reversed(found))


def _packed(events: list[Event]) -> bytes:
    out, now = bytearray(), 0
    for tick, _, message in sorted(events):
        out += _length(tick - now) + message
        now = tick
    return bytes(out) + b"\x00\xff\x2f\x00"


def waveform(sound: Array, share: float = 1.0, size: tuple[int, int] = (WIDTH, HEIGHT), seams: tuple[float, ...] = ()) -> Image.Image:
    """The sound as a line of bars on a staff; `share` is how much of the piece it is, `seams` where sections begin (0 to 1)."""
    width, height = size
    page = np.full((height, width, 3), PAPER, np.uint8)
    for line in range(5):
        page[height * (line + 2) // 8] = STAFF
    for seam in seams:
        page[height // 8 : height - height // 8, min(width - 1, int(seam * width))] = STAFF
    bars = width // 4
    heard = max(1, int(bars * share))
    edges = np.linspace(0, sound.shape[1], heard + 1).astype(int)
    for bar, (first, last) in enumerate(zip(edges[:-1], edges[1:])):
        piece = sound[:, first : max(last, first + 1) : 8]
        top, middle = (float(np.abs(piece).max()), float(np.sqrt((piece**2).mean()))) if piece.size else (0.0, 0.0)
        for level, ink in ((min(1.0, top), INK), (min(1.0, middle * 1.2), RED)):
            half = max(1, int(level * height * 0.44))
            page[height // 2 - half : height // 2 + half, bar * 4 : bar * 4 + 3] = ink
    return Image.fromarray(page)
