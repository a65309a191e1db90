"""From a noun's parts to plain outlines: which are drawn, where the pose puts them, what colour they have."""
from dataclasses import dataclass, replace

import numpy as np

from engines.sketch import parts_shapes as shapes
from engines.sketch.look import choice
from engines.sketch.parts_model import Part
from engines.sketch.parts_pose import other_side
from engines.sketch.parts_shapes import Matrix, Outline
from engines.sketch.vocabulary import VocabularyError

RGB = tuple[float, float, float]
MIRROR = np.diag([-1.0, 1.0, 1.0])
ROUNDED = ("blob", "limb", "ellipse", "puff")


@dataclass(frozen=True)
class Shape:
    """An outline in the noun's own units, and how it is painted."""

    outline: Outline
    rgb: RGB
    alpha: float = 1.0
    round: float = 0.0
    glow: float = 0.0
    inside: tuple["Shape", ...] = ()


@dataclass(frozen=True)
class Context:
    """What holds for all parts of one drawing."""

    noun: str
    thing_id: str
    colors: dict[str, str]
    active: frozenset[str]
    joints: dict[str, Matrix]
    shared: dict[str, tuple[Part, ...]]
    dropped: frozenset[str] = frozenset()
    """Parts and colours that the thing is without."""


@dataclass(frozen=True)
class Place:
    """Where the parts inside a group lie: placed, then carried by a joint. Mirrored ones swap left and right joints."""

    matrix: Matrix
    joint: Matrix
    mirrored: bool = False
    key: str = ""

    @property
    def whole(self) -> Matrix:
        return self.joint @ self.matrix


def hex_to_rgb(color: str) -> RGB:
    """#rrggbb as three numbers from 0 to 1."""
    return int(color[1:3], 16) / 255, int(color[3:5], 16) / 255, int(color[5:7], 16) / 255


def toned(rgb: RGB, shade: float) -> RGB:
    """Darker colours lean to violet and lighter ones to warm white, as with paint."""
    if shade <= 1:
        lean = 0.25 * (1 - shade)
        r, g, b = (channel * shade for channel in rgb)
        return r + lean * 0.16, g + lean * 0.05, b + lean * 0.36
    lift = min(1.0, (shade - 1) * 0.85)
    r, g, b = (channel * (1 + (shade - 1) * 0.45) for channel in rgb)
    return (min(1.0, r + (1 - min(r, 1)) * lift), min(1.0, g + (0.97 - min(g, 0.97)) * lift),
            min(1.0, b + (0.88 - min(b, 0.88)) * lift))


def flatten(parts: tuple[Part, ...], context: Context, place: Place | None = None) -> list[Shape]:
    """The shapes to paint, back to front."""
    place = place or Place(np.eye(3), np.eye(3))
    found: list[Shape] = []
    for number, part in enumerate(parts):
        if part.when and not context.active.intersection(part.when) or context.active.intersection(part.unless):
            continue
        if context.dropped and _falls_away(part, context.dropped):
            continue
        inner = replace(context, colors=_renamed(part, context.colors)) if part.colors else context
        for each in _places(part, context, replace(place, key=f"{place.key}.{number}")):
            found += _one(part, inner, each)
    return found


def _falls_away(part: Part, dropped: frozenset[str]) -> bool:
    """Whether the thing is without this part, or without all that has this colour."""
    return part.part in dropped or part.kind not in ("group", "part", "choose") and part.fill in dropped


def _renamed(part: Part, colors: dict[str, str]) -> dict[str, str]:
    return colors | {name: colors.get(value, value) for name, value in part.colors.items()}


def _places(part: Part, context: Context, place: Place) -> list[Place]:
    """Once for each time that a part is repeated, spun round and mirrored."""
    own = shapes.affine(part.at, part.turn, part.scale)
    if part.repeat == part.spin == 1 and not part.mirror:
        return [_carried(part, context, place, own, False)]
    found = []
    for step in range(part.repeat):
        for turn in range(part.spin):
            at = (part.at[0] + step * part.by[0], part.at[1] + step * part.by[1])
            own = shapes.affine(at, part.turn + 360 * turn / part.spin, part.scale)
            key = f"{place.key}-{step}-{turn}"
            found.append(_carried(part, context, replace(place, key=key), own, False))
            if part.mirror:
                found.append(_carried(part, context, replace(place, key=key + "m"), MIRROR @ own, True))
    return found


def _carried(part: Part, context: Context, place: Place, own: Matrix, mirror: bool) -> Place:
    mirrored = place.mirrored ^ mirror
    matrix = place.matrix @ own
    joint = place.joint
    if len(part.move) == 1:
        joint = _joint(part.move[0], context, mirrored)
    if part.upright:
        spot = matrix[:, 2]
        joint = shapes.affine(tuple((joint @ spot - spot)[:2]))
    return replace(place, matrix=matrix, joint=joint, mirrored=mirrored)


def _joint(name: str, context: Context, mirrored: bool) -> Matrix:
    name = other_side(name) if mirrored else name
    if name not in context.joints:
        known = ", ".join(context.joints) or "it has none"
        raise VocabularyError(f"{context.noun}: joint {name!r} is not in its skeleton ({known})")
    return context.joints[name]


def _one(part: Part, context: Context, place: Place) -> list[Shape]:
    if part.group is not None:
        return flatten(part.group, context, place)
    if part.part is not None:
        if part.part not in context.shared:
            raise VocabularyError(f"{context.noun}: there is no part {part.part!r} in parts.yaml")
        return flatten(context.shared[part.part], context, place)
    if part.choose is not None:
        index = choice(context.thing_id, part.by_id or "choose", len(part.choose))
        return flatten(part.choose[index:index + 1], context, place)
    rgb = _rgb(part, context)
    if part.scatter is not None:
        return _scattered(part, rgb, context, place)
    rounded = part.round if part.round is not None else float(part.kind in ROUNDED)
    return [Shape(_outline(part, context, place), toned(rgb, part.shade), part.alpha, rounded, part.glow,
                  tuple(flatten(part.inside, context, place)) if part.inside else ())]


def _rgb(part: Part, context: Context) -> RGB:
    color = part.fill if part.fill.startswith("#") else context.colors.get(part.fill)
    if color is None:
        raise VocabularyError(f"{context.noun}: no colour is called {part.fill!r}; "
                              "name a slot, a colour of parts.yaml or #rrggbb")
    return hex_to_rgb(color)


def _scattered(part: Part, rgb: RGB, context: Context, place: Place) -> list[Shape]:
    assert part.scatter is not None  # noqa: S101 - for the type checker; _one has looked
    strewn = shapes.scatter(part.scatter, part.n, part.size, f"{context.thing_id}{place.key}")
    whole = place.whole
    found = []
    for x, y, radius, light in strewn:
        outline = shapes.apply(whole, shapes.ellipse(x, y, radius * 1.15, radius * 0.85, 14))
        found.append(Shape(outline, toned(rgb, part.shade * (1 + 0.16 * light)), part.alpha, 0.0, part.glow))
    return found


def _outline(part: Part, context: Context, place: Place) -> Outline:
    if part.ellipse:
        return shapes.apply(place.whole, shapes.ellipse(*part.ellipse))
    if part.box:
        return shapes.apply(place.whole, shapes.box(*part.box, part.corner))
    if part.puff:
        return shapes.apply(place.whole, shapes.puff(*part.puff, part.bumps, part.depth))
    if part.star:
        return shapes.apply(place.whole, shapes.star(*part.star))
    scale = float(np.sqrt(abs(np.linalg.det(place.whole[:2, :2]))))
    widths = tuple(width * scale for width in part.width)
    if part.arc:
        return shapes.stroke(shapes.apply(place.whole, shapes.arc(*part.arc)), widths)
    points = _points(part, context, place)
    if part.blob:
        return shapes.smooth(points, closed=True)
    if part.poly:
        return points
    return shapes.stroke(shapes.smooth(points, closed=False) if part.limb else points, widths)


def _points(part: Part, context: Context, place: Place) -> Outline:
    points = np.array(part.blob or part.poly or part.limb or part.line, float)
    if len(part.move) < 2:
        return shapes.apply(place.whole, points)
    placed = shapes.apply(place.matrix, points)
    moved = [shapes.apply(_joint(name, context, place.mirrored), p) for name, p in zip(part.move, placed, strict=True)]
    return np.array(moved)
