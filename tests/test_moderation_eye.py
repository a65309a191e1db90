"""The local classifier as a moderator: a tiny model of its real class looks at pictures before anybody sees them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from test_moderation import CLEAN, moderated, paint

from config import catalog
from engines.errors import ModelNotReady
from engines.moderation.transformers import ImageClassifier

ROW = "eye: {engine: 'engines.moderation.transformers:ImageClassifier', for: [moderate], weights: {folder: eye}, options: {flag: [nsfw]}}"


def build(folder: Path, unsafe: bool) -> Path:
    """A tiny vision transformer that finds every picture safe, or unsafe."""
    import torch
    from transformers import ViTConfig, ViTForImageClassification

    config = ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=32, patch_size=16,
        id2label={0: "normal", 1: "nsfw"}, label2id={"normal": 0, "nsfw": 1},
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = ViTForImageClassification(config)
    with torch.no_grad():
        model.classifier.bias.copy_(torch.tensor([-9.0, 9.0] if unsafe else [9.0, -9.0]))
    model.save_pretrained(folder, safe_serialization=True)
    (folder / "preprocessor_config.json").write_text(json.dumps({"size": {"height": 32, "width": 32}, "image_mean": [0.5] * 3}))
    return folder


@pytest.mark.parametrize("unsafe", [False, True])
def test_a_classifier_looks_at_every_picture(unsafe: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it finds is blocked and nothing of it stays; what it finds harmless is made."""
    monkeypatch.setenv("STUDIO_MODELS_FOLDER", str(tmp_path))
    build(tmp_path / "eye", unsafe)
    with moderated("block", ["eye"], rows=ROW, models_folder=tmp_path) as house:
        shown = paint(house, CLEAN)
        if unsafe:
            verdict = shown["error"]["details"]["verdicts"][0]
            assert shown["error"]["code"] == "CONTENT_BLOCKED" and verdict["category"] == "nsfw" and verdict["score"] > 0.99
            assert not list(house.home.glob("outputs/*/*/*"))
        else:
            assert shown["status"] == "complete" and shown["provenance"]["moderation"]["verdicts"] == []


def _broken(folder: Path, how: str) -> None:
    """Harm a model's folder."""
    weights = folder / "model.safetensors"
    if how == "cut off":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif how == "a pickle":
        weights.rename(folder / "pytorch_model.bin")
    elif how == "no manner":
        (folder / "preprocessor_config.json").unlink()
    elif how == "bad manner":
        (folder / "preprocessor_config.json").write_text('{"size": {"height": 1e9, "width": "x"}}')
    elif how == "another class":
        told: dict[str, Any] = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(told | {"architectures": ["BertModel"]}))
    elif how == "gone":
        shutil.rmtree(folder)


@pytest.mark.parametrize("how", ["cut off", "a pickle", "no manner", "bad manner", "another class", "gone"])
def test_a_broken_classifier_is_not_ready(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what is wrong with it; with moderation on, nothing is made then (test_moderation)."""
    from config import ModelRow
    from config import settings as read_settings

    monkeypatch.setenv("STUDIO_MODELS_FOLDER", str(tmp_path))
    read_settings.cache_clear()
    _broken(build(tmp_path / "eye", True), how)
    row = ModelRow.model_validate({"name": "eye", "engine": "x", "for": ["moderate"], "weights": {"folder": "eye"}})
    eye = ImageClassifier(flag=["nsfw"])
    eye.row = row
    with pytest.raises(ModelNotReady):
        eye.load()
    read_settings.cache_clear()


def test_the_row_of_the_catalog_is_safe() -> None:
    """The row that comes with the studio runs this engine, and names licence and size."""
    row = catalog()["nsfw-classifier"]
    assert row.engine == "engines.moderation.transformers:ImageClassifier" and row.licence and row.weights and row.weights.gb
