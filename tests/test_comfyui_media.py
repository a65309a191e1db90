"""Films, music and meshes by ComfyUI servers, and our workflows against the public nodes, with a server that speaks the protocol."""

import io
import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trimesh
from comfy_peer import MODELS, Peer
from comfy_run import Notebook
from comfy_samples import sample
from jobs_house import eventually
from PIL import Image
from pydantic import ValidationError

from config import catalog, settings
from engines import pool as engines
from engines.base import Made, Request
from engines.comfy import check, media, pool
from engines.comfy.request import WorkflowRequest
from engines.comfy.template import HERE, Mapping, template
from engines.errors import BadRequest, StudioError, Unavailable
from engines.image.request import ImageRequest
from engines.mesh import foreign
from engines.mesh.request import MeshRequest
from engines.music.request import MusicRequest
from engines.video.request import VideoRequest

EVERYTHING = {
    "checkpoints": ["sd_xl_base_1.0.safetensors", "v1-5-pruned.safetensors", "ltx-video-2b-v0.9.5.safetensors",
                    "ace_step_v1_3.5b.safetensors", "stable-audio-open-1.0.safetensors", "hunyuan3d-dit-v2_fp16.safetensors"],
    "vae": ["ae.safetensors", "qwen_image_vae.safetensors", "wan_2.1_vae.safetensors", "hunyuan_video_vae_bf16.safetensors"],
    "diffusion_models": ["flux1-dev.safetensors", "qwen_image_fp8_e4m3fn.safetensors", "wan2.1_t2v_14B_fp8.safetensors",
                         "wan2.1_i2v_480p_14B_fp8.safetensors", "hunyuan_video_t2v_720p_bf16.safetensors"],
    "text_encoders": ["t5xxl_fp16.safetensors", "clip_l.safetensors", "qwen_2.5_vl_7b_fp8_scaled.safetensors", "t5_base.safetensors",
                      "umt5_xxl_fp8_e4m3fn_scaled.safetensors", "llava_llama3_fp8_scaled.safetensors"],
    "clip_vision": ["clip_vision_h.safetensors"],
}
REQUESTS: dict[str, type[Request]] = {"image": ImageRequest, "video": VideoRequest, "music": MusicRequest, "mesh": MeshRequest}
MOST = {"prompt": "x", "lyrics": "la", "seed": 2**32 - 1, "steps": 200, "guidance": 30.0, "width": 2048, "height": 64, "strength": 1.0,
        "num_frames": 240, "fps": 24.0, "duration_seconds": 300.0}


@pytest.fixture
def peer(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """An endpoint that has every model."""
    with Peer(models=EVERYTHING, step=0.001) as one:
        monkeypatch.setenv("STUDIO_COMFYUI", json.dumps([one.entry]))
        settings.cache_clear()
        yield one


def make(model: str, folder: Path, request: Request, **files: Path) -> Made:
    """What a row makes of a request."""
    row = catalog()[model]
    engine = engines.make(row)
    assert engine.ready().ok, engine.ready().missing
    return engine.generate(request, Notebook(folder, files))


@pytest.mark.parametrize("name", sorted(path.stem for path in HERE.glob("*.yaml")))
def test_every_workflow_of_ours_fits_the_public_nodes(name: str) -> None:
    import yaml

    mapping = Mapping.model_validate(yaml.safe_load((HERE / f"{name}.yaml").read_text()))
    known = template(name, frozenset(REQUESTS[mapping.media].model_fields))
    with Peer(models=EVERYTHING) as peer:
        nodes = peer.object_info()
    files, lacking = check.files_for(known, nodes, {})
    graph = known.fill(MOST, files, "t")
    uploads = frozenset(at for each in mapping.needs for at in mapping.fields[each].at)
    assert not lacking and not check.faults(graph, nodes, uploads)
    if mapping.simpler:
        assert template(mapping.simpler, frozenset(REQUESTS[mapping.media].model_fields)).mapping.needs == mapping.needs


@pytest.mark.parametrize(("model", "frames"), [("comfy-wan", 17), ("comfy-ltx", 17), ("comfy-hunyuan", 17)])
def test_words_become_a_film_with_a_poster(peer: Peer, tmp_path: Path, model: str, frames: int) -> None:
    made = make(model, tmp_path, VideoRequest(prompt="a boat", width=128, height=96, num_frames=16, fps=8, steps=4, seed=5, model=model))
    film, poster = made.artifacts
    assert (film.media_type, film.width, film.height, film.duration) == ("video/mp4", 128, 96, pytest.approx(2.0, abs=0.1))
    assert film.path.read_bytes()[4:8] == b"ftyp" and (poster.width, poster.height) == (128, 96)
    with Image.open(poster.path) as still:
        assert len(still.convert("RGB").getcolors(1 << 16) or []) > 8, "the test picture has many colours"
    graph = peer.ran[0]
    assert graph["latent"]["inputs"]["length"] == frames and graph["film"]["inputs"]["fps"] == 8
    assert 5 in [node["inputs"].get(name) for node in graph.values() for name in ("seed", "noise_seed")]


def test_a_picture_is_set_in_motion(peer: Peer, tmp_path: Path) -> None:
    Image.new("RGB", (300, 300), "red").save(tmp_path / "start.png")
    request = VideoRequest(prompt="a boat", image="start", width=128, height=96, seed=5, steps=2)
    make("comfy-wan", tmp_path, request, start=tmp_path / "start.png")
    assert Image.open(io.BytesIO(next(iter(peer.uploads.values())))).size == (128, 96)


@pytest.mark.parametrize("model", ["comfy-ace-step", "comfy-stable-audio"])
def test_words_become_music(peer: Peer, tmp_path: Path, model: str) -> None:
    about = {"prompt": "rain on a roof", "genre": "lofi", "tempo": 80, "lyrics": "[verse]\nla la"}
    request = MusicRequest(**about, duration_seconds=120.0, seed=3, count=2)
    made = make(model, tmp_path, request)
    assert [each.role for each in made.artifacts] == ["music", "mp3", "poster"] * 2 and made.seeds == [3, 4]
    with wave.open(str(made.artifacts[0].path)) as sound:
        assert sound.getnchannels() == 2 and sound.getnframes() / sound.getframerate() == pytest.approx(2.0, abs=0.05)
    assert any("seconds; it makes no longer pieces" in note for note in made.notes), "the peer's two seconds are not the 120 asked for"
    said = json.dumps(peer.ran[0])
    assert "lofi" in said and "80 bpm" in said and ("la la" in said) == (model == "comfy-ace-step")


@pytest.mark.parametrize(("form", "files"), [("glb", {}), ("stl", {"image": "start"})])
def test_words_or_a_picture_become_an_object(peer: Peer, tmp_path: Path, form: Any, files: dict[str, str]) -> None:
    Image.new("RGB", (300, 200), "red").save(tmp_path / "start.png")
    request = MeshRequest(prompt="a box", format=form, seed=3, steps=2, **files)
    made = make("comfy-hunyuan3d", tmp_path, request, start=tmp_path / "start.png")
    solid = trimesh.load(made.artifacts[0].path, force="mesh")
    assert solid.is_watertight and len(solid.faces) == 12
    scale = 40 if form == "stl" else 1
    assert sorted(solid.extents / scale) == pytest.approx([0.5, 1, 2], abs=1e-4)
    assert made.artifacts[0].path.suffix == f".{form}" and ("LoadImage" in json.dumps(peer.ran[0])) == bool(files)
    with Image.open(made.artifacts[1].path) as poster:
        colors = poster.convert("RGB").getcolors(1 << 20)
    assert colors and len(colors) >= 3, "its faces are seen on the poster"


@pytest.mark.parametrize("data", [b"", b"#EXTM3U\nfile:///etc/passwd\n", b"\0\0\0\x18ftypisom", b"fLaC" + b"x" * 500, b"<html>"])
def test_what_is_no_film_and_no_sound_is_refused(tmp_path: Path, data: bytes) -> None:
    source = tmp_path / "source"
    source.write_bytes(data)
    for work in (media.film, media.sound):
        with pytest.raises(Unavailable):
            work(source, tmp_path / "out.mp4" if work is media.film else tmp_path / "out.wav", lambda: None)


@pytest.mark.parametrize("cut", [0, 11, 40, 300, -1])
def test_what_is_no_mesh_is_refused(cut: int) -> None:
    with pytest.raises(foreign.NoMesh):
        foreign.read_glb(sample("glb")[:cut])


@pytest.mark.parametrize(
    "change", [("count", 10**9), ("count", -3), ("byteOffset", -5), ("componentType", 1), ("bufferView", 99), ("count", "x")], ids=str
)
def test_a_mesh_that_lies_about_its_numbers_is_refused(change: tuple[str, Any]) -> None:
    data = sample("glb")
    size = int.from_bytes(data[12:16], "little")
    told = json.loads(data[20 : 20 + size])
    for accessor in told["accessors"]:
        accessor[change[0]] = change[1]
    text = json.dumps(told).encode()
    text += b" " * (-len(text) % 4)
    lengths = (len(data) - size + len(text)).to_bytes(4, "little") + len(text).to_bytes(4, "little")
    lying = data[:8] + lengths + data[16:20] + text + data[20 + size :]
    with pytest.raises(foreign.NoMesh):
        foreign.read_glb(lying)


def test_scenes_become_workflows_with_a_check_and_a_time(peer: Peer, tmp_path: Path) -> None:
    scenes = [{"scene_number": 1, "description": "A girl walks through the snow.", "duration_seconds": 3.0,
               "visual_style": {"lighting": "grey daylight", "color_palette": [{"name": "pine green", "hex": "#33573f"}]}},
              {"description": "She finds a lantern.", "duration_seconds": 30.0}]
    told = make("workflow-writer", tmp_path, WorkflowRequest(scenes=scenes, medium="video", seed=4)).result
    assert told and told["workflow"] == "wan" and told["check"] == {"ready_on": ["box"], "lacking": {}}
    first, second = told["workflows"]
    assert "pine green" in first["prompt"] and "grey daylight" in first["prompt"] and first["seed"] != second["seed"]
    assert (first["graph"]["latent"]["inputs"]["length"], second["graph"]["latent"]["inputs"]["length"]) == (49, 81)
    assert 0 < first["estimated_seconds"] < second["estimated_seconds"]
    assert peer.faults(first["graph"]) == (None, {}), "the server takes it as it is"
    peer.models = MODELS
    pool.pool().seats[0].fail("it was restarted")
    eventually(lambda: pool.states()[0]["state"] == "up", 10, "the endpoint's return")
    again = make("workflow-writer", tmp_path, WorkflowRequest(prompt="a boat", medium="video", workflow="ltx"))
    assert again.result and "it has no checkpoint like ltx-video" in again.result["check"]["lacking"]["box"] and again.notes
    for wrong in ({"workflow": "nope"}, {"workflow": "wan-image", "medium": "video"}, {"workflow": "wan"}):
        with pytest.raises(BadRequest):
            make("workflow-writer", tmp_path, WorkflowRequest(prompt="x", **wrong))
    with pytest.raises(ValidationError):
        WorkflowRequest(scenes=[{"description": "x", "duration_seconds": float("nan")}])


def test_a_truncated_film_is_never_published(peer: Peer, tmp_path: Path) -> None:
    peer.mood["/view"] = "truncated"
    with pytest.raises(StudioError):
        make("comfy-ltx", tmp_path, VideoRequest(prompt="a boat", width=128, height=96, num_frames=16, seed=5, steps=2))
