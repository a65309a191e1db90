"""Words the lexicon does not have: which of them name a thing, to be drawn as a captioned placeholder, and which do not."""
import unicodedata
from abc import abstractmethod

from engines.sketch.bare import part_named
from engines.sketch.parser_context import owns_of
from engines.sketch.parser_things import MOST_PLACEHOLDERS, Adjectives, Draft
from engines.sketch.parser_tokens import Piece
from engines.sketch.parser_words import WordReader
from engines.sketch.words import Meaning

_DEED_ENDS = ("ing", "ed")
_ADVERB_END = "ly"
_ADJECTIVE_ENDS = ("y", "ous", "ful", "ish", "less", "ive", "ic", "al", "able", "ible", "esque", "like")


class UnknownReader(WordReader):
    """Weighs unknown words by where they stand."""

    @abstractmethod
    def wear_slot(self, piece: Piece, draft: Draft, slot: str) -> None:
        """Clothe a thing with what a word names."""

    @abstractmethod
    def refuse(self, piece: Piece, *names: str) -> None:
        """Leave out what a word names."""

    @abstractmethod
    def things(self, piece: Piece, parts: list[tuple[str, int]]) -> None:
        """Add things to the scene."""

    def unknown(self, piece: Piece) -> None:
        """A word that no list has: a slot, a deed, an adjective or a thing."""
        if self.refusing:
            self.refuse(piece)
        elif owner := owns_of(self, piece):
            self.wear_slot(piece, *owner)
        elif piece.owner:
            self.miss(piece)
            self.adj.owner, self.expect = piece, "noun"
        elif _says_nothing(piece):
            return
        elif self.expect != "noun":
            self.miss(piece)
            self.expect = "after"
        else:
            self.adj.unknown.append(piece)

    def _unseen(self, piece: Piece, meaning: Meaning) -> None:
        """A word for what has no body, or for a part of one: seen only where the drawing has it."""
        if self.refusing and part_named(piece.norm):
            self.refuse(piece)
            return
        if not self.refusing and (owner := owns_of(self, piece)):
            self.wear_slot(piece, *owner)
            return
        of, self.adj.owner = self.adj.owner, None
        self.miss_adjectives()
        if of and self.relation and not self.refusing and (whose := of.means("noun")):
            self.adj = Adjectives(article="the")
            self.things(of, [(str(whose.value), 1)])
        self.end()
        self.refused = self.refused or self.refusing
        (self.understand if self.refusing else self.miss)(piece)

    def place_unknown(self) -> None:
        """The last of several unknown words that can be a noun names a thing; the others have no effect."""
        run, said = self.adj.unknown, self.adj.said or self.relation is not None
        order = run if _foreign(run[0].norm) else reversed(run)
        head = next((piece for piece in order if self._is_noun(piece, said, len(run))), None)
        foreign = head is not None and _foreign(head.norm)
        if head is None or self.placeholders >= MOST_PLACEHOLDERS or (foreign and self.foreign):
            self.miss_adjectives()
            self.adj = Adjectives()
            return
        self.placeholders += 1
        self.foreign = self.foreign or foreign
        self.miss_adjectives()
        self.things(head, [(head.norm, self.adj.count or 1)])

    def _is_noun(self, piece: Piece, said: bool, run: int) -> bool:
        word = piece.norm
        if piece.tongue == "de" and not _foreign(word) and piece.text[0].islower():
            return False
        if piece.tongue == "en" and word.endswith(_DEED_ENDS) and (run > 1 or not said):
            return False
        pause = self.at < len(self.pieces) and self.pieces[self.at].gap == ","
        return not (pause and said and run == 1 and word.endswith(_ADJECTIVE_ENDS) and self.more())

    def more(self) -> bool:
        """Whether adjectives of the same thing go on behind a comma."""
        here = self.pieces[self.at]
        return here.kind in ("color", "size", "material")


def _says_nothing(piece: Piece) -> bool:
    """Whether a word is an adverb or a stray letter."""
    adverb = piece.tongue == "en" and piece.norm.endswith(_ADVERB_END) and len(piece.norm) > 4
    return adverb or len(piece.norm) == 1 and piece.norm.isascii()


def _foreign(word: str) -> bool:
    """Whether a word is in another script than ours."""
    first = next((sign for sign in word if sign.isalpha()), "a")
    return first > "\u024f" and not unicodedata.name(first, "LATIN").startswith("LATIN")
