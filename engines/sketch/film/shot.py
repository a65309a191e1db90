"""A shot: one painted scene as plates and cels in order, and any frame of it as a picture. A frame depends on its time alone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from PIL import Image

from engines.sketch.beams import stage_facts
from engines.sketch.dice import Dice
from engines.sketch.film.air import FALLS, Fall, Flash
from engines.sketch.film.blocking import blocked, walkers
from engines.sketch.film.camera import Camera, chosen
from engines.sketch.film.cast import Figure, Part, cast, drawn, phases
from engines.sketch.film.develop import Developer
from engines.sketch.film.lights import Smoke, beam, flicker
from engines.sketch.film.plates import EDGE, MODE, Cel, Plate, cut, image
from engines.sketch.film.sky import Drift, Stars, apart
from engines.sketch.film.water import Water
from engines.sketch.frame import Frame, Layer
from engines.sketch.noise import mix
from engines.sketch.painter import Progress, look_of
from engines.sketch.palette import WHITE
from engines.sketch.scene import Scene
from engines.sketch.scenery import build
from engines.sketch.weather import weather

ROOM = 1.15
"""How much larger than a frame the sheet is, so that the camera can move."""
MOST = 1_800_000
"""Pixels a sheet has at most; larger frames are filmed from it a little softer."""
NEAR = ((0.05, 0.3), (0.2, 0.42), (0.34, 0.55), (0.47, 0.7), (0.9, 0.85), (9.0, 1.0))
CLOUDS, MIST = 0.0045, 0.011


@dataclass(frozen=True)
class Brief:
    """What one shot shows: a scene in a style, how large, how long, and what the camera was asked for."""

    scene: Scene
    style: str
    size: tuple[int, int]
    fps: int
    frames: int
    move: str | None = None

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.frames / self.fps


@dataclass
class Shot:
    """A shot ready to be filmed."""

    brief: Brief
    camera: Camera
    move: str
    cels: list[Cel] = field(default_factory=list)

    def frame(self, number: int) -> Image.Image:
        """One frame, as a four-channel picture of which the first three are red, green and blue."""
        canvas = Image.new(MODE, self.brief.size)
        t = number / self.brief.fps
        view = self.camera.at(number / max(1, self.brief.frames - 1))
        for cel in self.cels:
            cel.lay(canvas, view, t)
        return canvas


def near_of(frame: Frame, depth: float) -> float:
    """How fully the camera's move is seen in what lies at a depth."""
    if frame.indoors and depth > 0.25:
        return 0.85
    return next(near for limit, near in NEAR if depth <= limit)


def prepare(dice: Dice, brief: Brief, progress: Progress) -> Shot:
    """Paint the scene a little larger than a frame, and take it apart."""
    width, height = brief.size
    scale = min(ROOM, (MOST / (width * height)) ** 0.5)
    sheet = int(width * scale) // 2 * 2, int(height * scale) // 2 * 2
    frame = Frame(brief.scene, *sheet, dice, look_of(brief.style), progress)
    build(frame)
    grounds = list(frame.layers)
    spots = blocked(frame, brief.seconds)
    players = cast(frame, spots, brief.seconds, brief.fps)
    _set(frame, players)
    weather(frame)
    maker = _Maker(frame, brief, players, grounds)
    cels = maker.cels()
    move = chosen(dice, brief.move)
    heading = 0
    if company := walkers(spots):
        heading = -1 if company[0].flip else 1
        move = "parallax" if brief.move is None and move != "push" else move
    return Shot(brief, Camera.of(move, sheet, _focus(frame, players), heading), move, cels)


def _set(frame: Frame, players: list[Part]) -> None:
    """Lay every thing in after the layer it stands on."""
    after: dict[int, list[Layer]] = {}
    for part in players:
        if part.layer is not None:
            after.setdefault(part.spot.layer, []).append(part.layer)
        after.setdefault(part.spot.layer, []).extend(part.extra)
    layers: list[Layer] = []
    for number, scenery in enumerate(frame.layers):
        layers += [scenery, *after.get(number, [])]
    frame.layers = layers


def _focus(frame: Frame, players: list[Part]) -> tuple[float, float]:
    """Where a push leads: to the largest of the figures, else to the middle of the land."""
    if not players:
        return 0.0, 0.3
    lead = max(players, key=lambda part: (part.spot.where != "sky", part.spot.height)).spot
    x, y = lead.x / frame.w * 2 - 1, (lead.y - lead.height * 0.55) / frame.h * 2 - 1
    return float(np.clip(x * 1.4, -1, 1)), float(np.clip(y * 1.2, -0.8, 0.9))


@dataclass
class _Maker:
    """Turns the layers of a painted frame into cels, back to front."""

    frame: Frame
    brief: Brief
    players: list[Part]
    grounds: list[Layer]

    def cels(self) -> list[Cel]:
        """All cels of the shot."""
        heavens = None
        order: list[Any] = []
        moving = {id(part.layer): part for part in self.players if part.path is not None}
        standing = {id(part.layer): part.spot for part in self.players}
        for layer in self.frame.layers:
            if layer.name == "sky" and heavens is None:
                heavens = apart(self.frame, layer)
                order.append(([heavens.air], 0.3))
                order.append(heavens)
            elif id(layer) in moving:
                order.append(moving[id(layer)])
            elif self._alive(layer):
                order.append(layer)
            else:
                spot = standing.get(id(layer))
                near = near_of(self.frame, self._ground(spot.layer).depth if spot and spot.where != "sky" else layer.depth)
                if layer.kind != "water" and order and isinstance(order[-1], tuple) and order[-1][1] == near \
                        and order[-1][0][0].kind != "water":
                    order[-1][0].append(layer)
                else:
                    order.append(([layer], near))
        groups = [each for each in order if isinstance(each, tuple)]
        self.developer = Developer(self.frame, [layer for group, _ in groups for layer in group])
        plates = dict(zip(map(id, groups), self.developer.shared([group for group, _ in groups])))
        out: list[Cel] = []
        for each in order:
            if isinstance(each, tuple):
                out += self._still(each, plates[id(each)], not out)
            else:
                out += self._moving(each)
        return out + self._lights()

    def _alive(self, layer: Layer) -> bool:
        return layer.name in FALLS or layer.name in ("mist", "near mist", "lightning") or layer.kind == "light"

    def _ground(self, number: int) -> Layer:
        return self.grounds[min(max(0, number), len(self.grounds) - 1)]

    def _still(self, group: tuple[list[Layer], float], colors: tuple[Any, Any, int], first: bool) -> list[Cel]:
        rgb, alpha, top = colors
        if first:
            return [Plate(image(rgb), 0, 0, group[1], opaque=True)]
        plate = cut(rgb, alpha, 0, top, group[1])
        if plate is None:
            return []
        if group[0][0].kind == "water" and len(group[0]) == 1 and "foam" not in group[0][0].name and "breaker" not in group[0][0].name:
            return [Water.of(self.frame, plate, group[0][0].name)]
        return [plate]

    def _moving(self, each: Any) -> list[Cel]:
        if isinstance(each, Part):
            return self._figure(each)
        if isinstance(each, Layer):
            return self._weather(each)
        found: list[Cel] = []
        if each.stars is not None:
            found.append(Stars.of(self.frame, each.stars, 0.3))
        if each.clouds is not None:
            strokes = bool(self.frame.look.get("strokes"))
            gain = self.developer.strokes([each.air, each.clouds])[: each.clouds.alpha.shape[0]] if strokes else None
            found += self._drift(each.clouds, 0.33, CLOUDS, gain)
        return found

    def _drift(self, layer: Layer, near: float, speed: float, gain: Any = None) -> list[Cel]:
        color = self.developer.alone(layer.rgb, layer.left, layer.top)
        if gain is not None:
            color = np.clip(color - self.developer.gain[layer.top : layer.top + color.shape[0]] + gain, 0, 1)
        windy = 2.2 if self.frame.scene.weather in ("wind", "storm") else 1.0
        way = 1.0 if self.frame.stream("wind").chance(0.5) else -1.0
        travel = speed * windy * way * self.frame.unit, self.brief.seconds
        return [Drift.of(color, layer.alpha, (layer.left, layer.top), near, travel)]

    def _figure(self, part: Part) -> list[Cel]:
        near = near_of(self.frame, self._ground(part.spot.layer).depth) if part.spot.where != "sky" else 0.4
        assert part.path is not None  # noqa: S101 - for the type checker; only what moves comes here
        figure = Figure(part.path, part.beat, near)
        word = part.spot.thing.word or part.spot.thing.noun
        with ThreadPoolExecutor(2, "draw") as hands:
            for plate in hands.map(lambda moment: self._plate(drawn(self.frame, part.spot, *moment), near), phases(part)):
                figure.plates += [plate] if plate else []
                self.frame.tick("Drawing " + word, 0.02)
        if part.gait is not None and part.path.steps * part.beat < self.brief.seconds - 1e-6:
            rest = part.spot.thing.model_copy(update={"pose": "standing"})
            plate = self._plate(drawn(self.frame, replace(part.spot, thing=rest)), near)
            figure.resting = [plate] if plate else []
        return [figure] if figure.plates else []

    def _plate(self, layer: Layer | None, near: float) -> Plate | None:
        if layer is None or float(layer.alpha.max()) <= 0.004:
            return None
        rows, cols = (np.flatnonzero(layer.alpha.max(axis=axis) > 0.004) for axis in (1, 0))
        part = np.s_[max(0, rows[0] - EDGE) : rows[-1] + 1 + EDGE, max(0, cols[0] - EDGE) : cols[-1] + 1 + EDGE]
        top, left = layer.top + part[0].start, layer.left + part[1].start
        return cut(self.developer.alone(layer.rgb[part], left, top), layer.alpha[part], left, top, near)

    def _weather(self, layer: Layer) -> list[Cel]:
        stream = self.frame.stream(f"{layer.name}/film")
        if layer.kind == "light":
            return [beam(layer, 0.85, stream)]
        if "mist" in layer.name:
            return self._drift(layer, 0.7, MIST)
        color = self.developer.alone(np.array(layer.rgb), layer.left, layer.top)
        if layer.name == "lightning":
            bolt = cut(color, layer.alpha, layer.left, layer.top, 0.3)
            return [Flash.of(bolt, stream, self.brief.seconds)] if bolt else []
        return [Fall.of(self.frame, layer, color, self.brief.size)]

    def _lights(self) -> list[Cel]:
        """What flickers, over everything."""
        out: list[Cel] = []
        for part in self.players:
            if part.layer is None or part.path is not None or part.spot.thing.noun in stage_facts()["beams"]:
                continue
            near = near_of(self.frame, self._ground(part.spot.layer).depth)
            stream, unit = self.frame.stream(f"flicker/{part.spot.thing.id}"), self.frame.unit
            smoke = Smoke.over(part.spot, unit, mix(self.frame.colors.haze, WHITE * 0.3, 0.6), near, stream)
            out += [smoke] if smoke else []
            if part.spot.noun and part.spot.noun.kind in ("building", "vehicle"):
                continue
            found = flicker(part.layer, part.layer.rgb, near, stream, unit)
            out += [found] if found else []
        return out

