"""What a deed needs to be seen: a tool in the hand, an easel to paint at, a table to play on; and which deeds nothing shows."""
from typing import Any

from engines.sketch.parser_said import Said
from engines.sketch.parser_things import Draft, shows
from engines.sketch.vocabulary import LIVING, nouns, shared_colors
from engines.sketch.words import data


def equip(said: Said, absent: set[str]) -> None:
    """Give everyone who does something what they do it with, unless it must not appear."""
    for draft, word, row in said.needs:
        slot, tool = row.get("holds"), row.get("tool")
        if slot and slot not in absent and shows(draft, slot):
            _take(said, draft, slot)
        elif slot and draft.kind in LIVING and tool in nouns() and tool not in absent:
            _add(said, tool, draft)
        elif slot and not (draft.known and draft.known.strikes(row["pose"])):
            said.deeds.append((draft, word, "nobody's"))
        for name in row.get("brings", ()):
            if name not in absent:
                _bring(said, draft, name, bool(row.get("onto")))
        _beside_the_fire(said, draft, row)
    _fly(said)


def _take(said: Said, draft: Draft, slot: str) -> None:
    """Into the hand; a thing of that name that was named apart gives it its colour and is no second one."""
    name = slot.replace("_", " ")
    apart = next((each for each in said.things if each.noun == name and each.to in (None, draft.id) and each.count == 1), None)
    color = apart.color if apart else None
    if apart:
        said.things.remove(apart)
    worn = data("words")["worn"].get(slot, {}).get("color")
    draft.slots.setdefault(slot, color or worn or shared_colors()[slot])


def _add(said: Said, noun: str, owner: Draft) -> None:
    """One more thing, with its owner."""
    if all(each.noun != noun for each in said.things):
        said.things.append(Draft(noun, noun, noun, nouns()[noun].kind, relation="with", to=owner.id))


def _beside_the_fire(said: Said, draft: Draft, row: dict[str, Any]) -> None:
    """Who cooks in a cauldron is not in it."""
    pot = next((each for each in said.things if each.id == draft.to and each.noun in data("words")["vessels"]), None)
    if pot and draft.relation in ("in", "on") and row["pose"] == "cooking":
        draft.relation = "beside"


def _bring(said: Said, draft: Draft, noun: str, onto: bool) -> None:
    """What the deed is done at, unless it was named or something else takes its place; the doer is beside it."""
    places = data("settings")
    there = next((each for each in said.things if each.noun == noun), None)
    elsewhere = draft.relation == "beside" and draft.to not in (None, *places)
    if onto and elsewhere and there is None:
        there = Draft(noun, noun, noun, nouns()[noun].kind)
        done = next((each for each in said.things if each.id == draft.to), None)
        said.things.append(there)
        if done:
            done.relation, done.to = "on", there.id
        draft.to = there.id
        return
    if there is None and elsewhere and noun not in data("words")["laid"]["nouns"]:
        return
    if there is None:
        there = Draft(noun, noun, noun, nouns()[noun].kind)
        said.things.append(there)
    if draft.to in (None, *places) and there is not draft and not elsewhere:
        draft.relation, draft.to = "beside", there.id


def _fly(said: Said) -> None:
    """Who flies a kite stays on the ground and has it on a string, in the colour that was said."""
    for kite in [each for each in said.things if each.noun in data("words")["flown"]]:
        flyer = next((each for each in said.things if each.kind == "person" and each.pose == "flying" and shows(each, kite.noun)), None)
        if flyer:
            flyer.pose = None
            flyer.slots[kite.noun] = kite.color or shared_colors()[kite.noun]
            said.things.remove(kite)
            if kite.relation and flyer.relation is None and kite.to != flyer.id:
                flyer.relation, flyer.to = kite.relation, kite.to
            said.deeds = [deed for deed in said.deeds if deed[0] is not flyer]


def weigh_deeds(said: Said) -> None:
    """What is done but cannot be seen in the picture is unmet: a bear that waves, a chase after nobody."""
    by_word: dict[str, bool] = {}
    for draft, word, pose in said.deeds:
        by_word[word] = by_word.get(word, True) and _is_seen(draft, pose, said.things)
    for word in (word for word, seen in by_word.items() if not seen):
        said.understood = [each for each in said.understood if each != word]
        said.unmet.append(word)


def _is_seen(draft: Draft, pose: str, company: list[Draft]) -> bool:
    """Whether the picture shows that the thing does this."""
    seen = data("words")["seen"]
    if draft.known is None:
        return pose in ("", "standing")
    if pose in seen["two"]:
        return any(other is not draft and (draft.to == other.id or other.pose == pose) for other in company) or draft.count > 1
    if pose in seen["living" if draft.kind in LIVING else "things"] or draft.known.strikes(pose):
        return True
    having = seen["having"].get(pose, ())
    return draft.kind in LIVING and any(
        each.relation == "with" and each.to == draft.id and (each.noun in having or each.kind in having) for each in company)
