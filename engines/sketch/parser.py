"""Reads a prompt and says what is in the picture: scene/1, with the words that were understood and those that were not."""
from collections.abc import Sequence

from engines.sketch.bare import can_drop, has, part_named
from engines.sketch.parser_deeds import equip, weigh_deeds
from engines.sketch.parser_place import WET, furnish, lay_tables, place_of, put_in, season_of, set_table, time_of, weather_of
from engines.sketch.parser_reader import Reader
from engines.sketch.parser_said import Said
from engines.sketch.parser_things import Draft
from engines.sketch.parser_tokens import Piece, pieces_of, plain_text, tags_of
from engines.sketch.scene import Scene
from engines.sketch.vocabulary import nouns
from engines.sketch.words import data, lexicon

_REFUSED = ("noun", "setting", "place", "time", "weather", "season", "worn", "kinds")


def parse(prompt: str, seed: int, negative: str = "", furnished: bool = True) -> Scene:
    """The scene a prompt describes. Never fails: what it does not know is listed as unmet and captioned in the picture.

    furnished: whether a place gets what it has by its name, and food the table it stands on; else only what was said is there.
    """
    text = plain_text(prompt)
    said = read(text)
    refused = [*said.absent, *_refused(pieces_of(plain_text(negative)))]
    if said.empty and not any(draft.kind == "person" for draft in said.things):
        refused.append("people")
    absent = list(dict.fromkeys(word[:60] for word in refused))
    leave_out(said, set(absent))
    put_in(said)
    equip(said, set(absent))
    weigh_deeds(said)
    setting, places = place_of(said, set(absent), seed)
    _afloat(said, setting, places)
    _outdoors(said, setting, places)
    weigh_refused(said, (setting, *places))
    if furnished and (setting == "desert" or data("settings")[setting].get("indoors") and not places):
        furnish(said, set(absent))
    if furnished and setting == "room":
        set_table(said, set(absent))
    lay_tables(said)
    weather = weather_of(said, set(absent))
    return Scene.model_validate({
        "schema": "scene/1", "prompt": text, "setting": setting, "places": places, "time": time_of(said, set(absent)),
        "weather": weather, "season": season_of(said, weather, set(absent)),
        "shot": said.shots[0] if said.shots else "medium", "things": [draft.thing() for draft in said.things],
        "absent": absent[:20], "mood": said.moods[:8], "palette": list(dict.fromkeys(said.palette))[:8],
        "understood": list(dict.fromkeys(said.understood))[:400], "unmet": _in_order([*said.unmet, *tags_of(text)], text)[:200]})


def unnamed(scene: Scene, seed: int) -> Scene:
    """The scene with people of this picture alone: whoever has no name looks otherwise in a picture of another seed."""
    people = [thing.id for thing in scene.things if thing.noun in nouns() and nouns()[thing.noun].kind == "person"]
    other = {name: f"{name[:52]}~{seed % 9973}" for name in people}
    things = [thing.model_copy(update={"id": other.get(thing.id, thing.id), "to": other.get(thing.to or "", thing.to)})
              for thing in scene.things]
    return scene.model_copy(update={"things": things})


def read(text: str, cast: Sequence[Draft] = ()) -> Said:
    """What a text says, before it becomes a scene; pronouns may mean one of the `cast`."""
    return Reader(pieces_of(text), cast).read()


def _in_order(words: list[str], text: str) -> list[str]:
    """Each word once, as they come in the text."""
    return sorted(dict.fromkeys(words), key=text.find)


def _refused(pieces: list[Piece]) -> list[str]:
    """What a negative prompt leaves out: every known thing, place, time and weather it names."""
    found: list[str] = []
    for piece in pieces:
        for meaning in piece.meanings:
            if meaning.kind == "people":
                found += [name for name, _ in meaning.value]
            elif meaning.kind in _REFUSED:
                found += [str(meaning.value), piece.norm]
    return found


def leave_out(said: Said, absent: set[str]) -> None:
    """Take away every thing that must not appear, and what was said of it."""
    kinds = _kinds(absent)
    said.things = [draft for draft in said.things if not _is_absent(draft, absent, kinds)]
    ids = {draft.id for draft in said.things} | set(data("settings"))
    for draft in said.things:
        if draft.to is not None and draft.to not in ids:
            draft.relation, draft.to = None, None
        draft.slots = {slot: color for slot, color in draft.slots.items() if slot not in absent}


def weigh_refused(said: Said, settings: tuple[str, ...]) -> None:
    """What must not appear but is drawn all the same is unmet: a dog without ears, a village without houses."""
    kept = {word for name in settings for word in data("words")["kept"].get(name, ())}
    for word, names in said.refused:
        part = next((part for name in names if (part := part_named(name))), None)
        shown = part and any(draft.known and has(draft.known, part) and not can_drop(draft.known, part) for draft in said.things)
        if shown or kept & {form for name in names for form in (name, name.removesuffix("s"))}:
            said.understood = [each for each in said.understood if each != word]
            said.unmet.append(word)


def _afloat(said: Said, setting: str, places: list[str]) -> None:
    """What floats is on the water where there is some, else in the air."""
    wet = {setting, *places} & set(WET)
    for draft in said.things:
        if draft.pose == "floating":
            swims = wet and draft.kind in ("person", "animal") and draft.relation != "in"
            draft.pose = "swimming" if swims else None if wet or draft.known and draft.known.stands == "water" else "flying"


def _outdoors(said: Said, setting: str, places: list[str]) -> None:
    """A lamp that stands in a street is a street lamp."""
    there = data("words")["there_as"].get(setting, {})
    for draft in said.things:
        draft.noun = there.get(draft.noun, draft.noun)
    if data("settings")[setting].get("indoors") or "stage" in places:
        return
    for draft in said.things:
        if draft.relation not in ("on", "with") and not draft.to or draft.to == setting:
            draft.noun = data("words")["outdoors_as"].get(draft.noun, draft.noun)


def _is_absent(draft: Draft, absent: set[str], kinds: set[str]) -> bool:
    return draft.noun in absent or draft.kind in kinds or draft.word.casefold() in absent


def _kinds(absent: set[str]) -> set[str]:
    """The kinds of things that words such as people or buildings leave out."""
    words = lexicon().words
    return {str(meaning.value) for word in absent for tongue in words.values()
            for meaning in tongue.get(word, ()) if meaning.kind == "kinds"}
