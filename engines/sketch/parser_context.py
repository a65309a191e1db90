"""Which of its meanings a word has here, and whose slot it is: an orange or an orange cat, a roof or the roof of a house."""
from __future__ import annotations

from typing import TYPE_CHECKING

from engines.sketch.parser_things import Draft, is_slot
from engines.sketch.parser_tokens import Piece
from engines.sketch.vocabulary import LIVING, nouns
from engines.sketch.words import Meaning

if TYPE_CHECKING:
    from engines.sketch.parser_words import WordReader

OF = {"of", "von", "vom", "de", "d", "des", "du", "del"}
_HEADS = ("noun", "people", "folk", "worn", "setting", "place")
_ADJECTIVES = {"color", "size", "material", "mood", "quality", "expression", "shade", "style", "weather", "season", "time", "age"}
PLACING = {"on", "under", "beside", "behind", "before", "above"}
_ALSO_DEEDS = {"keep", "sail", "rock", "bark", "fly", "cross", "train", "ring", "bow"}
_BEFORE_DEEDS = {"to", "i", "you", "we", "they", "she", "he", "will", "would", "can", "could", "must", "shall", "should", "and", "let's"}
_VERB_ENDS = ("ing", "ed")


def likely_adjective(piece: Piece) -> bool:
    """Whether a piece describes what comes behind it."""
    return piece.kind in _ADJECTIVES


def likely_head(piece: Piece) -> bool:
    """Whether a piece can be what the words before it describe."""
    if not piece.meanings:
        return piece.tongue == "en" and not piece.norm.endswith(_VERB_ENDS)
    return any(piece.means(kind) for kind in _HEADS) or piece.kind in ("color", "size")


def likeliest(reader: WordReader, piece: Piece) -> Meaning | None:
    """The meaning a piece has in this place; none if the lexicon does not have it."""
    if piece.kind == "noun" and _is_verb(reader, piece):
        return None
    if len(piece.meanings) <= 1 and piece.kind != "flock":
        return piece.meanings[0] if piece.meanings else None
    kinds = {meaning.kind: meaning for meaning in reversed(piece.meanings)}
    following = reader.next()
    if "kinds" in kinds and reader.refusing:
        return kinds["kinds"]
    if "kinds" in kinds and len(kinds) > 1:
        del kinds["kinds"]
    for rule in (_colored, _shaded, _sized, _counted, _placed, _related, _weathered, _done):
        if found := rule(reader, kinds, following):
            return found
    return next((meaning for meaning in piece.meanings if meaning.kind in kinds), None)


def _is_verb(reader: WordReader, piece: Piece) -> bool:
    """Whether a noun's byname is a deed here: he keeps, she rocks."""
    name = piece.meanings[0].value
    own = (name, nouns()[name].plural)
    if reader.at and not reader.adj.said and piece.norm in _ALSO_DEEDS and reader.pieces[reader.at - 1].norm in _BEFORE_DEEDS:
        return True
    return reader.expect == "verb" and not reader.adj.said and piece.tongue == "en" and piece.norm not in own and piece.norm.endswith("s")


def _colored(reader: WordReader, kinds: dict[str, Meaning], following: Piece | None) -> Meaning | None:
    color = kinds.get("color") or kinds.get("material")
    noun = kinds.get("noun") or kinds.get("style")
    if not color or not noun:
        return None
    heads = following and (following.means("noun") or following.means("worn") or following.means("people"))
    describes = heads or (following and not following.meanings and likely_head(following))
    return color if describes or (following and following.kind in ("color", "size")) else noun


def _shaded(reader: WordReader, kinds: dict[str, Meaning], following: Piece | None) -> Meaning | None:
    shade = kinds.pop("shade", None)
    return shade if shade and following and following.means("color") else None


def _counted(reader: WordReader, kinds: dict[str, Meaning], following: Piece | None) -> Meaning | None:
    number, flock = kinds.get("number"), kinds.pop("flock", None)
    if flock and following and following.norm in OF:
        return flock
    return next((kinds[kind] for kind in ("people", "noun", "worn") if kind in kinds), number) if number else None


def _placed(reader: WordReader, kinds: dict[str, Meaning], following: Piece | None) -> Meaning | None:
    """A wall or a shop is a thing of its own, unless the picture is set in it or the word is the setting's own name."""
    place = kinds.get("setting") or kinds.get("place") or kinds.get("hint")
    noun = kinds.get("noun")
    if not place or not noun or place.value in (noun.value, *nouns()[noun.value].synonyms):
        return place if noun else None
    return place if reader.relation == "in" or place.value == "rooftop" else noun


def _sized(reader: WordReader, kinds: dict[str, Meaning], following: Piece | None) -> Meaning | None:
    size, noun = kinds.get("size"), kinds.get("noun")
    if not size or not noun:
        return None
    return size if following and (likely_head(following) or likely_adjective(following)) else noun


def _related(reader: WordReader, kinds: dict[str, Meaning], following: Piece | None) -> Meaning | None:
    relation, other = kinds.get("relation"), kinds.get("hint")
    return relation if relation and following or not other else other


def _weathered(reader: WordReader, kinds: dict[str, Meaning], following: Piece | None) -> Meaning | None:
    weather, noun = kinds.get("weather"), kinds.get("noun")
    if not weather or not noun:
        return None
    single = reader.adj.article == "a" or reader.adj.count or reader.relation in PLACING
    return noun if single and not (following and likely_head(following)) else weather


def _done(reader: WordReader, kinds: dict[str, Meaning], following: Piece | None) -> Meaning | None:
    deed, other = kinds.get("deed"), kinds.get("noun") or kinds.get("style") or kinds.get("weather") or kinds.get("quality")
    if not deed or not other:
        return None
    does = reader.last and reader.expect in ("after", "verb") and not reader.adj.said
    return deed if does and (other.kind == "noun" or reader.last and reader.last.kind in LIVING) else other


def owns_of(reader: WordReader, piece: Piece) -> tuple[Draft, str] | None:
    """Whose slot a word is, and which: what the last person wears or holds, or a part of the thing before 'with'."""
    if piece.norm == "glasses" and (reader.adj.count or 0) > 1:
        return None  # two glasses are what one drinks from
    if reader.wear:
        owner = reader.subject[-1] if reader.subject and reader.relation else reader.last
        if owner and reader.target and not reader.relation:
            owner = reader.target[0]
        slot = is_slot(owner, piece) if owner else None
        if owner and slot:
            return owner, slot
        if owner and piece.means("worn") and owner.kind in LIVING and not piece.means("noun"):
            return owner, str(piece.means("worn").value)  # type: ignore[union-attr]
    if reader.relation in PLACING or not piece.means("worn"):
        return None
    if piece.means("noun") and not (reader.wear or reader.adj.article == "her"):
        return None
    person = next((draft for draft in reversed(reader.said.things) if draft.kind == "person"), None)
    slot = is_slot(person, piece) if person else None
    return (person, slot) if person and slot else None
