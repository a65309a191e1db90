"""What can be measured in a picture: colours by the names people give them, light, contrast, composition, the hour of the sky."""

import numpy as np
import pytest
from PIL import Image
from test_describe import read

from engines.sketch.scene import Scene
from engines.vision.colours import name_of, names

COLOURS = """#5b3c62 plum | #301a3e plum purple | #241436 plum indigo purple | #14213d navy | #101828 navy black | #1a2a5c navy
#000080 navy ultramarine | #111111 black | #202020 black charcoal | #303030 charcoal | #8a8a8a grey | #808890 grey slate
#b0b8c0 silver | #e0e0e0 white silver | #fafafa white | #c81e1e red scarlet | #e03131 red scarlet
#402020 maroon wine chocolate burgundy | #fd7e14 orange tangerine | #fab005 amber | #ffd700 yellow gold amber
#8b4513 brown rust copper | #6b4423 brown umber chocolate | #2b1d14 chocolate black umber | #a08870 tan beige brown
#7b7157 umber khaki olive | #f5f5dc ivory cream | #2f9e44 green | #2d5a3d pine | #203020 pine black | #5a6a4a moss olive
#808000 olive | #74b816 lime green | #0b7285 teal | #40e0d0 turquoise | #87ceeb sky | #a5d8ff sky | #7950f2 violet
#4b0082 purple indigo | #9a7fae lilac mauve lavender | #f783ac pink | #ffc0cb pink"""


@pytest.mark.parametrize("row", [row.strip() for row in COLOURS.replace("\n", " | ").split("|")])
def test_colours_have_the_names_people_give_them(row) -> None:
    color, *said = row.split()
    assert len(names()[0]) >= 60
    assert name_of(color).split()[0] in said


def test_what_is_measured_is_what_is_there(tmp_path) -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[:120], picture[120:] = (30, 40, 90), (210, 190, 120)
    picture[20:50, 230:260] = (255, 250, 220)
    Image.fromarray(picture).save(tmp_path / "a.png")
    result = read(tmp_path / "a.png")
    seen = result["measures"]
    assert result["metadata"] is None and result["scene_from"] == "measured" and result["method"] == "colour and composition, no model"
    assert [each["name"] for each in seen["colours"][:2]] == ["navy", "sand"] or seen["colours"][0]["name"] in (
        "navy",
        "denim",
        "indigo",
        "ultramarine",
    )
    assert sum(each["share"] for each in seen["colours"]) == pytest.approx(1, abs=0.05)
    assert seen["composition"]["horizon"] == pytest.approx(0.6, abs=0.03) and seen["composition"]["centre"]["x"] > 0.5
    assert (seen["ratio"], seen["shape"]) == ("3:2", "wide") and (seen["width"], seen["height"]) == (300, 200)
    assert result["scene"].get("time") in ("night", "dusk") and "things" not in result["scene"]
    assert set(result["scene"]["palette"]) == {each["hex"] for each in seen["colours"][:5]}


@pytest.mark.parametrize(
    ("color", "light", "warmth"),
    [((240, 240, 245), "very bright", "neutral"), ((20, 16, 40), "very dark", "cool"), ((190, 105, 45), "middling", "warm")],
)
def test_light_and_warmth_in_words(tmp_path, color, light, warmth) -> None:
    Image.new("RGB", (40, 40), color).save(tmp_path / "a.png")
    seen = read(tmp_path / "a.png")["measures"]
    assert (seen["light"]["word"], seen["temperature"]["word"], seen["contrast"]["word"]) == (light, warmth, "low")
    assert seen["composition"]["horizon"] is None and seen["composition"]["symmetry"]["word"] == "mirrored"


def test_the_hour_of_our_own_skies_is_seen(tmp_path) -> None:
    from engines.sketch.dice import Dice
    from engines.sketch.painter import paint_with

    right = 0
    for hour in ("dawn", "day", "sunset", "dusk", "night"):
        scene = Scene.read({"schema": "scene/1", "setting": "sea", "time": hour})
        paint_with(Dice(5, ()), scene, (96, 96), "none", lambda *_: None).image.save(tmp_path / "a.png")
        right += read(tmp_path / "a.png")["scene"].get("time", "day") == hour
    assert right >= 4
