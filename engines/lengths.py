"""How long the words say it lasts: "5 seconds", "a 10 second clip", "one minute of jazz", in four languages."""

import re

from engines.sketch.words import data

_UNITS = {
    1.0: "seconds?|secs?|sekunden?|secondes?|segundos?",
    60.0: "minutes?|mins?|minuten?|minutos?",
}
_NUMBERS = {word: float(value) for value, spelled in data("words")["lengths"].items() for word in str(spelled).split(", ")}
_OF = r"(?:[ -](?:long|lang|clip|video|film|movie|loop|song|track|piece|shot|animation|of|de|di|von)\b)"
_NUMBER = r"\d{1,3}(?:[.,]\d)?|" + "|".join(sorted(map(re.escape, _NUMBERS), key=len, reverse=True))
_NOT_BEFORE = r"(?<!after )(?<!every )(?<!at )(?<!first )(?<!last )(?<!nach )(?<!alle )(?<!après )(?<!cada )(?<!the )"
_LENGTH = re.compile(
    rf"\b{_NOT_BEFORE}(?:(?P<number>{_NUMBER})[ -]?(?:(?P<s>{_UNITS[1.0]}|s)|(?P<m>{_UNITS[60.0]}))\b(?! (?:before|after|later|ago))"
    rf"|an? (?P<one>minute)(?={_OF}))(?P<more> and a half)?(?:[ -]long\b)?"
    r"(?: (?:video |film |movie )?(?:clip|video|film|movie|animation|loop|shot)\b(?: of\b)?)?",
    re.IGNORECASE,
)


def length_said(text: str) -> float | None:
    """The seconds that the words name as the length, or None."""
    found = _LENGTH.search(text)
    if found is None:
        return None
    if found["one"]:
        return 90.0 if found["more"] else 60.0
    word = found["number"].lower()
    number = _NUMBERS[word] if word in _NUMBERS else float(word.replace(",", "."))
    seconds = (number + (0.5 if found["more"] else 0.0)) * (60.0 if found["m"] else 1.0)
    return seconds if seconds > 0 else None


def without_length(text: str) -> str:
    """The words without the ones that name a length."""
    return re.sub(r"\s{2,}", " ", _LENGTH.sub(" ", text)).strip(" ,") if _LENGTH.search(text) else text
