"""Any song can be painted: nobody stands on water or is there twice, and a verse that cannot be planned leaves the others alone."""
import random
from types import SimpleNamespace

import pytest

from engines import seeds
from engines.errors import StepFailed
from engines.sketch.vocabulary import nouns
from engines.sketch.words import data
from engines.song.bible import Bible, plain_bible, read_bible, verse_scene
from engines.song.request import SongRequest
from jobs import songs
from jobs.flow import Step, Waiting
from jobs.pipelines import song as pipeline

LINES = ("the {p} and the {a} wait {r} the {b}", "{q} waits {r} the {b}", "{a}s and {p}s dance {r} the {b}", "my {a} sleeps {r} the {b}",
         "another {p} came with a {a}", "{q} sees a {a} {r} the {s}", "three {a}s {r} a {b}", "her {a} and his {b} {r} the {s}",
         "{p}s and {p2}s dance",
         "a {p} waits {r} the {w}", "my {w} is {r} the sea", "the {s}, the {s2}, the {s3}, the {s4} and the {s5}",
         "{q} walk the {s}, the {s2} and the {b}", "no {a} {r} the {b}")
RELATIONS = ("on", "in", "under", "beside", "behind", "with", "from", "around", "above", "near", "through", "by")
PRONOUNS = ("she", "he", "we", "I", "you", "they", "my love", "her sister", "his brother", "our friends")
THINGS, PLACES = sorted(nouns()), sorted(data("settings"))
AFLOAT = [name for name in THINGS if nouns()[name].stands == "water"]
PEOPLE = [name for name in THINGS if nouns()[name].kind == "person"]
LYRICS = "An owl in the night\n\nA river in the rain\n\nA horse on the hill"


def things_of(text, title=""):
    scene = verse_scene(read_bible(title, text, "none", 1), text, 0, [], 1).scene
    return scene.setting, {thing.id: (thing.relation, thing.to) for thing in scene.things}


@pytest.mark.parametrize(("text", "who"), [
    ("A girl waits on the pier", {"girl"}), ("A boy fishes from the pier", {"boy"}),
    ("Ein Mädchen steht auf dem Pier", {"girl"}), ("A baker and her grey cat wait beside the quay", {"cook", "cat"})])
def test_people_by_the_sea_stand_on_its_pier(text, who):
    setting, things = things_of(text, "Pier")
    assert setting == "sea" and things == {**dict.fromkeys(who, ("on", "pier")), "pier": (None, None)}


def test_only_what_floats_carries_people_over_the_sea():
    bible = read_bible("", "A girl waits on the pier\n\nThe girl swims in the sea", "none", 1)
    assert verse_scene(bible, "The girl swims in the sea", 1, [], 1).scene.setting == "beach"
    bible = read_bible("", "A girl rows her boat\n\nThe girl dreams of the sea", "none", 1)
    scene = verse_scene(bible, "The girl is on the sea", 1, [], 1).scene
    assert [thing.relation for thing in scene.things if thing.id == "girl"] == ["in"]


def test_my_means_the_travellers_who_are_there():
    _, things = things_of("travellers and cousins dance around the ruin\nmy skunk sleeps under the carrot\nanother man came with a flute")
    assert {"traveller", "cousin", "skunk", "man"} <= things.keys()


def test_a_song_that_names_every_gentle_place_has_places():
    bible = read_bible("", "We walk the meadow, the field and the forest,\nthe beach and the lake, and home to the garden", "none", 1)
    assert {"meadow", "field", "forest", "beach", "lake", "garden"} <= set(bible.places)


def line(dice):
    places = {f"s{k}" if k > 1 else "s": dice.choice(PLACES) for k in range(1, 6)}
    return dice.choice(LINES).format(
        p=dice.choice(PEOPLE), p2=dice.choice(PEOPLE), a=dice.choice(THINGS), b=dice.choice([*THINGS, *PLACES]), r=dice.choice(RELATIONS),
        q=dice.choice(PRONOUNS), w=dice.choice(AFLOAT), **places)


def test_three_hundred_songs_of_anything_can_be_planned():
    for seed in range(300):
        dice = random.Random(seed)
        verses = ["\n".join(line(dice) for _ in range(dice.randint(1, 3))) for _ in range(dice.randint(1, 2))]
        bible = read_bible(line(dice) if seed % 3 else "", "\n\n".join(verses), "none", seed)
        assert len({member.id for member in bible.cast}) == len(bible.cast), verses
        for index, verse in enumerate(verses):
            things = verse_scene(bible, verse, index, verses[:index], seed).scene.things
            ids = {thing.id for thing in things}
            assert len(ids) == len(things) and all(thing.to in {None, *ids, *PLACES} and thing.to != thing.id for thing in things), verses


class Painter:
    """A flow whose steps end at once: it keeps what is asked for."""

    def __init__(self, song, seed, failing=()):
        self.job, self.held = {"owner": "local", "seed": seed, "model": "sketch"}, SimpleNamespace(id=None)
        self.asked, self.failing, self.song = {}, failing, song

    def progress(self, fraction, note=""):
        """Nobody watches."""

    def start(self, step, work, request):
        self.asked[step] = request

    def gather(self, children):
        return [Step("", "", {}, None, [{"id": "a" * 32}])]

    def make(self, step, work, request):
        if step in self.failing:
            raise StepFailed(step, {"code": "INTERNAL_ERROR", "message": "it broke"})
        bible = read_bible(request.title, LYRICS, "none", 1).as_json() if step == "bible" else None
        return Step("", step, {}, bible, [{"id": "a"}])

    def adopt(self, made):
        return None


WORKS = dict.fromkeys(("plan", "paint", "sheet", "book"))


@pytest.fixture
def painted(home, monkeypatch):
    """Paint a stored song of three verses; the flow and what it made."""
    def paint(*failing):
        monkeypatch.setattr(pipeline, "Made", lambda **made: SimpleNamespace(**made))
        ident = songs.create("local", {"title": "Three", "lyrics": LYRICS, "seed": 3})
        run = Painter(ident, 3, failing)
        return run, pipeline.paint_song(SongRequest(song_id=ident), run, WORKS)
    return paint


def test_a_verse_that_cannot_be_planned_is_painted_from_its_own_words(painted, monkeypatch):
    def plan(bible, text, *rest):
        if "river" in text:
            raise ValueError("every thing needs an id of its own")
        return verse_scene(bible, text, *rest)
    monkeypatch.setattr(pipeline, "verse_scene", plan)
    run, made = painted()
    assert list(run.asked) == ["verse 1", "verse 2", "verse 3"] and run.asked["verse 2"].scene["setting"] == "river"
    assert [note.split(":")[0] for note in made.notes] == ["verse 2"] and "own words" in made.notes[0]
    monkeypatch.setattr(pipeline, "plain_scene", lambda text, seed: 1 / 0)
    run, made = painted()
    assert list(run.asked) == ["verse 1", "verse 3"] and "other words" in made.notes[0]


def test_waiting_is_no_failure_of_a_plan(painted, monkeypatch):
    def wait(*_):
        raise Waiting
    monkeypatch.setattr(pipeline, "verse_scene", wait)
    with pytest.raises(Waiting):
        painted()


def test_a_song_that_cannot_be_read_is_painted_all_the_same(painted):
    run, made = painted("bible")
    assert len(run.asked) == 3 and "it broke" in made.notes[0]
    bible = Bible.model_validate(made.result["bible"])
    assert bible == plain_bible("Three", "none", 3) and bible.places


def test_a_verse_painted_anew_has_the_seed_that_was_asked_for(painted):
    run, made = painted()
    assert run.asked["verse 2"].seed == seeds.derive(3, "verse 2")
    again = Painter(run.song, 4242)
    pipeline.repaint_verse(pipeline.RedoRequest(song_id=run.song, verse="verse 2", seed=4242), again, WORKS)
    assert {step: request.seed for step, request in again.asked.items()} == {"verse 2": 4242}


def test_what_a_verse_has_no_room_for_is_unmet_and_its_planned_weather_stays():
    verse = "The girl has a fox and a rabbit, a castle, a drum, a ladder and a bicycle, a table and a chair"
    bible = read_bible("Too much", f"{verse}\n\nShe walks alone", "", 3)
    scene = verse_scene(bible, verse, 0, [], 3).scene
    drawn = {thing.noun for thing in scene.things}
    named = {"fox", "rabbit", "castle", "drum", "ladder", "bicycle", "table", "chair"}
    assert named - drawn and named - drawn <= set(scene.unmet)
    assert not drawn & set(scene.unmet)
    stormy = bible.model_copy(update={"weathers": ["storm", "snow"]})
    assert verse_scene(stormy, "She walks alone", 1, [verse], 3).scene.weather == "snow"
    assert verse_scene(stormy, "She walks in the rain", 1, [verse], 3).scene.weather == "rain"
