"""Walking: from a skeleton's swinging legs to a way over the ground on which the foot that bears the weight stays put."""

import functools
import math
from typing import NamedTuple

import numpy as np

from engines.sketch.parts_pose import joints
from engines.sketch.vocabulary import Noun, Skeleton, skeleton

FINE = 192


class Gait(NamedTuple):
    """Phases of one cycle, evenly spaced over the ground; how far a cycle leads and how low the lowest foot is, in heights."""

    phases: tuple[float, ...]
    stride: float
    drops: tuple[float, ...]


def moving(noun: Noun, active: frozenset[str]) -> bool:
    """Whether anything of it swings or bobs in this pose."""
    bones = skeleton(noun)
    if bones is None:
        return False
    poses = [turned for pose, turned in bones.poses.items() if pose in active or pose == "rest"]
    return any(move.swing or move.bob for turned in poses for move in turned.values())


@functools.lru_cache(64)
def _feet(name: str, active: frozenset[str]) -> tuple[np.ndarray, np.ndarray] | None:
    """Across and up of every foot at fine steps of the phase; None for what has no legs."""
    from engines.sketch.vocabulary import nouns

    noun = nouns()[name]
    bones = skeleton(noun)
    if bones is None:
        return None
    soles = _soles(bones)
    if len(soles) < 2:
        return None
    at = np.array([[joints(bones, active, k / FINE)[joint] @ (x, y, 1.0) for joint, x, y in soles] for k in range(FINE)])
    return at[..., 0], at[..., 1]


def _soles(bones: Skeleton) -> list[tuple[str, float, float]]:
    """The joint that carries each foot, and where the foot is at rest."""
    feet = [(name, *joint.at) for name, joint in bones.joints.items() if name.startswith("foot_")]
    return feet or [(name, joint.at[0], 0.0) for name, joint in bones.joints.items() if name.startswith(("front_", "back_"))]


def gait(noun: Noun, active: frozenset[str], count: int) -> Gait | None:
    """The cycle in `count` phases (an even number), for a figure that looks to the right; None if its legs lead nowhere."""
    found = _feet(noun.name, active)
    if found is None:
        return None
    x, y = found
    ahead = np.roll(x, -1, 0) - x
    reverse = _by_weight(x, y) < 0
    back = ahead if reverse else -ahead  # the foot that goes back bears the weight and stays where it is
    bearer, steps = back.argmax(axis=1), np.clip(back.max(axis=1), 0, None)
    stride = float(steps.sum())
    if stride < 0.08:
        return None
    first = int(np.flatnonzero(bearer != np.roll(bearer, 1))[0]) if len(set(bearer.tolist())) > 1 else 0
    way = np.concatenate([[0.0], np.cumsum(np.roll(steps, -first))])  # from where the weight is shifted, so that no step goes over it
    wanted = np.arange(count) * (stride / count)
    phases = (np.interp(-wanted % stride if reverse else wanted, way, np.arange(FINE + 1) / FINE) + first / FINE) % 1.0
    drops = np.interp(phases, np.arange(FINE + 1) / FINE, np.append(y.min(axis=1), y[0].min())) - _rest(noun)
    return Gait(tuple(phases.tolist()), stride, tuple(drops.tolist()))


def _rest(noun: Noun) -> float:
    bones = skeleton(noun)
    assert bones is not None  # noqa: S101 - for the type checker; it has feet
    return min(y for _, _, y in _soles(bones))


def _by_weight(x: np.ndarray, y: np.ndarray) -> float:
    """Which way the lower feet drive the body: above 0 to the right as the phase grows."""
    weight = np.exp((y.min(axis=1, keepdims=True) - y) * 60)
    return -float(((np.roll(x, -1, 0) - x) * weight / weight.sum(axis=1, keepdims=True)).sum())


def wave(t: float, period: float, lag: float = 0.0) -> float:
    """A swing from -1 to 1."""
    return math.sin(2 * math.pi * (t / period + lag))
