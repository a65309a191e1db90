"""Models that see, read without torchvision: patches as they were taught, places that are counted, and a tiny one that is asked."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_readers
from PIL import Image

from config import ModelRow
from engines.language import loading, sight
from engines.language.model import LanguageModel, Manner

SIDES = (112, 84)
MEAN, SPREAD = np.array([0.48145466, 0.4578275, 0.40821073]), np.array([0.26862954, 0.26130258, 0.27577711])
"""Those of CLIP, which Qwen's eyes were taught with."""


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> sight.Reader:
    """From the files that a download brings."""
    folder = tmp_path_factory.mktemp("letters")
    tiny_readers.letters_to(folder)
    return sight.reader(folder)


def photo(seed: int) -> Image.Image:
    """A picture of noise whose sides are multiples of 28, so that it is not resized."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*SIDES[::-1], 3), dtype=np.uint8))


def test_a_picture_is_cut_into_the_patches_of_the_formula(reader: sight.Reader) -> None:
    """Each row is one patch of 14 by 14, twice for two moments, colour by colour; four that lie in a square come one after another."""
    picture = photo(3)
    given = reader(text=["a<|image_pad|>b"], images=[picture])
    assert given["image_grid_thw"].tolist() == [[1, SIDES[1] // 14, SIDES[0] // 14]]
    plain = (np.asarray(picture, float) / 255 - MEAN) / SPREAD
    rows = []
    for top in range(0, SIDES[1], 28):
        for left in range(0, SIDES[0], 28):
            for y, x in ((0, 0), (0, 14), (14, 0), (14, 14)):
                patch = plain[top + y : top + y + 14, left + x : left + x + 14].transpose(2, 0, 1)
                rows.append(np.stack([patch, patch], 1).ravel())
    assert np.abs(given["pixel_values"].numpy() - np.array(rows)).max() < 1e-4


def test_places_are_for_pictures_in_turn(reader: sight.Reader) -> None:
    """As many tokens as each has parts, marked as such; a place that a person wrote is none."""
    small = Image.new("RGB", (56, 56), "red")
    given = reader(text=["one <|image_pad|> two <|image_pad|> and <|image_pad|>", "words"], images=[photo(3), small], padding=True)
    places = given["input_ids"] == reader.place
    assert places.sum(1).tolist() == [SIDES[0] * SIDES[1] // 28**2 + 4, 0]
    assert (given["mm_token_type_ids"] == places).all() and given["attention_mask"].sum(1).tolist()[1] == len("words")
    assert "pixel_values" not in reader(text=["only words"])


def test_a_model_in_a_pipeline_is_told_where_pictures_stand(reader: sight.Reader) -> None:
    """It then counts rows and columns, as when it is asked alone; without, it takes a picture for a line of words."""
    import torch

    torch.set_num_threads(1)
    given = reader(text=["a <|vision_start|><|image_pad|><|vision_end|> cat"], images=[photo(5)])
    net, kinds = tiny_readers.qwen_eye(), given.pop("mm_token_type_ids")
    with torch.no_grad():
        line = net(**given, use_cache=False).logits
        told = net(**given, mm_token_type_ids=kinds, use_cache=False).logits
        sight.places(net)
        ours = net(**given, use_cache=False).logits
    assert torch.equal(ours, told) and not torch.allclose(line, told)


def test_a_tiny_qwen_describes(tmp_path: Path) -> None:
    """Loaded as any other, asked with a picture: the same seed gives the same words, and the picture is read part by part."""
    tiny_readers.qwen3_eye(tmp_path)
    row = ModelRow(name="eye", engine="-", serves=["describe_image"], weights={"folder": str(tmp_path), "files": ["*.safetensors"]})
    told: list[str] = []
    net, read, _ = loading.load(loading.looked(row, loading.SIGHTED), lambda fraction, note: told.append(note))
    assert told.count("Loading the language model") > 10
    mind, manner = LanguageModel(net, read), Manner(writes=16)

    def asked(*parts: dict[str, Any]) -> Any:
        said = [{"role": "system", "content": "Say."}, {"role": "user", "content": [{"type": "text", "text": "What is it?"}, *parts]}]
        return mind.write(said, manner, 5, lambda tokens: None)

    photo(3).resize((128, 96)).save(tmp_path / "seen.png")
    url = "data:image/png;base64," + base64.b64encode((tmp_path / "seen.png").read_bytes()).decode()
    shown = {"type": "image_url", "image_url": {"url": url}}
    assert asked(shown) == asked(shown)
    assert asked(shown).read - asked().read == 128 * 96 // 32**2 + 2
