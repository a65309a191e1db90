"""Songs: lyrics as verses, the bible read from them, and a picture for every verse with the same people in it."""
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from engines.sketch.vocabulary import nouns
from engines.song.bible import Bible, read_bible, verse_scene
from engines.song.lyrics import normalise_tags, read_lyrics, slug
from engines.song.request import PlanSongRequest, SongRequest
from engines.song.sketch import SketchPlanner

SONGS = yaml.safe_load((Path(__file__).parent / "language" / "lyrics.yaml").read_text("utf-8"))



MARKS = ["[Chorus]", "x2", "(x9)", "Bridge:", "la", "", "[", "la (x2)", "Verse 1"]


def names(text):
    return [(verse.name, verse.step) for verse in read_lyrics(text)]


def book(song, seed=5):
    row = SONGS[song]
    bible, before, pages = read_bible(row["title"], row["lyrics"], "cinematic", seed), [], {}
    for index, verse in enumerate(read_lyrics(row["lyrics"])):
        if verse.repeat_of is None:
            pages[verse.name] = verse_scene(bible, verse.text, index, before, seed + index)
        before.append(verse.text)
    return bible, pages


# -- verses ----------------------------------------------------------------------------------------------------------

def test_blank_lines_part_verses_and_equal_text_shares_a_picture():
    assert names("one\ntwo\n\nthree\n \t\nONE,  two!") == [("verse 1", "verse 1"), ("verse 2", "verse 2"), ("verse 1 again", "verse 1")]


def test_marks_name_verses_and_a_bare_one_repeats():
    text = "[Verse 1]\nThe lamp\n\n[Chorus]\nHome\n\n[Verse 2]\nThe storm\n\n[Chorus]\n\nBridge:\nSlow"
    steps = ["verse 1", "chorus", "verse 2", "chorus", "bridge"]
    assert names(text) == list(zip(["verse 1", "chorus", "verse 2", "chorus again", "bridge"], steps))
    assert read_lyrics(text)[3].text == "Home"
    assert read_lyrics(text)[3].label == "Chorus"


@pytest.mark.parametrize("text, count", [("[Chorus x2]\nla", 2), ("la\n(x3)", 3), ("la\n\nx2", 2),
                                         ("[Chorus]\nla\n\n[Chorus] (x2)", 3), ("la la\n2x", 2), ("[Chorus] (x500)\nla", 8)])
def test_a_repeat_mark_sings_the_verse_again(text, count):
    assert len(read_lyrics(text)) == count
    assert len({verse.step for verse in read_lyrics(text)}) == 1


def test_a_repeat_mark_at_a_lines_end_sings_the_line_again():
    assert read_lyrics("home again (x2)\nand out")[0].text == "home again\nhome again\nand out"


def test_a_lyric_of_nothing_but_names_of_parts_means_those_words():
    assert [verse.text for verse in read_lyrics("verse 1\n\nverse 2\n\u200b\nBridge")] == ["verse 1", "verse 2", "Bridge"]


@pytest.mark.parametrize("text", ["one\r\ntwo\r\n\r\nthree", "one\rtwo\r\rthree", "\ufeffone\n\n\n\n\tthree"])
def test_any_line_ends_will_do(text):
    assert len(read_lyrics(text)) == 2


@pytest.mark.parametrize("text", ["no blank\nlines\nat all", "夜の海\n月の光", "שלום\nעולם", "🎵🎵\n🎶", "un deux"])
def test_a_text_without_blank_lines_is_one_verse(text):
    assert [verse.name for verse in read_lyrics(text)] == ["verse 1"]


def test_a_mark_and_its_lines_may_be_parted_and_an_empty_solo_is_no_verse():
    assert names("[Chorus]\n\nla la\n\n[Guitar solo]\n\n[Verse]\nhm") == [("chorus", "chorus"), ("verse 1", "verse 1")]


def test_two_choruses_of_different_words_are_two():
    assert [step for _, step in names("[Chorus]\none\n\n[Chorus]\ntwo")] == ["chorus", "chorus 2"]


@pytest.mark.parametrize("text, hint", [("", "write a few lines"), (" \n\t\n", "write a few lines"), ("[Chorus]", "write a few lines"),
                                        ("\n\n".join(map(str, range(101))), "100"), ("x" * 20_001, "20,000")])
def test_too_little_or_too_much_is_refused_with_what_to_do(text, hint):
    with pytest.raises(ValueError, match=hint):
        read_lyrics(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=500) | st.lists(st.sampled_from(MARKS)).map("\n".join))
def test_any_text_reads_to_verses_with_names_of_their_own_or_is_refused(text):
    try:
        verses = read_lyrics(text)
    except ValueError:
        return
    assert 1 <= len(verses) <= 100
    assert len({verse.name for verse in verses}) == len(verses)
    assert {verse.step for verse in verses} <= {verse.name for verse in verses}


def test_tags_are_tidied():
    assert normalise_tags(" #Sea, sea ,Ｎｉｇht;  old  song") == ["sea", "night", "old song"]
    assert normalise_tags(["#Folk", "folk", ""]) == ["folk"]
    with pytest.raises(ValueError, match="20"):
        normalise_tags([f"t{n}" for n in range(21)])
    with pytest.raises(ValueError, match="40"):
        normalise_tags("x" * 41)


def test_slugs_are_readable_and_unique():
    assert slug("Home, Little Lantern") == "home-little-lantern"
    assert slug("Straße nach Łódź") == "strasse-nach-lodz"
    assert slug("Don't Go", {"dont-go", "dont-go-2"}) == "dont-go-3"
    assert slug("夜の海").startswith("song-") and slug("夜の海") != slug("朝の海")


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_any_title_makes_an_address(title):
    assert set(slug(title)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and slug(title)


def test_a_song_request_needs_a_song_or_lyrics():
    with pytest.raises(ValidationError, match="write the lyrics"):
        SongRequest(title="x")
    with pytest.raises(ValidationError, match="100"):
        SongRequest(lyrics="\n\n".join(map(str, range(101))))
    assert SongRequest(song_id="s").lyrics == ""
    assert SongRequest(lyrics="la", tags=["#A", "a"]).tags == ["a"]


# -- the bible and the pictures --------------------------------------------------------------------------------------

def test_the_fishermans_girl_keeps_her_scarf_and_her_dog_in_every_picture():
    bible, pages = book("home")
    assert [member.noun for member in bible.cast] == ["girl", "dog"]
    assert "scarf" in bible.cast[0].features
    assert len(pages) == 4
    girls = [next(thing for thing in page.scene.things if thing.id == "girl") for page in pages.values()]
    assert len({girl.slots["scarf"] for girl in girls}) == len({girl.slots["hair"] for girl in girls}) == 1
    assert all(any(thing.id == "dog" for thing in page.scene.things) for page in pages.values())
    assert all("blue scarf" in page.prompt and "blue scarf" in page.summary and "her dog" in page.summary for page in pages.values())
    looks = {(page.scene.setting, page.scene.weather, page.scene.shot) for page in pages.values()}
    assert len(looks) == 4


@pytest.mark.parametrize("song", list(SONGS))
def test_every_picture_has_someone_or_something_to_look_at_and_the_songs_colours(song):
    bible, pages = book(song)
    assert 4 <= len(bible.palette) <= 5
    for page in pages.values():
        assert page.scene.palette == bible.palette
        assert 1 <= len(page.scene.things) <= 6
        assert all(thing.noun in nouns() for thing in page.scene.things)
        assert any(nouns()[thing.noun].kind not in ("sky", "plant") for thing in page.scene.things)
        assert page.summary.endswith(".") and page.prompt


@pytest.mark.parametrize("song", list(SONGS))
def test_the_pictures_of_a_song_have_rhythm(song):
    _, pages = book(song)
    shots = [page.scene.shot for page in pages.values()]
    assert len(set(shots)) > 1
    assert len({page.summary for page in pages.values()}) == len(pages)


def test_the_same_song_and_seed_give_the_same_book_and_another_seed_other_colours():
    assert book("mill") == book("mill")
    assert len({tuple(read_bible("t", SONGS["mill"]["lyrics"], "anime", seed).palette) for seed in range(8)}) > 1


def test_a_song_of_feelings_gets_a_traveller_and_places():
    bible, pages = book("colours")
    assert bible.cast[0].noun == "traveller"
    assert all(any(thing.noun == "traveller" for thing in page.scene.things) for page in pages.values())


def test_other_tongues_have_their_people_too():
    bible, pages = book("wald")
    assert bible.cast[0].noun == "girl" and "coat" in bible.cast[0].features
    assert pages["verse 1"].scene.setting == "forest" and pages["verse 1"].scene.weather == "snow"
    assert book("marin")[0].cast[0].noun == "sailor"


def test_an_hour_lasts_until_another_is_named():
    bible, pages = book("night")
    assert bible.times == ["night", "night", "night", "dawn"]
    assert pages["verse 2"].scene.time == "night" and pages["verse 4"].scene.time == "dawn"


def test_a_persons_own_words_replace_the_reading_of_a_verse():
    row = SONGS["home"]
    bible = read_bible(row["title"], row["lyrics"], "anime", 5)
    page = verse_scene(bible, "The lamp is lit", 0, [], 5, "a lighthouse on a cliff at sunset, no people")
    assert [thing.noun for thing in page.scene.things] == ["lighthouse"]
    assert page.scene.time == "sunset" and "cliff" in page.scene.places
    girl = verse_scene(bible, "The lamp is lit", 0, [], 5, "the girl in a garden with her dog").scene
    assert girl.setting == "garden" and "scarf" in next(thing for thing in girl.things if thing.id == "girl").slots


def test_a_bible_survives_being_stored():
    bible, _ = book("mill")
    assert Bible.model_validate(json.loads(json.dumps(bible.as_json()))) == bible


def test_unmet_names_only_what_could_have_been_seen():
    _, pages = book("colours")
    assert not {word for page in pages.values() for word in page.scene.unmet} & {"hope", "truth", "time", "love", "promise"}
    assert "tiller" in book("home")[1]["verse 3"].scene.unmet
    bible = read_bible("", "البحر هادئ\n\na ship at sea", "none", 1)
    assert verse_scene(bible, "البحر هادئ", 0, [], 1).scene.unmet == ["البحر", "هادئ"], "in a script that is not read"


def test_the_planner_gives_the_bible(tmp_path):
    class Quiet:
        folder = tmp_path

        def progress(self, fraction, note="", preview=None):
            """Nobody watches."""

    made = SketchPlanner().generate(PlanSongRequest(title="Home", lyrics=SONGS["home"]["lyrics"], seed=5), Quiet())
    assert Bible.model_validate(made.result).cast[0].noun == "girl" and not made.notes
    foreign = SketchPlanner().generate(PlanSongRequest(lyrics="夜の海\n\n月の光", seed=5), Quiet())
    assert "another script" in foreign.notes[0]


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=300), st.integers(0, 2**32 - 1))
def test_any_lyric_can_be_illustrated(text, seed):
    try:
        verses = read_lyrics(text)
    except ValueError:
        return
    bible = read_bible("t", text, "none", seed)
    for index, verse in enumerate(verses[:4]):
        page = verse_scene(bible, verse.text, index, [each.text for each in verses[:index]], seed)
        assert page.scene.things
