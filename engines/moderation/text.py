"""A text as a moderator reads it: one case, no accents, nothing hidden between the letters; and the rules of moderation.yaml met in it."""

import re
import unicodedata

from config.moderation import Rule

HIDDEN = {"Cf", "Mn", "Me"}
"""Unicode categories that do not show: zero-width signs, and marks upon letters."""
WORD = re.compile(r"[^\W_]+")


def plain(text: str) -> str:
    """The text as it is compared: 'N\u200bude' and 'ｎｕｄé' are both 'nude'."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in unicodedata.normalize("NFKD", apart) if unicodedata.category(sign) not in HIDDEN)


def met(rule: Rule, text: str) -> str | None:
    """What in a plain text meets a rule, or None."""
    for pattern in rule.patterns:
        if found := re.search(plain_pattern(pattern), text, re.IGNORECASE | re.DOTALL):
            return found.group()[:80]
    words = WORD.findall(text)
    first = places(rule.words, words)
    if not rule.near:
        return " ".join(first[0][1]) if first else None
    second = [at for at, _ in places(rule.near, words)]
    return next((" ".join(said) for at, said in first if any(abs(at - other) <= rule.within for other in second)), None)


def plain_pattern(pattern: str) -> str:
    """A pattern that finds what it means in a plain text: accents go from it too; its own signs stay."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", pattern) if unicodedata.category(sign) not in HIDDEN)


def places(names: list[str], words: list[str]) -> list[tuple[int, list[str]]]:
    """Where which of several names (of one or more words) stand among the words of a plain text."""
    wanted = [WORD.findall(plain(name)) for name in names]
    single = {name[0] for name in wanted if len(name) == 1}
    several = [name for name in wanted if len(name) > 1]
    found = [(at, [word]) for at, word in enumerate(words) if word in single]
    found += [(at, name) for name in several for at in range(len(words)) if words[at : at + len(name)] == name]
    return sorted(found)
