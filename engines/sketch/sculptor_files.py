"""A solid as files: GLB with every face in its own colour, and STL that a printer takes.

GLB is Y-up, in metres. Colours are stored as glTF wants them, as linear light in 16 bits, so that every viewer shows exactly
the colour that was asked for. STL is Z-up, in millimetres, and one watertight skin.
"""

import json
import struct
from typing import Any

import numpy as np

from engines.errors import BadRequest
from engines.sketch.sculptor_shapes import Array
from engines.sketch.sculptor_solid import Solid

MILLIMETRES = 40.0
"""Of one unit in a print."""
FLOAT, SHORT, VERTICES = 5126, 5123, 34962


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
    parts = [points.tobytes(), np.repeat(normal, 3, 0).tobytes(), np.repeat(light, 3, 0).tobytes()]
    count, starts = len(points), np.cumsum([0, *(len(part) for part in parts)])
    whole: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "Troubadour sketch sculptor"},
        "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, "name": title[:80]}],
        "materials": [{"name": "faces", "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.9}}],
        "meshes": [{"name": title[:80], "primitives": [
            {"attributes": {"POSITION": 0, "NORMAL": 1, "COLOR_0": 2}, "material": 0, "mode": 4}]}],
        "accessors": [
            {"bufferView": 0, "componentType": FLOAT, "count": count, "type": "VEC3",
             "min": points.min(0).tolist(), "max": points.max(0).tolist()},
            {"bufferView": 1, "componentType": FLOAT, "count": count, "type": "VEC3"},
            {"bufferView": 2, "componentType": SHORT, "normalized": True, "count": count, "type": "VEC4"}],
        "bufferViews": [{"buffer": 0, "byteOffset": int(start), "byteLength": len(part), "target": VERTICES}
                        for start, part in zip(starts, parts)],
        "buffers": [{"byteLength": int(starts[-1])}]}
    text = json.dumps(whole, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data = b"".join(parts)
    data += b"\0" * (-len(data) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(data))
    return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(data), b"BIN\0") + data


def union(solid: Solid) -> tuple[Array, Array]:
    """The one skin around all pieces: points and triangles. BadRequest if nothing with a volume is left."""
    from manifold3d import Manifold, Mesh64, OpType

    bodies = [Manifold(Mesh64(np.ascontiguousarray(piece.shape.points), np.ascontiguousarray(piece.shape.faces, np.uint64))) for piece in solid.pieces]
    whole = Manifold.batch_boolean([body for body in bodies if body.volume() > 1e-9], OpType.Add)
    if whole.is_empty() or whole.volume() <= 0:
        raise BadRequest("This object has no volume, so there is nothing to print; choose the format glb.")
    mesh = whole.to_mesh64()
    return np.ascontiguousarray(mesh.vert_properties[:, :3]), np.ascontiguousarray(mesh.tri_verts, np.int64)


def stl(solid: Solid) -> bytes:
    """Binary STL of the union."""
    points, faces = union(solid)
    upright = (points @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]) * MILLIMETRES).astype("<f4")
    corners = upright[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    rows = np.zeros(len(faces), np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")]))
    rows["normal"] = normal / np.maximum(np.linalg.norm(normal, axis=1), 1e-20)[:, None]
    rows["corners"] = corners
    return b"Troubadour sketch sculptor, millimetres, Z up".ljust(80, b" ") + struct.pack("<I", len(rows)) + rows.tobytes()
