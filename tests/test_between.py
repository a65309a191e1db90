"""What two do together is seen: they touch, face each other, run one after the other, or one sits on or is carried by the other."""

import pytest

from engines.sketch.bodies import hand
from engines.sketch.dice import Dice
from engines.sketch.frame import Frame
from engines.sketch.painter import look_of
from engines.sketch.parser import parse
from engines.sketch.scenery import build
from engines.sketch.spots import Spot
from engines.sketch.stage import arrange


def framed(prompt: str, seed: int) -> Frame:
    frame = Frame(parse(prompt, seed), 256, 256, Dice(seed, []), look_of("none"), lambda fraction, note, picture: None)
    build(frame)
    return frame


def spots(prompt: str, seed: int = 7) -> dict[str, Spot]:
    return {spot.thing.id: spot for spot in arrange(framed(prompt, seed))}


def pair(prompt: str, one: str, two: str, seed: int = 7) -> tuple[Spot, Spot]:
    found = spots(prompt, seed)
    return found[one], found[two]


def facing(one: Spot, two: Spot) -> bool:
    """Whether each is turned to the other; an unflipped drawing looks to the right."""
    return one.flip == (two.x < one.x) and two.flip == (one.x < two.x)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("prompt", "one", "two"),
    [
        ("a boy hugging a girl", "boy", "girl"),
        ("two girls hugging", "girl", "girl#1"),
        ("a mother hugging her child", "mother", "child"),
        ("a man kissing a woman", "man", "woman"),
        ("a king and a queen kissing", "king", "queen"),
    ],
)
def test_who_hugs_or_kisses_is_close_and_turned_to_the_other(prompt, one, two, seed):
    near, other = pair(prompt, one, two, seed)
    assert facing(near, other)
    assert abs(near.x - other.x) < 0.35 * max(near.height, other.height)
    assert not parse(prompt, seed).unmet


@pytest.mark.parametrize("prompt", ["a boy and a girl holding hands", "a grandfather holding hands with a girl", "two men shaking hands"])
def test_hands_meet(prompt):
    one, two = list(spots(prompt).values())[:2]
    ends = [(spot.x + hand(spot)[0], spot.y - hand(spot)[1]) for spot in (one, two)]
    assert ends[0][0] == pytest.approx(ends[1][0], abs=0.01)
    assert ends[0][1] == pytest.approx(ends[1][1], abs=0.06 * one.height)


def test_three_who_hold_hands_stand_in_a_row():
    row = sorted(spots("three girls holding hands").values(), key=lambda spot: spot.x)
    assert [spot.thing.pose for spot in row] == ["holding hands", "both hands", "holding hands"]
    for one, two in zip(row, row[1:], strict=False):
        assert two.x - one.x < 0.8 * one.height


@pytest.mark.parametrize("seed", range(5))
def test_who_is_chased_runs_ahead_the_same_way(seed):
    dog, cat = pair("a dog chasing a cat", "dog", "cat", seed)
    assert dog.flip == cat.flip and (cat.x < dog.x) == dog.flip
    assert {dog.thing.pose, cat.thing.pose} == {"running"}
    mouse, cat = pair("a mouse running away from a cat", "mouse", "cat", seed)
    assert mouse.flip == cat.flip and (mouse.x < cat.x) == cat.flip


@pytest.mark.parametrize("mount", ["horse", "camel", "elephant", "dragon", "turtle", "lion", "swan", "giraffe", "dog"])
def test_a_rider_sits_on_the_back_and_not_above_it(mount):
    girl, beast = pair(f"a girl riding a {mount}", "girl", mount)
    assert girl.thing.pose == "riding" and girl.flip == beast.flip
    assert beast.y - beast.height * 0.98 < girl.y < beast.y - beast.height * 0.2
    assert abs(girl.x - beast.x) < beast.width * 0.45
    assert girl.y - 0.6 * girl.height > 0


def test_a_witch_on_a_broom_is_in_the_air():
    witch, broom = pair("a witch riding a broom", "witch", "broom")
    assert witch.where == broom.where == "sky" and broom.thing.pose == "ridden"


@pytest.mark.parametrize(("prompt", "who", "what"), [
    ("a mother holding a baby", "mother", "baby"), ("a man carrying a dog", "man", "dog"), ("a boy hugging his teddy bear", "boy", "teddy"),
])
def test_who_is_carried_is_in_the_arms(prompt, who, what):
    bearer, borne = pair(prompt, who, what)
    assert bearer.thing.pose == "carrying"
    assert bearer.y - bearer.height * 0.7 < borne.y < bearer.y - bearer.height * 0.35
    assert abs(bearer.x - borne.x) < 0.25 * bearer.height


def test_what_is_eaten_and_drunk_is_in_the_hand():
    for prompt, what in (("a girl eating an apple", "apple"), ("a girl drinking tea", "tea"), ("a girl drinking coffee", "coffee")):
        found = spots(prompt)
        held = found.get(what) or next(spot for name, spot in found.items() if name != "girl")
        girl = found["girl"]
        assert held.held and held.y < girl.y - 0.3 * girl.height


def test_who_waters_paints_or_washes_something_reaches_it_and_is_turned_to_it():
    for prompt, one, two in (("a girl watering a flower", "girl", "flower"), ("a man painting a picture", "man", "easel"),
                             ("a man washing a car", "man", "car"), ("a farmer milking a cow", "farmer", "cow")):
        doer, other = pair(prompt, one, two)
        reach = abs(hand(doer)[0]) + 0.3 * doer.height
        assert doer.flip == (other.x < doer.x) and abs(other.x - doer.x) - 0.5 * other.width < reach, prompt


def test_people_at_a_table_sit_behind_it_on_chairs_and_players_across_it():
    found = spots("a girl eating spaghetti at the table")
    girl, table, plate = found["girl"], found["table"], found["spaghetti"]
    assert girl.thing.pose == "seated+eating" and "girl/chair" in found
    assert (girl.layer, girl.order) < (table.layer, table.order) and abs(girl.x - table.x) < table.width / 2
    assert table.y - 1.2 * table.height < plate.y < table.y - 0.8 * table.height
    found = spots("two old men playing chess in the park")
    one, two = found["old man"], found["old man#1"]
    assert facing(one, two) and one.x < found["chess board"].x < two.x and found["chess board"].x == found["table"].x


def test_the_window_of_a_room_is_the_one_that_is_spoken_of():
    for seed in range(4):
        frame = framed("a cat sleeping by the window", seed)
        assert frame.window is not None
        only = {spot.thing.id: spot for spot in arrange(frame)}
        assert set(only) == {"cat"} and frame.window[0] - 0.1 < only["cat"].x < frame.window[2] + 0.1
        sill = {spot.thing.id: spot for spot in arrange(framed("a cat in the window", seed))}["cat"]
        assert sill.y == pytest.approx(frame.window[3], abs=0.02)
    assert "window" in spots("a room with three windows")


def test_who_is_with_someone_in_a_boat_is_in_it_too_and_a_tray_keeps_what_is_on_it():
    found = spots("a boy and his grandfather fishing in a boat")
    assert found["boy"].cut == found["grandfather"].cut if "grandfather" in found else found["boy"].cut == found["old man"].cut
    found = spots("a baker with a tray of croissants")
    tray, rolls = found["tray"], [spot for name, spot in found.items() if name.startswith("croissant")]
    assert tray.held and len(rolls) == 4
    for roll in rolls:
        assert abs(roll.x - tray.x) < tray.width / 2 and abs(roll.y - tray.y) < 2 * tray.height


def test_a_cyclist_looks_where_the_bicycle_goes():
    for seed in range(4):
        girl, bike = pair("a girl riding a bicycle", "girl", "bicycle", seed)
        assert girl.thing.pose == "cycling" and girl.flip == bike.flip and bike.height < girl.height


def test_trees_turn_with_the_season_and_keep_a_colour_that_was_said():
    assert spots("a tree in autumn")["tree"].thing.color and not spots("a tree in summer")["tree"].thing.color
    assert spots("a green tree in autumn")["tree"].thing.color == parse("a green tree in autumn", 7).things[0].color
    assert "no leaf" in spots("a tree in winter")["tree"].thing.slots


def test_several_who_kick_one_ball_are_all_in_the_picture():
    found = spots("kids playing football on the beach")
    for spot in found.values():
        assert 0.45 * spot.width < spot.x < 1 - 0.45 * spot.width


def test_a_couple_dances_together_and_one_alone_does_not():
    assert {spot.thing.pose for spot in spots("a couple dancing").values()} == {"waltzing"}
    assert {spot.thing.pose for spot in spots("a king dancing with a queen").values()} == {"waltzing"}
    assert spots("a girl dancing")["girl"].thing.pose == "dancing"


def test_a_deed_that_no_drawing_shows_is_unmet():
    assert parse("two bears fighting", 7).unmet == ["fighting"]
    assert parse("a horse knitting", 7).unmet == ["knitting"]
    assert parse("a cat reading", 7).unmet == ["reading"]
    assert parse("a dancing teapot", 7).unmet == ["dancing"]
    assert parse("a dog chasing", 7).unmet == ["chasing"]
    assert parse("two knights fighting", 7).unmet == parse("two dogs fighting", 7).unmet == []


def test_a_whale_jumps_out_of_the_water_and_a_girl_swims_in_it():
    found = spots("a whale jumping")
    assert found["whale"].lift > 0.1 and found["whale"].turn and "whale/splash" in found
    girl = spots("a girl swimming in a lake")["girl"]
    assert girl.where == "water" and girl.cut is not None and girl.cut < girl.y
    assert spots("a frog jumping")["frog"].lift > 0.1
    assert spots("a boat floating on a lake")["boat"].where == "water"


def test_who_climbs_a_tree_is_on_its_trunk_and_a_horse_is_above_the_fence():
    for seed in (7, 8):
        boy, tree = pair("a boy climbing a tree", "boy", "tree", seed)
        assert tree.y - tree.height < boy.y - boy.height and boy.y < tree.y
        assert (boy.layer, boy.order) > (tree.layer, tree.order)
    horse, fence = pair("a horse jumping over a fence", "horse", "fence")
    assert horse.y < fence.y - 0.5 * fence.height and horse.y - horse.height > 0


def test_everyone_stays_in_the_picture():
    for seed in range(6):
        for prompt in ("a dog chasing a horse", "an elephant hugging an elephant", "two knights fighting", "a man riding a giraffe"):
            for spot in spots(prompt, seed).values():
                assert 0.1 < spot.x < 0.9, (prompt, seed, spot.thing.id)


def test_cards_for_unknown_words_stand_aside_and_hide_nobody():
    for seed in range(4):
        found = spots("a girl and a zorblax by the river", seed)
        card, girl = found["zorblax"], found["girl"]
        assert card.height < 0.2 and abs(card.x - girl.x) > (card.width + girl.width) * 0.45
        found = spots("a wizard with a glimmerstaff and a flumph", seed)
        cards = [spot for spot in found.values() if spot.noun is None]
        assert len(cards) == 2 and abs(cards[0].x - cards[1].x) > cards[0].width


@pytest.mark.parametrize("prompt", ["a sailing boat at sea", "two ships in the harbour", "a boy in a boat", "a castle by a lake"])
def test_boats_and_castles_are_whole(prompt):
    for seed in range(5):
        for spot in spots(prompt, seed).values():
            if spot.noun and spot.noun.kind in ("vehicle", "building"):
                assert spot.width * 0.42 < spot.x < 1 - spot.width * 0.42, seed


def test_pictures_of_one_prompt_differ_in_camera_place_and_light():
    frames = []
    for seed in range(8):
        frame = framed("a girl and a cat in a meadow", seed)
        girl, cat = (next(spot for spot in arrange(frame) if spot.thing.id == name) for name in ("girl", "cat"))
        frames.append((frame.horizon, girl.height, girl.x, cat.x < girl.x, frame.light.x))
    horizons, heights, places, sides, lights = zip(*frames, strict=True)
    assert max(horizons) - min(horizons) > 0.07
    assert max(heights) > 1.25 * min(heights)
    assert max(places) - min(places) > 0.15 and max(lights) - min(lights) > 0.3
    assert len(set(sides)) == 2


def test_a_monster_under_the_bed_is_under_it():
    found = spots("a monster under the bed")
    assert found["monster"].height < found["bed"].height and abs(found["monster"].x - found["bed"].x) < 0.2 * found["bed"].width


ABOARD = [("a man on a ship", "man", "ship"), ("two girls on a bus", "girl", "bus"), ("a dog on a boat", "dog", "boat")]
UPON = [("a girl waves from the pier", "girl", "pier"), ("a boy on a wall", "boy", "wall"), ("a rooster on a church", "rooster", "church"),
        ("a man on a lighthouse", "man", "lighthouse")]  # fmt: skip


@pytest.mark.parametrize(("prompt", "who", "vessel"), [*ABOARD, ("a pirate on a pirate ship", "pirate", "pirate ship")])
def test_who_is_on_board_is_in_it_and_whole_above(prompt, who, vessel):
    for seed in range(4):
        one, two = pair(prompt, who, vessel, seed)
        assert one.cut is not None and one.y - one.height > two.y - two.height * 1.15
        assert abs(one.x - two.x) < two.width / 2


@pytest.mark.parametrize(("prompt", "who", "under"), UPON)
def test_who_stands_on_something_stands_on_it_and_keeps_his_head(prompt, who, under):
    for seed in range(4):
        one, two = pair(prompt, who, under, seed)
        assert two.noun is not None and one.y == pytest.approx(two.y - two.height * two.noun.top, abs=0.02)
        assert one.y - one.height > 0.01
