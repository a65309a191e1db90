"""A verse as a picture: its people with the looks of the bible, the few things that can be seen, and where and when."""
import re
from collections.abc import Sequence
from dataclasses import replace

from engines.seeds import derive
from engines.sketch.parser import leave_out, parse, read
from engines.sketch.parser_place import place_of, season_of, setting_named, time_of
from engines.sketch.parser_said import Said
from engines.sketch.parser_things import Draft, shows
from engines.sketch.parser_tokens import pieces_of, plain_text
from engines.sketch.scene import Scene
from engines.sketch.vocabulary import LIVING, nouns
from engines.sketch.words import data
from engines.song.cast import Bible, VersePlan
from engines.song.hours import hour_of, weather_for
from engines.song.telling import prompt_of, summary_of
from engines.song.water import MOST_THINGS, WET, afloat
from engines.words import in_other_scripts

MOST_ALIKE = 7
SHOTS = ("wide", "medium", "close", "medium")
_BODILESS = ("ed", "ing", "ly", "ness", "tion", "sion", "ment", "ity", "ance", "ence", "ship", "hood", "dom", "ism", "est", "ous", "ful",
             "less", "able", "ible", "ive", "ish", "heit", "keit", "ung", "schaft", "té", "dad", "ción")
_BEFORE_MANY = "the|my|your|his|her|its|our|their|some|many|few|two|three|four|five|of|with|and"
_POSES = ("walking", "standing", "sitting", "walking", "standing")
_INDOORS = ("sitting", "standing")
_UNSEEN_AFTER = "hear|hears|heard|hearing|sound of|sounds of|song of|like|than|wie|comme|como"
_RANK = {"person": 0, "animal": 1, "fantasy": 1, "bird": 2, "vehicle": 2, "building": 3, "fish": 3, "instrument": 3, "plant": 4, "sky": 5}


def verse_scene(bible: Bible, verse_text: str, index: int, before: list[str], seed: int, words: str | None = None) -> VersePlan:
    """The picture for the verse at `index`; `before` are the texts of the verses before it, `words` a person's own reading of it."""
    text = plain_text(words if words and words.strip() else verse_text)
    own = text != plain_text(verse_text)
    cast = [member.draft() for member in bible.cast]
    said = read(text, cast)
    absent = set(said.absent) if own else set()
    missed = _without_unknown(said, cast, text) + [word for word in in_other_scripts(text) if word not in said.understood]
    leave_out(said, absent)
    if not own:
        drop_figures_of_speech(said, cast, text)
        _keep_looks(said, cast)
    wanted = [replace(draft) for draft in said.things]
    setting, places = _setting(bible, said, before, absent, index)
    shot = said.shots[0] if said.shots else SHOTS[(index + derive(0, bible.title) % 2) % len(SHOTS)]
    indoors = bool(data("settings")[setting].get("indoors"))
    shot = "medium" if indoors and shot == "wide" and not said.shots else shot
    said.things = _chosen(bible, said, _subjects(bible, setting, absent, index), absent, own, (shot, indoors))
    if "rooftop" in places and all(draft.to != "rooftop" for draft in said.things):
        places.remove("rooftop")
    if setting in WET:
        setting = afloat(bible, said, setting, absent, own)
    if shot == "close" and not said.shots and sum(draft.kind in LIVING for draft in said.things) > 2:
        shot = "medium"
    _posed(said, index, indoors, shot)
    weather = weather_for(said, bible.weathers, index, absent, own)
    things, time = _settled(said.things), _time(bible, said, index, absent, own)
    missed += _left_out(wanted, things, time)
    scene = Scene.model_validate({
        "schema": "scene/1", "prompt": text, "setting": setting, "places": [place for place in places if place != setting],
        "time": time, "weather": weather, "season": season_of(said, weather, absent), "shot": shot,
        "things": [draft.thing() for draft in things], "absent": sorted(absent)[:20],
        "mood": (said.moods or list(bible.mood))[:8], "palette": bible.palette,
        "understood": list(dict.fromkeys(said.understood))[:400], "unmet": list(dict.fromkeys(missed))[:200]})
    prompt = prompt_of(bible, scene)
    return VersePlan(prompt=prompt, summary=summary_of(bible, scene), scene=scene.model_copy(update={"prompt": prompt}))


def plain_scene(verse_text: str, seed: int) -> VersePlan:
    """A verse as a picture from its own words alone: nothing of the song, and no more than a reader of prompts sees in them."""
    text = plain_text(verse_text)
    scene = parse(text, seed)
    return VersePlan(prompt=scene.prompt, summary=" ".join(text.split())[:400], scene=scene)


def _settled(things: list[Draft]) -> list[Draft]:
    """One thing for an id, the first that has it, and none that is tied to what is no longer there."""
    once = list({draft.id: draft for draft in reversed(things)}.values())[::-1]
    _untie_lost(once)
    return once


def _untie_lost(things: list[Draft]) -> None:
    kept = {draft.id for draft in things} | set(data("settings"))
    for draft in things:
        if draft.to not in kept:
            draft.relation, draft.to = None, None


def is_seen(draft: Draft) -> bool:
    """Whether a lyric's word is a thing to look at: a lantern is, a heart or 'carry me home' is not."""
    return draft.known is not None and not any(piece.means("unseen") for piece in pieces_of(draft.word)[-1:])


def _without_unknown(said: Said, cast: list[Draft], text: str) -> list[str]:
    """Drop what cannot be drawn; only the concrete among it is owed to the reader."""
    ids = {draft.id for draft in cast}
    missed = [draft.word for draft in said.things if draft.known is None and draft.concrete and _has_a_body(draft.word, text)]
    said.things = [draft for draft in said.things if draft.id in ids or is_seen(draft)]
    return list(dict.fromkeys(missed))


def drop_figures_of_speech(said: Said, cast: list[Draft], text: str) -> None:
    """What is only heard or likened to is not there: the drum of the rain, like a bird."""
    ids = {draft.id for draft in cast}
    said.things = [draft for draft in said.things if draft.id in ids or not re.search(
        rf"\b({_UNSEEN_AFTER})\s+(\w+\s+){{0,2}}{re.escape(draft.word)}\b", text, re.IGNORECASE)]


def _keep_looks(said: Said, cast: list[Draft]) -> None:
    """The cast wears what the whole song says, and nothing that stands near it by chance; ships keep their distance."""
    looks = {draft.id: draft for draft in cast}
    for draft in said.things:
        if draft.id in looks:
            draft.slots, draft.color = dict(looks[draft.id].slots), looks[draft.id].color
        elif draft.kind in ("vehicle", "building") and draft.relation in ("with", "beside"):
            draft.relation, draft.to = None, None


def _has_a_body(word: str, text: str) -> bool:
    """Whether an unknown word may well name a thing that can be seen: neither a deed, a quality nor an idea."""
    last = word.casefold().split(" ")[-1]
    if last.endswith(_BODILESS) or any(piece.means(kind) for piece in pieces_of(last)[-1:] for kind in ("worn", "deed", "mood")):
        return False
    known = word[:1].isupper() or not last.isascii()
    return known or not last.endswith("s") or bool(re.search(rf"\b({_BEFORE_MANY}) {re.escape(last)}\b", text, re.IGNORECASE))


# -- where and when --------------------------------------------------------------------------------------------------

def _setting(bible: Bible, said: Said, before: Sequence[str], absent: set[str], index: int) -> tuple[str, list[str]]:
    """The verse's own setting, else that of the nearest verse before that speaks of one, else the song's."""
    ids = {member.id for member in bible.cast}
    said = replace(said, things=[thing for thing in said.things if thing.id not in ids])
    own = speaks_of(said)
    setting, places = place_of(said, absent, index)
    if own == "named":
        return setting, places
    homes = [place for place in bible.places if place not in absent]
    earlier = next((place for text in reversed(before) if (place := _place_of_verse(text, bible, index)) and place not in absent), None)
    stay = earlier or next(iter(homes), None)
    if own:
        return (stay, places) if stay in WET and setting in WET else (setting, places)
    return (stay, []) if stay else (setting, places)


def _place_of_verse(text: str, bible: Bible, index: int) -> str | None:
    earlier = read(plain_text(text))
    nouns_of_cast = {member.noun for member in bible.cast}
    earlier.things = [thing for thing in earlier.things if thing.noun not in nouns_of_cast]
    return place_of(earlier, set(), index)[0] if speaks_of(earlier) else None


def speaks_of(said: Said) -> str:
    """'named' if the words say where, 'implied' if only a hint or a thing does, else nothing."""
    if any(not mention.weak for mention in said.mentions):
        return "named"
    if any(mention.name != "sky" for mention in said.mentions):
        return "implied"
    table = data("words")["home"]
    known = [thing for thing in said.things if thing.known and thing.kind != "sky"]
    at_home = (thing.known and thing.known.setting and setting_named(thing.known.setting) or table.get(thing.noun)
               or thing.kind == "furniture" for thing in known)
    return "implied" if any(at_home) else ""


def _time(bible: Bible, said: Said, index: int, absent: set[str], own: bool) -> str:
    named = hour_of(said, absent)
    if own or not bible.times or named:
        return named or time_of(said, absent)
    time = bible.times[min(index, len(bible.times) - 1)]
    return time if time not in absent else time_of(said, absent)


def _left_out(wanted: list[Draft], things: list[Draft], time: str) -> list[str]:
    """The words for what a verse speaks of as of a thing and the picture has no room for."""
    words = data("words")
    sky = {"sun", "cloud"} if time not in ("dusk", "night") else {"moon", "star", "cloud"}
    shown = {name for draft in things for name in (draft.id, draft.noun, *draft.slots)} | sky
    others = [words[table] for table in ("held", "indoors_as", "open_boat")]
    missed = []
    for draft in wanted:
        same = {draft.id, draft.noun, *(str(table[draft.noun]) for table in others if draft.noun in table)}
        if draft.concrete and draft.known and draft.noun not in words["house_parts"] and not shown & same:
            missed.append(draft.word)
    return missed


# -- who and what ----------------------------------------------------------------------------------------------------

def _chosen(bible: Bible, said: Said, subjects: list[Draft], absent: set[str], own: bool, view: tuple[str, bool]) -> list[Draft]:
    """Three to five things: the cast first, then what is tied to it, then the rest by how much it makes a picture."""
    shot, indoors = view
    things = [replace(draft, count=min(draft.count, MOST_ALIKE)) for draft in said.things]
    ids = [member.id for member in bible.cast]
    present = sorted((draft for draft in things if draft.id in ids), key=lambda draft: ids.index(draft.id))
    friends = {member.id for member in bible.cast if member.of}
    alone = not any(draft.kind == "person" for draft in things) or any(draft.id in friends for draft in present)
    main = bible.main.id if bible.main else None
    if not present and not (own and _has_subject(things)) or not own and alone and all(draft.id != main for draft in present):
        present = [*_enter(bible, absent, said), *present]
    if not own or present:
        present += _companions(bible, present, absent)
    rest = [draft for draft in things if draft.id not in ids and (own or _fits(draft, indoors))]
    subjects = [draft for draft in subjects if all(draft.id != each.id for each in [*present, *rest])]
    tied = {draft.to for draft in present} | {draft.id for draft in rest if draft.to in ids}
    rest.sort(key=lambda draft: (draft.id not in tied, _RANK.get(draft.kind, 4)))
    if not present and all(draft.kind == "sky" for draft in rest):
        rest = [*subjects[:1], *rest]
    room = MOST_THINGS if shot != "close" else MOST_THINGS - 1
    rest = _in_hand(present, rest)
    chosen = [*present, *rest][:room]
    _untie_lost(chosen)
    return chosen


def _fits(draft: Draft, indoors: bool) -> bool:
    """Whether a thing may be where the verse is: no bed in the street, no ship in the room."""
    words = data("words")
    inside = draft.noun in words["indoors_only"]
    if inside or not indoors:
        return indoors or not inside
    draft.noun = words["indoors_as"].get(draft.noun, draft.noun)
    return draft.kind != "vehicle" and (draft.kind != "building" or draft.noun == "fireplace")


def _posed(said: Said, index: int, indoors: bool, shot: str) -> None:
    """Nobody stands the same way in every picture: who has nothing else to do walks, sits or stands."""
    people = [draft for draft in said.things if draft.kind == "person" and not draft.pose]
    for draft in people[:1]:
        if draft.relation is None:
            poses = ("standing",) if shot == "close" else _INDOORS if indoors else _POSES
            draft.pose = poses[index % len(poses)]
    for draft in people:
        if draft.relation == "in" and draft.to not in data("settings"):
            draft.pose = "sitting"
        elif draft.relation == "above" and draft.to in data("settings"):
            draft.relation, draft.to = None, None
    for draft in said.things:
        if draft.pose == "sitting" and draft.relation == "on" and draft.to in data("settings"):
            draft.pose = "walking"


def _in_hand(present: list[Draft], rest: list[Draft]) -> list[Draft]:
    """One small thing that nothing is said of is held by the first person who can; the others stay."""
    held = data("words")["held"]
    for draft in rest:
        slot = held.get(draft.noun)
        loose = draft.count == 1 and (draft.relation in (None, "with") or draft.to in data("settings"))
        person = next((each for each in present if each.kind == "person" and slot and shows(each, slot)), None)
        if slot and loose and person:
            person.slots[slot] = draft.color or nouns()[draft.noun].color
            return [each for each in rest if each is not draft]
    return rest


def _enter(bible: Bible, absent: set[str], said: Said) -> list[Draft]:
    """The main character, if the words do not forbid it."""
    main = bible.main.draft() if bible.main else None
    if main is None:
        return []
    trial = Said(things=[main])
    leave_out(trial, absent)
    return trial.things


def _companions(bible: Bible, present: list[Draft], absent: set[str]) -> list[Draft]:
    """Who goes with one of those who are there: her dog."""
    here = {draft.id for draft in present}
    trial = Said(things=[member.draft() for member in bible.cast if member.of in here and member.id not in here])
    ids = {draft.id for draft in trial.things}
    trial.things = [*present, *trial.things]
    leave_out(trial, absent)
    return [draft for draft in trial.things if draft.id in ids]


def _has_subject(things: list[Draft]) -> bool:
    return any(draft.kind in (*LIVING, "building", "vehicle", "instrument") for draft in things)


def _subjects(bible: Bible, setting: str, absent: set[str], index: int) -> list[Draft]:
    """Something to look at where the words show too little: what the song comes back to, then what belongs to the place."""
    own: list[str] = data("settings")[setting]["subjects"]
    props = [name for name in bible.props if name in nouns() and _at_home(name, setting)]
    wanted = [*props, *own[index % len(own):], *own[:index % len(own)]]
    return [Draft(name, name, name, nouns()[name].kind) for name in wanted if name in nouns() and name not in absent][:len(props) + 1]


def _at_home(name: str, setting: str) -> bool:
    """Whether a thing the song comes back to may be here: a boat on the water, a piano in the room."""
    noun, indoors = nouns()[name], bool(data("settings")[setting].get("indoors"))
    if noun.kind == "vehicle":
        return not indoors and (noun.stands == "water") == (setting in (*WET, "beach"))
    return indoors if noun.kind == "instrument" or name in data("words")["indoors_only"] else not indoors
