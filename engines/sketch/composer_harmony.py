"""Harmony: chords from words like '5:dom' over a scale, spread over the bars of a form, and voiced so that hands move little."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from engines.sketch.composer_data import Family, Scale
from engines.sketch.composer_score import Section

SHAPES = {
    "maj": (0, 4, 7), "min": (0, 3, 7), "dim": (0, 3, 6), "dom": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "min7": (0, 3, 7, 10),
    "sus4": (0, 5, 7), "sus2": (0, 2, 7), "power": (0, 7), "six": (0, 4, 7, 9),
}  # fmt: skip
STACKS = {"": 3, "7": 4, "9": 5}


@dataclass(frozen=True)
class Chord:
    """A root and the tones above it, as pitch classes; the first is the root."""

    tones: tuple[int, ...]

    @property
    def root(self) -> int:
        """The pitch class it stands on."""
        return self.tones[0]


@dataclass(frozen=True)
class Harmony:
    """The chords of every bar (one, or two that share it), and the chord at the end."""

    bars: list[list[Chord]]
    close: Chord

    def at(self, bar: int, share: float) -> Chord:
        """The chord at a place in a bar, 0 to 1."""
        if bar >= len(self.bars):
            return self.close
        chords = self.bars[bar]
        return chords[min(len(chords) - 1, int(share * len(chords)))]


def chord(word: str, scale: Scale, root: int) -> Chord:
    """'4', '2:7', 'b7:maj' as pitch classes."""
    degree, _, shape = word.partition(":")
    lowered, number = degree.startswith("b"), int(degree.lstrip("b")) - 1
    base = (0, 2, 4, 5, 7, 9, 11)[number] - 1 if lowered else scale.steps[number]  # players count lowered degrees from major
    if shape == "add9":
        stacked = [scale.steps[(number + step) % 7] for step in (0, 2, 4, 1)]
    elif shape in STACKS:
        stacked = [scale.steps[(number + 2 * step) % 7] for step in range(STACKS[shape])]
    else:
        stacked = [base + step for step in SHAPES[shape]]
    return Chord(tuple((root + step) % 12 for step in stacked))


def harmonise(sections: Sequence[Section], family: Family, scale: Scale, root: int, chance: Random) -> Harmony:
    """One progression per kind of section, so that a chorus that comes back is the same chorus."""
    chosen: dict[str, list[str]] = {}
    bars: list[list[Chord]] = []
    for section in sections:
        kind = "verse" if section.kind == "intro" else section.kind
        if kind not in chosen:
            chosen[kind] = _progression(getattr(family, kind), section.bars, chance)
        words = chosen[kind]
        offset = -section.bars if section.kind == "ending" else 0
        for bar in range(section.bars):
            word = words[(bar + offset) % len(words)]
            bars.append([chord(each, scale, root) for each in word.split(",")])
    return Harmony(bars, chord(family.close, scale, root))


def _progression(choices: Sequence[str], bars: int, chance: Random) -> list[str]:
    """One that fits the section: those that go into it a whole number of times come first."""
    options = [choice.split() for choice in choices]
    fitting = [words for words in options if len(words) <= bars and bars % len(words) == 0]
    shorter = [words for words in options if len(words) <= bars]
    return chance.choice(fitting or shorter or options)


def voiced(now: Chord, before: Sequence[int], centre: int, most: int = 5) -> list[int]:
    """Pitches of a chord near a centre, moving as little as possible from the voicing before."""
    tones = now.tones[:most] if len(now.tones) > 2 else (*now.tones, now.root)
    best: list[int] = []
    least = 1e9
    for lowest in range(len(tones)):
        order = [*tones[lowest:], *tones[:lowest]]
        for start in (centre - 12, centre - 6, centre):
            pitches: list[int] = []
            above = start
            for tone in order:
                above += (tone - above) % 12
                pitches.append(above)
                above += 1
            middle = sum(pitches) / len(pitches)
            cost = abs(middle - centre) * 1.5
            cost += sum(min(abs(pitch - old) for old in before) for pitch in pitches) if before else 0
            if cost < least:
                best, least = pitches, cost
    return best


def nearest_tone(pitch: float, classes: Sequence[int]) -> int:
    """The pitch of one of these classes that lies nearest."""
    return min((int(pitch) + step for step in range(-7, 8) if (int(pitch) + step) % 12 in classes), key=lambda each: abs(each - pitch))
