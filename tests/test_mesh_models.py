"""Real mesh models, tiny ones: Shap-E from words and from a picture with random weights, the real store and worker."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_mesh_models
import trimesh
from invariants import assert_invariants
from jobs_house import House, eventually, furnished, patience, stored
from PIL import Image

from config import catalog
from engines.base import JobOptions
from engines.errors import BadRequest, ModelNotReady
from engines.mesh.skin import Skin, glb
from jobs import control, files
from jobs.control import Caller, Variation
from jobs.store import home, rows

ROW = """{name}:
  engine: "engines.mesh.diffusers:ShapE"
  for: [generate_mesh]
  lane: gpu
  hidden: true
  weights: {{folder: "{folder}", variant: fp16}}
  options: {{grid: {grid}}}
  defaults: {{steps: 3}}
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Worker processes with a tiny Shap-E for words, one for pictures, and one that searches a large space."""
    folder = tmp_path_factory.mktemp("models")
    words, pictures = (tiny_mesh_models.build(folder / kind, kind) for kind in ("text", "image"))
    rows_ = ROW.format(name="tiny", folder=words, grid=24) + ROW.format(name="tiny-seen", folder=pictures, grid=16)
    with furnished(rows_ + ROW.format(name="tiny-fine", folder=words, grid=160), cpu_workers=1, lease_seconds=30) as one:
        yield one
        assert_invariants(one.home)


def started(model: str = "tiny", **values: Any) -> str:
    return str(control.start("generate_mesh", {"prompt": "a red cat", "model": model, "seed": 7} | values, Caller())["id"])


def finished(house: House, job: str) -> list[trimesh.Trimesh]:
    """The objects of a job when it has ended."""
    (ended,) = house.until([job])
    assert ended["status"] == "complete", ended["error"]
    found = rows("select path, media_type from artifacts where job=? order by number", job)
    return [trimesh.load(home() / file["path"], force="mesh") for file in found if file["media_type"].startswith("model/")]


def colours(data: bytes) -> np.ndarray:
    """The colours of a GLB's points, linear light from 0 to 1."""
    size = int.from_bytes(data[12:16], "little")
    told = json.loads(data[20 : 20 + size])
    row = told["accessors"][told["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"]]
    assert (row["componentType"], row["type"], row["normalized"]) == (5123, "VEC4", True)
    start = told["bufferViews"][row["bufferView"]]["byteOffset"]
    return np.frombuffer(data, "<u2", row["count"] * 4, 28 + size + start).reshape(-1, 4)[:, :3] / 65535


def _made(job: str) -> bytes:
    return (home() / rows("select path from artifacts where job=? order by number", job)[0]["path"]).read_bytes()


def apart(one: trimesh.Trimesh, other: trimesh.Trimesh) -> float:
    """How far two objects are from another: the mean distance of each one's points to the other's nearest."""
    a, b = (each.vertices[:: max(1, len(each.vertices) // 400)] for each in (one, other))
    near = np.linalg.norm(a[:, None] - b[None], axis=2)
    return float((near.min(0).mean() + near.min(1).mean()) / 2)


def test_words_become_a_coloured_object_and_its_picture(house: House) -> None:
    """A GLB that other programs read: standing, in colour, inside out nowhere; the same seed gives the same bytes."""
    job = started(count=2)
    first, second = finished(house, job)
    shown = control.job(job, Caller())
    assert [each["media_type"] for each in shown["outputs"]] == ["model/gltf-binary", "image/png"] * 2
    assert shown["provenance"]["seeds"] == [7, 8] and shown["provenance"]["model"] == "tiny"
    assert first.bounds[0][1] == pytest.approx(0, abs=1e-3) and abs(first.bounds[:, [0, 2]].mean(0)).max() < 1e-3
    assert first.volume > 0 and len(np.unique(colours(_made(job)), axis=0)) > 20
    assert apart(first, second) > 0.01
    alone = started(seed=8)
    assert apart(finished(house, alone)[0], second) == 0, "object k has seed + k"
    poster = np.asarray(Image.open(files.thumbnail(shown["outputs"][0]["id"], "local", 256)).convert("RGB"), np.int16)
    assert poster.std() > 8 and np.ptp(poster, axis=2).max() > 10, "the picture is in colour"
    long = started(prompt="a red cat " * 60, seed=1)
    finished(house, long)
    assert any("reads the first 75 tokens" in note for note in control.job(long, Caller())["provenance"]["notes"])


def test_a_print_is_watertight(house: House) -> None:
    mesh = finished(house, started(format="stl"))[0]
    assert mesh.is_watertight and mesh.volume > 1000, "in millimetres"
    assert mesh.bounds[0][2] == pytest.approx(0, abs=0.1), "Z is up"


def test_a_picture_becomes_an_object(house: House) -> None:
    """Of any shape and with clear parts; another picture gives another object; without one it says what is missing."""
    found = []
    for colour in ((200, 30, 30, 255), (20, 60, 220, 90)):
        data = io.BytesIO()
        Image.new("RGBA", (90, 40), colour).save(data, "PNG")
        found.append(finished(house, started("tiny-seen", image=files.save_upload(data.getvalue(), "a.png", "local")["id"]))[0])
    assert apart(*found) > 0
    job = started("tiny-seen")
    (ended,) = house.until([job])
    assert json.loads(ended["error"])["code"] == "VALIDATION_ERROR" and "send an image" in ended["message"]


def test_variations_leave_the_original_step_by_step(house: House) -> None:
    """0 is the original, 1 is the sibling's own noise, and a variation of a variation goes on from there."""
    job = started()
    original, found = finished(house, job)[0], []
    for strength in (0.0, 0.4, 1.0):
        varied = control.vary(job, Variation(strength, 1, 0, 21), Caller(), JobOptions())["id"]
        found.append(apart(finished(house, varied)[0], original))
    assert found[0] == 0 < found[1] and found[2] > 0.01
    again = control.vary(varied, Variation(0.0, 1, 0, 5), Caller(), JobOptions())["id"]
    assert apart(finished(house, again)[0], original) == found[2]
    assert apart(finished(house, started(seed=21))[0], original) == found[2]


@pytest.mark.parametrize(("model", "steps", "stage"), [("tiny", 200, "Step"), ("tiny-fine", 1, "Finding the surface")])
def test_cancel_stops_within_a_step_of_the_sampling_or_the_search(house: House, model: str, steps: int, stage: str) -> None:
    job = started(model, steps=steps, count=4)
    holder = house.holder(job)
    eventually(lambda: stage in stored(job)["stage"], 60, stage)
    asked = time.monotonic()
    control.cancel(job, Caller())
    house.until_status(job, "cancelled")
    assert time.monotonic() - asked < patience(2)
    finished(house, started(steps=1))
    assert house.workers("gpu") == [holder]


def test_the_real_rows_say_how_to_get_them_and_what_they_take(house: House) -> None:
    sound = files.save_upload(_png(), "a.png", "local")["id"]
    with pytest.raises(ModelNotReady, match=r"hf download openai/shap-e --revision 7bd337af\S+ .*fp16"):
        started("shap-e")
    with pytest.raises(ModelNotReady, match=r"hf download openai/shap-e-img2img --revision 0e0aba80"):
        started("shap-e-img2img", image=sound)
    job = started("auto")
    finished(house, job)
    assert control.job(job, Caller())["provenance"]["model"] == "sketch-mesh"
    row = catalog()["shap-e-img2img"]
    assert row.needs == ["image"] and "image" not in (catalog()["shap-e"].honours or [])


def test_a_renderer_that_is_a_pickle_only_is_refused(house: House, tmp_path: Path) -> None:
    from engines import local

    folder = tiny_mesh_models.build(tmp_path / "bare")
    (folder / "renderer").rename(tmp_path / "away")
    row = catalog()["tiny"].model_copy(update={"weights": catalog()["tiny"].weights.model_copy(update={"folder": str(folder)})})  # type: ignore[union-attr]
    told = local.ready(row, ("ShapEPipeline",))
    assert not told.ok and "is a pickle, which can run code" in told.missing


def _png() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (70, 70), "teal").save(data, "PNG")
    return data.getvalue()


CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)


def cube(at: float, inside_out: bool = False) -> tuple[np.ndarray, np.ndarray]:
    faces = trimesh.creation.box().faces
    solid = trimesh.creation.box(bounds=[[at, at, at], [at + 1, at + 1, at + 1]])
    return solid.vertices.astype(np.float32), faces[:, ::-1] if inside_out else faces


def skin_of(*cubes: tuple[np.ndarray, np.ndarray]) -> Skin:
    points, starts = np.vstack([each[0] for each in cubes]), np.cumsum([0, *(len(each[0]) for each in cubes)])
    faces = np.vstack([each[1] + start for each, start in zip(cubes, starts)])
    return Skin(points, faces.astype(np.int64), np.full((len(points), 3), 0.5, np.float32))


def test_skins_that_touch_or_are_inside_out_are_mended() -> None:
    """Two cubes that share one corner, one turned inside out: what is printed is closed, and has their volume."""
    assert skin_of(cube(0, inside_out=True)).standing().triangles.shape == (12, 3, 3)
    triangles, whole = skin_of(cube(0, inside_out=True)).standing().closed()
    assert whole and trimesh.Trimesh(**trimesh.triangles.to_kwargs(triangles)).volume == pytest.approx(1)
    both, whole = skin_of(cube(0), cube(1)).standing().closed()
    mesh = trimesh.load(io.BytesIO(_stl(both)), file_type="stl")
    assert whole and mesh.is_watertight and mesh.volume == pytest.approx(2 * 40**3, rel=0.01)
    crumbs, _ = skin_of(cube(0), (cube(3)[0] * 0.01, cube(3)[1])).standing().closed()
    assert len(crumbs) == 12, "a crumb is not printed"
    opened = skin_of(cube(0))
    assert Skin(opened.points, opened.faces[:-1], opened.colors).closed()[1] is False
    red = Skin(opened.points, opened.faces, np.tile(np.array([1.0, 0, 0], np.float32), (8, 1)))
    loaded = trimesh.load(io.BytesIO(glb(red, "a \U0001f98a")), file_type="glb", force="mesh")
    assert (colours(glb(red, "red")) == [1, 0, 0]).all() and loaded.is_watertight


def _stl(triangles: np.ndarray) -> bytes:
    from engines.mesh import foreign

    return foreign.stl(triangles)


def test_bad_input_is_refused_before_a_job_is_made(house: House) -> None:
    for values, wanted in (({"steps": 0}, "steps must be at least 1"), ({"image": "up_none"}, "image: there is no file")):
        with pytest.raises(BadRequest, match=wanted):
            started(**values)
