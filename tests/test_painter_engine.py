"""The illustrator as an engine: files, what they carry, seeds, variations, honesty."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import ValidationError

from engines.image.flat import Flat
from engines.image.request import ImageRequest
from engines.image.save import save, texts_of
from engines.image.sketch import Sketch

FOX = {"schema": "scene/1", "setting": "forest", "things": [{"id": "fox", "noun": "fox"}]}


class Bench:
    """A run that only remembers."""

    words = ""

    def __init__(self, folder: Path, known: dict[str, Any] | None = None) -> None:
        self.folder, self.known, self.said = folder, known or {}, []

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None) -> None:
        self.said.append((fraction, note))

    def open(self, source: str) -> Path:
        raise AssertionError("the illustrator opens nothing")

    def recall(self, artifact_id: str) -> dict[str, Any]:
        return self.known[artifact_id]


def ask(**fields: Any) -> ImageRequest:
    return ImageRequest(**{"prompt": "a fox in a forest", "width": 96, "height": 64, "seed": 5} | fields)


def drawn(path: Path) -> bytes:
    with Image.open(path) as image:
        return image.convert("RGB").tobytes()


def test_a_batch_counts_its_seeds_up_and_picture_two_can_be_had_alone(tmp_path: Path) -> None:
    made = Sketch().generate(ask(scene=FOX, count=3), Bench(tmp_path))
    assert made.seeds == [5, 6, 7]
    (tmp_path / "alone").mkdir()
    alone = Sketch().generate(ask(scene=FOX, seed=6), Bench(tmp_path / "alone"))
    assert drawn(alone.artifacts[0].path) == drawn(made.artifacts[1].path) != drawn(made.artifacts[0].path)


@pytest.mark.parametrize("format", ["png", "webp", "jpeg"])
def test_a_picture_carries_what_it_took_in_any_script(tmp_path: Path, format: str) -> None:
    prompt = "ein Fuchs, 狐, лиса 🦊"
    made = Sketch().generate(ask(prompt=prompt, scene=FOX, format=format, negative_prompt="people"), Bench(tmp_path))
    path = made.artifacts[0].path
    texts = texts_of(path)
    assert texts["parameters"].splitlines()[:2] == [prompt, "Negative prompt: people"]
    assert "Seed: 5, Size: 96x64" in texts["parameters"]
    own = json.loads(texts["troubadour"])
    assert own["prompt"] == prompt and own["scene"] == made.artifacts[0].meta["scene"] and own["seed"] == 5
    assert sorted(tmp_path.iterdir()) == [path], "no unfinished file is left"


def test_png_is_lossless(tmp_path: Path) -> None:
    picture = Image.effect_noise((80, 72), 90).convert("RGB")
    assert drawn(save(picture, tmp_path / "a", "png", {"parameters": "x"})) == picture.tobytes()


def test_words_become_a_scene_and_unknown_ones_are_named(tmp_path: Path) -> None:
    made = Sketch().generate(ask(prompt="a zorblax beside a fox in the snow at night"), Bench(tmp_path))
    scene = made.artifacts[0].meta["scene"]
    assert scene["time"] == "night" and "zorblax" in " ".join(made.unmet)
    assert made.resolved_prompt == "a zorblax beside a fox in the snow at night"



def test_a_scene_that_cannot_be_drawn_as_it_says_is_told_of(tmp_path: Path) -> None:
    scene = {"schema": "scene/1", "setting": "nowhere", "things": [{"id": "fox", "noun": "fox", "relation": "on", "to": "table"}]}
    notes = " ".join(Sketch().generate(ask(prompt="a red cow", scene=scene), Bench(tmp_path)).notes)
    assert "nowhere is no setting" in notes and "no other thing with the id table" in notes and "prompt were not read" in notes
    with pytest.raises(ValidationError, match="it is empty"):
        ask(prompt="a red cow", scene={})


def test_variations_start_from_the_very_picture_even_from_a_variation(tmp_path: Path) -> None:
    def kept(name: str, request: ImageRequest, known: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
        folder = tmp_path / name
        folder.mkdir()
        artifact = Sketch().generate(request, Bench(folder, known)).artifacts[0]
        return drawn(artifact.path), {"request": request.model_dump(), "meta": artifact.meta, "provenance": {}}

    original, known = kept("original", ask(scene=FOX, style="anime"), {})
    same, _ = kept("same", ask(variation_of="o", variation_strength=0.0, seed=77, width=None, height=None), {"o": known})
    some, again = kept("some", ask(variation_of="o", variation_strength=0.4, seed=77), {"o": known})
    copy, _ = kept("copy", ask(variation_of="v", variation_strength=0.0, seed=1), {"v": again})
    assert same == original != some
    assert copy == some


def test_progress_of_a_batch_rises_to_the_end(tmp_path: Path) -> None:
    run = Bench(tmp_path)
    Sketch().generate(ask(scene=FOX, count=2), run)
    fractions = [fraction for fraction, _ in run.said]
    assert fractions == sorted(fractions) and 0.9 < fractions[-1] <= 1
    assert all(note for _, note in run.said)


def test_the_flat_row_gives_one_colour_per_seed(tmp_path: Path) -> None:
    made = Flat().generate(ImageRequest(prompt="x", seed=3, count=2), Bench(tmp_path))
    colors = []
    for artifact in made.artifacts:
        with Image.open(artifact.path) as image:
            assert image.size == (512, 512)
            colors.append(image.getcolors(1))
    assert colors[0] and colors[1] and colors[0] != colors[1]
    assert made.seeds == [3, 4] and "Seed: 3" in texts_of(made.artifacts[0].path)["parameters"]
