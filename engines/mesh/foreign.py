"""Meshes that other programs made: the triangles of a GLB, as STL, and a picture of them. Triangles are (n, 3, 3) floats, Y up."""

import json
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Triangles = NDArray[np.float32]
TYPES = {5121: "<u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
MOST = 5_000_000
MILLIMETRES = 40.0
DOTS = 600_000
PAPER, CLAY = np.array([244, 238, 226.0]), np.array([201, 178, 150.0])
LIGHT = np.array([0.35, 0.8, 0.5]) / math.sqrt(0.35**2 + 0.8**2 + 0.5**2)


class NoMesh(ValueError):
    """The bytes hold no mesh that can be read."""


def read_glb(data: bytes) -> Triangles:
    """All triangles of a GLB. Raises NoMesh."""
    try:
        magic, version, length, size, kind = struct.unpack("<4sIII4s", data[:20])
        if magic != b"glTF" or version != 2 or length != len(data) or kind != b"JSON":
            raise NoMesh
        told = json.loads(data[20 : 20 + size])
        body = data[28 + size :]
        found = [_primitive(told, body, each) for mesh in told["meshes"] for each in mesh["primitives"]]
        whole = np.concatenate(found).astype(np.float32)
    except (KeyError, IndexError, TypeError, ValueError, struct.error, RecursionError) as error:
        raise NoMesh from error
    if not len(whole) or len(whole) > MOST or not np.isfinite(whole).all():
        raise NoMesh
    return whole


def _primitive(told: dict[str, Any], body: bytes, primitive: dict[str, Any]) -> Triangles:
    points = _accessor(told, body, primitive["attributes"]["POSITION"], 3)
    if "indices" not in primitive:
        return points[: len(points) // 3 * 3].reshape(-1, 3, 3)
    index = _accessor(told, body, primitive["indices"], 1).reshape(-1)
    return np.asarray(points[index[: len(index) // 3 * 3]].reshape(-1, 3, 3))


def _accessor(told: dict[str, Any], body: bytes, number: int, wide: int) -> NDArray[Any]:
    """The numbers of an accessor as (count, wide); buffers are packed or strided."""
    accessor = told["accessors"][number]
    view = told["bufferViews"][accessor["bufferView"]]
    kind = np.dtype(TYPES[accessor["componentType"]])
    start, count = int(view.get("byteOffset", 0)) + int(accessor.get("byteOffset", 0)), int(accessor["count"])
    stride = int(view.get("byteStride") or wide * kind.itemsize)
    row = wide * kind.itemsize
    if start < 0 or not 0 < count <= 3 * MOST or stride < row or start + (count - 1) * stride + row > len(body):
        raise NoMesh
    return np.ndarray((count, wide), kind, body, start, (stride, kind.itemsize))


def stl(triangles: Triangles) -> bytes:
    """Binary STL, Z up, in millimetres."""
    turned = triangles[:, :, [0, 2, 1]] * np.array([1, -1, 1], np.float32) * MILLIMETRES
    rows = np.zeros(len(turned), np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("kind", "<u2")]))
    rows["normal"], rows["corners"] = _normals(turned), turned
    return b"\0" * 80 + struct.pack("<I", len(rows)) + rows.tobytes()


def portrait(triangles: Triangles, side: int, colors: NDArray[Any] | None = None) -> Image.Image:
    """A picture of it, `side` pixels square: dots spread evenly over its faces, the nearest of a place is seen.

    colors: those of the triangles (n, 3), 0 to 255; without them it is of clay.
    """
    middle = (triangles.min((0, 1)) + triangles.max((0, 1))) / 2
    points = (triangles - middle) / max(1e-9, float(np.abs(triangles - middle).max()))
    area = np.linalg.norm(np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]), axis=1)
    chance = np.random.default_rng(1)
    face = chance.choice(len(points), DOTS, p=area / area.sum()) if area.sum() > 0 else np.zeros(DOTS, int)
    a, b = chance.random((2, DOTS, 1))
    a, b = np.where(a + b > 1, 1 - a, a), np.where(a + b > 1, 1 - b, b)
    dots = points[face, 0] * (1 - a - b) + points[face, 1] * a + points[face, 2] * b
    right, up, near = np.array([0.82, 0, -0.57]), np.array([-0.23, 0.92, -0.33]), np.array([0.53, 0.4, 0.75])
    x, y = (np.clip((0.5 + turn * (dots @ way) * 0.33) * side, 0, side - 1).astype(int) for way, turn in ((right, 1), (up, -1)))
    facing = _normals(points)
    order = np.argsort(dots @ near)
    if colors is not None:  # its outside is outside, so what looks away is never seen
        order = order[(facing @ near)[face[order]] > 0]
    facing *= np.where(facing @ near < 0, -1, 1)[:, None]  # whichever way its faces are wound
    shine = 0.72 + 0.36 * (facing @ LIGHT)[face]
    picture = np.broadcast_to(PAPER, (side, side, 3)).copy()
    paint = CLAY if colors is None else colors[face[order]]
    picture[y[order], x[order]] = paint * shine[order, None]
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).filter(ImageFilter.MedianFilter(3))


def _normals(triangles: NDArray[Any]) -> NDArray[Any]:
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12))
