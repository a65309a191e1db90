"""The beams of a lighthouse, from dusk to dawn and in bad weather."""

import functools
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from engines.sketch.dice import F
from engines.sketch.frame import Frame, Layer
from engines.sketch.palette import rgb
from engines.sketch.spots import Spot


@functools.lru_cache(1)
def stage_facts() -> dict[str, Any]:
    """stage.yaml, read once."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "stage.yaml").read_text("utf-8"))
    return loaded


def beams(frame: Frame, spot: Spot) -> list[Layer]:
    """Two fans of light from the lamp, one long and one short."""
    power = {"night": 0.62, "dusk": 0.55, "sunset": 0.36, "dawn": 0.25}.get(frame.scene.time, 0.0)
    if frame.scene.weather in ("rain", "storm", "fog"):
        power = max(power, 0.4)
    if not power:
        return []
    x, y = spot.x, spot.y - spot.height * float(stage_facts()["beam_height"])
    dx, dy = frame.x - x, frame.y - y
    far = np.hypot(dx, dy)
    toward = 1.0 if x < frame.w / 2 else -1.0
    shine = np.zeros(far.shape, F)
    for side, tilt, long in ((toward, -0.10, 1.5), (-toward, -0.04, 2.4)):
        along = dx * side
        off = np.abs(dy - along * tilt) / np.maximum(0.012 + along * 0.085, 1e-3)
        shine += np.exp(-(off**2)) * np.exp(-np.clip(along, 0, None) * long) * (along > 0)
    shine += np.exp(far * -34) * 0.9
    alpha = np.clip(shine * power, 0, 0.85)
    color = np.broadcast_to(rgb("#fff0c4"), (*alpha.shape, 3)).astype(F)
    return [Layer(f"{spot.thing.id} light", 0.5, color, alpha.astype(F), (alpha * 0.4).astype(F), kind="light", thing=spot.thing.id)]
