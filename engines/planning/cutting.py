"""Cuts sections into scenes and gives each its time: by the length of its words, no scene too short to be seen, no cent lost."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engines.planning.script import Beat, Section, quiet

LEAST = 200
"""Hundredths of a second that every scene has, where there is time enough."""
QUARTER = 25
OPENING = 0.5
"""How much nearer, as a share of a scene, a cut seems where a paragraph begins."""


@dataclass
class Passage:
    """The words of one scene, and the section they stand in."""

    section: Section
    beats: list[Beat] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """Letters and digits."""
        return max(1, sum(sum(map(str.isalnum, beat.text)) for beat in self.beats))


def passages(sections: Sequence[Section], seconds: float) -> list[Passage]:
    """One passage per scene: a section, a part of a long one, or short neighbours together."""
    whole = [Passage(section, section.beats) for section in sections]
    total = sum(each.weight for each in whole)
    found: list[Passage] = []
    for each in whole:
        parts = round(seconds * each.weight / total / usual(seconds))
        found += _divided(each, max(1, min(parts, len(each.beats))))
    most = max(1, int(seconds * 100) // LEAST)
    while len(found) > most:
        at = min(range(len(found) - 1), key=lambda at: found[at].weight + found[at + 1].weight)
        found[at : at + 2] = [_joined(found[at], found[at + 1])]
    return found


def usual(seconds: float) -> float:
    """How long a scene of a film of this length usually is: 5 s in half a minute, 10 s in ten."""
    return float(4.0 + 0.25 * seconds**0.5)


def _divided(passage: Passage, parts: int) -> list[Passage]:
    """A passage in so many parts of about equal length, cut where paragraphs begin if one is near."""
    beats = passage.beats
    ends = [0]
    for beat in beats:
        ends.append(ends[-1] + max(1, len(beat.text)))
    size = ends[-1] / parts
    cuts = [0]
    for part in range(1, parts):
        free = range(cuts[-1] + 1, len(beats) - (parts - part) + 1)
        cuts.append(min(free, key=lambda at: abs(ends[at] - part * size) - (OPENING * size if beats[at].opens else 0)))
    return [replace(passage, beats=beats[low:high]) for low, high in zip(cuts, [*cuts[1:], len(beats)])]


def _joined(one: Passage, other: Passage) -> Passage:
    """Two neighbours as one scene, below the first one's heading; the other heading becomes words."""
    if one.section is other.section:
        return Passage(one.section, [*one.beats, *other.beats])
    turn = [Beat(quiet(other.section.heading) + ".")] if other.section.heading else []
    return Passage(one.section, [*one.beats, *turn, *other.beats])


def shares(weights: Sequence[int], total: int, least: int = LEAST) -> list[int]:
    """Whole numbers that add up to `total`, by weight, none under `least` where there is enough for all."""
    least = min(least, total // len(weights))
    given: dict[int, float] = {}
    while True:
        free = [k for k in range(len(weights)) if k not in given]
        rest = total - sum(given.values())
        weight = sum(weights[k] for k in free)
        short = [k for k in free if rest * weights[k] < least * weight]
        if not short:
            break
        given |= dict.fromkeys(short, float(least))
    exact = [given.get(k, rest * weights[k] / max(1, weight)) for k in range(len(weights))]
    found = [int(each) for each in exact]
    for k in sorted(range(len(weights)), key=lambda k: found[k] - exact[k])[: total - sum(found)]:
        found[k] += 1
    return found


def lengths(weights: Sequence[int], total: int) -> list[float]:
    """Seconds by weight, `total` hundredths together also for a program that adds them up as floats.

    They are quarters, which floats hold exactly; the last scene has what is left over.
    """
    quarters = shares(weights, total // QUARTER, LEAST // QUARTER)
    for back in range(max(1, quarters[-1] - LEAST // QUARTER)):
        own = [*(each / 4 for each in quarters[:-1]), ((quarters[-1] - back) * QUARTER + total % QUARTER) / 100]
        own[0] += back / 4
        if len(own) == 1 or sum(own) == total / 100:
            break
    return own
