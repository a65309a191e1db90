"""Blocking: where figures may stand and go, so that the camera can move and nobody is cut off."""

from engines.sketch import parts
from engines.sketch.film.gait import gait
from engines.sketch.frame import Frame
from engines.sketch.spots import ACTORS, Spot
from engines.sketch.stage import arrange

PERIODS = {"walking": 1.05, "running": 0.62, "flying": 0.62, "dancing": 1.3, "waving": 0.9, "playing": 1.1}
STILL = 3.2
"""Seconds of one breath of who only stands."""
SLOWEST = {"walking": 1.7, "running": 2.4}
"""How much more slowly than they like they go where the picture is small."""
EDGE = 0.1
"""What walkers keep from the sides, as a share of the sheet; the camera may leave out nearly as much."""
REST = 0.075
"""The same for who stays where they are."""


def pose_of(spot: Spot) -> str:
    """What it does."""
    return spot.thing.pose or (spot.noun.pose if spot.noun else "")


def active(frame: Frame, spot: Spot) -> frozenset[str]:
    """What its pose and what it wears are called."""
    return parts.active_words(spot.noun, spot.thing, frame.night) if spot.noun else frozenset()


def walkers(spots: list[Spot]) -> list[Spot]:
    """Those who walk or run on the ground of their own accord."""
    return [spot for spot in spots if spot.noun and spot.where == "ground" and not spot.tied
            and pose_of(spot) in ("walking", "running")]


def blocked(frame: Frame, seconds: float) -> list[Spot]:
    """A spot for everything, as the painter sets them; where walkers would soon be across, the camera stands farther off."""
    spots = arrange(frame)
    going = walkers(spots)
    if going and frame.scene.shot == "medium" and _soon_across(frame, going, seconds):
        frame.scene = frame.scene.model_copy(update={"shot": "wide"})
        spots = arrange(frame)
    for spot in spots:
        if not spot.tied and spot.noun and spot.noun.kind in ACTORS | {"vehicle"} and spot.width < frame.w * 0.7:
            _inside(frame, spot)
    return spots


def _soon_across(frame: Frame, going: list[Spot], seconds: float) -> bool:
    """Whether they have much less ground before them than they would cover."""
    low, high = ground(frame, going)
    for spot in going:
        assert spot.noun is not None  # noqa: S101 - for the type checker; who walks is known
        found = gait(spot.noun, active(frame, spot), 8)
        if found is not None:
            pose = pose_of(spot)
            pace = found.stride * spot.height * frame.unit / (PERIODS[pose] * SLOWEST[pose])
            if high - low < 0.5 * pace * seconds:
                return True
    return False


def _inside(frame: Frame, spot: Spot) -> None:
    """Move it in from the edges that the camera may leave out."""
    before, after = (reach / frame.unit for reach in _extent(frame, spot))
    low, high = frame.w * REST + before, frame.w * (1 - REST) - after
    if low < high:
        spot.x = min(max(spot.x, low), high)
    if spot.where == "sky":
        spot.y = max(spot.y, frame.h * REST + spot.height)


def ground(frame: Frame, spots: list[Spot]) -> tuple[float, float]:
    """How far to the left and right (in pixels) all of them can go and still be on their ground and in the picture."""
    low, high = -float(frame.width), float(frame.width)
    for spot in spots:
        here = frame.column(spot.x)
        floor = _under(frame, here, spot.y)
        before, after = _extent(frame, spot)
        left, right = int(frame.width * EDGE + before), int(frame.width * (1 - EDGE) - after)
        a = b = here
        while a > left and _under(frame, a - 4, spot.y) == floor:
            a -= 4
        while b < right and _under(frame, b + 4, spot.y) == floor:
            b += 4
        low, high = max(low, min(0.0, a - here)), min(high, max(0.0, b - here))
    return low, high


def _extent(frame: Frame, spot: Spot) -> tuple[float, float]:
    """How many pixels a figure reaches to the left and to the right of its place."""
    if spot.noun is None:
        return (spot.width * 0.5 * frame.unit,) * 2
    small = parts.draw(spot.noun, spot.thing, 60, flip=spot.flip)
    scale = spot.height * frame.unit / 60
    return small.origin[0] * scale, (small.alpha.shape[1] - small.origin[0]) * scale


def _under(frame: Frame, col: int, y: float) -> int:
    col = min(max(0, col), frame.width - 1)
    under = [ground.layer for ground in frame.grounds if float(ground.line[col]) <= y + 0.001]
    return under[-1] if under else -1
