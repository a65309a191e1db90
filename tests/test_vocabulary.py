"""How much the sketch engine knows: what the words of strangers may count on, and that the catalogue of it is whole."""

from collections import Counter
from pathlib import Path

import pytest
import yaml
from PIL import Image

from bench.nouns import ACROSS, CATALOGUE, CELL, families
from engines.sketch.parser import parse
from engines.sketch.scenery import BUILDERS
from engines.sketch.vocabulary import nouns, skeleton
from engines.sketch.words import data, lexicon

LANGUAGE = Path(__file__).parent / "language"
KINDS = {"person": 30, "animal": 30, "bird": 12, "plant": 20, "building": 20, "vehicle": 15, "furniture": 12, "food": 20,
         "instrument": 8, "fantasy": 8, "thing": 40}


def test_there_are_enough_nouns_of_every_kind() -> None:
    found = Counter(noun.kind for noun in nouns().values())
    assert sum(found.values()) >= 280
    assert {kind: found[kind] for kind, least in KINDS.items() if found[kind] < least} == {}


def test_there_are_people_of_several_ages_and_trades() -> None:
    assert {"baby", "child", "boy", "girl", "man", "woman", "old man", "old woman"} <= set(nouns())
    assert {"farmer", "doctor", "cook", "teacher", "firefighter", "police officer", "builder", "fisherman"} <= set(nouns())


def test_there_are_enough_settings_that_are_built() -> None:
    assert len([name for name, row in data("settings").items() if row["role"] == "setting"]) >= 16
    assert {name for name, row in data("settings").items() if row["role"] == "setting"} <= set(BUILDERS)


def test_poses_and_expressions_that_are_said_are_drawn() -> None:
    poses = {deed["pose"] for deed in data("words")["deeds"] if deed["pose"]}
    drawn = skeleton(nouns()["woman"])
    assert drawn is not None and len(poses & set(drawn.poses)) >= 8
    assert len(data("words")["expression"]) >= 8


def test_shots_colours_relations_and_counts() -> None:
    assert {"close", "medium", "wide"} <= set(data("words")["shot"])
    assert len(data("colors")["colors"]) >= 60
    assert len(data("words")["relation"]) >= 8
    assert {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 20} <= {int(number) for number in data("words")["number"]}


@pytest.mark.parametrize("tongue", ["de", "fr", "es"])
def test_every_noun_has_words_in_other_tongues_that_are_understood(tongue: str) -> None:
    words = lexicon().words[tongue]
    for noun in nouns().values():
        assert noun.words.get(tongue), f"{noun.name} has no {tongue} word"
        spelled = noun.words[tongue][0].casefold().replace("-", " ")
        assert any(meaning.kind in ("noun", "garment") for meaning in words[spelled]), spelled


@pytest.mark.parametrize("sheet", ["everyday", "everyday2"])
def test_nine_in_ten_everyday_prompts_have_no_unknown_thing(sheet: str) -> None:
    prompts = yaml.safe_load((LANGUAGE / f"{sheet}.yaml").read_text("utf-8"))
    captioned = [say for say in prompts if any(thing.noun not in nouns() for thing in parse(say, 7).things)]
    assert len(captioned) <= len(prompts) * 0.1, captioned


def test_the_catalogue_shows_every_noun() -> None:
    page = (CATALOGUE / "index.md").read_text("utf-8")
    missing = [noun.name for noun in nouns().values() if f"| **{noun.name}** |" not in page]
    assert not missing, f"run `python -m bench.nouns`: the catalogue lacks {missing}"


@pytest.mark.parametrize("family", families())
def test_each_sheet_of_the_catalogue_has_room_for_its_family(family: str) -> None:
    with Image.open(CATALOGUE / f"{family}.jpg") as picture:
        cells = (picture.width // CELL) * (picture.height // (CELL + 14))
    assert cells - ACROSS < len(families()[family]) <= cells, "run `python -m bench.nouns`"
