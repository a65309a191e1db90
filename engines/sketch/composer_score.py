"""The score: notes in beats on tracks, the sections they stand in, and the clock that turns beats into seconds."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Note(NamedTuple):
    """One note of a track: where it begins and how long it lasts in beats, its MIDI pitch, its loudness from 0 to 1."""

    beat: float
    length: float
    pitch: int
    touch: float


class Hit(NamedTuple):
    """One stroke of a drum."""

    beat: float
    drum: str
    touch: float


@dataclass
class Track:
    """One player."""

    role: str
    timbre: str
    level: float
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    """A part of the form: intro, verse, chorus, bridge or ending, and its bars."""

    kind: str
    first: int
    bars: int
    lines: tuple[tuple[int, int], ...] = ()
    """The lines that are sung here: syllables and bars of each."""


@dataclass(frozen=True)
class Clock:
    """Beats to seconds: one tempo until `turn`, then slower by `rit`."""

    bpm: float
    turn: float
    rit: float = 0.0

    def seconds(self, beat: float) -> float:
        """When a beat falls."""
        late = max(0.0, beat - self.turn)
        return (beat + late * self.rit) * 60 / self.bpm


@dataclass
class Score:
    """A finished composition, before it sounds."""

    genre: str
    scale: str
    root: int
    duration: float
    clock: Clock
    beats: int
    end: float
    sections: list[Section]
    tracks: list[Track] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    touch: float = 1.0
    dark: float = 1.0
    wet: float = 1.0

    def track(self, role: str) -> list[Note]:
        """The notes of a role."""
        return [note for track in self.tracks if track.role == role for note in track.notes]
