"""A verse as a picture: its people with the looks of the bible, the few things that can be seen, and where and when."""
from collections.abc import Sequence
from dataclasses import replace

from engines.seeds import derive
from engines.sketch.parser import leave_out, read
from engines.sketch.parser_place import place_of, season_of, setting_named, time_of, weather_of
from engines.sketch.parser_things import LIVING, Draft, shows
from engines.sketch.parser_tokens import pieces_of, plain_text
from engines.sketch.parser_words import Said
from engines.sketch.scene import Scene
from engines.sketch.vocabulary import nouns
from engines.sketch.words import data
from engines.song.cast import Bible, VersePlan
from engines.song.telling import prompt_of, summary_of

MOST_THINGS, MOST_ALIKE = 5, 7
SHOTS = ("wide", "medium", "close", "medium")
_WET = ("sea", "lake", "river", "harbour")
_RANK = {"person": 0, "animal": 1, "fantasy": 1, "bird": 2, "vehicle": 2, "building": 3, "fish": 3, "instrument": 3, "plant": 4, "sky": 5}


def verse_scene(bible: Bible, verse_text: str, index: int, before: list[str], seed: int, words: str | None = None) -> VersePlan:
    """The picture for the verse at `index`; `before` are the texts of the verses before it, `words` a person's own reading of it."""
    text = plain_text(words if words and words.strip() else verse_text)
    own = text != plain_text(verse_text)
    cast = [member.draft() for member in bible.cast]
    said = read(text, cast)
    absent = set(said.absent) if own else set()
    missed = _without_unknown(said, cast)
    leave_out(said, absent)
    setting, places = _setting(bible, said, before, absent, index)
    shot = said.shots[0] if said.shots else SHOTS[(index + derive(0, bible.title) % 2) % len(SHOTS)]
    indoors = bool(data("settings")[setting].get("indoors"))
    said.things = _chosen(bible, said, _subjects(bible, setting, absent, index), absent, own, (shot, indoors))
    if "rooftop" in places and all(draft.to != "rooftop" for draft in said.things):
        places.remove("rooftop")
    if setting in _WET:
        setting = _afloat(bible, said, setting, absent, own)
    weather = weather_of(said, absent)
    scene = Scene.model_validate({
        "schema": "scene/1", "prompt": text, "setting": setting, "places": [place for place in places if place != setting],
        "time": _time(bible, said, index, absent, own), "weather": weather, "season": season_of(said, weather, absent), "shot": shot,
        "things": [draft.thing() for draft in said.things], "absent": sorted(absent)[:20],
        "mood": (said.moods or list(bible.mood))[:8], "palette": bible.palette,
        "understood": list(dict.fromkeys(said.understood))[:400], "unmet": missed[:200]})
    prompt = prompt_of(bible, scene)
    return VersePlan(prompt=prompt, summary=summary_of(bible, scene), scene=scene.model_copy(update={"prompt": prompt}))


def is_seen(draft: Draft) -> bool:
    """Whether a lyric's word is a thing to look at: a lantern is, a heart or 'carry me home' is not."""
    return draft.known is not None and not any(piece.means("unseen") for piece in pieces_of(draft.word)[-1:])


def _without_unknown(said: Said, cast: list[Draft]) -> list[str]:
    """Drop what cannot be drawn; only the concrete among it is owed to the reader."""
    ids = {draft.id for draft in cast}
    missed = [draft.word for draft in said.things if draft.known is None and draft.concrete]
    said.things = [draft for draft in said.things if draft.id in ids or is_seen(draft)]
    return list(dict.fromkeys(missed))


# -- where and when --------------------------------------------------------------------------------------------------

def _setting(bible: Bible, said: Said, before: Sequence[str], absent: set[str], index: int) -> tuple[str, list[str]]:
    """The verse's own setting, else that of the nearest verse before, else the song's."""
    if own := _speaks_of(said):
        setting, places = place_of(said, absent, index)
        if own != "named" and setting in _WET and bible.places and bible.places[0] in _WET:
            setting = bible.places[0]
        return setting, places
    homes = [place for place in bible.places if place not in absent]
    ids = {member.id for member in bible.cast}
    bare = all(draft.id in ids for draft in said.things)
    for text in reversed(before[-1:] if bare else before):
        earlier = read(plain_text(text))
        if _speaks_of(earlier) == "named":
            return place_of(earlier, absent, index)[0], []
    home = homes[index % len(homes)] if homes and bare else next(iter(homes), None)
    return (home, []) if home else place_of(said, absent, index)


def _speaks_of(said: Said) -> str:
    """'named' if the words say where, 'implied' if only a hint or a thing does, else nothing."""
    if any(not mention.weak for mention in said.mentions):
        return "named"
    if any(mention.name != "sky" for mention in said.mentions):
        return "implied"
    homes = (setting_named(thing.known.setting) for thing in said.things if thing.known and thing.known.setting and thing.kind != "sky")
    return "implied" if any(homes) else ""


def _time(bible: Bible, said: Said, index: int, absent: set[str], own: bool) -> str:
    if own or not bible.times or said.times:
        return time_of(said, absent)
    time = bible.times[min(index, len(bible.times) - 1)]
    return time if time not in absent else time_of(said, absent)


# -- who and what ----------------------------------------------------------------------------------------------------

def _chosen(bible: Bible, said: Said, subjects: list[Draft], absent: set[str], own: bool, view: tuple[str, bool]) -> list[Draft]:
    """Three to five things: the cast first, then what is tied to it, then the rest by how much it makes a picture."""
    shot, indoors = view
    things = [replace(draft, count=min(draft.count, MOST_ALIKE)) for draft in said.things]
    ids = [member.id for member in bible.cast]
    present = sorted((draft for draft in things if draft.id in ids), key=lambda draft: ids.index(draft.id))
    if not present and not (own and _has_subject(things)):
        present = _enter(bible, absent, said)
    if not own or present:
        present += _companions(bible, present, absent)
    hidden = data("words")["indoors_only"] if not own and not indoors else ()
    rest = [draft for draft in things if draft.id not in ids and draft.noun not in hidden]
    subjects = [draft for draft in subjects if all(draft.id != each.id for each in [*present, *rest])]
    tied = {draft.to for draft in present} | {draft.id for draft in rest if draft.to in ids}
    rest.sort(key=lambda draft: (draft.id not in tied, _RANK.get(draft.kind, 4)))
    if not present and not _has_subject(rest):
        rest = [*subjects[:1], *rest]
    if not own and len(present) + len(rest) < 2:
        rest += [draft for draft in subjects[-1:] if draft not in rest]
    room = MOST_THINGS if shot != "close" else MOST_THINGS - 1
    rest = _in_hand(present, rest)
    chosen = [*present, *rest][:room]
    kept = {draft.id for draft in chosen} | set(data("settings"))
    for draft in chosen:
        if draft.to not in kept:
            draft.relation, draft.to = None, None
    return chosen


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
    wanted = [*bible.props, *own[index % len(own):], *own[:index % len(own)]]
    return [Draft(name, name, name, nouns()[name].kind) for name in wanted if name in nouns() and name not in absent][:len(bible.props) + 1]


def _afloat(bible: Bible, said: Said, setting: str, absent: set[str], own: bool) -> str:
    """Nobody stands on water: people go into the boat the song has, or the picture moves to the shore."""
    boat = next((draft for draft in said.things if draft.known and draft.kind == "vehicle" and draft.known.stands == "water"), None)
    ids = {draft.id for draft in said.things}
    loose = [draft for draft in said.things if draft.to not in ids or draft.to == (boat.id if boat else None)]
    people = [draft for draft in loose if draft.kind == "person" and draft.relation != "beside"]
    if boat is None and people and setting == "sea":
        name = next((prop for prop in bible.props if nouns()[prop].stands == "water" and prop not in absent), None)
        if name is None or own:
            return "beach"
        boat = Draft(name, name, name, nouns()[name].kind)
        said.things = [*said.things[:MOST_THINGS - 1], boat]
    if boat is None:
        return setting
    small = [draft for draft in loose if draft.kind in ("thing", "food", "furniture", "instrument")]
    if people:
        said.things = [draft for draft in said.things if draft not in small]
    for draft in people or small:
        draft.relation, draft.to = "in", boat.id
    if people:
        shown = data("words")["open_boat"].get(boat.noun, boat.noun)
        boat.relation, boat.to, boat.noun = None, None, shown if shown in nouns() else boat.noun
    return setting
