"""Who is in a song: those its title and verses name, else whoever its pronouns mean, and the animals that go along."""
import re
from collections import Counter
from collections.abc import Sequence

from engines.seeds import derive
from engines.sketch.parser import read
from engines.sketch.parser_said import Said
from engines.sketch.parser_things import Draft
from engines.sketch.parser_tokens import Piece, pieces_of, plain_text
from engines.sketch.vocabulary import nouns
from engines.sketch.words import data, gender, voice

MOST_PEOPLE, MOST_CAST, LONGEST = 3, 5, 20_000
WET = ("sea", "harbour", "beach")
_BEASTS = ("animal", "bird", "fantasy")
_TITLE = 2
_CLOTHES = ("scarf", "hat", "cap", "woolly_hat", "headscarf", "hood", "crown", "coat", "jacket", "sweater", "robe", "cloak", "cape",
            "shirt", "dress", "skirt", "apron", "boots", "shoes", "gloves", "backpack")
_BODY = ("eyes", "lips", "skin", "fur", "wings", "tail", "beard")


def cast_of(title: str, texts: Sequence[str], seed: int) -> list[Draft]:
    """The cast, whom the song is about first; those who go with the first are `with` it."""
    verses = list(dict.fromkeys(texts))
    often = Counter(noun for text in texts for noun in {thing.noun for thing in read(plain_text(text)).things})
    headline = [thing.noun for thing in read(plain_text(title)).things]
    often.update(dict.fromkeys(headline, _TITLE))
    whole = plain_text(". \n".join([title, *verses]), LONGEST)
    said, voices = read(whole), _voices(verses)
    people = _named(said, often, voices)
    hero = any(nouns()[noun].kind in _BEASTS for noun in headline if noun in nouns())
    if not people and not hero and (figures := _by_pronouns(voices, said, seed)):
        said = read(whole, figures)
        people = [_as_read(figure, said) for figure in figures]
    if people:
        _dress(people[0], said)
    for person in people:
        person.slots = {slot: color for slot, color in person.slots.items() if _is_worn(person, slot, color, whole)}
    return [*people, *_beasts(said, people, often, headline, verses)][:MOST_CAST]


# -- people ----------------------------------------------------------------------------------------------------------

def _voices(texts: Sequence[str]) -> Counter[str]:
    """How often the song says she, he, I, you, we and they."""
    found: Counter[str] = Counter()
    for text in texts:
        for piece in pieces_of(plain_text(text)):
            if any(piece.means(kind) for kind in ("she", "her", "narrator")):
                found[voice(piece.norm) or gender(piece.norm)] += 1
    return found


def _named(said: Said, often: Counter[str], voices: Counter[str]) -> list[Draft]:
    """The people the words name, if the song stays with them and is not the singer's own."""
    found: dict[str, Draft] = {}
    for thing in said.things:
        if thing.kind == "person" and thing.count == 1 and thing.word.casefold() not in data("words")["anyone"]:
            known = found.setdefault(thing.noun, thing)
            known.slots = {**thing.slots, **known.slots}
    singer = voices["i"] + voices["we"]
    followed = [each for each in found.values() if often[each.noun] > 1 or voices[gender(each.noun) or "they"] or not singer]
    followed.sort(key=lambda each: -often[each.noun])
    return [*followed[:1], *(each for each in followed[1:] if often[each.noun] > 1)][:MOST_PEOPLE]


def _by_pronouns(voices: Counter[str], said: Said, seed: int) -> list[Draft]:
    """Whoever she, he, we and I may be; nobody where no pronoun is sung."""
    figures = data("words")["figures"]
    key = next((key for key in ("her", "his", "we", "i", "you", "they") if voices[key]), None)
    if key is None:
        return []
    if key == "her" and voices["his"]:
        key = "both"
    if key == "we" and voices["we"] > voices["i"] and any(mention.name in WET for mention in said.mentions):
        key = "crew"
    choices = figures[key]
    names = list(choices[derive(seed, "figure") % len(choices)])
    if key in ("her", "his") and voices["we"] and voices["i"]:
        names.append("traveller")
    speaks = ("i", "you") if key in ("we", "i", "you", "crew") else ("", "i")
    drafts = [Draft(name, name, name, "person", speaks=part) for name, part in zip(names, speaks) if name in nouns()]
    for draft in drafts[1:]:
        draft.relation, draft.to = "with", drafts[0].id
    return drafts


def _as_read(figure: Draft, said: Said) -> Draft:
    """The figure with what the song says it wears."""
    worn = next((thing.slots for thing in said.things if thing.id == figure.id), {})
    figure.slots = {**worn}
    return figure


def _dress(figure: Draft, said: Said) -> None:
    """Clothes that the song names before, or apart from, anyone who wears them."""
    placed, clothes = {thing.to for thing in said.things}, data("words")["garments"]
    for thing in said.things:
        alone = thing.id not in placed and (thing.known is None or thing.noun in clothes)
        piece = next(iter(pieces_of(thing.word)), None) if alone else None
        worn = piece.means("worn") if piece else None
        if worn and worn.value in _CLOTHES:
            figure.slots.setdefault(str(worn.value), thing.color or str(data("words")["worn"][worn.value]["color"]))


def _is_worn(person: Draft, slot: str, color: str, text: str) -> bool:
    """Whether a slot is worth keeping: no eye without a colour, and not 'my coat' on somebody else."""
    if slot in _BODY and color == data("words")["worn"].get(slot, {}).get("color"):
        return False
    mine = re.search(rf"\b(my|mein\w*|mon|ma|mi)\s+(\w+\s+)?{slot}\b", text, re.IGNORECASE)
    return not mine or bool(person.speaks)


# -- animals ---------------------------------------------------------------------------------------------------------

def _beasts(said: Said, people: list[Draft], often: Counter[str], headline: list[str], texts: list[str]) -> list[Draft]:
    """The animals that go with someone or come back; one that is seen once stays in its verse."""
    found = {thing.noun: thing for thing in reversed(said.things) if thing.kind in _BEASTS and thing.count == 1}
    beasts = [thing for thing in said.things if found.get(thing.noun) is thing]
    ids = {person.id for person in people}
    tame = _tame(texts)
    for thing in beasts:
        goes = thing.noun in headline or thing.noun in tame or thing.relation == "with" and thing.to in ids
        thing.relation, thing.to = ("with", people[0].id) if people and goes else (None, None)
    stay = [thing for thing in beasts if thing.relation == "with" or often[thing.noun] > 1]
    stay.sort(key=lambda thing: -often[thing.noun])
    return stay or ([] if people else beasts[:1])


def _tame(texts: list[str]) -> set[str]:
    """Pets that are spoken of as known: the dog, my horse."""
    found: set[str] = set()
    for text in texts:
        pieces = pieces_of(plain_text(text))
        for number, piece in enumerate(pieces):
            noun = piece.means("noun")
            if noun and not noun.plural and noun.value in data("words")["pets"] and _known(pieces[max(0, number - 3):number]):
                found.add(str(noun.value))
    return found


def _known(before: list[Piece]) -> bool:
    """Whether 'the' or 'my' stands before a noun, with no more than adjectives between."""
    for piece in reversed(before):
        if piece.means("definite") or piece.means("her"):
            return True
        if not any(piece.means(kind) for kind in ("color", "size", "quality", "mood", "expression")):
            return False
    return False
