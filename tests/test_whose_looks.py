"""Every look is on the one it was said of, and what a thing is said to be without is not drawn, or listed as unmet."""

import numpy as np
import pytest

from engines.sketch.bare import NO
from engines.sketch.company import together
from engines.sketch.look import look
from engines.sketch.painter import paint
from engines.sketch.parser import parse, unnamed
from engines.sketch.parts import draw
from engines.sketch.scene import Scene, Thing
from engines.sketch.vocabulary import nouns


def looks(prompt: str) -> dict[str, Thing]:
    return {thing.id: thing for thing in parse(prompt, 7).things}


def colors(prompt: str, slot: str) -> list[str]:
    """The red, green or blue of that slot, thing by thing."""
    found = []
    for thing in looks(prompt).values():
        shade = thing.slots.get(slot, thing.color or "")
        rgb = [int(shade[at:at + 2], 16) for at in (1, 3, 5)] if shade else [0, 0, 0]
        found.append("rgb"[int(np.argmax(rgb))] if max(rgb) - min(rgb) > 30 else "-")
    return found


def test_one_and_the_other_wear_what_is_said_of_each():
    assert sorted(colors("two girls, one in a red dress and one in a green dress", "dress")) == ["g", "r"]
    assert sorted(colors("two girls, one in a red dress and the other in a green dress", "dress")) == ["g", "r"]
    assert len({thing.color for thing in looks("two cats, one black and one white").values()}) == 2
    assert {thing.pose for thing in looks("two dogs, one sleeping and one running").values()} == {"sleeping", "running"}
    assert [thing.count for thing in looks("one cat and one dog").values()] == [1, 1]


@pytest.mark.parametrize(("prompt", "who", "slot"), [
    ("a bearded man", "man", "beard"), ("a red haired boy and a girl", "boy", "hair"), ("a blonde girl", "girl", "hair"),
    ("a hooded man", "man", "hood"), ("a grey haired woman", "woman", "hair"), ("a knight with a bow", "knight", "longbow"),
    ("a boy with a bow and arrow", "boy", "longbow"), ("a girl with a bow in her hair", "girl", "ribbon"),
])
def test_a_word_before_someone_clothes_them(prompt, who, slot):
    scene = parse(prompt, 7)
    thing = next(thing for thing in scene.things if thing.id == who)
    assert slot in thing.slots and thing.color is None and not scene.unmet
    assert all(slot not in other.slots for other in scene.things if other is not thing)


@pytest.mark.parametrize(("prompt", "part"), [
    ("a house without windows", "window"), ("a castle with no windows", "window"), ("a tree without leaves", "leaf"),
    ("a car without wheels", "wheel"), ("a snowman without a hat", "hat"), ("a witch without a hat", "hat"), ("a dog with no ears", "ears"),
])
def test_what_a_thing_is_without_is_not_drawn(prompt, part):
    scene = parse(prompt, 7)
    thing = together(scene)[0]
    assert scene.unmet == [] and NO + part in thing.slots
    noun = nouns()[thing.noun]
    bare, whole = draw(noun, thing, 120), draw(noun, scene.things[0], 120)
    assert bare.alpha.shape != whole.alpha.shape or np.abs(bare.rgb - whole.rgb).max() > 0.1 or np.abs(bare.alpha - whole.alpha).max() > 0.5


@pytest.mark.parametrize(("prompt", "unmet"), [
    ("a man without arms", ["arms"]), ("a city without houses", ["houses"]), ("a horse without legs", ["legs"]),
    ("a zebra with no stripes", ["stripes"]),
    ("a meadow without people", []), ("a night sky with no moon", []), ("a sunny beach with no clouds", []), ("a girl without a hat", []),
])
def test_what_cannot_be_left_out_is_unmet(prompt, unmet):
    assert parse(prompt, 7).unmet == unmet


def test_a_room_without_windows_has_none():
    def light(absent: list[str]) -> float:
        scene = Scene.read({"setting": "room", "absent": absent})
        return float(np.asarray(paint(scene, 128, 128, 7, "none").image, np.float32)[20:60].std())

    assert light(["window"]) < 0.6 * light([])


def test_not_happy_is_not_happy():
    assert looks("a girl who is not happy")["girl"].expression is None


def test_a_lamp_in_the_street_is_a_street_lamp():
    assert looks("a lamp in the street")["lamp"].noun == "street lamp"
    assert looks("a lamp on a table in a bedroom")["lamp"].noun == looks("a bedside lamp")["lamp"].noun == "lamp"


def test_a_place_has_what_its_name_promises():
    oasis = parse("an oasis in the desert", 7)
    assert oasis.setting == "desert" and [(thing.noun, thing.count) for thing in oasis.things] == [("palm", 3)]
    assert parse("an igloo", 7).weather == "snow" and parse("a pyramid", 7).setting == "desert"


def test_unnamed_people_differ_from_seed_to_seed_and_a_given_scene_keeps_its_cast():
    scene = parse("a girl and a dog beside her", 7)
    seen = [unnamed(scene, seed).things for seed in (1, 1, 2, 3, 4)]
    looks_of = [look(things[0], nouns()["girl"]) for things in seen]
    assert looks_of[0] == looks_of[1] and len({tuple(sorted(each.items())) for each in looks_of}) >= 3
    assert all(things[1].id == "dog" and things[1].to in (None, things[0].id) for things in seen)


def test_what_belongs_on_a_table_is_laid_on_it():
    things = looks("a kitchen with a table, a cake and candles")
    assert all((things[name].relation, things[name].to) == ("on", "table") for name in ("cake", "candle"))
    eaten = looks("a boy eating an apple at a table")["apple"]
    assert (eaten.relation, eaten.to) == ("with", "boy")
