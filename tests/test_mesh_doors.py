"""Meshes at the doors: a real job by gradio_client, files and thumbnails over HTTP, what is refused, and varying."""

from typing import Any

import pytest
import trimesh
from doorways import Refused, rest


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": " \n"}, "it is empty"),
        ({"prompt": "cat " * 1250}, "at most 4000"),
        ({}, "prompt is missing"),
        ({"prompt": "a cat", "format": "obj"}, "format must be one of"),
        ({"prompt": "a cat", "count": 5}, "count must be at most 4"),
        ({"prompt": "a cat", "count": 0}, "count must be at least 1"),
        ({"prompt": "a cat", "steps": 0}, "steps must be at least 1"),
        ({"prompt": "a cat", "variation_strength": 2}, "variation_strength must be at most 1"),
        ({"prompt": "a cat", "variation_of": "nothing"}, "variation_of: there is no file"),
        ({"prompt": "a cat", "image": "up_nothing"}, "image"),
        ({"prompt": "a cat", "polygons": 3}, "polygons is not a parameter here"),
    ],
)
def test_bad_input_is_refused_in_words(studio: Any, values: dict[str, Any], wanted: str) -> None:
    before = [job["id"] for job in studio.listed(type="mesh")]
    with pytest.raises(Refused) as refused:
        rest(studio, "generate_mesh", values)
    assert refused.value.code == "VALIDATION_ERROR" and wanted in refused.value.message
    assert [job["id"] for job in studio.listed(type="mesh")] == before


def test_a_program_gets_a_glb_file(studio: Any) -> None:
    job = studio.client().predict(prompt="a red house and a flurble", seed=4, steps=20, api_name="/generate_mesh")
    assert job["status"] == "complete" and job["type"] == "mesh" and job["provenance"]["model"] == "sketch-mesh"
    assert job["provenance"]["unmet"] == ["flurble"] and job["provenance"]["seeds"] == [4]
    assert [each["role"] for each in job["outputs"]] == ["mesh", "poster"]
    mesh = trimesh.load(job["outputs"][0]["file"], force="mesh")
    assert len(mesh.faces) > 100 and (mesh.extents > 0.1).all()


def test_files_thumbnails_and_variations(studio: Any) -> None:
    job = rest(studio, "generate_mesh", {"prompt": "a lighthouse on a rock", "seed": 4, "format": "stl", "count": 2, "wait": True})
    mesh = studio.http.get(job["outputs"][0]["url"])
    assert mesh.headers["content-type"] == "model/stl" and mesh.headers["x-content-type-options"] == "nosniff" and len(mesh.content) > 5000
    small = [studio.http.get(job["outputs"][number]["thumbnail"]) for number in range(4)]
    assert all(each.headers["content-type"] == "image/webp" for each in small)
    assert small[0].content == small[1].content != small[2].content == small[3].content, "each mesh shows its own poster"
    for output in (2, 3):  # the second mesh, and its poster
        same = rest(studio, "vary", {"job_id": job["id"], "strength": 0.0, "output": output, "seed": 9, "wait": True})
        assert same["variation_of"] == job["id"] and same["outputs"][0]["sha256"] == job["outputs"][2]["sha256"]
    other = rest(studio, "vary", {"job_id": job["id"], "strength": 0.5, "count": 2, "wait": True})
    assert len(other["outputs"]) == 4 and other["outputs"][0]["sha256"] != job["outputs"][0]["sha256"]
    glb = rest(studio, "generate_mesh", {"prompt": "a bell", "wait": True})
    assert studio.http.get(glb["outputs"][0]["url"]).headers["content-type"] == "model/gltf-binary"
