"""The tune: motifs of one bar, made of genes, that come back in phrases; a lyric's lines get a note for every syllable.

Every beat of a motif has a rhythm and a height of its own as genes, so a variation can change a few and leave the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass

from engines.sketch.composer_data import Genre, Scale, grooves
from engines.sketch.composer_dice import Genes
from engines.sketch.composer_harmony import Harmony, nearest_tone
from engines.sketch.composer_score import Note, Section

PLANS = ("abac", "aabc", "abcb", "abcd", "aaba")
LIFT = {"chorus": 2.0, "bridge": 1.0}
WIDTH = 4.2


@dataclass(frozen=True)
class Singer:
    """Whoever has the tune: what shapes every note of it."""

    genes: Genes
    genre: Genre
    scale: Scale
    root: int
    centre: int
    busy: float
    harmony: Harmony
    guide: Callable[[float], float | None] | None = None
    """From a beat to the pitch of a recording that the tune follows there."""


def tune(who: Singer, sections: list[Section]) -> list[Note]:
    """All notes of the tune but the last one."""
    notes: list[Note] = []
    plan = who.genes.stream("plan").choice(PLANS)
    for section in sections:
        if section.kind == "intro":
            continue
        kind = "verse" if section.kind == "ending" else section.kind
        bar = 0
        for number, (size, count) in enumerate(_phrases(section)):
            letters = [plan[(number + k if count else bar + k) % 4] for k in range(size)]
            motifs = [f"{kind}.{letter}" + (".late" if count == 0 and bar % 8 >= 4 and letter == plan[3] else "") for letter in letters]
            notes += _phrase(who, section.first + bar, motifs, count, bar + size >= section.bars)
            bar += size
    return notes


def _phrases(section: Section) -> list[tuple[int, int]]:
    """Bars and syllables of each phrase; 0 syllables where nobody sings."""
    found = [(bars, count) for count, bars in section.lines]
    left = section.bars - sum(bars for bars, _ in found)
    while left > 0:
        found.append((min(4, left), 0))
        left -= min(4, left)
    return found


def _phrase(who: Singer, first: int, motifs: list[str], count: int, last: bool) -> list[Note]:
    genre = who.genre
    text = "".join(_rhythm(who, motif) for motif in motifs)
    breath = len(text) - genre.bar // 2
    onsets = [at for at, sign in enumerate(text) if sign == "x" and at <= breath] or [0]
    if count:
        onsets = _counted(who, onsets, count, breath, motifs)
    notes = []
    for index, at in enumerate(onsets):
        following = onsets[index + 1] if index + 1 < len(onsets) else len(text) - genre.steps // 2
        length = following - at
        if not count and index + 1 < len(onsets):
            length = len(text[at + 1 : following].split(".")[0]) + 1
        ends = index + 1 == len(onsets)
        pitch = _pitch(who, first, at, motifs, 2 if ends and last else 1 if ends else 0)
        accent = 0.1 if at % genre.bar == 0 else 0.04 if at % genre.steps == 0 else -0.06
        beat = first * genre.beats + swung(at, genre)
        notes.append(Note(beat, max(0.2, swung(at + length, genre) - swung(at, genre)) * 0.96, pitch, 0.72 + accent))
    return notes


def swung(step: int, genre: Genre) -> float:
    """The beat of a step; the second half of a beat comes later in music that swings."""
    beat, within = divmod(step, genre.steps)
    share = within / genre.steps
    if genre.steps == 4 and genre.swing != 0.5:
        share = share * 2 * genre.swing if share <= 0.5 else genre.swing + (share - 0.5) * 2 * (1 - genre.swing)
    return beat + share


def _rhythm(who: Singer, motif: str) -> str:
    """One bar of x, - and . from the genes of a motif."""
    cells = {cell: weight * who.busy ** (cell.count("x") - 1) for cell, weight in grooves()["cells"][who.genre.tune.cells].items()}
    return "".join(who.genes.pick(f"{motif}.{beat}.rhythm", cells) for beat in range(who.genre.beats))


def _counted(who: Singer, onsets: list[int], count: int, breath: int, motifs: list[str]) -> list[int]:
    """As many beginnings as there are syllables, on the strongest places there are."""
    genre = who.genre

    def weight(at: int) -> float:
        within = at % genre.bar
        strength = 4.0 if within == 0 else 2.0 if within % genre.steps == 0 else 1.0 if within % 2 == 0 else 0.1
        return strength + (2.0 if at in onsets else 0.0) + who.genes.number(f"{motifs[at // genre.bar]}.{within}.word") * 1.5

    places = sorted(range(breath + 1), key=lambda at: -weight(at))
    return sorted(places[:count])


def _anchor(who: Singer, motif: str, beat: int) -> float:
    """How high a beat of a motif stands, -1 to 1; neighbours pull at it, so that tunes mostly step."""
    own = who.genes.number(f"{motif}.{beat}.height") * 2 - 1
    before = who.genes.number(f"{motif}.{max(0, beat - 1)}.height") * 2 - 1
    return 0.6 * own + 0.4 * before


def _pitch(who: Singer, first: int, at: int, motifs: list[str], close: int) -> int:
    """Chord tones on the beat, steps of the scale between; close 1 rests on the chord, 2 comes home."""
    genre = who.genre
    bar, within = divmod(at, genre.bar)
    beat, off = divmod(within, genre.steps)
    height = _anchor(who, motifs[bar], beat)
    if off and beat + 1 < genre.beats:
        height += (_anchor(who, motifs[bar], beat + 1) - height) * off / genre.steps
    share = (at / genre.bar) / max(1, len(motifs))
    arch = 1.5 - 6 * (share - 0.45) ** 2
    steps = WIDTH * height + arch + LIFT.get(motifs[bar].split(".")[0], 0.0)
    classes = [(who.root + step) % 12 for step in who.scale.melody]
    ladder = [pitch for pitch in range(who.centre - 14, who.centre + 15) if pitch % 12 in classes]
    middle = min(range(len(ladder)), key=lambda index: abs(ladder[index] - who.centre))
    scaled = ladder[max(0, min(len(ladder) - 1, middle + round(steps * len(classes) / 7)))]
    led = who.guide(first * genre.beats + swung(at, genre)) if who.guide and who.genes.kept(f"{motifs[bar]}.{beat}.height") else None
    if led is not None:
        scaled = min(ladder, key=lambda pitch: abs(pitch - led))
    chord = who.harmony.at(first + bar, within / genre.bar)
    if close == 2 and who.root % 12 in chord.tones:
        return nearest_tone(scaled, [who.root % 12])
    if close or off == 0 and (led is None or beat == 0):
        return nearest_tone(scaled, [tone for tone in chord.tones[:4] if tone in classes] or list(chord.tones))
    return scaled
