"""One closed skin of triangles with a colour at every point: made upright, as GLB, and as a watertight body for printing. Y is up."""

import json
import struct
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.mesh.foreign import Triangles

FLOAT, SHORT, WHOLE, VERTICES, INDICES = 5126, 5123, 5125, 34962, 34963
FINEST = 0.002
"""How far simplifying may move a printed surface, in units of the object."""
CRUMB, HAIR = 0.001, 2e-4
"""Loose pieces with a smaller share of the largest one's volume are not printed; and how far points are moved that would touch."""


@dataclass(frozen=True)
class Skin:
    """Points (n, 3), triangles as indices of points (m, 3), and a colour of linear light per point (n, 3), 0 to 1."""

    points: NDArray[np.float32]
    faces: NDArray[np.int64]
    colors: NDArray[np.float32]

    @property
    def triangles(self) -> Triangles:
        """Its triangles as corners (m, 3, 3)."""
        return np.asarray(self.points[self.faces], np.float32)

    @property
    def size(self) -> list[float]:
        """Width, height and depth."""
        return [round(float(each), 3) for each in np.ptp(self.points, axis=0)]

    def standing(self) -> "Skin":
        """From Z up to Y up, on the ground, in the middle, with the outside outside."""
        points = self.points[:, [0, 2, 1]] * np.array([1, 1, -1], np.float32)
        low, high = points.min(0), points.max(0)
        points = points - np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2], np.float32)
        corners = points[self.faces].astype(np.float64)
        volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum()
        faces = self.faces if volume >= 0 else self.faces[:, ::-1]
        return Skin(points.astype(np.float32), np.ascontiguousarray(faces), self.colors)

    def seen(self) -> NDArray[np.float64]:
        """The colour of every triangle as sRGB, 0 to 255."""
        light = np.clip(self.colors[self.faces].mean(axis=1), 0, 1).astype(np.float64)
        return np.asarray(255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055))

    def closed(self) -> tuple[Triangles, bool]:
        """The skin as the surface of one body, and whether it is watertight; as it is where it cannot be made so."""
        from manifold3d import Manifold, Mesh64

        mesh = Mesh64(np.ascontiguousarray(self.points, np.float64), np.ascontiguousarray(self.faces, np.uint64))
        mesh.merge()
        body = Manifold(mesh)
        if body.is_empty() or body.volume() <= 0:
            return self.triangles, False
        pieces = sorted(body.decompose(), key=lambda piece: -piece.volume())
        kept = [piece for piece in pieces if piece.volume() > CRUMB * pieces[0].volume()]
        whole = Manifold.compose(kept).simplify(FINEST).to_mesh64()
        points = _apart(np.asarray(whole.vert_properties[:, :3], np.float32))
        return points[np.asarray(whole.tri_verts, np.int64)], True


def _apart(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The points with those that lie in one place moved a hair: an STL knows points by their place only, and would join the two."""
    _, index, many = np.unique(points, axis=0, return_inverse=True, return_counts=True)
    twins = many[index.reshape(-1)] > 1
    chance = np.random.default_rng(1).uniform(-HAIR, HAIR, (int(twins.sum()), 3))
    moved = points.copy()
    moved[twins] += chance.astype(np.float32)
    return moved


def compact(skin: Skin) -> Skin:
    """The same without triangles that have no area and without points that nothing uses."""
    corners = skin.triangles
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    used, index = np.unique(skin.faces[area > 0], return_inverse=True)
    return replace(skin, points=skin.points[used], faces=index.reshape(-1, 3), colors=skin.colors[used])


def glb(skin: Skin, title: str) -> bytes:
    """Binary glTF: smooth normals, and the colours as the attribute COLOR_0, which is linear light."""
    skin = compact(skin)
    corners = skin.triangles.astype(np.float64)
    normal = np.zeros(skin.points.shape)
    for corner in range(3):
        np.add.at(normal, skin.faces[:, corner], np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    normal[np.abs(normal).sum(axis=1) == 0] = (0, 1, 0)
    light = np.round(np.c_[np.clip(skin.colors, 0, 1), np.ones(len(skin.colors))] * 65535).astype("<u2")
    parts = [skin.points.astype("<f4").tobytes(), normal.astype("<f4").tobytes(), light.tobytes(), skin.faces.astype("<u4").tobytes()]
    text = json.dumps(_described(title, skin, parts), separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data = b"".join(parts)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(data))
    return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(data), b"BIN\0") + data


def _described(title: str, skin: Skin, parts: list[bytes]) -> dict[str, Any]:
    """The JSON half of a GLB: one mesh and one matt material."""
    starts = np.cumsum([0, *(len(part) for part in parts)])
    rows: list[dict[str, Any]] = [
        {"componentType": FLOAT, "count": len(skin.points), "type": "VEC3",
         "min": skin.points.min(0).tolist(), "max": skin.points.max(0).tolist()},
        {"componentType": FLOAT, "count": len(skin.points), "type": "VEC3"},
        {"componentType": SHORT, "normalized": True, "count": len(skin.points), "type": "VEC4"},
        {"componentType": WHOLE, "count": skin.faces.size, "type": "SCALAR"},
    ]  # fmt: skip
    views = [{"buffer": 0, "byteOffset": int(start), "byteLength": len(part), "target": INDICES if number == 3 else VERTICES}
             for number, (start, part) in enumerate(zip(starts, parts))]  # fmt: skip
    skin_of = {"attributes": {"POSITION": 0, "NORMAL": 1, "COLOR_0": 2}, "indices": 3, "material": 0, "mode": 4}
    matt = {"baseColorFactor": [1, 1, 1, 1], "metallicFactor": 0.0, "roughnessFactor": 0.9}
    return {
        "asset": {"version": "2.0", "generator": "Troubadour"},
        "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, "name": title[:80]}],
        "materials": [{"name": "skin", "pbrMetallicRoughness": matt}],
        "meshes": [{"name": title[:80], "primitives": [skin_of]}],
        "accessors": [row | {"bufferView": number} for number, row in enumerate(rows)],
        "bufferViews": views, "buffers": [{"byteLength": int(starts[-1])}],
    }  # fmt: skip
