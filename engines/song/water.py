"""A verse on the water: who goes into the boat, who onto the pier, and when the picture moves to the shore."""
from engines.sketch.parser_said import Said
from engines.sketch.parser_things import Draft
from engines.sketch.vocabulary import nouns
from engines.sketch.words import data
from engines.song.cast import Bible

MOST_THINGS = 5
WET = ("sea", "lake", "river", "harbour")


def _floats(name: str) -> bool:
    """Whether a noun is a boat or a ship; a pier stands in the water."""
    noun = nouns().get(name)
    return noun is not None and noun.kind == "vehicle" and noun.stands == "water"


def afloat(bible: Bible, said: Said, setting: str, absent: set[str], own: bool) -> str:
    """Where the picture is, for nobody stands on water: people go into the song's boat or onto the pier, or it moves to the shore."""
    boat = next((draft for draft in said.things if _floats(draft.noun)), None)
    ids = {draft.id for draft in said.things}
    aboard = {member.id for member in bible.cast}
    loose = [draft for draft in said.things if draft.to not in ids or draft.id in aboard or draft.to == (boat.id if boat else None)]
    people = [draft for draft in loose if draft.relation != "beside" and (draft.kind == "person" or draft.id in aboard)]
    pier = next((draft for draft in said.things if draft.kind == "building" and draft.known and draft.known.stands == "water"), None)
    if boat is None and pier is not None:
        for draft in people:
            draft.relation, draft.to = "on", pier.id
        return setting
    people = [draft for draft in people if setting != "harbour" or draft.relation == "in"]
    if boat is None and people and setting == "sea":
        name = next((prop for prop in bible.props if _floats(prop) and prop not in absent and prop not in ids), None)
        if name is None or own:
            return "beach"
        boat = Draft(name, name, name, nouns()[name].kind)
        said.things = [*said.things[:MOST_THINGS - 1], boat]
    if boat is None:
        return setting
    small = [draft for draft in loose if draft.kind in ("thing", "food", "furniture", "instrument")]
    if setting == "harbour" and not people:
        return setting
    if people:
        said.things = [draft for draft in said.things if draft not in small]
    for draft in people or small:
        draft.relation, draft.to = "in", boat.id
    if people:
        shown = data("words")["open_boat"].get(boat.noun, boat.noun)
        boat.relation, boat.to, boat.noun = None, None, shown if shown in nouns() else boat.noun
    return setting
