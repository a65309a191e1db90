"""The players around the tune: chords and arpeggios from patterns, the bass, the drums, and the last chord of everybody."""

from dataclasses import dataclass
from random import Random

from engines.sketch.composer_data import Genre, Part, grooves
from engines.sketch.composer_harmony import Chord, Harmony, nearest_tone, voiced
from engines.sketch.composer_score import Hit, Note, Section
from engines.sketch.composer_tune import swung

ENERGY = {"intro": 0.78, "verse": 0.86, "chorus": 1.0, "bridge": 0.84, "ending": 0.92}
SPREAD = {"d": 0.035, "k": -0.03}


@dataclass(frozen=True)
class Stand:
    """What every player has in front of them."""

    genre: Genre
    harmony: Harmony
    sections: list[Section]
    end: float


def _events(text: str) -> list[tuple[int, int, str]]:
    """Step, length in steps and sign of everything a pattern plays."""
    starts = [at for at, sign in enumerate(text) if sign not in "-."]
    found = []
    for at in starts:
        length = 1
        while at + length < len(text) and text[at + length] == "-":
            length += 1
        found.append((at, length, text[at]))
    return found


def _cut(events: list[tuple[int, int, str]], chords: int, bar: int) -> list[tuple[int, int, str]]:
    """What is held over a change of chord is struck again."""
    if chords < 2:
        return events
    half = bar // chords
    found = []
    for at, length, sign in events:
        if at < half < at + length:
            found += [(at, half - at, sign), (half, at + length - half, sign)]
        else:
            found.append((at, length, sign))
    return found


def chords(stand: Stand, part: Part, chance: Random) -> list[Note]:
    """Chords, broken or whole, as a pattern says."""
    genre, bars = stand.genre, grooves()["chords"][chance.choice(part.patterns)]
    notes: list[Note] = []
    before: list[int] = []
    for section in stand.sections:
        if section.kind not in part.sections:
            continue
        for bar in range(section.first, section.first + section.bars):
            for at, length, sign in _cut(_events(bars[bar % len(bars)]), len(stand.harmony.bars[bar]), genre.bar):
                chord = stand.harmony.at(bar, at / genre.bar)
                before = pitches = voiced(chord, before, part.centre)
                beat = bar * genre.beats + swung(at, genre)
                held = swung(at + length, genre) - swung(at, genre)
                touch = ENERGY[section.kind] * (0.7 + (0.08 if at % genre.steps == 0 else 0)) + chance.uniform(-0.04, 0.04)
                notes += _struck(sign, beat, held, pitches, chord, touch)
    return notes


def _struck(sign: str, beat: float, held: float, pitches: list[int], chord: Chord, touch: float) -> list[Note]:
    """The notes behind one sign of a pattern."""
    if sign == "b":
        low = nearest_tone(min(pitches) - 9, [chord.root])
        return [Note(beat, held, low, touch * 1.05)]
    if sign.isdigit():
        index = int(sign) - 1
        octave, index = divmod(index, len(pitches))
        return [Note(beat, held, pitches[index] + 12 * octave, touch)]
    if sign == "C":
        touch *= 1.15
    if sign == "s":
        held = min(held, 0.32)
    chosen = pitches[-2:] if sign == "u" else pitches
    spread = SPREAD.get(sign, 0.0)
    order = chosen if spread >= 0 else list(reversed(chosen))
    each = touch * (0.8 if sign == "k" else 1.0) / (len(chosen) / 3) ** 0.4
    return [Note(beat + abs(spread) * index, held, pitch, each) for index, pitch in enumerate(order)]


def bass(stand: Stand, part: Part, chance: Random, low: int = 40) -> list[Note]:
    """Roots, fifths and ways between them."""
    genre, bars = stand.genre, grooves()["bass"][chance.choice(part.patterns)]
    notes: list[Note] = []
    for section in stand.sections:
        if section.kind not in part.sections:
            continue
        for bar in range(section.first, section.first + section.bars):
            for at, length, sign in _cut(_events(bars[bar % len(bars)]), len(stand.harmony.bars[bar]), genre.bar):
                chord = stand.harmony.at(bar, at / genre.bar)
                last = notes[-1].pitch if notes else low
                pitch = _bass_pitch(sign, chord, stand.harmony.at(bar + 1, 0.0), last, low, chance)
                beat = bar * genre.beats + swung(at, genre)
                held = (swung(at + length, genre) - swung(at, genre)) * 0.95
                touch = ENERGY[section.kind] * (0.85 if at == 0 else 0.76) + chance.uniform(-0.03, 0.03)
                notes.append(Note(beat, held, pitch, touch))
    return notes


def _bass_pitch(sign: str, chord: Chord, following: Chord, last: int, low: int, chance: Random) -> int:
    root = nearest_tone(low, [chord.root])
    if sign == "w":
        tones = [tone for tone in chord.tones if tone != last % 12] or list(chord.tones)
        return nearest_tone(last + chance.choice((-3, 4)) if abs(last - low) < 8 else low, tones)
    if sign == "a":
        goal = nearest_tone(low, [following.root])
        return goal + (1 if last > goal else -1) if chance.random() < 0.35 else nearest_tone((last + goal) / 2, chord.tones)
    above = {"f": min(2, len(chord.tones) - 1), "t": 1, "v": len(chord.tones) - 1}.get(sign)
    if above is not None:
        return root + (chord.tones[above] - chord.root) % 12 - (12 if sign == "f" and root > low else 0)
    return root + 12 if sign == "o" else root


def drums(stand: Stand, part: Part, chance: Random) -> list[Hit]:
    """The kit: a bar for each kind of section, and a fill before the next one begins."""
    genre, kit = stand.genre, grooves()["drums"][chance.choice(part.patterns)]
    hits: list[Hit] = []
    for section in stand.sections:
        if section.kind not in part.sections:
            continue
        usual = kit.get(section.kind) or kit["chorus" if section.kind == "ending" and "chorus" in kit else "verse"]
        for bar in range(section.bars):
            last = bar == section.bars - 1 and section.bars > 1 and section.kind != "intro"
            pattern = kit["fill"] if last and "fill" in kit else usual
            for drum, text in pattern.items():
                if drum == "crash" and bar % 4:
                    continue
                for at, sign in enumerate(text):
                    if sign in "Xxo":
                        touch = {"X": 1.0, "x": 0.8, "o": 0.42}[sign] * (0.7 + 0.3 * ENERGY[section.kind]) + chance.uniform(-0.05, 0.05)
                        hits.append(Hit((section.first + bar) * genre.beats + swung(at, genre), drum, touch))
    if hits:
        played = {hit.drum for hit in hits}
        hits += [Hit(stand.end, drum, 0.9) for drum in ("kick", "crash", "timpani", "frame", "ride") if drum in played]
    return hits


def last_chord(role: str, part: Part, stand: Stand, notes: list[Note], ring: float) -> list[Note]:
    """What a player holds while the music rings out."""
    close = stand.harmony.close
    if role == "bass":
        return [Note(stand.end, ring, nearest_tone(38, [close.root]), 0.85)]
    if role == "tune":
        return [Note(stand.end, ring, nearest_tone(notes[-1].pitch if notes else part.centre, [close.root]), 0.72)]
    if role == "arp":
        return [Note(stand.end + 0.125, ring - 0.125, nearest_tone(part.centre + 12, [close.tones[min(2, len(close.tones) - 1)]]), 0.5)]
    pitches = voiced(close, [note.pitch for note in notes[-3:]], part.centre)
    low = [nearest_tone(min(pitches) - 10, [close.root])] if role == "chords" else []
    roll = 0.07 if role == "chords" else 0.0
    return [Note(stand.end + roll * index, ring - roll * index, pitch, 0.72 / (len(pitches) / 3) ** 0.4)
            for index, pitch in enumerate(low + pitches)]
