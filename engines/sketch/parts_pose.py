"""Poses: where a skeleton's joints lie for a pose, for what is worn or held, and at a moment of the movement."""
import math

import numpy as np

from engines.sketch.parts_shapes import Matrix, affine
from engines.sketch.vocabulary import Move, Skeleton

STILL = 0.2  # the moment of the movement that a still picture shows: mid-step


def joints(skeleton: Skeleton | None, active: frozenset[str], phase: float | None) -> dict[str, Matrix]:
    """Each joint's matrix from the body at rest to the body in this pose at this phase (0 to 1 per step or stroke)."""
    if skeleton is None:
        return {}
    moves: dict[str, Move] = {}
    for pose, turned in skeleton.poses.items():
        if pose in active:
            moves |= turned
    at_rest = skeleton.poses.get("rest", {})
    found: dict[str, Matrix] = {}
    for name, joint in skeleton.joints.items():
        matrix = found[joint.of] if joint.of else np.eye(3)
        for move in (at_rest.get(name), moves.get(name)):
            if move:
                matrix = np.asarray(matrix @ _moved(joint.at, move, STILL if phase is None else phase))
        found[name] = matrix
    return found


def _moved(pivot: tuple[float, float], move: Move, phase: float) -> Matrix:
    wave = math.sin(2 * math.pi * (phase + move.lag))
    at = (pivot[0] + move.by[0], pivot[1] + move.by[1] + move.bob * wave)
    there = affine(at, move.turn + move.swing * wave, (move.scale,))
    return np.asarray(there @ affine((-pivot[0], -pivot[1])))


def other_side(joint: str) -> str:
    """The joint that a mirrored part moves with."""
    if joint.endswith("_left"):
        return joint[:-5] + "_right"
    return joint[:-6] + "_left" if joint.endswith("_right") else joint
