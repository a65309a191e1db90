"""Who moves in a film: figures that walk, stand and breathe, birds that beat their wings, boats that rock on the water."""

from dataclasses import dataclass, field, replace

from PIL import Image

from engines.sketch import parts
from engines.sketch.beams import beams, stage_facts
from engines.sketch.film.blocking import EDGE, PERIODS, SLOWEST, STILL, active, ground, pose_of, walkers
from engines.sketch.film.camera import View
from engines.sketch.film.gait import Gait, gait, moving, wave
from engines.sketch.film.plates import Plate
from engines.sketch.frame import Frame, Layer
from engines.sketch.leap import set_off
from engines.sketch.light import lit_layer
from engines.sketch.placeholder import placeholder
from engines.sketch.spots import Spot

MOST = 72
"""Drawings of figures a film is made of at most; in a crowd each has fewer."""
MOST_STEPS = 18
"""Drawings of one cycle of a walk at most."""


@dataclass
class Path:
    """Where a figure has got to: walked so many steps of a length, and rocked or borne by the wind."""

    step: float = 0.0
    beat: float = 1.0
    steps: int = 0
    start: float = 0.0
    rock: tuple[float, float, float] = (0.0, 1.0, 0.0)
    wind: float = 0.0

    def at(self, t: float) -> tuple[float, float]:
        """Pixels of the sheet from the place it was drawn at."""
        walked = min(self.steps, int(t / self.beat + 1e-6)) if self.steps else 0
        return self.start + self.step * walked + self.wind * t, self.rock[0] * wave(t, self.rock[1], self.rock[2])

    def arrived(self, t: float) -> bool:
        """Whether a walk is over."""
        return bool(self.steps) and int(t / self.beat + 1e-6) >= self.steps


@dataclass
class Figure:
    """A moving thing: its drawings in order, how long each stands, and the way it goes."""

    path: Path
    beat: float
    near: float
    plates: list[Plate] = field(default_factory=list)
    resting: list[Plate] = field(default_factory=list)

    def lay(self, canvas: Image.Image, view: View, t: float) -> None:
        """Draw it in the phase and place of this moment."""
        shown = self.resting if self.path.arrived(t) and self.resting else self.plates
        number = int(t / self.beat + 1e-6) % len(shown)
        shown[number].put(canvas, view.box(self.near), *self.path.at(t))


@dataclass
class Part:
    """One thing of the scene: its layer as in a still, and how it moves if it does."""

    spot: Spot
    layer: Layer | None
    extra: list[Layer] = field(default_factory=list)
    path: Path | None = None
    gait: Gait | None = None
    count: int = 1
    beat: float = 1.0
    frame: float = 1.0
    """Seconds of one frame; a drawing stands for whole frames."""


def drawn(frame: Frame, spot: Spot, phase: float | None = None, drop: float = 0.0) -> Layer | None:
    """The lit layer of a thing at a phase of its movement; `drop` heights lower, so that its foot is on the ground."""
    tall = max(6.0, spot.height * frame.unit)
    if spot.noun is None:
        sprite = placeholder(spot.thing.word or spot.thing.noun, tall)
    else:
        sprite = parts.draw(spot.noun, spot.thing, tall, night=frame.night, flip=spot.flip, phase=phase)
    if drop:
        sprite = replace(sprite, origin=(sprite.origin[0], sprite.origin[1] - drop * tall))
    return lit_layer(frame, spot, set_off(sprite, spot, tall))


def cast(frame: Frame, spots: list[Spot], seconds: float, fps: int) -> list[Part]:
    """Every thing of the scene, with its movement; who walks together goes the same way at the same pace."""
    company = walkers(spots)
    if company:
        for spot in company:
            spot.flip = company[0].flip
    alive = [spot for spot in spots if spot.noun and moving(spot.noun, active(frame, spot))]
    count = max(3, min(12, MOST // max(1, len(alive))))
    found: dict[str, Part] = {}
    for spot in spots:
        part = Part(spot, None)
        if spot in alive and len(alive) <= MOST // 3:
            _timed(frame, part, fps, count)
        found[spot.thing.id] = part
    _walk(frame, [found[spot.thing.id] for spot in company], seconds)
    for part in found.values():
        _borne(frame, part, seconds)
    for part in found.values():
        _carried(part, found)
    for part in found.values():
        frame.tick("Drawing " + (part.spot.thing.word or part.spot.thing.noun), 0.03)
        part.layer = drawn(frame, part.spot, *_first(part))
        if part.spot.thing.noun in stage_facts()["beams"]:
            part.extra = beams(frame, part.spot)
    return list(found.values())


def _timed(frame: Frame, part: Part, fps: int, most: int) -> None:
    """How many drawings its cycle has, and how long each stands: always a whole number of frames."""
    noun = part.spot.noun
    assert noun is not None  # noqa: S101 - for the type checker; only known nouns move
    pose = pose_of(part.spot)
    period = PERIODS.get(pose, STILL)
    size = min(1.5, max(0.7, (part.spot.height / 0.3) ** 0.35)) if pose in PERIODS else 1.0
    frames = max(2, round(period * size * fps))
    held = max(1, round(fps / 12), -(-frames // most))
    part.count, part.beat, part.frame = max(2, round(frames / held)), held / fps, max(1, round(fps / 12)) / fps
    part.path = Path()
    if pose in ("walking", "running") and part.spot.where == "ground" and not part.spot.tied:
        part.gait = gait(noun, active(frame, part.spot), part.count // 2 * 2)


def _first(part: Part) -> tuple[float | None, float]:
    if part.gait is not None:
        return part.gait.phases[0], part.gait.drops[0]
    return (0.0, 0.0) if part.path is not None and part.count > 1 else (None, 0.0)


def phases(part: Part) -> list[tuple[float | None, float]]:
    """Phase and drop of every drawing of a cycle."""
    if part.gait is not None:
        return list(zip(part.gait.phases, part.gait.drops))
    if part.count == 1:
        return [(None, 0.0)]
    return [(k / part.count, 0.0) for k in range(part.count)]


def _walk(frame: Frame, company: list[Part], seconds: float) -> None:
    """Send the walkers over the ground, at the pace of the slowest; what is too far is walked more slowly or not at all."""
    going = [part for part in company if part.gait is not None]
    if not going:
        return
    way = -1.0 if going[0].spot.flip else 1.0
    low, high = ground(frame, [part.spot for part in going])
    pace = min(part.gait.stride * part.spot.height * frame.unit / (part.count * part.beat) for part in going if part.gait)
    length = min(pace * seconds, max(0.0, high - low))
    pace = max(length / seconds, pace / max(SLOWEST[pose_of(part.spot)] for part in going))
    start = min(max(-length * 0.5, low), high - length) if way > 0 else max(min(length * 0.5, high), low + length)
    for part in going:
        _paced(frame, part, pace)
        assert part.gait is not None  # noqa: S101 - for the type checker; who has no gait is not going
        step = part.gait.stride * part.spot.height * frame.unit / part.count
        part.path = Path(step * way, part.beat, max(1, min(int(length / step), round(seconds / part.beat))), start)


def _paced(frame: Frame, part: Part, pace: float) -> None:
    """As many drawings to a cycle as bring the walker on at this pace, each standing for its whole frames."""
    assert part.gait is not None and part.spot.noun is not None  # noqa: S101 - for the type checker
    period = part.gait.stride * part.spot.height * frame.unit / pace
    held = max(1, -(-round(period / part.frame) // MOST_STEPS))
    part.beat = held * part.frame
    part.count = max(4, round(period / part.beat / 2) * 2)
    part.gait = gait(part.spot.noun, active(frame, part.spot), part.count)


def _borne(frame: Frame, part: Part, seconds: float) -> None:
    """What floats rocks; what flies is carried on."""
    spot = part.spot
    if spot.tied or spot.noun is None or (part.path is not None and part.path.steps):
        return
    stream = frame.stream(f"borne/{spot.thing.id}")
    lag = stream.random()
    if spot.where == "water" and spot.noun.kind not in ("building", "plant"):
        part.path = Path(rock=(frame.unit * 0.0045, 2.6 + lag, lag))
    elif spot.where == "sky" and spot.noun.kind != "sky":
        speed = {"bird": 0.045}.get(spot.noun.kind, 0.014) * (0.8 + 0.4 * lag)
        room = frame.w * (1 - EDGE) - spot.width * 0.5 - spot.x if not spot.flip else spot.x - spot.width * 0.5 - frame.w * EDGE
        speed = max(0.0, min(speed, room / seconds)) * (-1 if spot.flip else 1) * frame.unit
        part.path = Path(rock=(frame.unit * 0.008, 2.3 + lag, lag), wind=speed)


def _carried(part: Part, found: dict[str, Part]) -> None:
    """Who sits, rides or is held goes where the carrier goes."""
    seen, carrier = {part.spot.thing.id}, part
    while carrier.spot.tied and carrier.spot.thing.to in found and carrier.spot.thing.to not in seen:
        carrier = found[str(carrier.spot.thing.to)]
        seen.add(carrier.spot.thing.id)
    if carrier is not part and carrier.path is not None:
        part.path = carrier.path

