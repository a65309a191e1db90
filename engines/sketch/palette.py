"""The colours of one picture: time of day, weather, season, style and the scene's own palette, worked into ramps.

Land and town builders paint in tones from 0 (shadow) to 1 (full light); a material's ramp turns tones into colour, so a
wheat field at dusk in fog and in cinematic look is one lookup, and everything in a picture shares one light.
"""

import functools
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from engines.sketch.dice import Array, F
from engines.sketch.noise import mix
from engines.sketch.scene import Scene

LUMA = np.array([0.299, 0.587, 0.114], F)
WHITE = np.ones(3, F)


@functools.lru_cache(1)
def tables() -> dict[str, Any]:
    """palettes.yaml, read once."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "palettes.yaml").read_text("utf-8"))
    return loaded


def rgb(color: str) -> Array:
    """A #rrggbb colour as three floats."""
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], F) * (1 / 255)


def luma(color: Array) -> float:
    """How bright a colour looks."""
    return float(color @ LUMA)


def saturated(color: Array, amount: float) -> Array:
    """The colour with its distance from grey multiplied."""
    grey = luma(color)
    return np.clip(grey + (color - grey) * amount, 0, 1.3).astype(F)


def ramp(tone: Array, stops: list[Array], steps: int = 0) -> Array:
    """Tones 0 to 1 as colour, through evenly spaced stops; `steps` lays them in that many flat tones as cel painters do."""
    at = np.linspace(0, 1, len(stops))
    index = np.linspace(0, 1, 512)
    if steps:
        whole = np.floor(index * steps)
        edge = np.clip((index * steps - whole - 0.82) / 0.18, 0, 1)
        index = (whole + edge + 0.4) / (steps + 0.4)
    table = np.stack([np.interp(index, at, [float(stop[i]) for stop in stops]) for i in range(3)], axis=1).astype(F)
    color: Array = np.take(table, np.clip(tone * 511, 0, 511).astype(np.intp), axis=0)
    return color


class Palette:
    """Every colour a picture needs, by what it is for."""

    def __init__(self, scene: Scene, look: dict[str, Any]) -> None:
        time, weather = tables()["times"][scene.time], tables()["weathers"][scene.weather]
        self._wanted = sorted((rgb(c) for c in scene.palette), key=luma)
        self._airy = [c for c in self._wanted if float(c[1]) <= 1.08 * max(float(c[0]), float(c[2]))]
        self._vivid = float(look.get("vivid", 1.0))
        self.steps = int(look.get("cel", 0))
        self._season = tables()["seasons"].get(scene.season or "", {})
        self.cover, self.haziness, self.sun = float(weather["cover"]), float(weather["haze"]), float(weather["sun"])
        self.light = rgb(time["light"])
        self.strength = float(time["strength"]) * self.sun
        late = scene.time in ("dusk", "night", "sunset", "dawn")
        grey, level = float(weather.get("dark_grey", weather["grey"]) if late else weather["grey"]), float(weather["level"])
        self.cover = float(weather.get("dark_cover", self.cover)) if scene.time in ("dusk", "night") else self.cover
        level = level if not late else 1 - (1 - level) * 0.6
        self._slate = np.array([0.72, 0.90, 1.34] if late else [0.95, 1.0, 1.05], F)
        self.sky = [self._weathered(rgb(c), grey, level) for c in self._toned(time["sky"], look, scene.time)]
        self.cloud = [self._weathered(rgb(c), grey * 0.8, level * 0.97) for c in time["cloud"]]
        self.sea = self._weathered(self.pulled(rgb(time["sea"])), grey * 0.6, level)
        flat = 1 - self.sun
        dark, mid, lit = (np.array(time[k], F) * level for k in ("dark", "mid", "lit"))
        self.dark = mix(dark, mid, flat * 0.35)
        self.mid = mix(mid, np.full(3, luma(mid), F), flat * 0.4)
        self.lit = mix(lit, self.mid * 1.12, flat * 0.8)
        tint = look.get("shadow_tint")
        if tint:
            self.dark = mix(self.dark, rgb(str(tint)) * (luma(self.dark) / max(luma(rgb(str(tint))), 0.05)), 0.45)
        actor = np.array(time["actor"], F)
        self.actor = mix(actor, np.full(3, luma(actor), F), flat * 0.3) * (level * 0.4 + 0.6)
        self.horizon = self.sky[-1]
        self.haze = mix(self.sky[-1], self.sky[-2], 0.4)

    def attune(self, warmth: float, depth: float) -> None:
        """The air of one day and not another: golden or cool by `warmth`, a deeper or paler sky by `depth`, both from -1 to 1."""
        cast = np.array([1 + 0.055 * warmth, 1 + 0.012 * warmth, 1 - 0.07 * warmth], F)
        deeper = [1 - 0.13 * depth * (1 - i / len(self.sky)) for i in range(len(self.sky))]
        self.sky = [np.clip(color * cast**1.4 * level, 0, 1.2).astype(F) for color, level in zip(self.sky, deeper, strict=True)]
        self.light, self.lit, self.mid = self.light * cast, self.lit * cast**0.8, self.mid * cast**0.5
        self.horizon = self.sky[-1]
        self.haze = mix(self.sky[-1], self.sky[-2], 0.4)

    def _toned(self, sky: list[str], look: dict[str, Any], time: str) -> list[str]:
        """The style's own pull on the sky, zenith to horizon."""
        late = time == "night" and "night_pull" in look
        pull = look.get("night_pull" if late else "sky_pull")
        share = 0.72 if late else float(look.get("sky_share", 0.0)) * (0.5 if time == "day" else 1.0)
        if not isinstance(pull, list) or not share:
            return sky
        out = []
        for i, color in enumerate(sky):
            c = rgb(color)
            p = rgb(str(pull[round(i * (len(pull) - 1) / (len(sky) - 1))]))
            p = p * ((luma(c) + 0.04) / (luma(p) + 0.04))
            out.append("#" + "".join(f"{int(v * 255):02x}" for v in np.clip(mix(c, p, share), 0, 1)))
        return out

    def _weathered(self, color: Array, grey: float, level: float) -> Array:
        color = saturated(self._drawn(color, self._airy, 0.6), self._vivid)
        tone = luma(color)
        slate = self._slate * (tone * 0.7 + 0.14 * min(1.0, tone * 2.5))
        return np.clip(mix(color, slate, grey) * level, 0, 1.2)

    def pulled(self, color: Array, share: float = 0.6) -> Array:
        """A land or sky colour drawn towards the scene's palette colour of the same rank of brightness."""
        return self._drawn(color, self._wanted, share)

    @staticmethod
    def _drawn(color: Array, wanted: list[Array], share: float) -> Array:
        """Green is for the land: no sky is drawn towards it."""
        if not wanted:
            return color
        goal = wanted[round(min(1.0, luma(color)) * (len(wanted) - 1))]
        goal = goal * ((luma(color) + 0.05) / (luma(goal) + 0.05))
        return np.clip(mix(color, goal, share), 0, 1)

    def material(self, name: str) -> Array:
        """The own colour of grass, rock, sand… in this season, or a #rrggbb."""
        color = name if name.startswith("#") else self._season.get(name) or tables()["materials"][name]
        return saturated(self.pulled(rgb(color)), self._vivid)

    def choices(self, name: str) -> list[Array]:
        """Several colours of one thing: flowers, autumn leaves, blossom, lit windows."""
        found = self._season.get(name) or tables().get(name) or []
        return [rgb(c) for c in found]

    def stops(self, material: str | Array, haze: float = 0.0) -> list[Array]:
        """Shadow, open shade and light of a material, with air before it."""
        color = self.material(material) if isinstance(material, str) else material
        haze = min(1.0, haze * (1 + self.haziness))
        return [mix(color * tone, self.haze, haze) for tone in (self.dark, self.mid, self.lit)]

    def paint(self, tone: Array, material: str | Array, haze: float = 0.0) -> Array:
        """Tones as that material's colours."""
        return ramp(tone, self.stops(material, haze), self.steps)
