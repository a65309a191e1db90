"""A solid as files: GLB with every face in its own colour, and STL that a printer takes.

GLB is Y-up. Its colours are a palette picture, which every viewer and modeller shows exactly as it was asked for; the same as
linear light lie beside it as the attribute _COLOR, for readers without textures. STL is Z-up, in millimetres, one watertight skin.
"""

import io
import json
import math
import struct
from typing import Any

import numpy as np
from PIL import Image

from engines.errors import BadRequest
from engines.sketch.sculptor_shapes import Array
from engines.sketch.sculptor_solid import Solid

MILLIMETRES = 40.0
"""Of one unit in a print."""
FINEST, HAIRS = 0.01, (0.0, 0.0004, 0.0011, 0.0023, 0.0045)
UPRIGHT = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
FLOAT, SHORT, VERTICES, NEAREST, CLAMP = 5126, 5123, 34962, 9728, 33071


def linear(colors: Array) -> Array:
    """sRGB bytes as linear light in 16 bits."""
    share = np.asarray(colors, np.float64) / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.round(light * 65535).astype("<u2")


def glb(solid: Solid, title: str) -> bytes:
    """Binary glTF; faces share no corners, so each keeps its colour and looks flat."""
    corners = solid.points[solid.faces].astype("<f4")
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).astype(np.float64)
    long = np.linalg.norm(normal, axis=1)
    kept = long > 1e-12
    normal = (normal[kept] / long[kept, None]).astype("<f4")
    points = np.ascontiguousarray(corners[kept].reshape(-1, 3))
    light = np.c_[linear(solid.colors[kept]), np.full(int(kept.sum()), 65535, "<u2")].astype("<u2")
    spots, picture = palette(solid.colors[kept])
    picture += b"\0" * (-len(picture) % 4)
    each = (points, np.repeat(normal, 3, 0), np.repeat(spots, 3, 0), np.repeat(light, 3, 0))
    parts = [*(part.tobytes() for part in each), picture]
    whole = _described(title, points, parts)
    text = json.dumps(whole, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data = b"".join(parts)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(data))
    return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(data), b"BIN\0") + data


def palette(colors: Array) -> tuple[Array, bytes]:
    """Where each face finds its colour (u, v) on a small picture, and that picture as PNG: one pixel per colour."""
    found, index = np.unique(colors, axis=0, return_inverse=True)
    side = max(2, math.ceil(math.sqrt(len(found))))
    sheet = np.zeros((side * side, 3), np.uint8)
    sheet[: len(found)] = found
    out = io.BytesIO()
    Image.fromarray(sheet.reshape(side, side, 3)).save(out, "PNG")
    row, column = np.divmod(index.reshape(-1), side)
    return ((np.c_[column, row] + 0.5) / side).astype("<f4"), out.getvalue()


def _described(title: str, points: Array, parts: list[bytes]) -> dict[str, Any]:
    """The JSON half of a GLB: one mesh, one matt material, the colours from a picture that is never smoothed."""
    count, starts = len(points), np.cumsum([0, *(len(part) for part in parts)])
    rows: list[dict[str, Any]] = [{"componentType": kind, "count": count, "type": width} for kind, width in
                                  ((FLOAT, "VEC3"), (FLOAT, "VEC3"), (FLOAT, "VEC2"), (SHORT, "VEC4"))]
    rows[0] |= {"min": points.min(0).tolist(), "max": points.max(0).tolist()}
    rows[3] |= {"normalized": True}
    views: list[dict[str, Any]] = [{"buffer": 0, "byteOffset": int(start), "byteLength": len(part)} for start, part in zip(starts, parts)]
    matt = {"baseColorTexture": {"index": 0}, "metallicFactor": 0.0, "roughnessFactor": 0.9}
    names = {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2, "_COLOR": 3}
    return {
        "asset": {"version": "2.0", "generator": "Troubadour sketch sculptor"},
        "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, "name": title[:80]}],
        "materials": [{"name": "faces", "pbrMetallicRoughness": matt}],
        "textures": [{"source": 0, "sampler": 0}], "images": [{"bufferView": 4, "mimeType": "image/png", "name": "palette"}],
        "samplers": [{"magFilter": NEAREST, "minFilter": NEAREST, "wrapS": CLAMP, "wrapT": CLAMP}],
        "meshes": [{"name": title[:80], "primitives": [{"attributes": names, "material": 0, "mode": 4}]}],
        "accessors": [row | {"bufferView": number} for number, row in enumerate(rows)],
        "bufferViews": [view | ({"target": VERTICES} if number < 4 else {}) for number, view in enumerate(views)],
        "buffers": [{"byteLength": int(starts[-1])}]}


def union(solid: Solid) -> tuple[Array, Array]:
    """The one skin around all pieces: points in print millimetres and triangles. BadRequest if nothing with a volume is left.

    Where pieces meet in one edge the skin would touch itself; then they are tried again, each a hair larger than the last.
    """
    points, faces = np.empty((0, 3), "<f4"), np.empty((0, 3), np.int64)
    for hair in HAIRS:
        points, faces = _joined(solid, hair)
        if _is_closed(faces):
            break
    if not len(faces):
        raise BadRequest("This object has no volume, so there is nothing to print; choose the format glb.")
    return points, faces


def _joined(solid: Solid, hair: float) -> tuple[Array, Array]:
    from manifold3d import Manifold, Mesh64, OpType

    bodies = []
    for number, piece in enumerate(solid.pieces):
        points = piece.shape.points @ UPRIGHT * MILLIMETRES
        middle = points.mean(0)
        points = middle + (points - middle) * (1 + hair * (number % 11))
        bodies.append(Manifold(Mesh64(np.ascontiguousarray(points), np.ascontiguousarray(piece.shape.faces, np.uint64))))
    whole = Manifold.batch_boolean([body for body in bodies if body.volume() > 1e-6], OpType.Add).simplify(FINEST)
    mesh = whole.to_mesh64()
    if not len(mesh.tri_verts):
        return np.empty((0, 3), "<f4"), np.empty((0, 3), np.int64)
    points, index = np.unique(np.asarray(mesh.vert_properties[:, :3]).astype("<f4"), axis=0, return_inverse=True)
    faces = index.reshape(-1)[np.asarray(mesh.tri_verts, np.int64)]
    return points, faces[(faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])]


def _is_closed(faces: Array) -> bool:
    """Whether every edge belongs to exactly two triangles that look the same way."""
    edges = np.vstack([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    ahead, count = np.unique(edges, axis=0, return_counts=True)
    return bool(len(faces) and (count == 1).all() and (ahead == np.unique(edges[:, ::-1], axis=0)).all())


def stl(solid: Solid) -> bytes:
    """Binary STL of the union."""
    points, faces = union(solid)
    corners = points[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    rows = np.zeros(len(faces), np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")]))
    rows["normal"] = normal / np.maximum(np.linalg.norm(normal, axis=1), 1e-20)[:, None]
    rows["corners"] = corners
    return b"Troubadour sketch sculptor, millimetres, Z up".ljust(80, b" ") + struct.pack("<I", len(rows)) + rows.tobytes()
