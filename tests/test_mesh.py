"""Meshes: what is made from words, that it is sound, keeps its colours, stands on something, and comes back the same."""

import hashlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from engines.errors import Cancelled
from engines.mesh.request import MeshRequest
from engines.mesh.sketch import SketchMesh
from engines.sketch.dice import Dice
from engines.sketch.sculptor import sculpt
from engines.sketch.sculptor_files import glb, linear, stl
from engines.sketch.sculptor_model import Kind, kinds
from engines.sketch.sculptor_solid import Solid
from engines.sketch.sculptor_sums import SumError, value
from engines.sketch.sculptor_view import portrait, silhouette

ROOT = Path(__file__).parent.parent
KINDS = sorted(name for name in kinds().kinds if name != "plinth")
TOGETHER = ["a lighthouse on a rock", "two trees beside a house", "a cat on a table", "a castle on a mountain", "a robot holding a key",
            "a moon above a house", "a dog under a table", "three apples in a basket", "a train on a bridge", "two boats and a ship"]


class Desk:
    """A run of no job."""

    def __init__(self, folder: Path, stop_after: int = 10**9) -> None:
        self.folder, self.stop_after = folder, stop_after
        self.told: list[float] = []
        self.known: dict[str, Any] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None) -> None:
        self.told.append(fraction)
        if len(self.told) >= self.stop_after:
            raise Cancelled

    def open(self, source: str) -> Path:
        return self.folder / source

    def recall(self, artifact_id: str) -> dict[str, Any]:
        return self.known[artifact_id]


def solid(prompt: str, seed: int = 5) -> Solid:
    return sculpt(prompt, Dice(seed)).solid


def scene(prompt: str, seed: int = 5) -> Any:
    return trimesh.load(io.BytesIO(glb(solid(prompt, seed), prompt)), file_type="glb", force="mesh", process=False)


def printed(prompt: str, seed: int = 5) -> Any:
    mesh = trimesh.load(io.BytesIO(stl(solid(prompt, seed))), file_type="stl")
    mesh.merge_vertices()
    return mesh


def hues(made: Solid) -> Any:
    return np.unique(made.colors, axis=0)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_sound_and_readable(name: str) -> None:
    made = solid(name)
    assert made.kind.name == name, f"the word {name} makes a {made.kind.name}"
    low, high = made.bounds
    assert (high - low > 0.02).all() and low[1] == pytest.approx(0, abs=1e-6) and len(made.faces) < 12_000
    for seed in (1, 5):
        body = printed(name, seed)
        assert body.is_watertight and body.is_winding_consistent and body.volume > 0
        assert len([part for part in body.split() if part.volume > 1]) == 1, "nothing of it floats"
    loaded = scene(name)
    assert len(loaded.faces) >= 0.99 * len(made.faces) and np.allclose(loaded.bounds, made.bounds, atol=1e-4)


def test_there_are_many_kinds_and_no_two_look_alike() -> None:
    assert len(KINDS) >= 60
    outlines = {hashlib.sha256(np.packbits(silhouette(solid(name))).tobytes()).hexdigest() for name in KINDS}
    assert len(outlines) == len(KINDS)


def test_every_face_keeps_its_colour_in_light_as_gltf_means_it() -> None:
    made = solid("a red lighthouse on a rock")
    visual = scene("a red lighthouse on a rock").visual
    assert visual.material.metallicFactor == 0
    assert (visual.to_color().vertex_colors[::3, :3] == made.colors).all(), "the palette"
    light = scene("a red lighthouse on a rock").vertex_attributes["_COLOR"][:, :3]
    assert (light == np.repeat(linear(made.colors), 3, 0)).all()
    share = light[::3] / 65535
    again = np.where(share <= 0.0031308, share * 12.92, 1.055 * share ** (1 / 2.4) - 0.055) * 255
    assert (np.round(again) == made.colors).all(), "to the last bit"


def test_y_is_up_in_glb_and_z_in_a_print() -> None:
    width, height, depth = scene("a lighthouse").extents
    assert height > 2 * max(width, depth)
    width, depth, height = printed("a lighthouse").extents
    assert height > 2 * max(width, depth) and 100 < height < 400


@pytest.mark.parametrize("prompt", TOGETHER)
def test_what_stands_together_touches(prompt: str) -> None:
    for seed in (1, 2):
        body = printed(prompt, seed)
        assert body.is_watertight
        assert len([part for part in body.split() if part.volume > 1]) == 1


def test_what_stands_on_something_is_above_it() -> None:
    table = float(solid("a table").size[1])
    both = float(solid("a cat on a table").size[1])
    assert both > table * 1.3
    assert float(solid("a dog under a table").size[1]) < table * 1.2


def test_words_for_colour_size_and_count_are_heeded() -> None:
    def share(prompt: str, want: Any) -> float:
        made = solid(prompt)
        a, b, c = (made.points[made.faces[:, k]] for k in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        return float(area[want(made.colors.astype(int))].sum() / area.sum())

    def red(rgb: Any) -> Any:
        return (rgb[:, 0] > 140) & (rgb[:, 1] < 90)

    def blue(rgb: Any) -> Any:
        return (rgb[:, 2] > 120) & (rgb[:, 0] < 90)

    assert share("a red car", red) > 0.2 > share("a blue car", red) and share("a blue car", blue) > 0.2
    assert share("a house with a blue roof", blue) > 0.02 > share("a house with a red roof", blue)
    sizes = [float(solid(f"a {size} cat").size[1]) for size in ("tiny", "small", "", "big", "huge")]
    assert sizes == sorted(sizes) and sizes[-1] > 2 * sizes[0]
    one, three = solid("a mushroom"), solid("three mushrooms")
    assert len(three.pieces) >= 3 * len(one.pieces) and three.size[0] > 2 * one.size[0]
    assert (hues(solid("a cat", 1)).shape != hues(solid("a cat", 2)).shape) or (hues(solid("a cat", 1)) != hues(solid("a cat", 2))).any()


def test_words_in_other_tongues_are_understood() -> None:
    assert solid("ein rotes Haus").kind.name == "house" and solid("un gato").kind.name == "cat"


def test_what_is_not_known_is_said_and_stands_as_a_lettered_plinth() -> None:
    made = sculpt("a flurble", Dice(5))
    assert made.unmet == ["flurble"] and made.solid.kind.name == "plinth" and made.notes
    assert len(sculpt("a snorkwhistle", Dice(5)).solid.faces) != len(made.solid.faces), "the letters differ"
    mixed = sculpt("a cat and a flurble", Dice(5))
    assert mixed.unmet == ["flurble"] and mixed.solid.kind.name == "cat"
    assert sculpt("a low poly 3d model of a cat, game asset", Dice(5)).unmet == []
    for words in ("猫", "🦄", "?", "a", "no cat"):
        body = trimesh.load(io.BytesIO(stl(solid(words))), file_type="stl")
        assert len(body.faces) > 10


def test_many_are_cut_down_and_said_so() -> None:
    made = sculpt("twenty apples", Dice(5))
    assert any("12" in note for note in made.notes) and len(made.solid.faces) < 20_000


def made_by(folder: Path, known: dict[str, Any] | None = None, **fields: Any) -> tuple[Any, Desk]:
    desk = Desk(folder)
    desk.known = known or {}
    return SketchMesh().generate(MeshRequest(**{"prompt": "a lighthouse on a rock", "seed": 7} | fields), desk), desk


def test_the_engine_gives_a_mesh_and_its_poster(tmp_path: Path) -> None:
    made, desk = made_by(tmp_path, count=2)
    assert [each.role for each in made.artifacts] == ["mesh", "poster", "mesh", "poster"]
    assert [each.media_type for each in made.artifacts[:2]] == ["model/gltf-binary", "image/png"]
    assert made.seeds == [7, 8] and made.unmet == []
    assert desk.told == sorted(desk.told) and desk.told[-1] < 1 and len(desk.told) > 8
    with Image.open(made.artifacts[1].path) as poster:
        assert poster.size == (512, 512)
        pixels = np.asarray(poster.convert("RGB"), int)
        assert pixels.std() > 20 and (np.abs(pixels - pixels[0, 0]).max(-1) < 40).mean() > 0.2, "an object before paper"
    print_, _ = made_by(tmp_path, format="stl")
    assert print_.artifacts[0].media_type == "model/stl" and print_.artifacts[0].path.suffix == ".stl"


def test_the_portrait_shows_red_where_red_was_asked() -> None:
    pixels = np.asarray(portrait(solid("a red apple"), 128), int)
    assert ((pixels[..., 0] > 110) & (pixels[..., 1] < 90)).mean() > 0.1


def test_the_same_seed_gives_the_same_bytes_in_a_fresh_process(tmp_path: Path) -> None:
    here, _ = made_by(tmp_path / "a")
    code = ("import sys; from pathlib import Path; sys.path.insert(0, 'tests'); from test_mesh import made_by;"
            f"made_by(Path({str(tmp_path / 'b')!r}))")
    env = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "77", "HOME": str(Path.home())}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, env=env)
    for artifact in here.artifacts:
        assert artifact.path.read_bytes() == (tmp_path / "b" / artifact.path.name).read_bytes()
    other, _ = made_by(tmp_path / "c", seed=8)
    assert other.artifacts[0].path.read_bytes() != here.artifacts[0].path.read_bytes()


def test_a_variation_goes_from_the_original_to_a_sibling(tmp_path: Path) -> None:
    first, _ = made_by(tmp_path / "0")
    known = {"it": {"meta": first.artifacts[0].meta, "request": {"prompt": "a lighthouse on a rock", "seed": 7}}}
    same, _ = made_by(tmp_path / "1", known, seed=99, variation_of="it", variation_strength=0.0)
    assert same.artifacts[0].path.read_bytes() == first.artifacts[0].path.read_bytes()
    whole, _ = made_by(tmp_path / "2", known, seed=99, variation_of="it", variation_strength=1.0)
    fresh, _ = made_by(tmp_path / "3", seed=99)
    assert whole.artifacts[0].path.read_bytes() == fresh.artifacts[0].path.read_bytes()
    again, _ = made_by(tmp_path / "4", {"it": {"meta": whole.artifacts[0].meta}}, seed=3, variation_of="it", variation_strength=0.0)
    assert again.artifacts[0].path.read_bytes() == whole.artifacts[0].path.read_bytes()


def test_likeness_falls_steadily() -> None:
    strengths = (0.0, 0.25, 0.5, 0.75, 1.0)
    likeness = []
    for strength in strengths:
        shares = []
        for prompt in ("a tree", "a house", "a cat", "a lighthouse", "a robot", "a boat"):
            for seed in range(3):
                one = silhouette(solid(prompt, seed))
                two = silhouette(sculpt(prompt, Dice(seed, ((seed + 100, strength),))).solid)
                shares.append((one & two).sum() / (one | two).sum())
        likeness.append(float(np.mean(shares)))
    assert likeness[0] == 1.0 and likeness == sorted(likeness, reverse=True) and likeness[-1] < 0.93


def test_a_stop_is_heard(tmp_path: Path) -> None:
    for after in (1, 3, 6):
        desk = Desk(tmp_path / str(after), stop_after=after)
        with pytest.raises(Cancelled):
            SketchMesh().generate(MeshRequest(prompt="two trees beside a house", seed=1), desk)
        assert len(desk.told) == after


def test_data_that_cannot_be_drawn_is_told_in_words() -> None:
    with pytest.raises(ValueError, match="exactly one of"):
        Kind.model_validate({"name": "odd", "height": 1, "parts": [{"box": [1, 1, 1], "cone": [1, 1]}]})
    with pytest.raises(ValueError, match="names of copies"):
        Kind.model_validate({"name": "odd", "height": 1, "vary": {"w": [0, 1]}, "parts": []})
    assert value("1 + 2 * tall", {"tall": 2}) == 5
    for sum_ in ("tall", "().__class__", "__import__('os')", "1/0", "1 +"):
        with pytest.raises(SumError):
            value(sum_, {})
