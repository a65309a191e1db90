"""Reads deeds, relations, places and times: who does what, on or under which thing, and where and when it is."""
from typing import Any

from engines.sketch.parser_context import OF, likely_head
from engines.sketch.parser_said import Mention
from engines.sketch.parser_things import Adjectives, Draft
from engines.sketch.parser_tokens import Piece
from engines.sketch.parser_unknown import UnknownReader
from engines.sketch.vocabulary import LIVING, nouns
from engines.sketch.words import Meaning, data

_ADJECTIVE_ENDS = ("y", "ish", "en", "lit", "ed")


class RelationReader(UnknownReader):
    """Relates what was named to what comes next."""

    # -- deeds and relations -------------------------------------------------------------------------------------

    def _deed(self, piece: Piece, meaning: Meaning) -> None:
        deed: dict[str, Any] = data("words")["deeds"][meaning.value]
        doer = self.last if self.last and not self.adj.said and self.expect in ("after", "verb") else None
        self.understand(piece)
        if self.refusing:
            return
        alive = [draft for draft in self.subject if draft.kind in LIVING] if doer and doer.kind not in LIVING else []
        if alive and deed["pose"] not in ("flying", "floating", ""):
            doer, self.last = alive[-1], alive[-1]
        if doer is None:
            self.adj.pose, self.adj.deed, self.adj.deed_row = deed["pose"] or None, piece.text, deed
        for draft in (self.group if doer in self.group else [doer]) if doer else ():
            self.said.deeds.append((draft, piece.text, deed["pose"]))
            if draft.kind in LIVING or deed["pose"] in ("flying", "floating", "jumping"):
                draft.pose = draft.pose or deed["pose"] or None
            self.needs(draft, piece.text, deed)
        if doer and deed.get("relation"):
            self._relate(deed["relation"], bool(deed.get("wear")))
        elif doer:
            self.expect = "after"

    def needs(self, draft: Draft, word: str, deed: dict[str, Any]) -> None:
        """Remember what this deed is done with or at."""
        if "holds" in deed or "brings" in deed:
            self.said.needs.append((draft, word, deed))

    def _relation(self, piece: Piece, meaning: Meaning) -> None:
        self._relate(meaning.value, meaning.value in ("with", "in"))
        self.understand(piece)

    def _relate(self, relation: str, wear: bool) -> None:
        self.end()
        if self.refused:
            self.refusing = self.refused = False
        free = [draft for draft in self.group if draft.relation is None]
        self.subject = free or ([self.last] if self.last else [])
        if relation == "with":
            self.subject = [self.last] if self.last else []
        self.relation, self.wear, self.joined, self.expect = relation, wear, False, "noun"

    # -- places and times ----------------------------------------------------------------------------------------

    def _setting(self, piece: Piece, meaning: Meaning) -> None:
        self.miss_adjectives()
        if self.refusing:
            self.refuse(piece, str(meaning.value))
            return
        if self._part_of_building(str(meaning.value)):
            self.understand(piece)
            if " " in piece.norm:
                self._relate("on", False)
            return
        weak = meaning.kind == "hint" or self.goes_on()
        role = "setting" if meaning.kind == "hint" else meaning.kind
        self.said.mentions.append(Mention(meaning.value, role, weak, self.relation == "in", piece.norm))
        if self.adj.color and (color := self.mixed(self.adj)):
            self.said.palette.append(color)
        if self.relation and self.relation != "with" and not self.goes_on():
            for draft in self.subject:
                if draft.relation is None and draft.known is not None:
                    draft.relation, draft.to = self.relation, str(meaning.value)  # type: ignore[assignment]
            if not self.subject and self.relation != "in":
                self.front = (self.relation, str(meaning.value))
        if not self.goes_on():
            self._close("after")
        self.understand(piece)

    _place = _hint = _setting

    def _close(self, expect: str) -> None:
        self.adj, self.relation, self.expect, self.joined, self.wear = Adjectives(), None, expect, False, False
        self.target = None

    def goes_on(self) -> bool:
        """Whether a noun follows that this word only describes: a mountain goat, a snowy forest."""
        following, here = self.next(), self.pieces[self.at]
        if following is None or not likely_head(following):
            return False
        return bool(following.meanings) or here.norm.endswith(_ADJECTIVE_ENDS)

    def _part_of_building(self, place: str) -> bool:
        """Whether this is the roof of a house that comes next, and no place of its own."""
        behind = [piece for piece in self.pieces[self.at + 1:self.at + 4] if piece.kind not in ("article", "definite", "her")]
        noun = behind[1].means("noun") if len(behind) > 1 and behind[0].norm in OF else None
        return place == "rooftop" and noun is not None and nouns()[noun.value].kind == "building"

    def _time(self, piece: Piece, meaning: Meaning) -> None:
        if self.refusing:
            self.refuse(piece, str(meaning.value))
            return
        if not self.goes_on():
            self.miss_adjectives()
        white = meaning.value == "snow" and self.goes_on() and self._means_peaks()
        getattr(self.said, "seasons" if white else f"{meaning.kind}s").append("winter" if white else meaning.value)
        if meaning.kind != "shot" and not self.goes_on():
            self.end()
            self._close("after")
        self.understand(piece)

    _weather = _season = _shot = _time

    def _means_peaks(self) -> bool:
        """Whether the next word is a mountain: snowy peaks are white, but it need not snow."""
        following = self.next()
        place = following.means("setting") if following else None
        return place is not None and place.value == "mountain"

    def refuse(self, piece: Piece, *names: str) -> None:
        self.said.absent += [name for name in (*names, piece.norm) if name]
        self.said.refused.append((piece.text, (*names, piece.norm)))
        self.understand(piece)
        self.refused, self.adj = True, Adjectives()

    def _kinds(self, piece: Piece, meaning: Meaning) -> None:
        if self.refusing:
            self.refuse(piece)
        else:
            self.unknown(piece)
