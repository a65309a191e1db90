"""What the sketch engine can draw: every noun shows, stands where it should, and keeps its look."""
from collections import defaultdict
from functools import cache

import numpy as np
import pytest
import yaml
from PIL import Image

from engines.sketch import vocabulary
from engines.sketch.look import look
from engines.sketch.parts import Sprite, draw
from engines.sketch.parts_flat import hex_to_rgb
from engines.sketch.parts_model import Part
from engines.sketch.scene import Thing
from engines.sketch.vocabulary import FOLDER, VocabularyError, nouns

NOUNS = nouns()
BEHIND = np.array([1, 0, 1], np.float32)
PEOPLE = [name for name, noun in NOUNS.items() if noun.kind == "person"]
POSES = ("standing", "sitting", "seated", "walking", "running", "sleeping", "dancing", "waving", "flying", "reading", "playing")
MOODS = ("happy", "sad", "surprised", "sleepy", "angry", "calm", "laughing", "crying", "scared")


def drawn(name: str, height: float = 96, **fields: object) -> Sprite:
    options = {key: fields.pop(key) for key in ("night", "flip", "phase") if key in fields}
    thing = Thing.model_validate({"id": name, "noun": name} | fields)
    return draw(NOUNS[name], thing, height, **options)  # type: ignore[arg-type]


def shows(sprite: Sprite, color: str) -> int:
    """How many pixels are near the colour."""
    near = np.abs(sprite.rgb - np.array(hex_to_rgb(color), np.float32)).max(-1) < 0.12
    return int((near & (sprite.alpha > 0.9)).sum())


@cache
def plain(name: str) -> Sprite:
    """The noun as it is when nothing is said of it; drawn once for all who look at it."""
    return drawn(name, 100)


def from_afar(name: str) -> np.ndarray:
    """The drawing in a square of 24, on a violet no drawing has."""
    sprite = plain(name)
    rgb = sprite.rgb * sprite.alpha[..., None] + BEHIND * (1 - sprite.alpha[..., None])
    square = Image.new("RGB", (max(sprite.alpha.shape),) * 2, (255, 0, 255))
    square.paste(Image.fromarray((rgb * 255).astype(np.uint8)))
    return np.asarray(square.resize((24, 24), Image.Resampling.BOX), np.float32) / 255


def same(one: Sprite, other: Sprite) -> bool:
    return one.rgb.shape == other.rgb.shape and bool((one.rgb == other.rgb).all() and (one.alpha == other.alpha).all())


def test_there_is_much_to_draw():
    assert len(NOUNS) >= 200
    assert {"girl", "lighthouse", "owl", "street lamp", "dragon", "rowing boat"} <= set(NOUNS)


@pytest.mark.parametrize("name", NOUNS)
def test_each_noun_shows_and_stands_on_the_ground(name):
    sprite, noun = plain(name), NOUNS[name]
    ys, xs = np.nonzero(sprite.alpha > 0.3)
    assert sprite.rgb.dtype == sprite.alpha.dtype == sprite.glow.dtype == np.float32
    assert sprite.rgb.shape == (*sprite.alpha.shape, 3) and sprite.glow.shape == sprite.alpha.shape
    assert sprite.rgb.min() >= 0 and sprite.rgb.max() <= 1 and sprite.alpha.max() > 0.95
    assert len(ys) > 200
    assert 0.8 < (sprite.origin[1] - ys.min()) / 100 < 1.65, "as tall as it was asked to be"
    assert -0.25 < (sprite.origin[1] - ys.max()) / 100 < 0.1, "its lowest point is on the ground"
    assert 0.8 < (xs.max() - xs.min()) / 100 / noun.width < 1.2, "as wide as its data says"
    assert 0 < sprite.origin[0] < sprite.alpha.shape[1]


@pytest.mark.parametrize("name", NOUNS)
def test_each_noun_is_a_picture_of_few_pixels_too(name):
    assert drawn(name, 8).alpha.max() > 0.3
    assert drawn(name, 3).alpha.max() > 0


def test_a_large_one_is_drawn_as_large():
    assert drawn("fox", 1200).alpha.shape[0] == pytest.approx(1200, rel=0.05)


def test_no_two_nouns_look_alike_from_afar():
    names = list(NOUNS)
    seen = np.stack([from_afar(name).reshape(-1, 3) for name in names])
    inked = (np.abs(seen - BEHIND) > 0.1).any(-1)
    for index, one in enumerate(names[:-1]):
        either = inked[index] | inked[index + 1:]
        differ = np.abs(seen[index] - seen[index + 1:]).max(-1)
        mean = (differ * either).sum(-1) / either.sum(-1)
        assert mean.min() > 0.12, f"{one} and {names[index + 1 + int(mean.argmin())]} are the same picture"


def test_a_person_looks_the_same_in_every_scene_and_another_does_not():
    first = drawn("girl", 120, id="anna")
    assert same(first, drawn("girl", 120, id="anna", depth=0.3, x=0.9, word="a girl"))
    others = [look(Thing(id=f"girl {n}", noun="girl"), NOUNS["girl"]) for n in range(30)]
    assert len({(o["skin"], o["hair"], o["color"]) for o in others}) > 15
    assert look(Thing(id="anna", noun="girl", pose="sitting"), NOUNS["girl"]) == look(Thing(id="anna", noun="girl"), NOUNS["girl"])


@pytest.mark.parametrize("worn", ["scarf", "hat", "coat", "dress", "cloak", "umbrella", "crown", "lantern", "guitar", "glasses",
                                  "boots", "basket", "cap", "backpack", "balloon", "bag", "ribbon", "apron"])
@pytest.mark.parametrize("name", ["girl", "man", "old woman"])
def test_what_is_worn_shows_in_its_colour(name, worn):
    magenta = "#d020d0"
    assert shows(drawn(name, 200), magenta) == 0
    assert shows(drawn(name, 200, slots={worn: magenta}), magenta) > 12


@pytest.mark.parametrize("name", ["fox", "cat", "dog", "rabbit", "bear", "penguin"])
def test_an_animal_may_wear_a_scarf(name):
    assert shows(drawn(name, 200, slots={"scarf": "#d020d0"}), "#d020d0") > 60


@pytest.mark.parametrize("name", PEOPLE)
def test_poses_and_faces_of_people_differ(name):
    if not NOUNS[name].skeleton:
        pytest.skip("a baby only sits")
    shapes = [drawn(name, 60, pose=pose) for pose in POSES]
    assert sum(same(shapes[0], other) for other in shapes[1:]) == 0
    faces = [drawn(name, 120, expression=mood).rgb for mood in MOODS]
    assert sum(bool((faces[0] == other).all()) for other in faces[1:]) == 0


def test_who_sits_is_lower_and_who_sleeps_lies():
    def tall(pose: str) -> int:
        return drawn("woman", 120, pose=pose).alpha.shape[0]
    assert tall("sitting") < 0.8 * tall("standing")
    lying = drawn("woman", 120, pose="sleeping").alpha.shape
    assert lying[1] > 1.5 * lying[0]


@pytest.mark.parametrize("name", ["cat", "dog", "fox"])
def test_pets_sit_stand_run_and_sleep(name):
    shapes = [drawn(name, 100, pose=pose) for pose in ("sitting", "standing", "running", "sleeping")]
    assert len({shape.alpha.shape for shape in shapes}) == 4
    assert shapes[1].alpha.shape[1] > shapes[0].alpha.shape[1]


@pytest.mark.parametrize("name", ["bird", "gull", "crow", "owl"])
def test_birds_spread_their_wings_to_fly(name):
    assert not same(drawn(name), drawn(name, pose="flying"))
    assert not same(drawn(name, pose="flying", phase=0.25), drawn(name, pose="flying", phase=0.75))


def test_a_walk_is_a_cycle():
    steps = [drawn("man", 100, pose="walking", phase=phase) for phase in (0.0, 0.25, 0.5, 1.0)]
    assert not same(steps[0], steps[1]) and not same(steps[1], steps[2])
    assert np.abs(steps[0].alpha.sum() - steps[3].alpha.sum()) < 2


def test_flipped_is_mirrored():
    plain, flipped = drawn("horse", 90), drawn("horse", 90, flip=True)
    assert (plain.rgb[:, ::-1] == flipped.rgb).all() and (plain.alpha[:, ::-1] == flipped.alpha).all()
    assert plain.origin[0] + flipped.origin[0] == pytest.approx(plain.alpha.shape[1])


@pytest.mark.parametrize("name", [name for name, noun in NOUNS.items() if noun.glow])
def test_what_shines_shines_at_night(name):
    assert drawn(name, 160, night=True).glow.max() > 0.2


def test_a_house_is_dark_by_day_and_lit_at_night():
    assert drawn("house", 160).glow.max() == 0
    assert shows(drawn("house", 160, night=True), "#ffd98a") > 50


def test_a_noun_knows_what_it_can_wear():
    assert {"scarf", "hat", "umbrella", "guitar", "coat"} <= NOUNS["girl"].can_wear
    assert "roof" in NOUNS["house"].can_wear and "sail" in NOUNS["boat"].can_wear
    assert not {"sitting", "night", "happy"} & NOUNS["girl"].can_wear


def test_the_words_replace_what_a_noun_wears_by_itself():
    king = drawn("king", 160, slots={"hat": "#d020d0"})
    assert shows(king, "#d020d0") > 40 and shows(king, "#efc045") < shows(drawn("king", 160), "#efc045")
    assert drawn("old man", 160, pose="dancing").alpha.sum() > 0


def test_no_word_means_two_nouns():
    for language in ("en", "de", "fr", "es"):
        meanings = defaultdict(set)
        for noun in NOUNS.values():
            words = {noun.name, noun.plural, *noun.synonyms} if language == "en" else set(noun.words.get(language, ()))
            assert words, f"{noun.name} has no {language} word"
            for word in words:
                meanings[word.lower()].add(noun.name)
        assert {word: names for word, names in meanings.items() if len(names) > 1} == {}


@pytest.mark.parametrize("path", sorted((FOLDER / "nouns").glob("*.yaml")), ids=lambda path: path.stem)
def test_each_file_is_plain_yaml_that_reads_as_it_is_written(path):
    plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, noun in plain.items():
        if not name.startswith("_"):
            assert len(NOUNS[name].parts) == len(noun["parts"]), "parts stand last in a noun"


def asked_of_itself(parts: tuple[Part, ...]) -> set[str]:
    """The words that a noun's own parts ask for, without those of the shared parts it is built of."""
    inner = [each for part in parts for each in (*(part.group or ()), *(part.choose or ()), *part.inside)]
    return {word for part in parts for word in (part.fill, *part.when)} | (asked_of_itself(tuple(inner)) if inner else set())


def test_all_parts_of_all_nouns_can_be_drawn_with_everything_on():
    tried: set[tuple[str, frozenset[str]]] = set()
    for name, noun in NOUNS.items():
        own, shared = asked_of_itself(noun.parts), frozenset(part.part for part in noun.parts if part.part)
        worn = sorted(word for word in noun.can_wear if word in own or (word, shared) not in tried)
        tried |= {(word, shared) for word in worn}
        for start in range(0, len(worn), 12):
            whole = drawn(name, 10, slots=dict.fromkeys(worn[start:start + 12], "#808080"), pose="sitting", expression="sad", night=True)
            assert whole.alpha.max() > 0.1 and np.isfinite(whole.rgb).all(), name


@pytest.mark.parametrize(("wrong", "told"), [
    ("cat:\n  kind: animal\n  height: 0.3\n", "cat: width"),
    ("cat:\n  kind: beast\n  height: 0.3\n  width: 1\n  color: '#333333'\n", "cat: kind"),
    ("cat:\n  kind: animal\n  height: 0.3\n  width: 1\n  color: grey\n", "cat: color"),
    ("cat: [\n", "wrong.yaml"),
    ("cat:\n  kind: animal\n  height: 0.3\n  width: 1\n  color: '#333333'\n  parts:\n    - {blob: '0,0 1'}\n", "odd number"),
    ("cat:\n  kind: animal\n  height: 0.3\n  width: 1\n  color: '#333333'\n  parts:\n    - {fill: color}\n", "one shape"),
    ("cat:\n  kind: animal\n  height: 0.3\n  width: 1\n  color: '#333333'\n  parts:\n    - {part: nothing}\n", "no part 'nothing'"),
    ("cat:\n  kind: animal\n  height: 0.3\n  width: 1\n  color: '#333333'\n  parts:\n    - {star: '0,0,1,.5,5', fill: rust}\n",
     "no colour is called 'rust'"),
])
def test_wrong_data_is_told_by_file_and_noun(tmp_path, monkeypatch, wrong, told):
    (tmp_path / "nouns").mkdir()
    (tmp_path / "nouns" / "wrong.yaml").write_text(wrong)
    (tmp_path / "parts.yaml").write_text((FOLDER / "parts.yaml").read_text())
    monkeypatch.setattr(vocabulary, "FOLDER", tmp_path)
    with pytest.raises(VocabularyError) as error:
        noun = nouns.__wrapped__()["cat"]
        draw(noun, Thing(id="cat", noun="cat"), 50)
    assert told in str(error.value)
    assert "cat" in str(error.value) or "wrong.yaml" in str(error.value)
