"""Who and what is seen: names and pronouns of a script, and what each does and where. Only nouns of the vocabulary, never a guess."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engines.planning.looks import lights
from engines.planning.plan import Entity
from engines.sketch.parser import leave_out, read
from engines.sketch.parser_said import Said
from engines.sketch.parser_things import Draft
from engines.sketch.parser_tokens import Piece, pieces_of, plain_text
from engines.sketch.vocabulary import LIVING, nouns
from engines.sketch.words import data, gender, voice
from engines.song.verse import drop_figures_of_speech, is_seen

MOST, MOST_NAMES = 8, 24
MOST_WORDS = 8
MOST_BETWEEN = 6
"""Words between somebody and what they do: a girl with a red scarf walks."""
_ARTICLE = r"(?i:an?|the|eine?|der|die|das|une?|le|la|el|una)"
_NAME = r"[A-ZÀ-Þ][\w'’-]{1,30}"
_AGE = r"(?:\s*,?\s*(?:\d{1,3}|\([^()\n]{1,24}\)))?"
_PRESENTED = re.compile(rf"\b({_NAME}){_AGE}\s*(?:,|\bis\b|\bwas\b|\bist\b|\best\b|\bes\b)\s*({_ARTICLE}\s[^.,;:!?()\n]{{2,60}})")
_CALLED = re.compile(rf"\b({_ARTICLE}\s[^.,;:!?()\n]{{2,60}}?),?\s(?i:named|called|namens|nommée?|appelée?|llamad[oa])\s({_NAME})")
_SHE = r"(?:she|he|sie|er|elle|il|ella|él)"
_IT = re.compile(r"\bit ([^\W\d_]+)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[.,;:!?…()\n“”\"—–]|\s(?:and|but|while|as|who|that|und|aber|et|mais|y|pero)\s")
_LOOSE = ("a", "an", "the", "of", "to", "with", "her", "his", "in", "on", "at", "and", "for", "from", "by", "der", "die", "das", "le", "la")
_VERB = re.compile(r"[a-z]{2,}(?:ed|ing|[^s]s)")
_BETWEEN = {"on": "on", "under": "under", "beside": "beside", "in": "in", "behind": "behind", "before": "in front of", "above": "above",
            "with": "with"}  # fmt: skip


def names_in(script: str) -> dict[str, str]:
    """What the script itself says a name is: {'Mara': 'girl'} for 'Mara, a girl of ten' or 'a girl called Mara'."""
    found: dict[str, str] = {}
    called = [(name, who) for who, name in _CALLED.findall(script)]
    shown = [(name, who) for name, who in _PRESENTED.findall(script) if _is_name(name, script)]
    for name, who in [*called, *shown][: 4 * MOST_NAMES]:
        if len(found) == MOST_NAMES:
            break
        noun = next((thing.noun for thing in read(plain_text(who)).things if thing.kind in LIVING and thing.known), None)
        if noun:
            found.setdefault(name, noun)
    return found


def _is_name(word: str, script: str) -> bool:
    """Whether a capital is more than the beginning of a sentence: unknown to the lexicon, and a capital inside one too."""
    known = any(piece.meanings for piece in pieces_of(word.lower()))
    return not known and (word.isupper() or bool(re.search(rf"[^\W\d_],?\s{re.escape(word)}\b", script)))


def unnamed(text: str, names: Mapping[str, str]) -> str:
    """The text with names as the nouns they stand for, for reading only."""
    for name, noun in names.items():
        spelled = rf"\b(?:{'|'.join(re.escape(each) for each in (name, name.upper(), name.title()))})\b"
        text = re.sub(rf"{spelled}{_AGE},\s+({_ARTICLE}\s[^.,;:!?()\n]{{2,60}}),?", r"\1", text)  # Mara, a girl of ten, runs
        text = re.sub(spelled, f"the {noun}", text)
    return text


class Company:
    """Who has been named so far, so that 'she' and 'they' find somebody, and 'it' the animal before where it does what the living do."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self._last: dict[str, Draft] = {}
        self._they: list[Draft] = []
        self._it: Draft | None = None

    def read(self, text: str, speakers: Sequence[str]) -> tuple[Said, list[str]]:
        """What a passage says, with everybody its pronouns and cues mean; and the concrete words nobody can draw."""
        words = plain_text(unnamed(text, self.names))
        said = read(words)
        pieces = pieces_of(words)
        cast = [_fresh(self._last[each]) for each in _meant(pieces) if each in self._last]
        if cast:
            said = read(words, cast)
        if any(voice(piece.norm) == "they" for piece in pieces) and not _several(said):
            known = {thing.noun for thing in said.things}
            said.things += [_fresh(each) for each in self._they if each.noun not in known]
        if self._it and not any(thing.kind in LIVING for thing in said.things) and _lives(words):
            said.things.insert(0, _fresh(self._it))
        missed = [thing.word for thing in said.things if thing.known is None and thing.concrete]
        leave_out(said, set(said.absent))
        said.things = [thing for thing in said.things if is_seen(thing)]
        drop_figures_of_speech(said, [], words)
        said.things = [thing for thing in said.things if not re.search(rf"\bas \w+ as (?:\w+ )?{re.escape(thing.word)}\b", words)]
        for cue in speakers:
            self._enter(cue, said)
        people = [thing for thing in said.things if thing.kind == "person"]
        self._last |= {whose: thing for thing in people if thing.count == 1 and (whose := gender(thing.noun))}
        known = {thing.noun for thing in people}
        self._they = _several(said) or [*people, *(each for each in self._they if each.kind == "person" and each.noun not in known)][:2]
        self._it = next((thing for thing in said.things if thing.kind in ("animal", "bird", "fantasy") and thing.count == 1), self._it)
        return said, missed

    def _enter(self, cue: str, said: Said) -> None:
        """Who speaks is there, if the script says what they are."""
        noun = next((noun for name, noun in self.names.items() if name.upper() == cue.upper()), cue.lower())
        for thing in read(plain_text(noun)).things:
            if thing.kind in LIVING and thing.known and thing.count == 1:
                same = next((each for each in said.things if each.noun == thing.noun), None)
                if same is None:
                    said.things.append(thing)
                (same or thing).pose = (same or thing).pose or "speaking"


def _lives(words: str) -> bool:
    """Whether the text has an 'it' that sleeps or runs, unlike one that rains."""
    return any(piece.means("deed") for deed in _IT.findall(words) for piece in pieces_of(deed.lower())[:1])


def _meant(pieces: list[Piece]) -> list[str]:
    """Whose pronouns stand before anybody of their kind is named: those mean somebody from before."""
    named: set[str] = set()
    found: dict[str, None] = {}
    for at, piece in enumerate(pieces):
        if piece.means("she") or piece.means("her") and not any(map(_is_somebody, pieces[at + 1 : at + 3])):  # his daughter is not he
            found |= dict.fromkeys({gender(piece.norm)} - named - {""})
        elif noun := piece.means("noun"):
            named.add(gender(noun.value))
    return list(found)


def _is_somebody(piece: Piece) -> bool:
    meant = piece.means("noun")
    return bool(piece.means("people") or meant and nouns()[meant.value].kind == "person")


def _several(said: Said) -> list[Draft]:
    return [thing for thing in said.things if thing.kind in LIVING and thing.count > 1]


def _fresh(thing: Draft) -> Draft:
    """Somebody as they are, without what they did."""
    return replace(thing, relation=None, to=None, pose=None, x=None, depth=None)


def entities(said: Said, text: str, names: Mapping[str, str]) -> list[Entity]:
    """The living first, each with what it does in the script's own words, and where."""
    ordered = sorted(said.things, key=lambda thing: thing.kind not in LIVING)[:MOST]
    words = unnamed(text, names)
    places = list(lights()["places"])
    found = []
    first = {gender(thing.noun) if thing.kind == "person" else "it": thing.id for thing in reversed(ordered) if thing.kind in LIVING}
    for thing in ordered:
        position = _tied(thing, said) or _placed(thing)
        if position is None:
            position = places.pop(0) if places else "background"
        found.append(Entity(type=thing.noun[:60], position=position[:120], action=action_of(thing, words, thing.id in first.values())))
    return found


def _tied(thing: Draft, said: Said) -> str | None:
    """Where it is beside, in or on something else; what is in the sky is nowhere else."""
    if thing.kind == "sky" or not thing.relation or not thing.to:
        return None
    settings = data("settings")
    if thing.to in settings:
        return str(settings[thing.to].get("say", f"{_BETWEEN[thing.relation]} the {thing.to}"))
    other = next((each for each in said.things if each.id == thing.to), None)
    return f"{_BETWEEN[thing.relation]} the {other.noun}" if other else None


def _placed(thing: Draft) -> str | None:
    """Where in the picture its own words or its kind put it."""
    sides = [word for word, x in (("left", 0.2), ("right", 0.8), ("centre", 0.5)) if thing.x == x]
    depths = [word for word, depth in (("background", 0.1), ("foreground", 0.9)) if thing.depth == depth]
    if sides or depths:
        return " ".join([*depths, *sides])
    if thing.kind == "sky":
        return "in the sky"
    return "in the air" if thing.kind == "bird" and thing.pose == "flying" else None


def action_of(thing: Draft, words: str, pronouns: bool) -> str:
    """What the script says it does, from the deed to the end of the clause; else its pose. pronouns: whether 'she' may be meant."""
    whom = [re.escape(thing.word), re.escape(thing.noun), *([_SHE if thing.kind == "person" else "it"] if pronouns else [])]
    for match in re.finditer(rf"(\bwith {_ARTICLE} )?\b(?:{'|'.join(whom)})\s+(?:with \w+ \w+ )?", words, re.IGNORECASE):
        if match[1]:  # an old man with a dog enters: it is the man who does
            continue
        rest = _CLAUSE.split(words[match.end() : match.end() + 160], maxsplit=1)[0].split()
        for at, word in enumerate(rest[: MOST_BETWEEN if thing.kind in LIVING else 1]):
            if _is_deed(word, at == 0, thing.count > 1):
                return _told(rest[at : at + MOST_WORDS])
            if _is_alive(word):
                break
    return thing.pose or ""


def _told(words: list[str]) -> str:
    while len(words) > 1 and words[-1].lower() in _LOOSE:
        words.pop()
    return " ".join(words)[:120]


def _is_alive(word: str) -> bool:
    meant = next((piece.means("noun") for piece in pieces_of(word.lower())), None)
    return bool(meant and nouns()[meant.value].kind in LIVING)


def _is_deed(word: str, follows: bool, many: bool) -> bool:
    """Whether a word is a deed: the lexicon says so, or nothing is known of it and it ends like one; right behind whoever does it
    more will do."""
    pieces = pieces_of(word.lower())
    if not pieces or any(pieces[0].means(kind) for kind in ("relation", "join", "stop", "verbal", "her", "she")):
        return False
    known = pieces[0].meanings
    if pieces[0].means("deed"):
        return True
    ends = bool(_VERB.fullmatch(word.lower()))
    return ends and (follows or not known) or follows and many and not known and not word.lower().endswith("ly")
