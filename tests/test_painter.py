"""What a person can notice about the sketch illustrator's pictures."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from bench.likeness import differences
from bench.sheets import PROMPTS
from config.styles import styles
from engines.sketch.dice import Dice
from engines.sketch.painter import Painting, paint, paint_with
from engines.sketch.scene import Scene
from engines.sketch.steer import depth_map, segmentation

SETTINGS = [
    "meadow",
    "field",
    "forest",
    "mountain",
    "desert",
    "sea",
    "beach",
    "harbour",
    "lake",
    "river",
    "city",
    "street",
    "village",
    "garden",
    "room",
    "space",
    "sky",
    "cave",
]


def scene(**parts: object) -> Scene:
    return Scene.read({"schema": "scene/1", **parts})


def quick(seed: int = 7, size: tuple[int, int] = (128, 128), style: str = "none", **parts: object) -> Painting:
    return paint(scene(**parts), *size, seed, style)


def pixels(painting: Painting) -> np.ndarray:
    return np.asarray(painting.image, np.float32)


def digest(painting: Painting) -> str:
    return hashlib.sha256(painting.image.tobytes()).hexdigest()


FOX = {"id": "fox", "noun": "fox"}
GIRL = {"id": "anna", "noun": "girl"}


def test_the_same_seed_gives_the_same_picture_in_a_fresh_process() -> None:
    code = (
        "import hashlib; from engines.sketch.painter import paint; from engines.sketch.scene import Scene; "
        "s = Scene.read({'setting': 'forest', 'weather': 'snow', 'things': [{'id': 'fox', 'noun': 'fox'}]}); "
        "print(hashlib.sha256(paint(s, 128, 128, 7, 'digital_art').image.tobytes()).hexdigest())"
    )
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert fresh == digest(quick(setting="forest", weather="snow", things=[FOX], style="digital_art"))


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_smallest_picture_that_may_be_asked_for_is_painted(setting: str) -> None:
    for season in (None, "autumn", "winter"):
        assert quick(size=(64, 64), setting=setting, season=season, things=[FOX]).image.size == (64, 64)


def test_another_seed_gives_another_picture() -> None:
    assert np.abs(pixels(quick(1, setting="lake")) - pixels(quick(2, setting="lake"))).mean() > 6


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_a_picture_of_its_own(setting: str) -> None:
    picture = pixels(quick(setting=setting))
    assert picture.std() > 18, "a flat sheet is no picture"
    if setting != "meadow":
        assert np.abs(picture - pixels(quick(setting="meadow"))).mean() > 6


@pytest.mark.parametrize("size", [(64, 64), (512, 128), (128, 512), (200, 136), (2048, 64)])
def test_every_size_is_filled_and_keeps_its_figure_whole(size: tuple[int, int]) -> None:
    painting = quick(size=size, setting="meadow", things=[FOX])
    assert painting.image.size == size
    layer = next(layer for layer in painting.layers if layer.thing == "fox")
    height, width = layer.alpha.shape
    assert layer.alpha.max() > 0.9
    assert height * width < size[0] * size[1] * 0.6


def test_any_two_styles_look_different_at_thumbnail_size() -> None:
    names = list(styles())
    shown = {name: quick(style=name, setting="sea", time="sunset", things=[FOX]).image for name in names}
    small = {name: np.asarray(image.resize((48, 48)), np.float32) for name, image in shown.items()}
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            assert np.abs(small[one] - small[other]).mean() > 5, (one, other)


def test_what_must_not_appear_does_not() -> None:
    bright = [
        (pixels(quick(setting="meadow", time="night", absent=absent))[:60].min(axis=2) > 150).sum()
        for absent in ([], ["moon"], ["moon", "stars", "clouds"])
    ]
    assert bright[0] > bright[1] + 60, "the moon is gone"
    assert bright[1] > bright[2] == 0, "and then the stars"


def test_absent_things_and_kinds_are_left_out() -> None:
    things = [FOX, GIRL]
    assert {layer.thing for layer in quick(setting="meadow", things=things, absent=["people"]).layers} - {None} == {"fox"}
    assert {layer.thing for layer in quick(setting="meadow", things=things, absent=["fox"]).layers} - {None} == {"anna"}
    names = {layer.name for layer in quick(setting="meadow", absent=["trees", "flowers"]).layers}
    assert not names & {"few trees", "treeline", "flowers", "near flowers"}


def test_without_clouds_the_day_sky_is_clear() -> None:
    sky = pixels(quick(setting="meadow", weather="clouds", absent=["clouds", "sun"]))[:50]
    rows = sky - sky.mean(axis=1, keepdims=True)
    assert np.abs(rows).mean() < 4


def test_three_birds_are_three_birds() -> None:
    painting = quick(size=(384, 384), setting="meadow", things=[{"id": "b", "noun": "bird", "count": 3, "pose": "flying"}])
    assert sum(layer.thing is not None and layer.thing.startswith("b") for layer in painting.layers) == 3


def test_a_cat_under_a_table_is_under_it() -> None:
    things = [{"id": "t", "noun": "table"}, {"id": "c", "noun": "cat", "relation": "under", "to": "t"}]
    layers = {layer.thing: layer for layer in quick(size=(384, 384), setting="room", things=things).layers if layer.thing}
    table, cat = layers["t"], layers["c"]
    assert table.left < cat.left and cat.left + cat.alpha.shape[1] < table.left + table.alpha.shape[1] + 12
    assert cat.top > table.top


def test_an_octopus_has_its_hat_on_and_who_feeds_the_ducks_stays_dry() -> None:
    things = [{"id": "o", "noun": "octopus"}, {"id": "h", "noun": "hat", "relation": "with", "to": "o"}]
    layers = {layer.thing: layer for layer in quick(size=(256, 256), setting="sea", things=things).layers if layer.thing}
    assert layers["h"].top < layers["o"].top + layers["o"].alpha.shape[0] * 0.3
    things = [{"id": "d", "noun": "duck"}, {"id": "m", "noun": "man", "relation": "beside", "to": "d"}]
    names = [layer.name for layer in quick(size=(256, 256), setting="lake", things=things).layers]
    assert names.index("m") > names.index("d")


def test_a_parrot_sits_on_a_shoulder_and_a_postman_on_the_saddle() -> None:
    things = [{"id": "m", "noun": "pirate"}, {"id": "p", "noun": "parrot", "relation": "on", "to": "m"}]
    layers = {layer.thing: layer for layer in quick(size=(256, 256), setting="beach", things=things).layers if layer.thing}
    tall = layers["m"].alpha.shape[0]
    assert layers["m"].top < layers["p"].top + layers["p"].alpha.shape[0] < layers["m"].top + tall * 0.5
    things = [{"id": "m", "noun": "man", "relation": "on", "to": "b"}, {"id": "b", "noun": "bicycle"}]
    seated = {layer.thing: layer for layer in quick(size=(256, 256), setting="street", things=things).layers if layer.thing}["m"]
    assert seated.alpha.shape[0] < seated.alpha.shape[1] * 2.2


def test_a_man_in_a_boat_sits_behind_its_side() -> None:
    things = [{"id": "m", "noun": "man", "relation": "in", "to": "b"}, {"id": "b", "noun": "boat"}]
    layers = {layer.thing: layer for layer in quick(size=(384, 384), setting="lake", things=things).layers if layer.thing}
    man, boat = layers["m"], layers["b"]
    shown = np.flatnonzero(man.alpha.max(axis=1) > 0.5)
    assert len(shown) > 15, "he is to be seen"
    assert man.top + shown[-1] < boat.top + boat.alpha.shape[0] * 0.8, "but not down to his feet"
    assert boat.left < man.left + man.alpha.shape[1] / 2 < boat.left + boat.alpha.shape[1]


def test_nobody_stands_in_the_water_of_a_lake() -> None:
    for seed in range(6):
        painting = quick(seed, setting="lake", things=[FOX])
        names = [layer.name for layer in painting.layers]
        assert names.index("fox") < names.index("lake") or names.index("fox") > names.index("ground")


def test_a_fire_lights_what_is_around_it_at_night() -> None:
    fire = {"id": "f", "noun": "lantern", "x": 0.5}
    dark, lit = (pixels(quick(9, (256, 256), setting="meadow", time="night", things=things)) for things in ([], [fire]))
    gain = (lit - dark).mean(axis=2)[190:240]
    assert gain[:, 90:166].mean() > gain[:, :20].mean() + 3


def test_an_unknown_word_stands_as_a_card_in_any_script() -> None:
    for word in ("dragon", "竜", "дракон", "🐉", "تنين", "a very long word for something unheard of"):
        painting = quick(setting="meadow", things=[{"id": "x", "noun": word, "word": word}])
        layer = next(layer for layer in painting.layers if layer.thing == "x")
        assert layer.alpha.max() > 0.9 and layer.rgb[layer.alpha > 0.9].mean() > 0.4


def test_a_character_looks_the_same_in_two_scenes() -> None:
    hues = []
    for setting, seed in (("meadow", 3), ("harbour", 44)):
        painting = quick(seed, (384, 384), setting=setting, things=[GIRL])
        layer = next(layer for layer in painting.layers if layer.thing == "anna")
        hues.append(np.median(layer.rgb[layer.alpha > 0.95], axis=0))
    assert np.abs(hues[0] - hues[1]).max() < 0.12


def test_skin_at_night_stays_warm() -> None:
    painting = quick(size=(512, 512), setting="meadow", time="night", things=[{**GIRL, "slots": {"skin": "#f2c9a8"}}])
    layer = next(layer for layer in painting.layers if layer.thing == "anna")
    day = quick(size=(512, 512), setting="meadow", time="day", things=[{**GIRL, "slots": {"skin": "#f2c9a8"}}])
    plain = next(layer for layer in day.layers if layer.thing == "anna")
    skin = (plain.alpha > 0.95) & (np.abs(plain.rgb - np.array([0.95, 0.79, 0.66])).max(axis=2) < 0.1)
    red, _, blue = layer.rgb[: skin.shape[0], : skin.shape[1]][skin[: layer.rgb.shape[0], : layer.rgb.shape[1]]].mean(axis=0)
    assert red > blue * 1.12


def test_no_seam_shows_at_the_edges() -> None:
    for setting in ("sea", "meadow"):
        picture = pixels(quick(5, (256, 256), setting=setting, weather="overcast"))[:100]
        inner = np.abs(np.diff(picture[:, 20:-20], axis=1)).mean()
        for edge in (picture[:, 1] - picture[:, 0], picture[:, -1] - picture[:, -2]):
            assert np.abs(edge).mean() < inner * 2.5 + 1


def test_the_palette_of_a_scene_shows() -> None:
    plain = pixels(quick(setting="sea")).mean(axis=(0, 1))
    red = pixels(quick(setting="sea", palette=["#3a0a10", "#a02030", "#ffb0a0"])).mean(axis=(0, 1))
    assert red[0] - red[2] > plain[0] - plain[2] + 40


def test_strength_zero_gives_the_original_and_one_the_sibling() -> None:
    original = quick(7, setting="harbour", things=[FOX])
    made = {d: paint(original.scene, 128, 128, 7, "none", sibling=99, drift=d) for d in (0.0, 1.0)}
    assert digest(made[0.0]) == digest(original)
    assert digest(made[1.0]) == digest(paint(original.scene, 128, 128, 99, "none"))


def test_a_variation_of_a_variation_starts_from_that_picture() -> None:
    first = paint(scene(setting="lake"), 96, 96, 7, "none", sibling=99, drift=0.4)
    again = paint_with(Dice(7, [(99, 0.4), (5, 0.0)]), scene(setting="lake"), (96, 96), "none")
    assert digest(first) == digest(again)


def test_likeness_falls_steadily_with_strength() -> None:
    fall = list(differences(list(PROMPTS)[:6], 96, 7).values())
    assert fall[0] == 0 and all(a < b for a, b in zip(fall, fall[1:]))


class Stop(BaseException):
    """What a caller raises to stop."""


def test_progress_stops_the_work_and_only_rises() -> None:
    heard: list[tuple[float, str, Image.Image | None]] = []
    paint(scene(setting="forest", things=[FOX]), 256, 256, 7, "digital_art", progress=lambda *said: heard.append(said))
    fractions = [fraction for fraction, _, _ in heard]
    assert fractions == sorted(fractions) and fractions[-1] <= 1 and len(heard) > 12
    previews = [picture for _, _, picture in heard if picture]
    assert len(previews) >= 2 and all(max(picture.size) <= 256 for picture in previews)

    def stop_at(fraction: float, note: str, picture: Image.Image | None) -> None:
        if fraction > 0.3:
            raise Stop

    with pytest.raises(Stop):
        paint(scene(setting="forest"), 256, 256, 7, "none", progress=stop_at)


def test_depth_puts_the_figure_before_the_sky() -> None:
    painting = quick(size=(192, 192), setting="meadow", things=[FOX])
    depth, kinds = np.asarray(depth_map(painting)), np.asarray(segmentation(painting))
    layer = next(layer for layer in painting.layers if layer.thing == "fox")
    spot = layer.top + layer.alpha.shape[0] // 2, layer.left + layer.alpha.shape[1] // 2
    assert depth[spot] > depth[5, 5] + 80
    assert tuple(kinds[spot]) != tuple(kinds[5, 5])
    assert depth.shape == kinds.shape[:2] == (192, 192)


def test_any_scene_a_model_may_write_is_drawn() -> None:
    wild = {
        "schema": "scene/1",
        "setting": "somewhere",
        "places": ["nowhere", "cliff", "rooftop"],
        "shot": "close",
        "things": [
            {"id": "a", "noun": "cat", "relation": "on", "to": "b"},
            {"id": "b", "noun": "cat", "relation": "on", "to": "a"},
            {"id": "c", "noun": "tree", "count": 24, "size": "huge"},
            {"id": "d", "noun": "cat", "relation": "under", "to": "nobody"},
            {"id": "e", "noun": "girl", "x": 0.0, "depth": 0.0},
            {"id": "f", "noun": "boat", "x": 1.0, "depth": 1.0},
        ],
    }
    painting = paint(Scene.read(json.loads(json.dumps(wild))), 96, 160, 3, "anime")
    assert painting.image.size == (96, 160)
