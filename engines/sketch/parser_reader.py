"""Reads pieces from left to right and gathers what they say: things, their looks and relations, and where and when."""
import unicodedata
from dataclasses import replace

from engines.sketch.parser_context import likeliest, likely_head, owns_of
from engines.sketch.parser_relations import RelationReader
from engines.sketch.parser_said import Said
from engines.sketch.parser_things import (
    MOST_ALIKE,
    MOST_THINGS,
    Adjectives,
    Draft,
    grow_old,
    is_slot,
    many,
    natural,
    shows,
    slot_color,
)
from engines.sketch.parser_tokens import Piece
from engines.sketch.vocabulary import LIVING, nouns
from engines.sketch.words import Meaning, data

_IN_HAND = ("carrying", "giving", "lifting")
"""What someone does with a thing that is drawn with its own way of being held."""


class Reader(RelationReader):
    """Reads a whole text."""

    def read(self) -> Said:
        """What all the pieces say."""
        for number, piece in enumerate(self.pieces):
            self.at = number
            if piece.gap.strip():
                self.pause(piece.gap)
            meaning = likeliest(self, piece)
            if meaning is None:
                self.unknown(piece)
            else:
                getattr(self, f"_{meaning.kind}")(piece, meaning)
        self.at = len(self.pieces)
        self.pause(".")
        return self.said

    # -- things --------------------------------------------------------------------------------------------------

    def _noun(self, piece: Piece, meaning: Meaning) -> None:
        if self.refusing:
            self.refuse(piece, str(meaning.value))
        elif piece.owner:
            self.adj.owner = piece
            self.understand(piece)
        elif owner := owns_of(self, piece):
            self.wear_slot(piece, *owner)
        elif self.target and self._of_color() and not self.adj.said and (material := piece.means("material")):
            self.tint(material.value)
            self.understand(piece)
        elif meaning.value in data("words")["house_parts"] and any(draft.kind == "building" for draft in self.said.things):
            self.understand(piece)
            self.adj, self.relation, self.expect = Adjectives(), None, "after"
        elif not meaning.plural and (head := self._compound()) and (self.adj.article == "a" or self._describes(piece, meaning, head)):
            shown = head.value == meaning.value or self.adj.article != "a"
            self.understand(piece) if shown else self.adj.unknown.append(piece)
        else:
            self.things(piece, [(str(meaning.value), self._count(meaning))])

    def _compound(self) -> Meaning | None:
        """The noun behind this one, if this one only describes it: a pirate ship."""
        following = self.next()
        return following.means("noun") if following and not (following.means("color") or following.means("deed")) else None

    def _describes(self, piece: Piece, meaning: Meaning, head: Meaning) -> bool:
        """Whether a food without an article says what is in the things behind it: fruit stalls, apple trees."""
        following, food = self.next(), nouns()[meaning.value].kind == "food"
        return food and head.plural and following is not None and not following.gap and piece.tongue == "en" and not self.adj.count

    def _count(self, meaning: Meaning) -> int:
        noun = nouns()[meaning.value]
        following = self.next()
        bed = noun.kind == "plant" and following is not None and following.kind == "setting" and following.norm[:3] not in ("on ", "in ")
        several = meaning.plural and (not self.adj.article if self.pieces[self.at].tongue == "de" else self.adj.article != "a")
        if noun.kind == "instrument" and self.relation == "with" and not self.adj.count:
            return 1  # who plays the drums has one set of them
        several = several or meaning.value in data("words")["herds"] and not self.adj.article
        return self.adj.count or (many(noun.kind) if bed or several else 1)

    def _people(self, piece: Piece, meaning: Meaning) -> None:
        if self.refusing:
            self.refuse(piece, *(name for name, _ in meaning.value))
            return
        if piece.owner:
            self.adj.owner = piece
            self.understand(piece)
            return
        parts = [(name, count) for name, count in meaning.value if name in nouns()]
        wanted, whole = self.adj.count, sum(count for _, count in parts)
        if wanted and parts:
            share, over = divmod(wanted, len(parts)) if meaning.plural else (wanted, 0)
            parts = [(name, share + (n < over)) for n, (name, _) in enumerate(parts)]
        if whole:
            self.things(piece, [(name, count) for name, count in parts if count])

    _folk = _people

    def _ones(self, piece: Piece, meaning: Meaning) -> None:
        if self.last and self.adj.said and self.last.noun in nouns():
            self.adj.article = "a"
            self.things(piece, [(self.last.noun, self.adj.count or many(self.last.kind))])

    def single(self, piece: Piece) -> bool:
        """One of two girls, or the other one: set apart from the rest, to be spoken of alone."""
        if self._counts():
            return False
        if piece.norm == "one" and self.adj.said and self.adj.article == "a" and self.last and self.last.noun in nouns():
            self.things(piece, [(self.last.noun, 1)])
            return True
        rest = next((draft for draft in reversed(self.said.things) if draft.count > 1 or draft.id in self.parted), None)
        if rest is None or self.adj.color or self.adj.size or piece.norm == "other" and not self.parted:
            return False
        self.end()
        draft = rest
        if piece.norm == "one" and rest.count > 1:
            rest.count -= 1
            taken = {each.id for each in self.said.things}
            name = next(name for k in range(2, MOST_THINGS + 9) if (name := f"{rest.noun[:50]}-{k}") not in taken)
            draft = replace(rest, id=name, count=1, slots=dict(rest.slots))
            self.said.things.append(draft)
            self.parted.add(rest.id)
        self.group, self.last, self.target, self.object, self.relation = [draft], draft, (draft, ""), False, None
        self.wear, self.joined, self.expect, self.adj = False, False, "after", Adjectives()
        self.understand(piece)
        return True

    def _counts(self) -> bool:
        """Whether a noun follows this word before the words for the thing end."""
        for piece in self.pieces[self.at + 1:self.at + 5]:
            if piece.gap.strip() or piece.kind in ("relation", "join", "verbal", "stop", "deed", "article"):
                return False
            if piece.means("noun") or piece.means("people") or piece.means("folk") or not piece.meanings:
                return True
        return False

    def _adjectival(self, piece: Piece) -> bool:
        """Whether a word for something worn describes the person behind it: a bearded man, a red haired boy."""
        following = self.next()
        return piece.tongue == "en" and piece.norm.endswith("ed") and following is not None and likely_head(following)

    def _worn(self, piece: Piece, meaning: Meaning) -> None:
        if self._adjectival(piece) and not self.refusing:
            color = self.mixed(self.adj)
            self.adj.color = self.adj.shade = None
            self.adj.worn.append((piece, "", color))
            return
        whose = self.adj.owner.means("noun") if self.adj.owner and not self.refusing and not self.wear else None
        if whose and nouns()[whose.value].kind in LIVING:
            self._own(whose)
        owner = owns_of(self, piece)
        if self.refusing:
            self.refuse(piece, str(meaning.value))
        elif owner:
            self.wear_slot(piece, *owner)
        elif noun := piece.means("noun") or piece.means("garment"):
            self._noun(piece, noun)
        elif self.adj.article == "her" and not self.adj.unknown:
            self.miss(piece)  # her own hair is no thing beside her
            self.adj, self.relation, self.expect = Adjectives(), None, "after"
        else:
            self.unknown(piece)

    def _own(self, whose: Meaning) -> None:
        """The girl of 'the girl's red scarf'."""
        adj, self.adj = self.adj, Adjectives(article="the")
        if adj.owner:
            self.things(adj.owner, [(str(whose.value), 1)])
        self.adj, self.relation, self.wear = replace(adj, owner=None), "with", True
        self.subject = [self.last] if self.last else []

    def wear_slot(self, piece: Piece, draft: Draft, slot: str) -> None:
        color = natural(self.mixed(self.adj), slot) or slot_color(draft, slot, piece)
        if color and self.adj.size == "large" and shows(draft, f"long_{slot}"):
            draft.slots[f"long_{slot}"] = color
        self.miss_adjectives()
        if color:
            draft.slots[slot] = color
        self.target = (draft, slot)
        if draft.pose in _IN_HAND and shows(draft, slot):
            draft.pose = None
        (self.understand if shows(draft, slot) else self.miss)(piece)
        self.relation = self.relation if self.relation == "with" else None
        self.adj, self.wear, self.expect = Adjectives(), True, "after"

    def things(self, piece: Piece, parts: list[tuple[str, int]]) -> None:
        """One thing, or several of a kind, or a family: with what was said before it, and linked to what was said of."""
        adj, age = replace(self.adj, worn=list(self.adj.worn)), self.adj.age
        self.adj.age, self.adj.worn = None, []
        self.miss_adjectives()
        if piece.meanings:
            self.understand(piece)
        made = [self._draft(name, piece, count) for name, count in parts]
        drafts = [draft for draft in made if draft is not None]
        color = self.mixed(adj)
        self.adj, self.expect = Adjectives(), "after"
        for draft in drafts:
            self._describe(draft, adj, color)
            if age and draft.known:
                grow_old(draft)
        if age:
            (self.understand if drafts and drafts[0].known else self.miss)(age)
        if drafts:
            self._link(drafts, adj)
            self.last, self.target = drafts[-1], (drafts[-1], "")

    def _describe(self, draft: Draft, adj: Adjectives, color: str | None) -> None:
        draft.color = natural(color, draft.kind) or draft.color
        draft.size = adj.size or draft.size
        draft.pose = draft.pose or adj.pose
        if adj.deed:
            self.said.deeds.append((draft, adj.deed, adj.pose or ""))
            self.needs(draft, adj.deed, adj.deed_row)
        draft.x, draft.depth = adj.position.get("x", draft.x), adj.position.get("depth", draft.depth)
        for piece, slot, tint in adj.worn:
            name = slot or is_slot(draft, piece)
            own = name and (natural(tint, name) or slot_color(draft, name, piece))
            if name and own and shows(draft, name):
                draft.slots[name] = own
                self.understand(piece)
            else:
                self.miss(piece)
        if draft.kind in LIVING:
            draft.expression = draft.expression or adj.expression

    def _draft(self, name: str, piece: Piece, count: int) -> Draft | None:
        """A new thing, or the one of that noun that 'the' points back to."""
        noun = nouns().get(name)
        same = next((draft for draft in reversed(self.said.things) if draft.noun == name), None)
        again = self.adj.article != "a" and not self.adj.count and not self.adj.color and not self.relation
        if same and (again or self.adj.article == "the"):
            if unicodedata.category(piece.text[0]) == "So":
                same.count = min(MOST_ALIKE, same.count + 1)
            return same
        if len(self.said.things) >= MOST_THINGS:
            return None
        member = next((draft for draft in self.cast if draft.noun == name and count == 1), None)
        if member and all(draft.id != member.id for draft in self.said.things):
            self.said.things.append(replace(member, slots=dict(member.slots)))
            return self.said.things[-1]
        taken, identity, copies = {draft.id for draft in self.said.things}, name, 2
        while identity[:60] in taken:
            identity, copies = f"{name[:50]}-{copies}", copies + 1
        word = f"{self.adj.owner.text} {piece.text}" if self.adj.owner else piece.text
        draft = Draft(identity[:60], name, word, noun.kind if noun else "thing", min(MOST_ALIKE, count), concrete=self.adj.said)
        self.said.things.append(draft)
        return draft

    def _link(self, drafts: list[Draft], adj: Adjectives) -> None:
        first, relation = drafts[0], self.relation
        subject = [draft for draft in self.subject if draft not in drafts]
        owner = next((draft for draft in self.said.things if draft.kind == "person" and draft not in drafts), None)
        if relation == "with" and subject:
            laid = subject[-1].kind == "furniture" and first.kind not in LIVING or subject[-1].noun in data("words")["seats"]
            self._tie(drafts, "on" if laid else "with", subject[-1].id)
            self.group = [*self.group, *drafts]
        elif relation and subject:
            self._tie(subject, relation, first.id)
            self.relation, self.group, self.object = None, drafts, True
        elif self.front:
            self._tie(drafts, *self.front)
            self.front, self.group = None, drafts
        else:
            if relation:
                self.front = (relation, first.id)
            elif adj.article == "her" and owner:
                self._tie(drafts, "with", owner.id)
            self.group = [*self.group, *drafts] if self.joined and not self.object else drafts
            self.relation, self.object = None, bool(relation)
        self.joined = False

    @staticmethod
    def _tie(drafts: list[Draft], relation: str, to: str) -> None:
        for draft in drafts:
            if draft.relation is None and draft.id != to:
                draft.relation, draft.to = relation, to  # type: ignore[assignment]
