"""From text to pieces: words, numbers and emoji of any script, matched against the longest phrase the lexicon knows."""
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from engines.sketch.words import TONGUES, Meaning, data, lexicon, meanings, tidy

_TAG = re.compile(r"<(script|style)\b[^<>]{0,200}>[^<]{0,2000}</\1\s*>|</?[a-z!][\w-]{0,40}(?:\s[^<>\n]{0,100})?/?>", re.IGNORECASE)
_MARK = re.compile(r"<[^<>\n]{1,100}>")
_JOINERS = "'’-‐‑"
_STRONG = ".!?;。！？…\n"
_ELISION = re.compile(r"(l|d|j|qu|n|s|c|m|t|jusqu|lorsqu)'(?=\w)", re.IGNORECASE)
_COUNTED = re.compile(r"(\d{1,2})([^\W\d_]{3,40})")
_LONGEST_WORD = 60


@dataclass(frozen=True, slots=True)
class Token:
    """One word as the person spelled it, and as the lexicon does."""

    text: str
    norm: str
    gap: str = ""
    """What stands before it: '' nothing, ',' a pause, '.' an end, ' ' nothing, but no phrase reaches across."""
    owner: bool = False
    """Ends in 's."""
    hyphen: bool = False
    """Joined to the word before it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or phrase with its meanings; `kind` is that of the first."""

    text: str
    norm: str
    meanings: tuple[Meaning, ...]
    gap: str = ""
    owner: bool = False
    tongue: str = "en"

    @property
    def kind(self) -> str:
        """What part it most likely plays; unknown if it is not in the lexicon."""
        return self.meanings[0].kind if self.meanings else "unknown"

    def means(self, kind: str) -> Meaning | None:
        """Its meaning of this kind, if it has one."""
        return next((each for each in self.meanings if each.kind == kind), None)


def plain_text(text: str, longest: int = 8000) -> str:
    """Text that can be stored and spelled back: composed, no half characters, not longer than a prompt may be."""
    whole = text[: longest * 2].encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", whole)[:longest]


@lru_cache(4096)
def _class(sign: str) -> str:
    """w for signs of words, e for emoji, j for what joins emoji, and s for all else."""
    category = unicodedata.category(sign)
    if category[0] in "LM" or category in ("Nd", "Nl", "No"):
        return "j" if sign == "\ufe0f" or sign == "\u20e3" else "w"
    if sign == "\u200d" or category == "Sk" and ord(sign) > 0x1F000:
        return "j"
    return "e" if category == "So" else "s"


def tags_of(text: str) -> list[str]:
    """Markup in a text: no part of a picture, with the whole of a script or a style sheet."""
    return [match[0] for match in _TAG.finditer(text)]


def tokenise(text: str) -> list[Token]:
    """The words of a text in order; linear in its length."""
    text = _MARK.sub(" , ", _TAG.sub(" ", text))
    found: list[Token] = []
    gap, start, at, size = "", 0, 0, len(text)
    while at < size:
        kind = _class(text[at])
        start = at
        at += 1
        if kind == "w":
            while at < size and (_class(text[at]) == "w" or _inside(text, at)):
                at += 1
            found += _word(text[start:at], gap)
            gap = ""
        elif kind == "e":
            while at < size and (_class(text[at]) == "j" or text[at - 1] == "\u200d" and _class(text[at]) == "e"):
                at += 1
            found += _emoji(text[start:at], gap)
            gap = ""
        elif text[start] in _STRONG:
            gap = "."
        elif not text[start].isspace() and text[start] not in "\"'’“”«»„‘`*_#-‐/~&+" and gap != ".":
            gap = ","
    return found


def _inside(text: str, at: int) -> bool:
    """Whether the sign at this place joins two halves of a word or a number."""
    if at + 1 >= len(text):
        return False
    if text[at] in _JOINERS:
        return _class(text[at + 1]) == "w"
    return text[at] in ".,:" and text[at - 1].isdecimal() and text[at + 1].isdecimal()


def _word(text: str, gap: str) -> list[Token]:
    text = text[:400]
    norm = tidy(text)
    owner = norm.endswith("'s") and len(norm) > 3 or norm.endswith("s'")
    if owner:
        norm = norm.removesuffix("'s").removesuffix("'")
    elif match := _ELISION.match(norm):
        return [Token(text[: match.end()], match[1].lower(), gap), *_word(text[match.end():], "")]
    if match := _COUNTED.fullmatch(norm):
        return [Token(text[:_LONGEST_WORD], match[1], gap), Token(text[:_LONGEST_WORD], match[2], " ", owner)]
    parts = norm.split(" ")
    if len(parts) == 1:
        return [Token(text[:_LONGEST_WORD], norm[:_LONGEST_WORD], gap, owner)]
    spelled = re.split(r"[-‐‑\s]+", text)
    if len(spelled) != len(parts):
        return [Token(text[:_LONGEST_WORD], norm[:_LONGEST_WORD], gap, owner)]
    pairs = list(zip(spelled, parts))
    last = len(pairs) - 1
    return [Token(word[:_LONGEST_WORD], part[:_LONGEST_WORD], "" if n else gap, owner and n == last, n > 0)
            for n, (word, part) in enumerate(pairs)]


@lru_cache(1024)
def _emoji_words(sign: str) -> str:
    """The English words for an emoji: ours, or those of its Unicode name."""
    known: dict[str, str] = data("words")["emoji"]
    if sign in known:
        return known[sign]
    empty = ("face", "symbol", "sign", "with", "black", "white")
    words = [word for word in unicodedata.name(sign, "").lower().split() if word not in empty]
    return " ".join(words[:3]).replace("-", " ") or sign


def _emoji(text: str, gap: str) -> list[Token]:
    words = _emoji_words(text[0])
    if unicodedata.category(text[0]) == "So" and 0x1F1E6 <= ord(text[0]) <= 0x1F1FF:
        return []
    return [Token(text[:_LONGEST_WORD], word, (gap or " ") if not n else "") for n, word in enumerate(words.split())]


def tongues_of(tokens: list[Token]) -> list[tuple[str, ...]]:
    """For each word the tongues it may be in, the likeliest first: those of its clause, else those of the whole text."""
    marks = _marks()
    whole, clause = dict.fromkeys(TONGUES, 0), dict.fromkeys(TONGUES, 0)
    clauses: list[tuple[int, dict[str, int]]] = []
    for number, token in enumerate(tokens):
        if number and token.gap.strip():
            clauses.append((number, clause))
            clause = dict.fromkeys(TONGUES, 0)
        for tongue in marks.get(token.norm, ()):
            clause[tongue] += 1
            whole[tongue] += 1
    clauses.append((len(tokens), clause))
    fallback = _ranked(whole) or TONGUES
    found: list[tuple[str, ...]] = []
    for end, score in clauses:
        found += [_ranked(score) or fallback] * (end - len(found))
    return found


def _ranked(score: dict[str, int]) -> tuple[str, ...]:
    """Tongues by score; English is never ruled out. Nothing if no small word tells."""
    best = max(score.values())
    ranked = sorted(TONGUES, key=lambda tongue: -score[tongue])
    return tuple(tongue for tongue in ranked if score[tongue] * 2 >= best or tongue == "en") if best else ()


@lru_cache(1)
def _marks() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for tongue, words in data("words")["tongue"].items():
        for word in words.split(", "):
            found[word] = (*found.get(word, ()), tongue)
    return found


def pieces_of(text: str) -> list[Piece]:
    """The text as pieces, the longest known phrase at each place first."""
    tokens = tokenise(text)
    tongues = tongues_of(tokens)
    longest = lexicon().longest
    found: list[Piece] = []
    at = 0
    while at < len(tokens):
        piece, used = _longest(tokens, at, longest.get(tokens[at].norm, 1), tongues[at])
        found.append(piece)
        at += used
    return found


def _longest(tokens: list[Token], at: int, most: int, tongues: tuple[str, ...]) -> tuple[Piece, int]:
    first = tokens[at]
    words = lexicon().words
    for count in range(min(most, len(tokens) - at), 1, -1):
        group = tokens[at:at + count]
        if any(token.gap for token in group[1:]) or any(token.owner for token in group[:-1]):
            continue
        key = " ".join(token.norm for token in group)
        for tongue in tongues:
            if known := words[tongue].get(key):
                return Piece(_spelled(group), key, known, first.gap, group[-1].owner, tongue), count
    for tongue in tongues:
        if known := meanings(first.norm, tongue):
            return Piece(first.text, first.norm, known, first.gap, first.owner, tongue), 1
    if first.norm.isdecimal() and len(first.norm) <= 2 and int(first.norm):
        return Piece(first.text, first.norm, (Meaning("number", int(first.norm)),), first.gap), 1
    if not any(sign.isalpha() for sign in first.norm) and not _is_emoji(first.norm):
        return Piece(first.text, first.norm, (Meaning("stop"),), first.gap), 1
    return Piece(first.text, first.norm, (), first.gap, first.owner, tongues[0]), 1


def _spelled(group: list[Token]) -> str:
    """A phrase as the person wrote it; an emoji that stands for several words once."""
    if len({token.text for token in group}) == 1:
        return group[0].text
    return "".join(("" if not n else "-" if token.hyphen else " ") + token.text for n, token in enumerate(group))


def _is_emoji(word: str) -> bool:
    return _class(word[0]) == "e"
