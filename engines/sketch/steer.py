"""Depth and segmentation from the painter's own layers, to steer other engines (ControlNet) with a sketch's composition."""

import numpy as np
from PIL import Image

from engines.sketch.dice import F
from engines.sketch.painter import Painting
from engines.sketch.palette import rgb

KINDS = {
    "sky": "#06e6e6",
    "land": "#04fa07",
    "water": "#3de6fa",
    "plant": "#04c803",
    "building": "#b47878",
    "vehicle": "#0066c8",
    "furniture": "#cc4603",
    "thing": "#96053d",
    "person": "#96053d",
    "animal": "#ff0652",
}
"""Colours as segmentation models trained on ADE20K know them, as far as they have such a class."""

PASSED_OVER = {"weather", "light"}


def depth_map(painting: Painting) -> Image.Image:
    """Nearness as grey: white is near, black is far away."""
    frame = painting.frame
    depth = np.zeros((frame.height, frame.width), F)
    ground = np.clip((frame.y - frame.horizon) * (1 / max(0.05, frame.h - frame.horizon)), 0, 1)
    for layer in painting.layers:
        if layer.kind in PASSED_OVER:
            continue
        h, w = layer.alpha.shape
        part = depth[layer.top : layer.top + h, layer.left : layer.left + w]
        near = np.full((h, 1), min(1.0, layer.depth), F)
        if layer.kind in ("land", "water"):
            # land leads from its own crest towards the viewer
            near = np.maximum(near * 0.6, ground[layer.top : layer.top + h] * 0.95)
        part += (near - part) * (layer.alpha > 0.5)
    return Image.fromarray((depth * 255).astype(np.uint8))


def segmentation(painting: Painting) -> Image.Image:
    """One flat colour per kind of thing."""
    frame = painting.frame
    sheet = np.zeros((frame.height, frame.width, 3), np.uint8)
    for layer in painting.layers:
        if layer.kind in PASSED_OVER:
            continue
        h, w = layer.alpha.shape
        part = sheet[layer.top : layer.top + h, layer.left : layer.left + w]
        part[layer.alpha > 0.5] = (rgb(KINDS.get(layer.kind, KINDS["thing"])) * 255).astype(np.uint8)
    return Image.fromarray(sheet)
