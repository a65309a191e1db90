"""The composer's data as typed rows: genres, scales, progressions, grooves, timbres, moods, words (engines/sketch/music/*.yaml)."""

import functools
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

HERE = Path(__file__).parent / "music"
SECTIONS = ("intro", "verse", "chorus", "bridge", "ending")
ROLES = ("tune", "chords", "arp", "bass", "pad", "drums")
Light = Literal["bright", "dark"]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Row):
    """One player of a genre: what may sound, what it may play, where, how loud and how high."""

    timbres: list[str] = []
    patterns: list[str] = []
    cells: str = ""
    level: float = 1.0
    centre: int = 60
    sections: list[str] = list(SECTIONS)


class Room(_Row):
    """The space around the music; `echo` is a delay in beats, `dark` a low-pass in Hz."""

    seconds: float = 1.2
    amount: float = 0.2
    echo: float = 0.0
    dark: float = 16000.0


class Genre(_Row):
    """One kind of music."""

    title: str
    words: list[str]
    tempo: tuple[int, int]
    beats: int = 4
    steps: int = 4
    swing: float = 0.5
    light: Light = "bright"
    harmony: dict[Light, list[tuple[str, str]]]
    tune: Part
    chords: Part
    arp: Part | None = None
    bass: Part | None = None
    pad: Part | None = None
    drums: Part | None = None
    room: Room = Room()
    duck: float = 0.0
    rit: float = Field(0.12, description="By how much the last bars slow down")

    @property
    def bar(self) -> int:
        """Steps in a bar."""
        return self.beats * self.steps

    def parts(self) -> dict[str, Part]:
        """The players by role."""
        return {role: part for role in ROLES if (part := getattr(self, role)) is not None}


class Scale(_Row):
    """Semitones above the tonic: seven to stack chords on, and those a tune uses."""

    steps: list[int]
    melody: list[int]


class Family(_Row):
    """Progressions for each kind of section."""

    verse: list[str]
    chorus: list[str]
    bridge: list[str]
    ending: list[str]
    close: str


class Timbre(_Row):
    """One instrument's sound; timbres.yaml says what each field does."""

    kind: Literal["wave", "pluck", "struck", "fm"]
    program: int
    words: list[str] = []
    part: str = "tune"
    gain: float = 1.0
    pan: float = 0.0
    send: float = 1.0
    attack: float = 0.004
    release: float = 0.1
    ring: float = 0.0
    decay: float = 0.0
    slope: float = 1.2
    dark: float = 0.0
    odd: float = 0.0
    fade: float = 0.5
    top: float = 12000.0
    copies: int = 1
    detune: float = 0.0
    vibrato: float = 0.0
    breath: float = 0.0
    drive: float = 0.0
    body: list[tuple[float, float]] = []
    shift: int = 0
    sustain: float = 2.0
    tone: float = 0.5
    pick: float = 0.15
    width: float = 0.0
    partials: str = ""
    hammer: float = 0.0
    tremolo: float = 0.0
    ratio: float = 1.0
    index: float = 1.0
    tine: float = 0.0


class Drum(_Row):
    """One drum's sound."""

    note: int
    words: list[str] = []
    tone: tuple[float, float, float, float, float] | None = None
    noise: tuple[float, float, float, float] | None = None
    bursts: int = 1
    specks: int = 0
    soft: float = 0.0
    level: float = 0.5
    pan: float = 0.0


class Mood(_Row):
    """How words of feeling bend the music."""

    words: list[str]
    light: Light | None = None
    tempo: float = 1.0
    touch: float = 1.0
    busy: float = 1.0
    dark: float = 1.0
    wet: float = 1.0


def _read(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8")))


@functools.lru_cache(1)
def genres() -> dict[str, Genre]:
    """All genres by name."""
    return {name: Genre(**row) for name, row in _read("genres").items()}


@functools.lru_cache(1)
def scales() -> dict[str, Scale]:
    """All scales by name."""
    return {name: Scale(**row) for name, row in _read("scales").items()}


@functools.lru_cache(1)
def families() -> dict[str, Family]:
    """All families of progressions."""
    return {name: Family(**row) for name, row in _read("progressions").items()}


@functools.lru_cache(1)
def grooves() -> dict[str, dict[str, Any]]:
    """Patterns for chords, bass and drums, and the rhythms of tunes."""
    return _read("grooves")


@functools.lru_cache(1)
def moods() -> dict[str, Mood]:
    """All moods by name."""
    return {name: Mood(**row) for name, row in _read("moods").items()}


@functools.lru_cache(1)
def words() -> dict[str, Any]:
    """How words are read."""
    return _read("words")


@functools.lru_cache(1)
def _sounds() -> tuple[dict[str, Timbre], dict[str, list[tuple[float, float, float]]], dict[str, Drum]]:
    raw = _read("timbres")
    return (
        {name: Timbre(**row) for name, row in raw["timbres"].items()},
        {name: [(float(a), float(b), float(c)) for a, b, c in rows] for name, rows in raw["partials"].items()},
        {name: Drum(**row) for name, row in raw["drums"].items()},
    )


def timbres() -> dict[str, Timbre]:
    """All instruments by name."""
    return _sounds()[0]


def partials() -> dict[str, list[tuple[float, float, float]]]:
    """Partials of struck instruments."""
    return _sounds()[1]


def drums() -> dict[str, Drum]:
    """All drums by name."""
    return _sounds()[2]
