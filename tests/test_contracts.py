"""Every model of the catalog that runs in this studio is of a kind that a contract has tried on a tiny one, and its row claims no more.

The contracts: test_families (pictures), test_steered (pictures led by a sketch), test_diffusers_video (films), test_music_models,
test_mesh_models, test_speech_models, test_transcribe, test_language_models with test_sight, test_moderation_eye, test_isolated.
"""

from collections.abc import Callable, Collection
from pathlib import Path

import pytest
import test_music_models
import test_steered
import tiny_models
import tiny_music_models
import tiny_readers
import tiny_speech_models
import tiny_video_models
import yaml

import config
from config import ModelRow
from engines.diffusion.families import Family, families, film_family

PIPELINES = [str(options.get("pipeline")) for options in test_music_models.OPTIONS.values()]


def family(row: ModelRow) -> str:
    """The family that a row names."""
    return str(row.options.get("family"))


def led(row: ModelRow) -> str:
    """The family and the layer that leads it."""
    return f"{family(row)} {row.options['control']['layer']}"


def player(name: str) -> Callable[[ModelRow], str]:
    """The kind of a MusicGen: as it is, or one that follows melodies."""
    return lambda row: name + "-melody" * ("melody" in (row.honours or []))


def read_by(row: ModelRow) -> str:
    """What reads for an eye: our own reader for Qwen's, else the processor that it came with."""
    return "own" if row.weights and row.weights.repo.startswith("Qwen/") else "processor"


CONTRACTS: dict[str, tuple[Callable[[ModelRow], str], Collection[str]]] = {
    "engines.image.diffusers:Diffusers": (family, {*tiny_models.BUILDERS, *tiny_readers.BUILDERS}),
    "engines.image.steered:Steered": (led, [" ".join(each) for each in test_steered.LED]),
    "engines.image.steered:Control": (lambda row: "", [""]),
    "engines.video.diffusers:Diffusers": (family, tiny_video_models.BUILDERS),
    "engines.music.audiocraft:AudioCraft": (player("audiocraft"), tiny_music_models.BUILDERS),
    "engines.music.audiocraft:Reader": (lambda row: "", [""]),
    "engines.music.transformers:Musicgen": (player("musicgen"), tiny_music_models.BUILDERS),
    "engines.music.diffusers:Diffusers": (lambda row: str(row.options["pipeline"]), PIPELINES),
    "engines.mesh.diffusers:ShapE": (lambda row: "image" if row.needs else "text", ["text", "image"]),
    "engines.speech.transformers:Vits": (lambda row: "vits", tiny_speech_models.BUILDERS),
    "engines.speech.transformers:SpeechT5": (lambda row: "speecht5", tiny_speech_models.BUILDERS),
    "engines.hearing.transformers:Whisper": (lambda row: "whisper", tiny_speech_models.BUILDERS),
    "engines.prompt.transformers:LocalChat": (lambda row: "", [""]),
    "engines.image.transformers:LocalSketch": (lambda row: "", [""]),
    "engines.vision.transformers:LocalEye": (read_by, ["own", "processor"]),
    "engines.moderation.transformers:ImageClassifier": (lambda row: "", [""]),
    "engines.speech.chatterbox:Chatterbox": (lambda row: "", [""]),
}
"""By engine: of which kind a row is, and the kinds that a contract has tried."""
OURS = yaml.safe_load((Path(config.__file__).parent / "models.yaml").read_text("utf-8"))
ROWS = [row for row in (ModelRow(name=name, **values) for name, values in OURS.items()) if row.weights is not None]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_contract_runs_over_every_row(row: ModelRow) -> None:
    """A row of an engine or a family that none has tried is not in the catalog."""
    assert row.engine in CONTRACTS, f"no contract runs over {row.engine}; write one, and name it here"
    kind, tried = CONTRACTS[row.engine]
    assert kind(row) in tried, f"no contract runs over {kind(row)!r}; build a tiny one"
    assert row.licence and row.memory_gb or not row.serves, "what it may be used for and what it takes is told"
    assert row.weights is not None and (row.weights.gb or not row.weights.revision)


@pytest.mark.parametrize("row", [row for row in ROWS if row.options.get("family")], ids=lambda row: row.name)
def test_a_row_claims_what_its_family_can(row: ModelRow) -> None:
    """What it starts from is what a pipeline takes; one that makes nothing from words alone says what it needs, so that auto knows."""
    mine: Family = film_family(family(row)) if "video" in row.engine else families()[family(row)]
    ways, honours = set(mine.pipelines), set(row.honours or [])
    assert ("mask" in honours) <= ("inpaint" in ways) and ("references" in honours) == bool(mine.references)
    assert ("image" in honours) <= bool({"image", "edit"} & ways) and ("negative_prompt" in honours) <= mine.negative
    assert ("text" in ways) != bool(row.needs) and ("scheduler" in honours) <= bool(mine.sampling)
    assert row.defaults.get("width", 64) % mine.multiple == 0 == row.defaults.get("height", 64) % mine.multiple
