"""Scenes from a script: where it is cut, how long each is, who and what is in it, and how it looks."""

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from engines.planning.cutting import shares
from engines.planning.plan import PlannedScene
from engines.planning.request import PlanScenesRequest
from engines.planning.sketch import SketchScenes
from engines.sketch.vocabulary import nouns

TALE = """A girl with a red scarf walks along the beach at sunset with her dog. Gulls circle above the water. She finds a small boat.

Night falls. She lights a lantern. The old fisherman waits on the rocks. He waves. A storm comes up, the waves are as tall as houses.

In the morning the sea is calm. The girl and the fisherman eat bread in the kitchen."""

SCREENPLAY = """Title: The Lamp
Author: Nobody

FADE IN:

EXT. HARBOUR - DAWN

Fog. MARA, a girl of ten, runs down the pier with a letter.

INT. LIGHTHOUSE - NIGHT

An old man sleeps on a chair beside the fireplace.

MARA
(breathless)
There is a dragon in the bay!

CUT TO:

EXT. CLIFF - CONTINUOUS

They look out over the sea. Mara laughs.

FADE OUT."""

SONG = """[Verse 1]
The lamp is lit, the boat is slow
The moon is over the bay

[Chorus]
Home, little lantern, home

[Verse 2]
Snow on the mountains, snow on the sea
A horse in the harbour town"""


class Desk:
    """A run that listens."""

    def __init__(self) -> None:
        self.told: list[float] = []

    def progress(self, fraction: float, note: str = "", preview: Any = None) -> None:
        self.told.append(fraction)


def made(script: str, seconds: float = 60.0, wishes: Any = "", seed: int = 1) -> Any:
    request = PlanScenesRequest(script=script, duration_seconds=seconds, style_preferences=wishes, seed=seed)
    return SketchScenes().generate(request, Desk())


def planned(script: str, seconds: float = 60.0, wishes: Any = "", seed: int = 1) -> list[dict[str, Any]]:
    return made(script, seconds, wishes, seed).result["scenes"]


def types(scene: dict[str, Any]) -> set[str]:
    return {each["type"] for each in scene["entities"]}


def action(scene: dict[str, Any], noun: str) -> str:
    return next(each["action"] for each in scene["entities"] if each["type"] == noun)


# -- time ------------------------------------------------------------------------------------------------------------

@settings(max_examples=150, deadline=None)
@given(weights=st.lists(st.integers(1, 5000), min_size=1, max_size=80), total=st.integers(100, 360_000))
def test_no_cent_is_lost_and_no_scene_is_starved(weights: list[int], total: int) -> None:
    found = shares(weights, total)
    assert sum(found) == total and len(found) == len(weights)
    assert min(found) >= min(200, total // len(weights))
    for one, other in zip(sorted(zip(weights, found)), sorted(zip(weights, found))[1:]):
        assert other[1] >= one[1] - 1, "more words, no less time"


LINES = st.sampled_from(["INT. ROOM - NIGHT", "EXT. SEA - DAY", "MARA", "(softly)", "Scene 2: a cat", "[Chorus]", "Verse 1", "CUT TO:", "",
                         "", "She sits.", "A girl, they say.", "Mara, an old woman, waits with a dog", "“A dragon!” he said.", "夜の海。"])
SCRIPTS = st.one_of(st.text(min_size=1, max_size=400), st.lists(LINES, min_size=1, max_size=40).map("\n".join))


@settings(max_examples=150, deadline=None)
@given(script=SCRIPTS, seconds=st.floats(1, 3600))
def test_any_script_fills_its_time_exactly(script: str, seconds: float) -> None:
    try:
        request = PlanScenesRequest(script=script, duration_seconds=seconds)
    except ValidationError:
        assert not any(letter.isalnum() for letter in script)
        return
    scenes = SketchScenes().generate(request, Desk()).result["scenes"]
    assert sum(Decimal(str(scene["duration_seconds"])) for scene in scenes) == Decimal(str(request.duration_seconds))
    assert sum(scene["duration_seconds"] for scene in scenes) == request.duration_seconds, "also as floats"
    assert abs(request.duration_seconds - seconds) <= 0.0051
    for number, scene in enumerate(scenes, 1):
        PlannedScene.model_validate(scene)
        assert scene["scene_number"] == number and types(scene) <= set(nouns())


@pytest.mark.parametrize(("seconds", "least", "most"), [(1, 1, 1), (6, 1, 2), (30, 4, 7), (60, 7, 11), (180, 8, 24)])
def test_the_number_of_scenes_suits_the_length(seconds: float, least: int, most: int) -> None:
    scenes = planned(TALE, seconds)
    assert least <= len(scenes) <= most
    assert min(scene["duration_seconds"] for scene in scenes) >= min(2, seconds)


def test_more_words_take_more_time_and_none_is_left_out() -> None:
    scenes = planned(TALE, 60)
    spoken = " ".join(scene["description"] for scene in scenes)
    assert all(word in spoken for word in TALE.split())
    own = [len(scene["description"].split(": ", 1)[-1]) for scene in scenes]
    assert scenes[own.index(max(own))]["duration_seconds"] == max(scene["duration_seconds"] for scene in scenes)


def test_a_long_script_in_a_short_film_is_joined_not_cut_off() -> None:
    script = "\n\n".join(f"INT. ROOM {number} - DAY\n\nA cat sits on chair number {number}." for number in range(60))
    scenes = planned(script, 20)
    assert len(scenes) == 10 and all(scene["duration_seconds"] >= 2 for scene in scenes)
    assert "number 59" in scenes[-1]["description"] and "Room 59 - day" in scenes[-1]["description"]


def test_it_tells_how_far_it_is() -> None:
    desk = Desk()
    SketchScenes().generate(PlanScenesRequest(script=TALE, seed=1), desk)  # type: ignore[arg-type]
    assert len(desk.told) > 3 and desk.told == sorted(desk.told) and desk.told[-1] == 1.0


# -- what is seen ----------------------------------------------------------------------------------------------------

def test_prose_is_cut_where_it_turns_and_keeps_its_people() -> None:
    scenes = planned(TALE, 60)
    assert scenes[0]["description"].startswith("A girl") and {"girl", "dog"} <= types(scenes[0])
    assert action(scenes[0], "girl") == "walks along the beach at sunset" and scenes[0]["entities"][1]["position"] == "with the girl"
    boat = next(scene for scene in scenes if "small boat" in scene["description"])
    assert "girl" in types(boat) and action(boat, "girl") == "finds a small boat", "she is the girl"
    waves = next(scene for scene in scenes if "as tall as" in scene["description"])
    assert "house" not in types(waves), "what something is likened to is not there"
    assert any(scene["description"].startswith("Night falls") or "Night falls" in scene["description"] for scene in scenes)


def test_a_screenplay_keeps_its_headings_and_shows_nothing_that_is_only_said() -> None:
    scenes = planned(SCREENPLAY, 30)
    assert [scene["description"].split(":")[0] for scene in scenes[:1]] == ["Harbour - dawn"]
    assert not any(word in scene["description"] for scene in scenes for word in ("FADE", "CUT TO", "Title", "breathless"))
    assert action(scenes[0], "girl").startswith("runs down the pier")
    speech = next(scene for scene in scenes if "dragon" in scene["description"])
    assert "dragon" not in types(speech) and "girl" in types(speech), "the dragon is talked about; Mara, who is the girl, talks"
    assert "through the windows" in planned("INT. ROOM - DAY\n\nA cat sleeps.")[0]["visual_style"]["lighting"]
    assert {"girl", "old man"} <= types(scenes[-1]) and "moonlight" in scenes[-1]["visual_style"]["lighting"], "CONTINUOUS stays night"


def test_a_script_without_empty_lines_and_a_row_of_short_sentences_are_cut_too() -> None:
    dense = planned("INT. KITCHEN - NIGHT\nANNA\nWhere is the cat?\nBOB\n(whispering)\nUnder the table, you fool.\nThe cat runs out.", 30)
    told = " ".join(scene["description"] for scene in dense)
    assert "Anna: “Where is the cat?”" in told and "Bob: “Under the table, you fool.”" in told and "whispering" not in told
    assert "cat" in types(dense[-1]) and all("table" not in types(scene) for scene in dense), "what is only said is not seen"
    assert len(planned("A dog runs. " * 200, 60)) >= 5


def test_a_song_has_a_scene_for_each_verse() -> None:
    scenes = planned(SONG, 15)
    assert len(scenes) == 3 and "chorus" not in str(scenes).lower()
    assert {"boat", "moon"} <= types(scenes[0]) and "lantern" in types(scenes[1]) and "horse" in types(scenes[2])
    assert " / " in scenes[0]["description"]


def test_numbered_scenes_are_taken_as_they_are() -> None:
    scenes = planned("Scene 1: a cat on a roof.\nScene 2 - the cat jumps.\nIt lands.\n## Scene 3: night, a moon.", 12)
    assert [scene["description"].split(": ")[-1] for scene in scenes] == ["a cat on a roof.", "the cat jumps. It lands.", "night, a moon."]


@pytest.mark.parametrize(("script", "seen"), [
    ("Ein Mädchen geht mit ihrem Hund am Strand. Die Möwen fliegen.", {"girl", "dog", "gull"}),
    ("Le pêcheur répare son bateau dans le port. Un chat dort sous une table.", {"fisherman", "boat", "cat", "table"}),
    ("Una niña camina en el bosque con un perro. La luna brilla.", {"girl", "dog", "moon"}),
    ("🦊🌙 in the snow", {"fox", "moon"}),
])  # fmt: skip
def test_other_tongues_are_read_through_the_vocabulary(script: str, seen: set[str]) -> None:
    scenes = planned(script, 20)
    assert set().union(*map(types, scenes)) == seen


def test_what_is_not_there_is_not_shown_and_what_nobody_can_draw_is_told() -> None:
    work = made("A street without cars. A flurble stands under a tree.", 10)
    seen = set().union(*map(types, work.result["scenes"]))
    assert "car" not in seen and "tree" in seen and "flurble" in work.unmet
    assert planned("It rains. It is cold.", 10)[0]["entities"] == []


def test_a_name_is_whom_the_script_says_it_is_and_otherwise_nobody() -> None:
    scenes = planned("A girl called Ida sits by a river. A boat comes. Then Ida jumps in. Outside, a dog waits. Outside it rains.", 30)
    assert "girl" in types(next(scene for scene in scenes if "Ida jumps" in scene["description"]))
    assert not types(next(scene for scene in scenes if scene["description"].endswith(": Outside it rains."))), "Outside is nobody's name"
    assert all(not types(scene) & {"girl", "woman"} for scene in planned("Quentin thinks. Quentin sits by a river.", 10))


def test_he_is_the_one_from_before_until_another_is_named() -> None:
    scenes = planned("The old fisherman sleeps. He stood on the pier in the rain. Gone, said the boy there. They walked home.", 22)
    later = next(scene for scene in scenes if "pier" in scene["description"])
    assert action(later, "fisherman") == "stood on the pier in the rain"
    fox = planned("A fox in the snow. It sleeps under a tree. It rains. It is cold here now.", 22)
    assert action(fox[1], "fox") == "sleeps under a tree" and not types(fox[2]), "'it' that rains is no fox"
    assert {"fisherman", "boy"} <= types(scenes[-1]) and "rain" in scenes[-1]["visual_style"]["lighting"], "the rain goes on"


def test_whose_somebody_is_need_not_be_there() -> None:
    """His daughter waits alone; who she waits for is out at sea. Where he is spoken of, he is seen."""
    scenes = planned("A fisherman rows out before dawn. A storm comes.\n\nHis daughter waits on the pier.\n\nHe hugs her.", 24)
    seen = {scene["description"].rpartition(": ")[2]: types(scene) for scene in scenes}
    waits, hugs = (next(found for text, found in seen.items() if word in text) for word in ("waits", "hugs"))
    assert "girl" in waits and "fisherman" not in waits and {"fisherman", "girl"} <= hugs


def test_people_in_a_screenplay_have_ages_names_and_dogs() -> None:
    script = "INT. SHOP - DAY\n\nANNA (30s), a woman in a coat, sits.\n\nBEN, an old man with a dog, enters.\n\nANNA\nHello.\n\nBen waves."
    scenes = planned(script, 12)
    both = {each["type"]: each["action"] for scene in scenes for each in scene["entities"]}
    assert both["woman"] and both["old man"] and both["dog"] == ""
    assert any(action(scene, "old man") == "enters" for scene in scenes if "old man" in types(scene))


def test_a_script_of_nothing_but_names_is_planned_in_time() -> None:
    began = time.process_time()
    planned(" ".join(f"A girl called N{number}x sat." for number in range(800))[:20_000], 600)
    planned("(" * 9_999 + "A" + ")" * 9_999, 600)
    assert time.process_time() - began < 10


# -- how it looks ----------------------------------------------------------------------------------------------------

def test_light_and_colours_follow_hour_and_weather_and_hold_until_the_next() -> None:
    scenes = planned("A boat at sunset. A dog sits on the beach. At night it rains. A cat sleeps in the kitchen beside a candle.", 24)
    lights = [scene["visual_style"]["lighting"] for scene in scenes]
    assert "warm low sun" in lights[0] and "warm low sun" in lights[1], "the hour holds"
    assert "rain" in lights[2] and "lamplight" in lights[3] and "candlelight" in lights[3] and "rain" not in lights[3]
    first, second, _, last = (scene["visual_style"]["color_palette"] for scene in scenes)
    assert first == second != last
    assert scenes[1]["description"] == "At sunset: A dog sits on the beach."
    for scene in scenes:
        colors = scene["visual_style"]["color_palette"]
        assert 4 <= len(colors) <= 5 and len({each["name"] for each in colors}) == len(colors)


def test_wishes_shape_every_scene() -> None:
    work = made(TALE, 60, "cinematic, soft light, teal and #ff8800, zorgly")
    assert work.unmet[0] == "zorgly"
    for scene in work.result["scenes"]:
        colors = {each["name"]: each["hex"] for each in scene["visual_style"]["color_palette"]}
        assert "teal" in colors and "#ff8800" in colors.values()
        assert "soft light" in scene["visual_style"]["lighting"] and "one strong light source" in scene["visual_style"]["lighting"]
    asked = {"lighting": "soft", "color_palette": ["teal"]}
    assert planned(TALE, 60, asked) == planned(TALE, 60, "soft light, teal")
    assert any(each["name"] == "blue" for each in planned(TALE, 60, "muted blues")[0]["visual_style"]["color_palette"])


def test_the_same_seed_is_the_same_plan() -> None:
    assert planned(TALE, 60, seed=4) == planned(TALE, 60, seed=4)
    assert len({str(planned("A boat at night.", 5, seed=seed)) for seed in range(6)}) > 1


@pytest.mark.parametrize("values", [
    {"script": ""}, {"script": " \n "}, {"script": "?!"}, {"script": "x" * 20_001}, {},
    *({"script": "a cat", "duration_seconds": value} for value in (0, -1, 0.5, 10**9, float("nan"), float("inf"), "60", True)),
    {"script": "a cat", "style_preferences": "x" * 1001}, {"script": "a cat", "scenes": 3},
])  # fmt: skip
def test_what_cannot_be_planned_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PlanScenesRequest(**values)
