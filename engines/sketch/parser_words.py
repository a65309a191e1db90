"""Reads small words and adjectives: what they open, end, colour, count and refuse, before the thing they speak of comes."""
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from engines.sketch.parser_context import OF, PLACING, likely_adjective, likely_head
from engines.sketch.parser_said import Said
from engines.sketch.parser_things import MOST_ALIKE, Adjectives, Draft, dress_of, grow_old, tinted
from engines.sketch.parser_tokens import Piece
from engines.sketch.vocabulary import LIVING, nouns
from engines.sketch.words import Meaning, data, gender, voice

_BUT = {"but", "aber", "mais", "pero", "sondern", "sino", "only", "just", "nur", "seulement", "solo"}


class WordReader(ABC):
    """The state of reading: whom the next words speak of, and what waits for a noun."""

    def __init__(self, pieces: list[Piece], cast: Sequence[Draft] = ()) -> None:
        self.pieces = pieces
        self.cast = cast
        self.said = Said()
        self.at = 0
        self.adj = Adjectives()
        self.group: list[Draft] = []
        self.last: Draft | None = None
        self.target: tuple[Draft, str] | None = None
        self.relation: str | None = None
        self.subject: list[Draft] = []
        self.front: tuple[str, str] | None = None
        self.wear = self.joined = self.object = False
        self.refused = self.refusing = False
        self.expect = "noun"
        self.placeholders = 0
        self.foreign = False
        self.parted: set[str] = set()
        """Several of whom one has been spoken of alone."""

    @abstractmethod
    def single(self, piece: Piece) -> bool:
        """Speak of one of several that were named; False if the word is no such."""

    @abstractmethod
    def place_unknown(self) -> None:
        """Place the thing whose noun nobody knows, and miss the words before it."""

    # -- between things ------------------------------------------------------------------------------------------

    def pause(self, gap: str) -> None:
        """A comma or a full stop: what waited for a noun will wait no longer."""
        calls = self.adj.pose and not self.group
        if gap == "," and (self.adj.said or calls) and not self.adj.unknown and self._describes_on():
            return
        self.end()
        if gap == "." or not self.joined:
            self.refusing = self.refused = False
        self.relation, self.joined = None, False
        self.wear = self.wear and gap == ","
        if gap == ".":
            self.group, self.object, self.wear = [], False, False
        self.expect = "noun"

    def _describes_on(self) -> bool:
        """Whether adjectives of the same thing go on behind a comma: a tall, dark, old house."""
        piece, following = self.pieces[self.at], self.next()
        return likely_adjective(piece) or not piece.meanings and following is not None and following.kind in ("noun", "people")

    def end(self) -> None:
        """The words for one thing end here: place its unknown head, give a lone colour to whom it belongs."""
        if self.adj.unknown:
            self.place_unknown()
        adj, self.adj = self.adj, Adjectives()
        if adj.age:
            self.miss(adj.age)
        color = self.mixed(adj)
        if color and self.wear and self.last and self.last.kind == "person":
            self.last.slots.setdefault(dress_of(self.last), color)
        elif color and self.target and not adj.count and self.relation not in PLACING:
            self.tint(color)
        elif color:
            self.said.palette.append(color)
        if self.last is not None:
            self.last.pose = self.last.pose or (adj.pose if self.last.kind in LIVING else None)
            self.last.expression = self.last.expression or adj.expression

    def understand(self, piece: Piece) -> None:
        """This piece had its effect."""
        self.said.understood.append(piece.text)

    def miss(self, piece: Piece) -> None:
        """This piece had none."""
        self.said.unmet.append(piece.text)

    def miss_adjectives(self) -> None:
        """The unknown words before a thing had no effect."""
        unknown, self.adj.unknown = self.adj.unknown, []
        if self.adj.age:
            unknown, self.adj.age = [*unknown, self.adj.age], None
        worn, self.adj.worn = self.adj.worn, []
        for piece in [*unknown, *(piece for piece, _, _ in worn)]:
            self.miss(piece)

    def next(self) -> Piece | None:
        """The piece behind this one, unless a pause stands between."""
        piece = self.pieces[self.at + 1] if self.at + 1 < len(self.pieces) else None
        return None if piece is None or piece.gap.strip() else piece

    def mixed(self, adj: Adjectives) -> str | None:
        shade = adj.shade.means("shade") if adj.shade else None
        if adj.shade and shade and adj.color:
            self.understand(adj.shade)
            return tinted(adj.color, float(shade.value))
        return adj.color or adj.material

    def tint(self, color: str) -> None:
        draft, slot = self.target if self.target else (None, "")
        if draft is not None and slot:
            draft.slots[slot] = color
        elif draft is not None:
            draft.color = draft.color or color

    # -- small words ---------------------------------------------------------------------------------------------

    def _article(self, piece: Piece, meaning: Meaning) -> None:
        self._unless_adjectives()
        if self.refused and self.joined:
            self.refusing = False
        if piece.norm == "other" and self.single(piece):
            return
        self.adj.article, self.expect = "a", "noun"

    def _definite(self, piece: Piece, meaning: Meaning) -> None:
        self._unless_adjectives()
        self.adj.article, self.expect = self.adj.article or "the", "noun"

    def _her(self, piece: Piece, meaning: Meaning) -> None:
        self._unless_adjectives()
        if self.cast:
            self.person(piece.norm)
        self.adj.article, self.expect = "her", "noun"

    def _unless_adjectives(self) -> None:
        """An article opens the words for the next thing, so those for the one before end."""
        if self.adj.unknown or self.adj.color or self.adj.expression or self.adj.pose:
            self.end()

    def _join(self, piece: Piece, meaning: Meaning) -> None:
        following = self.next()
        if self.adj.color and following and following.kind in ("color", "shade"):
            return
        self.end()
        self.joined, self.expect = True, "after" if self.expect in ("after", "verb") else "noun"

    def _stop(self, piece: Piece, meaning: Meaning) -> None:
        if piece.norm in _BUT:
            self.refusing = self.refused = False
        if self.adj.unknown:
            self.end()
            self.expect = "after"

    def _verbal(self, piece: Piece, meaning: Meaning) -> None:
        self.end()
        self.expect = "verb"

    def _she(self, piece: Piece, meaning: Meaning) -> None:
        self.end()
        if person := self.person(piece.norm):
            self.group, self.last, self.object, self.target = [person], person, False, (person, "")
        self.expect = "verb"

    def _narrator(self, piece: Piece, meaning: Meaning) -> None:
        if self.cast:
            self._she(piece, meaning)
        else:
            self._verbal(piece, meaning)

    def _nobody(self, piece: Piece, meaning: Meaning) -> None:
        self.end()
        self.said.absent.append("people")
        self.understand(piece)
        self.expect = "verb"

    def person(self, pronoun: str) -> Draft | None:
        """Whom a pronoun means: the last person of that gender, or one of the cast, who so enters the picture."""
        wanted, part = gender(pronoun), voice(pronoun)
        people = sorted([*reversed(self.said.things), *self.cast], key=lambda draft: not part or draft.speaks != part)
        for draft in people:
            if draft.kind == "person" and (not wanted or gender(draft.noun) in (wanted, "")):
                same = next((thing for thing in self.said.things if thing.id == draft.id), None)
                if same is None:
                    same = replace(draft, slots=dict(draft.slots))
                    self.said.things.append(same)
                return same
        return None

    def _negation(self, piece: Piece, meaning: Meaning) -> None:
        self.end()
        self.refusing, self.refused, self.expect = True, False, "noun"
        self.understand(piece)

    # -- adjectives ----------------------------------------------------------------------------------------------

    def _number(self, piece: Piece, meaning: Meaning) -> None:
        if self.adj.unknown:
            self.end()
        if self.refused and self.joined:
            self.refusing = False
        if piece.norm == "one" and self.single(piece):
            return
        self.adj.count = min(MOST_ALIKE, meaning.value if self.adj.count in (None, 1) else self.adj.count)
        self.expect = "noun"
        self.understand(piece)

    _flock = _number

    def _color(self, piece: Piece, meaning: Meaning) -> None:
        if self.target and not self.adj.said and (self._of_color() or piece.tongue in ("fr", "es") and self.expect == "after"):
            self.tint(self.mixed(Adjectives(color=meaning.value, shade=self.adj.shade)) or meaning.value)
            self.adj, self.expect = Adjectives(), "after"
        elif self._is_hair(meaning):
            self.adj.worn.append((piece, "hair", meaning.value))
        else:
            self.adj.color = self.adj.color or meaning.value
            self.expect = "noun" if self.expect != "verb" else "verb"
        self.understand(piece)

    def _is_hair(self, meaning: Meaning) -> bool:
        """Whether a colour is that of the hair: a blond girl."""
        following = self.next()
        noun = following.means("noun") if following else None
        person = following and (following.means("people") or noun and nouns()[noun.value].kind == "person")
        return bool(person) and meaning.value == data("colors")["colors"]["blond"]

    def _of_color(self) -> bool:
        """Whether this colour is that of the thing before it: a scarf of yellow."""
        following = self.next()
        before = self.at - (2 if self.adj.shade else 1)
        return before >= 0 and self.pieces[before].norm in OF and not (following and following.meanings and likely_head(following))

    def _shade(self, piece: Piece, meaning: Meaning) -> None:
        self.adj.shade = piece

    def _material(self, piece: Piece, meaning: Meaning) -> None:
        self.adj.material = meaning.value
        self.understand(piece)

    def _size(self, piece: Piece, meaning: Meaning) -> None:
        if piece.tongue in ("fr", "es") and self.expect == "after" and self.last:
            self.last.size = meaning.value
        else:
            self.adj.size = self.adj.size or meaning.value
        self.understand(piece)

    def _expression(self, piece: Piece, meaning: Meaning) -> None:
        if self.refusing:
            self.refused = True
        elif self.expect in ("after", "verb") and self.last and self.last.kind in LIVING:
            self.last.expression = self.last.expression or meaning.value
        else:
            self.adj.expression = meaning.value
        self.understand(piece)

    def _age(self, piece: Piece, meaning: Meaning) -> None:
        if self.last and not self.adj.said and (self.expect == "verb" or piece.tongue in ("fr", "es") and self.expect == "after"):
            grow_old(self.last)
            self.understand(piece)
        else:
            self.adj.age = self.adj.age or piece

    def _position(self, piece: Piece, meaning: Meaning) -> None:
        where = {key: value for key, value in data("words")["position"][meaning.value].items() if key in ("x", "depth")}
        if self.adj.said or self.last is None or self.expect == "noun" and not self.joined and not self.object:
            self.adj.position.update(where)
        else:
            for draft in self.group or [self.last]:
                draft.x = where.get("x") if draft.x is None else draft.x
                draft.depth = where.get("depth") if draft.depth is None else draft.depth
        self.understand(piece)

    def _mood(self, piece: Piece, meaning: Meaning) -> None:
        following = self.next()
        if meaning.value == "lonely" and following and following.kind in ("setting", "place"):
            self.said.empty = True
        if not self.refusing and meaning.value not in self.said.moods:
            self.said.moods.append(meaning.value)
        self.understand(piece)

    def _style(self, piece: Piece, meaning: Meaning) -> None:
        if self.refusing:
            self.said.absent.append(piece.norm)
            self.refused = True
        self.understand(piece)

    _quality = _style
