"""Feet on the ground: how far down a thing stands on the land or the water that lies there, and behind which layer."""

from engines.sketch.frame import Frame, Ground
from engines.sketch.spots import ACTORS, Spot


def put_down(frame: Frame, spot: Spot) -> None:
    """Set the feet on the ground that lies there, and find the layer they stand on."""
    col = frame.column(spot.x)
    if spot.where in ("sky", "wall", "ceiling"):
        spot.layer = frame.behind_things
        if frame.scene.setting in ("forest", "garden") and spot.noun and spot.noun.kind in ACTORS:
            spot.layer = max((k for k, layer in enumerate(frame.layers) if layer.depth < 0.9), default=spot.layer)
        spot.y = spot.height * 1.02 if spot.where == "ceiling" else spot.y
        return
    fitting = [g for g in frame.grounds if g.surface == spot.where] or frame.grounds
    if not fitting:
        return
    first = float(min(g.line[col] for g in fitting))
    if spot.where == "water":
        shore = [float(g.line[col]) for g in frame.grounds if g.surface != "water" and g.layer > fitting[-1].layer]
        bottom = min([*shore, frame.h])
        reach = max(first + 0.03, min(bottom - 0.03, frame.horizon + 0.5 * (bottom - frame.horizon)))
        spot.y = reach
        spot.height = max(min(spot.height, 0.7), 0.05)
        if frame.course is not None and spot.noun is not None:
            spot.y = frame.horizon + 0.74 * (frame.h - frame.horizon)
            row = min(frame.height - 1, int(spot.y * frame.unit))
            middle, half = float(frame.course[0][row]), float(frame.course[1][row])
            spot.height = max(0.05, min(spot.height, half * 1.5 / spot.noun.width / spot.thing.count**0.5))
            spot.x = min(max(spot.x, middle - half * 0.3), middle + half * 0.3)
    elif fitting[-1].scale is not None:
        spot.y = float(fitting[-1].line[col]) + 0.02
    spot.y = max(spot.y, first + 0.012)
    _step_out(frame, spot, fitting)
    under = [g for g in fitting if float(g.line[col]) <= spot.y + 0.001] or fitting[:1]
    spot.layer, spot.order = frame.last_behind(under[-1].layer, spot.y), spot.y
    if spot.y > frame.h:
        # a close figure stands before the foreground, or grass would hide its face
        spot.layer = len(frame.layers) - 1


def _step_out(frame: Frame, spot: Spot, grounds: list[Ground]) -> None:
    """Come forward onto the next rise of the ground where it would hide the feet."""
    half = min(0.4, spot.width * 0.5)
    cols = slice(frame.column(spot.x - half), frame.column(spot.x + half) + 1)
    seen = [g for g in frame.grounds if float(g.line[frame.column(spot.x)]) <= spot.y + 0.001]
    if spot.where == "ground" and seen and seen[-1].surface == "water":
        banks = [float(g.line[cols].max()) for g in grounds if g.layer > seen[-1].layer]
        spot.y = min([bank + 0.015 for bank in banks if bank < frame.h] or [spot.y])
    for ground in grounds:
        low, high = float(ground.line[cols].min()), float(ground.line[cols].max())
        if low < spot.y + 0.012 and high > spot.y - 0.01 and high < frame.h:
            spot.y = min(high + 0.015, frame.h * 0.97)
