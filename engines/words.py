"""Small helps with words: the nearest of several names, and those in scripts that nobody here reads."""
import difflib
import re
import unicodedata
from collections.abc import Iterable


def nearest(word: str, names: Iterable[str]) -> str:
    """A half sentence that names what was probably meant, or what there is: '; did you mean anime?'."""
    names = list(names)
    close = difflib.get_close_matches(word.lower(), names, 1, 0.5)
    return f"; did you mean {close[0]}?" if close else f"; choose one of {', '.join(names[:12])}"


def in_other_scripts(text: str) -> list[str]:
    """The words of a text that have letters of another script than Latin; the sketch engines do not read them."""
    return [word for word in re.findall(r"\w+", text) if any(sign.isalpha() and not _is_latin(sign) for sign in word)]


def _is_latin(sign: str) -> bool:
    return "LATIN" in unicodedata.name(sign, "LATIN")
