"""Songs of every kind, heard as a listener hears them: who is in the pictures, what they wear, where and when it is."""
from pathlib import Path

import pytest
import yaml

from engines.sketch.vocabulary import nouns
from engines.sketch.words import data
from engines.song.bible import read_bible, verse_scene
from engines.song.lyrics import read_lyrics

SONGS = yaml.safe_load((Path(__file__).parent / "language" / "lyrics.yaml").read_text("utf-8"))


def book(song, seed=5):
    row = SONGS[song]
    bible, before, pages = read_bible(row["title"], row["lyrics"], "cinematic", seed), [], {}
    for index, verse in enumerate(read_lyrics(row["lyrics"])):
        if verse.repeat_of is None:
            pages[verse.name] = verse_scene(bible, verse.text, index, before, seed + index)
        before.append(verse.text)
    return bible, pages


def test_the_girl_of_the_title_keeps_her_yellow_scarf_and_her_dog():
    bible, pages = book("scarf")
    yellow = data("colors")["colors"]["yellow"]
    assert [member.noun for member in bible.cast] == ["girl", "dog"] and bible.cast[0].slots["scarf"] == yellow
    for page in pages.values():
        girl = next(thing for thing in page.scene.things if thing.id == "girl")
        assert girl.slots["scarf"] == yellow and any(thing.id == "dog" for thing in page.scene.things)
    looks = {tuple(next(thing for thing in page.scene.things if thing.id == "girl").slots.items()) for page in pages.values()}
    assert len(looks) == 1


def test_places_hours_and_weather_are_those_a_listener_hears():
    scenes = [page.scene for page in book("scarf")[1].values()]
    assert [scene.setting for scene in scenes] == ["field", "harbour", "forest", "street", "room"]
    assert [scene.time for scene in scenes] == ["day", "sunset", "night", "night", "night"]
    assert scenes[3].weather == "rain"
    assert [any(thing.noun == "owl" for thing in scene.things) for scene in scenes] == [False, False, True, False, False]
    named = {"girl", "dog", "poppy", "boat", "wall", "pine", "owl", "door", "piano", "moon"}
    assert {thing.noun for scene in scenes for thing in scene.things} <= named
    assert {word for scene in scenes for word in scene.unmet} <= {"gravel"}


def test_we_at_sea_are_two_and_both_are_in_the_boat():
    bible, pages = book("shanty")
    assert [member.noun for member in bible.cast] == ["sailor", "fisherman"]
    for page in pages.values():
        assert {"sailor", "fisherman"} <= {thing.id for thing in page.scene.things}
    chorus = {thing.id: thing.relation for thing in pages["chorus"].scene.things}
    assert chorus["sailor"] == chorus["fisherman"] == "in"


def test_a_lullabys_bear_is_its_hero_and_sleeps_by_the_lamp():
    bible, pages = book("schlaf")
    assert [member.noun for member in bible.cast] == ["bear"]
    lamp = pages["verse 2"].scene
    assert lamp.setting == "room" and {thing.noun: thing.pose for thing in lamp.things} == {"bear": "sleeping", "lamp": None}
    assert not any(nouns()[thing.noun].kind == "person" for page in pages.values() for thing in page.scene.things)


def test_i_and_you_wear_what_each_of_them_wears():
    bible, pages = book("letters")
    narrator, other = bible.cast
    assert (narrator.speaks, other.speaks) == ("i", "you")
    assert other.slots["coat"] == data("colors")["colors"]["blue"] and "hat" in narrator.features
    assert all({narrator.id, other.id} <= {thing.id for thing in page.scene.things} for page in pages.values())
    assert pages["verse 1"].scene.places == ["bridge"] and pages["verse 1"].scene.weather == "rain"


def test_the_king_and_his_goat_share_the_castles_room_and_one_chorus():
    bible, pages = book("goat")
    assert [(member.noun, member.of) for member in bible.cast] == [("king", None), ("goat", "king")]
    assert [page.scene.setting for page in pages.values()] == ["room", "room", "room", "meadow"]
    kings = [next(thing for thing in page.scene.things if thing.id == "king") for page in pages.values()]
    assert len({tuple(sorted((slot, king.slots[slot]) for slot in bible.cast[0].slots)) for king in kings}) == 1
    assert "coat" not in bible.cast[0].slots


@pytest.mark.parametrize("lyrics, nouns_of", [
    ("She waits by the river", {"girl", "woman"}), ("He waits by the river", {"boy", "man"}), ("I wait by the river", {"traveller"})])
def test_a_pronoun_chooses_the_figure_by_the_seed(lyrics, nouns_of):
    found = {read_bible("", lyrics, "none", seed).cast[0].noun for seed in range(12)}
    assert found == nouns_of


@pytest.mark.parametrize("lyrics", ["She came to town in a coat of blue", "Her blue coat hangs on a nail",
                                    "A blue coat lies on the chair\nand she is gone"])
def test_what_is_worn_anywhere_is_worn_by_the_figure(lyrics):
    assert read_bible("", lyrics, "none", 3).cast[0].slots["coat"] == data("colors")["colors"]["blue"]


def test_a_verse_without_a_place_stays_where_the_song_was():
    lyrics = "She walks in the forest\n\nShe thinks of yesterday\n\nShe thinks of tomorrow"
    bible, texts = read_bible("", lyrics, "none", 1), [verse.text for verse in read_lyrics(lyrics)]
    pages = [verse_scene(bible, text, index, texts[:index], index).scene for index, text in enumerate(texts)]
    assert {page.setting for page in pages} == {"forest"}
    assert all(len(page.things) == 1 for page in pages)
